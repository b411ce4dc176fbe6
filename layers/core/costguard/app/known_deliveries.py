"""The deliveries that the hearing of many stops rests on, read together and not one by one."""

from collections.abc import Iterable, Mapping, Sequence
from copy import replace
from datetime import datetime

from msgspec import Struct

from costguard.app.ports import GuardPorts
from costguard.enforcement.case import Case
from costguard.notifications.delivery import Delivery, DeliveryStatus
from costguard.notifications.lookups import DeliveryReader


class KnownDeliveries(Struct, frozen=True):
    """Answers with what was read just before; anything else is read when it is asked for."""

    deliveries: DeliveryReader
    known: Mapping[Delivery, Delivery | None]

    def find(self, delivery: Delivery) -> Delivery | None:
        """Return the same delivery."""
        if delivery in self.known:
            return self.known[delivery]
        return self.deliveries.find(delivery)

    def find_each(self, rows: Iterable[Delivery]) -> Mapping[Delivery, Delivery | None]:
        """Return several."""
        return {row: self.find(row) for row in rows}

    def recent(self, to: str, since: datetime) -> Sequence[Delivery]:
        """Return the newest deliveries to a recipient."""
        return self.deliveries.recent(to, since)


def with_deliveries(ports: GuardPorts, cases: Iterable[Case], now: datetime) -> GuardPorts:
    """Read the deliveries of the warnings whose deadlines have passed.

    One that is accepted after it was read counts from the next look: that only delays a stop.
    """
    wanted = [
        Delivery(to=to, notice=warned.notice, at=warned.at, status=DeliveryStatus.SENT)
        for case in cases
        for rule, finding in case.findings.items()
        if finding.is_warning and finding.deadline and finding.deadline <= now
        if (warning := case.warning_of(rule))
        for to, warned in warning.to.items()
    ]
    if not wanted:
        return ports
    known = ports.deliveries.find_each(wanted)
    return replace(ports, deliveries=KnownDeliveries(ports.deliveries, known))
