"""The laws of what people have heard: when, which deadlines, how often, and that nothing is lost.

The judge knows the people, the policy's text and what SES, Slack and the topics' subscribers got.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from local.sagemaker.resource import Resource
from tests.soak.cloud import STALE_FOR
from tests.soak.hearing import Hearing
from tests.soak.invariant import LOST, REPEATED, Record
from tests.soak.oracle import Oracle, Violation
from tests.soak.people import PEOPLE, People, address
from tests.soak.receivers import ADMINS
from tests.soak.routing import whom
from tests.soak.simulation import Simulation
from tests.soak.violations import ViolationTracker

_READ_WITHIN = timedelta(hours=10)
"""A quiet night takes six, and what was tried in vain until it began the rest."""
_UNDONE = {"missing-tags"}  # what an owner can mend, and take away again


class HeardLaws(ViolationTracker):
    """Holds the guard to what people have read."""

    def __init__(self, simulation: Simulation, people: People, oracle: Oracle) -> None:
        super().__init__(simulation, people, oracle)
        self.hearing = Hearing(simulation.receivers)
        self._notices: dict[str, tuple[datetime, str]] = {}  # published, to be read by somebody
        self._anew_from = self._late_from = simulation.clock.now()

    def begin_anew(self) -> None:
        """Let nothing count that was said before: a silence, a raised mode or restored rows."""
        self._anew_from = self._late_from = self._simulation.clock.now()

    def _whom(self, resource: Resource) -> Collection[str]:
        return whom(resource, self._people.creators[resource.name])

    def _counts_from(self, resource: Resource, rule: str) -> datetime:
        """Answer since when a word about a violation counts."""
        valid = self._records[resource.name].valid_from.get(rule, self._anew_from)
        return max(valid, self._anew_from)

    def _heard(
        self, resource: Resource, rule: str, by: Collection[str], since: datetime
    ) -> datetime | None:
        self.hearing.read()
        fields = resource.fields
        run = fields["LastModifiedTime" if "NotebookInstanceName" in fields else "CreationTime"]
        return self.hearing.heard(resource.name, rule, by, since, run)

    def _check_letters(self, now: datetime) -> None:
        """Check that somebody has read each notice, and nobody anything twice."""
        self.hearing.read()
        spoken = max(self._simulation.silent_until, self._simulation.notify_blocked_until)
        for notice, (when, name) in list(self._notices.items()):
            if now - max(when, spoken) < _READ_WITHIN:
                continue
            if not self.hearing.reached(notice, name, when):
                self._breach(LOST, name, f"notice {notice} of {when:%H:%M} never reached anybody")
            del self._notices[notice]
        for to, name, why in self.hearing.repeats():
            self._breach(REPEATED, name, f"{to} has read {why}")

    def _full(self, resource: Resource, record: Record, rule: str) -> timedelta:
        """Answer the full grace: what is taken away again has half of it each time, five times."""
        grace = self._oracle.grace(rule, resource.kind.name)
        return grace / 2 ** min(max(record.times[rule] - 1, 0), 5) if rule in _UNDONE else grace

    def _was_heard(
        self, resource: Resource, record: Record, violation: Violation, now: datetime
    ) -> bool:
        """Whether those it belongs to now have read of it, a full grace ago by their clocks."""
        rule, grace = violation.rule, self._full(resource, record, violation.rule)
        if not grace or (rule != "idle" and rule in record.stopped_for):
            return True
        since = self._counts_from(resource, rule)
        people = self._whom(resource)
        if record.owner_since and now - record.owner_since < STALE_FOR:
            people = {*people, ADMINS, *map(address, PEOPLE)}  # AWS may have told the old one
        heard = self._heard(resource, rule, people, since)
        return heard is not None and now - heard >= grace

    def _is_kept(
        self, resource: Resource, record: Record, violation: Violation, now: datetime
    ) -> bool:
        """Whether the latest deadline that anybody has read is over."""
        rule = violation.rule
        if not self._full(resource, record, rule) or (rule in record.stopped_for):
            return True
        promised = self.hearing.promised(resource.name, rule, self._counts_from(resource, rule))
        return promised is None or now >= promised
