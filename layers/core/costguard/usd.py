"""Amounts in words. Pure."""

from decimal import ROUND_HALF_UP, Decimal

_CENT = Decimal("0.01")


def usd(amount: Decimal) -> str:
    """Say dollars and cents; what is less than a cent and not nothing is said so."""
    cents = amount.quantize(_CENT, ROUND_HALF_UP)
    return "less than $0.01" if amount > 0 and not cents else f"${cents:,}"
