"""A setting by price: the ranges, what they cover, and how else people spell them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.costs.by_price import ByPrice, PriceRange, for_any_price, overlapping

BELOW, ABOVE = PriceRange.parse("below $0.10/h"), PriceRange.parse("above $1/h")
TABLE = ByPrice("rest", {ABOVE: "dear", BELOW: "cheap"})
MONEY = st.decimals(0, 100, places=2)
RANGE = st.builds(PriceRange, st.booleans(), MONEY)


@pytest.mark.parametrize(
    ("usd", "value"),
    [
        ("0", "cheap"),
        ("0.0999", "cheap"),
        ("0.10", "rest"),
        ("1", "rest"),
        ("1.01", "dear"),
        ("98", "dear"),
    ],
)
def test_the_limit_of_a_range_is_not_in_it(usd: str, value: str) -> None:
    assert TABLE.of(Decimal(usd)) == value


def test_an_unknown_price_has_the_value_of_all_others() -> None:
    assert TABLE.of(None) == "rest"
    assert for_any_price(3).of(Decimal(1)) == 3


def test_the_values_are_listed_from_the_lowest_price_to_the_highest() -> None:
    assert TABLE.every == ("cheap", "rest", "dear")


@pytest.mark.parametrize(
    "text",
    [
        *("", "*", "below", "below 0.10", "below $0.10", "below $0.10/d", "below $-1/h"),
        *("below $0/h", "below $0.00/h", "above €1/h", "above $1e3/h", "ABOVE $1/h", "above $1/h "),
        *("above $1,000/h", "above $\u0661/h", "above  $1/h", "above $1/h\n", "notebook-instance"),
    ],
)
def test_what_is_no_range_of_prices_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(ValueError, match=r"'below \$0.10/h' or 'above \$1/h', or '\*'"):
        PriceRange.parse(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("below 0.10", "write 'below $0.10/h'"),
        ("< $0.10 per hour", "write 'below $0.10/h'"),
        ("Over 1 USD/h", "write 'above $1/h'"),
        ("more than $12.50 an hour", "write 'above $12.50/h'"),
        ("above $1/day", ""),
        ("below $0/h", ""),
        ("below $-1/h", ""),
        ("cheap", ""),
    ],
)
def test_another_spelling_is_corrected_where_it_is_clear(text: str, hint: str) -> None:
    assert PriceRange.hint(text) == hint


def test_ranges_overlap_where_a_price_may_be_in_both() -> None:
    texts = ["below $1/h", "above $0.50/h", "below $1.00/h", "nonsense"]
    assert list(overlapping(texts)) == [
        ("below $1/h", "above $0.50/h"),
        ("below $1/h", "below $1.00/h"),
        ("above $0.50/h", "below $1.00/h"),
    ]
    assert list(overlapping(["below $1/h", "above $1/h"])) == []


@given(RANGE, RANGE, MONEY)
def test_no_price_is_in_two_ranges_that_do_not_overlap(
    one: PriceRange, other: PriceRange, usd: Decimal
) -> None:
    assert one.overlaps(other) is other.overlaps(one)
    if one.covers(usd) and other.covers(usd):
        assert one.overlaps(other)
