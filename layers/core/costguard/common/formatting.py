"""Amounts, numbers and lists in words."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

_CENT = Decimal("0.01")


def usd(amount: Decimal) -> str:
    """Write dollars and cents; a positive amount below a cent is `less than $0.01`."""
    rounded = cents(amount)
    return "less than $0.01" if amount > 0 and not rounded else f"${rounded:,}"


def cents(amount: Decimal) -> Decimal:
    """Round to whole cents."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def shortened_list(words: Sequence[str], limit: int) -> tuple[str, ...]:
    """Keep so many, and say how many more there are."""
    more = len(words) - limit
    return tuple(words) if more <= 0 else (*words[:limit], f"and {more} more")


def pluralize(number: int, noun: str) -> str:
    """Say `1 instance`, `3 instances`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
