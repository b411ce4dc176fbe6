"""Facts from outside as safe values. A value that makes no sense is None: not known.

Users choose what a notebook answers, and what a tag, a metric or an event contains.
Each such value is checked here before a rule, a sum or a sentence uses it: a time is aware and
plausible, a number finite and plausible, a text short and printable.
"""

from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from types import NoneType
from typing import Annotated, Any, get_args

from msgspec import Meta, Struct, UnsetType

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Nothing that the guard weighs is older: SageMaker is of 2017."""
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Nothing that it waits for is later, so that no sum of times overflows."""
SKEW = timedelta(minutes=5)
"""How far the clock of a sender may be ahead."""
MOST = 10**6
"""More instances, gigabytes or kernels there are not."""
_LONGEST = timedelta(days=3650)
_TEXT = 256

type AwareTime = Annotated[datetime, Meta(tz=True)]
"""A time that is read from JSON: without its zone it is refused."""
type Count = Annotated[int, Meta(ge=0, le=MOST)]
"""A whole number that is read from JSON: of another size it is refused."""
MOST_TOKENS = 10**15
type TokenCount = Annotated[int, Meta(ge=0, le=MOST_TOKENS)]


def moment(raw: object) -> datetime | None:
    """Read a time, or an ISO text with its zone, as UTC."""
    try:
        found = datetime.fromisoformat(raw) if isinstance(raw, str) else raw
        if not isinstance(found, datetime) or found.tzinfo is None:
            return None
        found = found if found.tzinfo is UTC else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if EARLIEST <= found <= LATEST else None


def past_moment(raw: object, now: datetime) -> datetime | None:
    """Read a time in the past; a time in the future within the clock skew counts as now."""
    found = moment(raw)
    return None if found is None or found > now + SKEW else min(found, now)


def number(raw: object, most: float = MOST) -> float | None:
    """Read a number from zero to `most`."""
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    return float(raw) if 0 <= raw <= most else None  # NaN compares false


def whole_number(raw: object, most: int = MOST) -> int | None:
    """Read a whole number from zero to `most`; events spell it as `1.0` or `"1"` too."""
    if isinstance(raw, str) and len(raw) <= len(str(most)) and raw.isascii() and raw.isdigit():
        raw = int(raw)
    found = number(raw, most)
    return int(found) if found is not None and found.is_integer() else None


def seconds(raw: object) -> timedelta | None:
    """Read a number of seconds, ten years at most."""
    found = whole_number(raw, int(_LONGEST.total_seconds()))
    return None if found is None else timedelta(seconds=found)


def dollars(raw: object, most: int) -> Decimal | None:
    """Read an amount of money of either sign, no larger than `most`."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        return None
    try:
        found = Decimal(raw if isinstance(raw, str | Decimal) else str(raw))
    except (InvalidOperation, ValueError):
        return None
    return found if found.is_finite() and abs(found) <= most else None


def printable(raw: object, most: int = _TEXT) -> str | None:
    """Read a text that is not empty and has no control characters."""
    good = isinstance(raw, str) and 0 < len(raw) <= most and raw.isprintable() and raw.strip()
    return str(raw) if good else None


def mapping(raw: object) -> Mapping[str, Any]:
    """Read an object; anything else becomes an empty object."""
    return raw if isinstance(raw, Mapping) else {}


def elements(raw: object) -> Sequence[Any]:
    """Read a list; anything else becomes an empty list."""
    return raw if isinstance(raw, list | tuple) else ()


def is_weighable(value: object) -> bool:
    """Return whether every time and amount in a value is plausible."""
    match value:
        case datetime():
            return moment(value) is not None
        case timedelta():
            return abs(value) <= _LONGEST
        case int():
            return abs(value) <= MOST**2
        case Decimal():
            return value.is_finite() and abs(value) <= MOST**2
        case _:
            return all(is_weighable(part) for part in _parts(value) if type(part) not in _HARMLESS)


_HARMLESS = {str, NoneType, bool, UnsetType}
"""The types of most fields of a row: nothing of them is weighed, so they are not even asked."""


def _parts(value: object) -> Iterable[object]:
    """List the parts of a value that may have to be weighed; empty if it has none."""
    if isinstance(value, Struct):
        return map(value.__getattribute__, _weighed(type(value)))
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, tuple) else ()


@cache
def _weighed(kind: type[Struct]) -> tuple[str, ...]:
    """Name the fields of a kind of row that hold more than texts and yes or no."""
    hints = ChainMap(*(vars(each).get("__annotations__", {}) for each in kind.__mro__))
    return tuple(name for name in kind.__struct_fields__ if not _is_harmless(hints[name]))


def _is_harmless(hint: Any) -> bool:
    return all(
        each in _HARMLESS
        or (isinstance(each, type) and issubclass(each, Struct) and not _weighed(each))
        for each in get_args(hint) or (hint,)
    )
