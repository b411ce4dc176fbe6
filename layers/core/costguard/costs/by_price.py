"""A setting that may differ by price: one value for all, or a table of prices with `*`."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from itertools import combinations
from typing import ClassVar

from msgspec import Struct, field

_SPOKEN = re.compile(
    r"(?i)\s*(below|under|less than|<|above|over|more than|>)\s*\$?\s*(\d{1,6}(?:\.\d{1,6})?)\s*"
    r"(?:\$|usd)?\s*(?:(?:/|an?|per)?\s*(?:h|hr|hour))?\s*"
)
_ABOVE = ("above", "over", "more than", ">")


class PriceRange(Struct, frozen=True):
    """The prices of an hour on one side of a limit: `below $0.10/h`, `above $1/h`."""

    FORM: ClassVar[str] = r"(below|above) \$([0-9]{1,6}(?:\.[0-9]{1,6})?)/h"

    is_above: bool
    usd: Decimal

    @classmethod
    def parse(cls, text: str) -> "PriceRange":
        """Read it. Raises ValueError with the expected form; no price is below zero."""
        found = re.fullmatch(cls.FORM, text)
        if found is None or (text.startswith("below") and not Decimal(found[2])):
            msg = "prices of an hour such as 'below $0.10/h' or 'above $1/h', or '*' for all others"
            raise ValueError(msg)
        return cls(found[1] == "above", Decimal(found[2]))

    @staticmethod
    def hint(text: str) -> str:
        """Suggest how to write a range that is spelled in another way."""
        found = _SPOKEN.fullmatch(text)
        if found is None or not Decimal(found[2]):
            return ""
        side = "above" if found[1].lower() in _ABOVE else "below"
        return f"write '{side} ${found[2]}/h'"

    def covers(self, usd: Decimal) -> bool:
        """Tell whether a price is in the range; the limit itself is not."""
        return usd > self.usd if self.is_above else usd < self.usd

    def overlaps(self, other: "PriceRange") -> bool:
        """Tell whether a price may be in both."""
        if self.is_above is other.is_above:
            return True
        below, above = (other, self) if self.is_above else (self, other)
        return above.usd < below.usd


class ByPrice[T](Struct, frozen=True):
    """`after = "1h"`, or `after = { "below $0.10/h" = "4h", "*" = "1h", "above $1/h" = "20m" }`."""

    rest: T
    ranges: Mapping[PriceRange, T] = field(default_factory=dict)

    def of(self, usd: Decimal | None) -> T:
        """Return the value for a price of an hour; for an unknown one that of all others."""
        return next(
            (value for each, value in self.ranges.items() if usd is not None and each.covers(usd)),
            self.rest,
        )

    @property
    def every(self) -> tuple[T, ...]:
        """All values, from those of the lowest prices to those of the highest."""
        sides = [(each.is_above, value) for each, value in self.ranges.items()]
        below = [value for is_above, value in sides if not is_above]
        return (*below, self.rest, *(value for is_above, value in sides if is_above))


def for_any_price[T](value: T) -> ByPrice[T]:
    """Use one value for every price."""
    return ByPrice(value)


def overlapping(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each two of the ranges, as they are written, that may cover one price."""
    read = dict[str, PriceRange]()
    for text in texts:
        with suppress(ValueError):
            read[text] = PriceRange.parse(text)
    for one, other in combinations(read, 2):
        if read[one].overlaps(read[other]):
            yield one, other
