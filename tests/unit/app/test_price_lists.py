"""The price lists of the Regions: how often each is asked for, and in what order."""

from copy import replace
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

from costguard.app.price_lists import REGIONS_AT_ONCE, refresh_prices
from costguard.common.errors import SourceUnavailableError
from costguard.costs.prices import Price, Prices
from tests.unit.reports.test_summary import NOW, FakeReporter


def refreshed(reporter: FakeReporter, *regions: str) -> tuple[list[str], list[str]]:
    """Refresh the prices; return the Regions asked for, and the problems."""
    asked = list[str]()

    def fetch(region: str, now: datetime) -> Prices:
        asked.append(region)
        if region.startswith("mars"):
            raise SourceUnavailableError("no such Region")
        return Prices({(region, "notebook", "ml.t3.medium"): Price(Decimal(1), "AWS", "")}, now)

    ports = replace(
        reporter.ports,
        price_source=SimpleNamespace(fetch=fetch),
        spokes=tuple(f"222233334444/{each}" for each in regions),
    )
    return asked, list(refresh_prices(ports, NOW))


def test_the_prices_of_each_region_are_fetched_once_a_day() -> None:
    reporter = FakeReporter()
    reporter.prices = Prices()
    asked, problems = refreshed(reporter, "eu-west-1", "mars-1", "us-west-2")
    assert asked == ["us-east-2", "eu-west-1", "mars-1", "us-west-2"]
    assert problems == ["new prices of mars-1 (no such Region); the last known ones are used"]
    assert [reporter.prices.listed_at(each) for each in ("eu-west-1", "us-west-2")] == [NOW, NOW]
    assert refreshed(reporter, "eu-west-1", "mars-1", "us-west-2")[0] == ["mars-1"]


def test_one_call_reads_a_few_price_lists_and_those_never_read_come_first() -> None:
    reporter = FakeReporter()  # whose own prices are fresh
    regions = [f"region-{number}" for number in range(REGIONS_AT_ONCE + 2)]
    old = Prices({}, NOW - timedelta(days=2))
    reporter.prices = reporter.prices.with_region(regions[0], old)
    assert refreshed(reporter, "mars-1", *regions)[0] == ["mars-1", *regions[1:-1]]
    assert refreshed(reporter, "mars-1", *regions)[0] == ["mars-1", regions[-1], regions[0]]
