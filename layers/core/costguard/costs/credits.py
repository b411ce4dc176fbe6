"""Credits of the account: what is left, until when, and what will be lost at the present pace.

AWS does not publish how it shares a bill among several credits in full; those that end first are
taken first here. The pace is that of what is metered: other services use credits up sooner.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec import Struct

from costguard.common.observed import dollars, elements, mapping, moment
from costguard.common.sanitize import single_line
from costguard.costs.pricing import ZERO

TELL_BEFORE = (timedelta(days=30), timedelta(days=7))
_SERVICE = "sagemaker"
_MOST = 10**9
_DAY = timedelta(days=1)
_LONGEST = timedelta(days=3650)
_TEXT = 80


class Credit(Struct, frozen=True, kw_only=True):
    """One credit. `services` empty: AWS names none, so it is taken as one for all."""

    id: str
    name: str
    left: Decimal
    initial: Decimal
    begins: datetime
    ends: datetime | None = None
    used_up: datetime | None = None  # when, if AWS says so
    is_on: bool = True  # off: it pays for nothing
    services: tuple[str, ...] = ()

    @property
    def is_ours(self) -> bool:
        """Return whether it pays for SageMaker."""
        names = [each.replace(" ", "").casefold() for each in self.services]
        return not names or any(_SERVICE in name for name in names)

    def pays(self, now: datetime) -> bool:
        """Return whether it pays for anything from now on."""
        return self.is_on and bool(self.left) and (self.ends is None or now < self.ends)


class Credits(Struct, frozen=True, kw_only=True):
    """The credits with anything left, those that end first before the others; and those without."""

    found: tuple[Credit, ...] = ()
    past: tuple[Credit, ...] = ()  # used up, ended or switched off; the latest first
    unreadable: int = 0  # in another currency or form: in no sum


class CreditOutlook(Struct, frozen=True):
    """What becomes of a credit at a pace: `gone` at a time, or `lost` when it ends."""

    credit: Credit
    gone: datetime | None
    lost: Decimal

    @property
    def over(self) -> datetime | None:
        """Return when it is used up or ends; None: neither is known."""
        ends = [each for each in (self.gone, self.credit.ends) if each]
        return min(ends, default=None)


def read_credits(answer: Mapping[str, Any], now: datetime) -> Credits:
    """Read the answer of GetCredits."""
    rows = elements(answer.get("credits"))
    read = sorted(filter(None, map(_credit, map(mapping, rows))), key=_order)
    return Credits(
        found=tuple(each for each in read if each.pays(now)),
        past=tuple(each for each in reversed(read) if not each.pays(now)),
        unreadable=len(rows) - len(read),
    )


def outlooks(found: Iterable[Credit], usd_a_day: Decimal, now: datetime) -> Iterator[CreditOutlook]:
    """Spend the credits one after the other at a pace."""
    at = now
    for credit in found:
        begins = max(at, credit.begins)
        lasts = _lasts(credit.left, usd_a_day) if credit.is_ours else None
        gone = begins + lasts if lasts is not None else None
        if credit.ends and (gone is None or gone > credit.ends):
            used = usd_a_day * Decimal(max(credit.ends - begins, timedelta(0)) / _DAY)
            yield CreditOutlook(credit, None, credit.left - (used if credit.is_ours else ZERO))
            at = max(at, credit.ends) if credit.is_ours else at
        else:
            yield CreditOutlook(credit, gone, ZERO)
            at = gone or at


def due_marks(outlook: CreditOutlook, now: datetime) -> tuple[str, ...]:
    """Return the markers under which its end is told: 30 days before, and 7; the last is the next.

    Within 7 days both are due, and one message is enough for both.
    """
    over = outlook.over
    return tuple(
        f"credit {outlook.credit.id} {before.days} d"
        for before in TELL_BEFORE
        if over and now >= over - before
    )


def _lasts(left: Decimal, usd_a_day: Decimal) -> timedelta | None:
    """Tell how long it lasts; None: longer than anybody plans."""
    days = left / usd_a_day if usd_a_day > 0 else Decimal(_LONGEST.days)
    return _DAY * float(days) if days < _LONGEST.days else None


def _order(credit: Credit) -> tuple[bool, datetime, str]:
    return credit.ends is None, credit.ends or credit.begins, credit.id


def _credit(raw: Mapping[str, Any]) -> Credit | None:
    left = _usd(raw.get("estimatedAmount") or raw.get("remainingAmount"))
    initial, begins = _usd(raw.get("initialAmount")), moment(raw.get("startDate"))
    ends = moment(raw.get("endDate"))
    if left is None or initial is None or begins is None or (raw.get("endDate") and not ends):
        return None
    services = elements(raw.get("applicableProductNames"))
    return Credit(
        id=single_line(str(raw.get("creditId")), _TEXT),
        name=single_line(str(raw.get("description") or raw.get("creditType")), _TEXT),
        left=left,
        initial=initial,
        begins=begins,
        ends=ends,
        used_up=moment(raw.get("exhaustDate")),
        is_on=raw.get("creditStatus", "ENABLED") == "ENABLED",
        services=tuple(single_line(str(each), _TEXT) for each in services),
    )


def _usd(raw: object) -> Decimal | None:
    """Read an amount in USD; None for another currency, or for what is no amount."""
    amount = mapping(raw)
    found = dollars(amount.get("currencyAmount"), _MOST)
    in_usd = amount.get("currencyCode") == "USD" and found is not None and found >= 0
    return found if in_usd else None
