"""Other regions' ledgers: their sums are added, and missing ones are reported."""

import re
from copy import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from costguard.common.errors import SourceUnavailableError
from costguard.costs.bill import CostExplorerAnswer
from costguard.costs.prices import Price, Prices
from costguard.costs.pricing import UsageSlice
from costguard.costs.usage import Usage
from costguard.enforcement.case import Case
from costguard.reports.period import Period
from costguard.reports.regions import OtherRegions, RegionLedger, RegionReader
from tests.factories import notebook
from tests.unit.reports.test_summary import ADA, NOW, PRICES, FakeReporter, days, stopped, usage

WEST = Prices(
    {
        ("us-west-2", "notebook", "ml.t3.medium"): Price(Decimal("0.10"), "its list", "2026-11-01"),
        ("us-east-2", "notebook", "ml.t3.medium"): Price(Decimal(99), "not its own", "2020-01-01"),
    },
    NOW - timedelta(days=9),
)
LOCAL = Price(Decimal("0.07"), "the bundled table", "2026-01-01")


def there(name: str, hours: float, **more: Any) -> Usage:
    given: dict[str, Any] = {"region": "us-west-2", "labels": ADA}
    return usage(name, hours, **given | more)


class Ledger:
    """What another region's ledger answers."""

    def __init__(self, usages: tuple[Usage, ...], known: dict[str, Any]) -> None:
        self.usages, self.known = usages, known

    def read(self, _since: datetime, needed: datetime, now: datetime) -> RegionLedger:
        pieces = (UsageSlice(u, needed, now) for u in self.usages)
        nothing: dict[str, Any] = {"cases": (), "audit_entries": (), "unreached": ()}
        return RegionLedger(slices=pieces, prices=WEST, **nothing | self.known)


class ClosedLedger:
    """One that we may not read."""

    def read(self, *_: object) -> RegionLedger:
        raise SourceUnavailableError("AccessDenied")


def ledger(*usages: Usage, **known: Any) -> RegionReader:
    return Ledger(usages, known)


@pytest.fixture
def reporter() -> FakeReporter:
    reporter = FakeReporter(usage("here", 20, labels=ADA))  # ten hours at $0.05
    reporter.others = {"us-west-2": ledger(there("there", 40))}  # twenty hours at $0.10
    return reporter


def test_what_was_spent_in_two_regions_is_added_up(reporter: FakeReporter) -> None:
    text = reporter.report(Period.MONTH)
    assert "$2.50  this period" in text
    assert "Account 123456789012, us-east-2, us-west-2. As of" in text
    assert "  by region\n       $2.00    us-west-2\n       $0.50    us-east-2\n" in text
    assert "By region, this period" in reporter.page
    assert "us-east-2, us-west-2 ·" in reporter.page


def test_one_region_alone_is_not_summed_up_by_region() -> None:
    reporter = FakeReporter(usage("here", 20))
    assert "by region" not in reporter.report()
    assert "By region" not in reporter.page


def test_a_region_that_cannot_be_read_is_said_at_the_top_and_spoils_no_other(
    reporter: FakeReporter,
) -> None:
    reporter.others["eu-west-1"] = ClosedLedger()
    text = reporter.report(Period.MONTH)
    assert "us-east-2, us-west-2; WITHOUT eu-west-1 (could not be read)" in text.splitlines()[1]
    why = "the ledger of eu-west-1 (AccessDenied): nothing of that region is in any sum"
    assert f"NOT ASKED: {why}" in text
    assert "WITHOUT eu-west-1" in reporter.page
    assert "$2.50  this period" in text


def test_a_region_is_priced_by_its_own_stacks_list_and_no_other_region_by_it() -> None:
    bundled = Prices({**PRICES.table, ("us-west-2", "notebook", "ml.t3.medium"): LOCAL}, NOW)
    (read,) = (ledger().read(NOW, NOW, NOW),)
    prices = OtherRegions({"us-west-2": read}, {}).prices(bundled)
    rates = [
        prices.rate(r, "notebook", "ml.t3.medium") for r in ("us-west-2", "us-east-2", "eu-west-1")
    ]
    assert [rate and rate.usd for rate in rates] == [Decimal("0.10"), Decimal("0.05"), None]
    assert prices.fetched == NOW


def test_the_same_name_in_two_regions_is_two_things() -> None:
    here, west = notebook("twin"), notebook("twin")
    west = replace(west, arn=west.arn.replace("us-east-2", "us-west-2"))
    volume: dict[str, Any] = {"component": "notebook-volume", "volume_gb": 50, "groups": ()}
    reporter = FakeReporter(usage("twin", 90, runs=True, **volume))
    running = there("twin", 70, runs=True)
    reporter.others = {"us-west-2": ledger(running, audit_entries=(stopped(west, 61),))}
    reporter.actions = (stopped(here, 72),)
    text = reporter.report()
    assert "STORAGE THAT STILL BILLS: 1 stopped notebook" in text
    assert "2 stops" in text
    assert re.search(r"twin, .* CST, in us-west-2\n", text)
    assert "<bdi>twin, in us-west-2</bdi>" in reporter.page
    assert "(Ada), 2 d 22 h, $7.00 so far, in us-west-2" in text


def test_cases_and_people_of_other_regions_are_named_too(reporter: FakeReporter) -> None:
    held = Case(kind="notebook-instance", name="held-there", held=True)
    reporter.others = {"us-west-2": ledger(cases=(held,))}
    assert "HELD BACK: held-there" in reporter.report()


def test_the_bill_is_asked_for_the_regions_that_are_in_the_sums(reporter: FakeReporter) -> None:
    asked: list[tuple[str, ...]] = []

    def ask(
        _tag: object, _since: object, _until: object, regions: tuple[str, ...], _all: object
    ) -> CostExplorerAnswer:
        asked.append(regions)
        return days({("USE2-Train:ml.m5.large", "Project$"): "1"})

    reporter.others["eu-west-1"] = ClosedLedger()
    reporter.ask = ask
    reporter.report()
    assert asked == [("us-east-2", "us-west-2")]
