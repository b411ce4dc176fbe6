"""The arithmetic of money, to the cent: what ran, from when to when, at which price."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from costguard.costs.prices import GB_MONTH, Price, Prices
from costguard.costs.pricing import UsageSlice, hourly_cost, price_slice
from costguard.costs.spend import Spend, add_slice, empty_spend
from costguard.costs.usage import Usage
from costguard.ownership.directory import CostLabels
from costguard.resources.model import InstanceGroup

CHICAGO = ZoneInfo("America/Chicago")
REGION = "us-east-2"


def rate(usd: str) -> Price:
    return Price(Decimal(usd), "a test", "2026-11-01")


PRICES = Prices(
    {
        (REGION, "notebook", "ml.t3.medium"): rate("0.05"),
        (REGION, "training", "ml.m5.xlarge"): rate("0.23"),
        (REGION, "training", "ml.p4d.24xlarge"): rate("25.251"),
        (REGION, "notebook-volume", GB_MONTH): rate("0.14"),
    }
)


def tally(pieces: Iterable[UsageSlice], prices: Prices, zone: ZoneInfo | None = None) -> Spend:
    spend = empty_spend()
    for piece in pieces:
        add_slice(spend, piece, prices, zone)
    return spend


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def usage(start: str, end: str | None, kind: str = "ml.m5.xlarge", **more: Any) -> Usage:
    given: dict[str, Any] = {
        "kind": "training-job",
        "name": "churn",
        "component": "training",
        "region": REGION,
        "groups": (InstanceGroup(kind, 1),),
        "start": utc(start),
        "end": utc(end) if end else None,
    }
    return Usage(**given | more)


NOON, ONE = "2026-11-23T12:00", "2026-11-23T13:00"
NOTEBOOK: dict[str, Any] = {"component": "notebook", "groups": (InstanceGroup("ml.t3.medium", 1),)}
MIXED = (InstanceGroup("ml.m5.xlarge", 2), InstanceGroup("ml.p4d.24xlarge", 1))
HALF = timedelta(minutes=30)
VOLUME: dict[str, Any] = {"component": "notebook-volume", "groups": (), "volume_gb": 50}
YEAR = ("2026-01-01T00:00", "2027-01-01T00:00")
FEBRUARY = ("2028-02-01T06:00", "2028-03-01T06:00")  # a leap year's, in Chicago
TABLE = [
    ("an hour", usage(NOON, ONE), YEAR, "0.23"),
    ("nothing", usage(NOON, NOON), YEAR, "0"),
    ("half a second", usage(NOON, f"{NOON}:00.500"), YEAR, "0.0000319444"),
    ("a microsecond", usage(NOON, f"{NOON}:00.000001", "ml.p4d.24xlarge"), YEAR, "0.0000000070"),
    ("three instances", usage(NOON, ONE, groups=MIXED[:1] + MIXED[:1]), YEAR, "0.92"),
    ("heterogeneous groups", usage(NOON, ONE, groups=MIXED), YEAR, "25.711"),
    ("still running", usage(NOON, None), ("2026-11-01", "2026-11-23T14:30"), "0.575"),
    ("spot, by its billable time", usage(NOON, ONE, billable=HALF, spot=True), YEAR, "0.115"),
    ("half of a spot run", usage(NOON, ONE, billable=HALF), (NOON, "2026-11-23T12:30"), "0.0575"),
    ("a spot run of no time", usage(NOON, NOON, billable=HALF), YEAR, "0"),
    ("running spot, at most", usage(NOON, None, spot=True), (NOON, ONE), "0.23"),
    ("a warm pool", usage(NOON, ONE, component="training-warm-pool"), YEAR, "0.23"),
    (
        "a month's end",
        usage("2026-11-30T18:00", "2026-12-01T18:00"),
        ("2026-12-01", YEAR[1]),
        "4.14",
    ),
    ("before the period", usage(NOON, ONE), ("2026-12-01", YEAR[1]), "0"),
    ("a leap day", usage("2028-02-29T00:00", "2028-03-01T00:00"), FEBRUARY, "5.52"),
    ("a leap February", usage("2028-01-01", "2028-04-01", **NOTEBOOK), FEBRUARY, "34.80"),
    ("a volume of 50 GB", usage(NOON, ONE, **VOLUME), YEAR, "0.0095890411"),
]


@pytest.mark.parametrize(("what", "given", "period", "expected"), TABLE)
def test_usage_costs(what: str, given: Usage, period: tuple[str, str], expected: str) -> None:
    amount = price_slice(UsageSlice(given, utc(period[0]), utc(period[1])), PRICES)
    assert amount.usd == Decimal(expected), what
    assert amount.unpriced == ()


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 11, 1), 25), (date(2026, 3, 8), 23), (date(2026, 3, 9), 24)],
)
def test_a_day_has_the_hours_of_its_time_zone(day: date, hours: int) -> None:
    around = usage(f"{day - timedelta(days=2)}T00:00", f"{day + timedelta(days=3)}T00:00")
    spend = tally([UsageSlice(around, around.start, utc(YEAR[1]))], PRICES, CHICAGO)
    assert spend.days[day] == {"": Decimal("0.23") * hours}


def test_the_days_add_up_to_the_total() -> None:
    long = usage("2026-10-30T03:04:05.678", "2026-11-23T11:22:33.444")
    spend = tally([UsageSlice(long, long.start, utc(YEAR[1]))], PRICES, CHICAGO)
    days = sum(usd for of_day in spend.days.values() for usd in of_day.values())
    assert round(days, 6) == round(spend.usd, 6)


@pytest.mark.parametrize(
    ("given", "what"),
    [
        (usage(NOON, ONE, "ml.x9.huge"), "ml.x9.huge training in us-east-2"),
        (usage(NOON, ONE, region="mars-1"), "ml.m5.xlarge training in mars-1"),
        (usage(NOON, ONE, groups=()), "training on instances AWS does not report"),
        (usage(NOON, ONE, groups=(), component="no-lines"), "no lines in us-east-2"),
        (usage(NOON, ONE, groups=(InstanceGroup(None, 1),)), "unknown type training in us-east-2"),
        (usage(NOON, ONE, region="mars-1", **VOLUME), "notebook volume in mars-1"),
    ],
)
def test_what_has_no_price_is_listed_apart_with_its_hours(given: Usage, what: str) -> None:
    spend = tally([UsageSlice(given, given.start, utc(ONE))], PRICES)
    assert spend.usd == 0
    assert spend.unpriced == {what: timedelta(hours=1)}


def test_the_priced_part_of_a_job_counts_and_the_rest_is_listed() -> None:
    groups = (InstanceGroup("ml.m5.xlarge", 1), InstanceGroup("ml.x9.huge", 1))
    amount = price_slice(UsageSlice(usage(NOON, ONE, groups=groups), utc(NOON), utc(ONE)), PRICES)
    assert amount.usd == Decimal("0.23")
    assert amount.unpriced == ("ml.x9.huge training in us-east-2",)


def test_of_several_choices_the_cheapest_counts_and_that_is_said() -> None:
    one, two = InstanceGroup("ml.m5.xlarge", 2), InstanceGroup("ml.m5.xlarge", 1, 1)
    spend = tally([UsageSlice(usage(NOON, ONE, groups=(one, two)), utc(NOON), utc(ONE))], PRICES)
    assert spend.usd == Decimal("0.23")
    assert spend.assumed == {"the cheapest of ml.m5.xlarge training"}


def test_a_choice_without_a_price_leaves_all_of_them_unpriced() -> None:
    groups = (InstanceGroup("ml.m5.xlarge", 1), InstanceGroup("ml.x9.huge", 1, 1))
    amount = price_slice(UsageSlice(usage(NOON, ONE, groups=groups), utc(NOON), utc(ONE)), PRICES)
    assert not amount.usd
    assert amount.unpriced == ("ml.x9.huge training in us-east-2",)


def test_a_rate_that_stands_in_is_said() -> None:
    pool = usage(NOON, ONE, component="training-warm-pool")
    spend = tally([UsageSlice(pool, pool.start, utc(ONE))], PRICES)
    assert spend.assumed == {"ml.m5.xlarge training-warm-pool at the training rate"}


def test_an_hour_of_something_does_not_depend_on_how_it_is_billed_in_the_end() -> None:
    assert hourly_cost(usage(NOON, ONE, billable=HALF), PRICES).usd == Decimal("0.23")


def test_sums_agree_whatever_they_are_grouped_by() -> None:
    people = [CostLabels(owner=o, project=p) for o in ("Ada", "Bob", "") for p in ("x", "", "y")]
    pieces = [
        UsageSlice(usage(NOON, f"{NOON}:{n:02}.{n:03}", labels=who), utc(YEAR[0]), utc(YEAR[1]))
        for n, who in enumerate(people * 5)
    ]
    spend = tally(pieces, PRICES)
    assert spend.usd > 0
    assert {sum(sums.values()) for sums in spend.by.values()} == {spend.usd}


def test_what_a_training_plan_covers_costs_nothing_more_and_that_is_said() -> None:
    spend = tally([UsageSlice(usage(NOON, ONE, prepaid=True), utc(NOON), utc(ONE))], PRICES)
    assert not spend.usd
    assert not spend.unpriced
    assert spend.assumed == {"training that a training plan covers at 0"}
