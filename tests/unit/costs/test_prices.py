"""Prices: the bundled table, the Price List's traps, and what is not known."""

import csv
import json
import runpy
import subprocess
import sys
from copy import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from costguard.common.codec import decode, encode
from costguard.costs.fetched_prices import FetchedPrices
from costguard.costs.price_list import parse_products
from costguard.costs.prices import LISTED_FOR, Price, Prices, bundled_prices, is_current
from tests.factories import arn, at, notebook, on, resource, training_job, tuning_job

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HERE = "us-east-1"


def read_back(prices: Prices) -> Prices:
    return decode(encode(FetchedPrices.of(prices)), FetchedPrices).prices()


def observed() -> list[dict[str, str]]:
    with (ROOT / "prices" / "observed.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["region"] in (HERE, "us-east-2")]
    return sorted(rows, key=lambda row: row["source_date"])


def test_every_observed_price_of_both_eastern_regions_answers_with_the_newest() -> None:
    newest = {
        (r["region"], r["component"], r["instance_type"]): r["usd_per_hour"] for r in observed()
    }
    assert len(newest) > 100
    for key, usd in newest.items():
        found = bundled_prices().rate(*key)
        assert found is not None
        assert found.usd == Decimal(usd)
        assert found.source
        assert found.as_of


def test_the_table_is_what_the_script_makes_of_the_observed_prices() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "prices"), "--check"]
    assert subprocess.run(script, check=False).returncode == 0  # noqa: S603 - our own script


def test_what_the_script_fetches_are_rows_of_the_observed_prices() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "prices"))
    asked = [
        product("USE1-Host:ml.g6e.xlarge", "2.6050000000"),
        product("USE1-Canvas:Session-Hrs", "1.9000000000"),
        product("USE1-Host:ml.p6-b200.48xlarge", "100"),
        product("USE1-Notebk:VolumeUsage.gp2", "0.14", unit="GB-Mo"),
    ]
    prices = parse_products(asked, region=HERE, now=NOW)
    assert list(script["fetched"](prices, "2026-11-23")) == [
        (HERE, "canvas", "Session-Hrs", "1.9", "AWS Price List API", "2026-11-23"),
        (HERE, "hosting", "ml.g6e.xlarge", "2.605", "AWS Price List API", "2026-11-23"),
    ]


def test_the_biggest_machine_has_its_price_after_the_cut() -> None:
    found = bundled_prices().rate(HERE, "training", "ml.p4d.24xlarge")
    assert found is not None
    assert found.usd == Decimal("25.251")


@pytest.mark.parametrize(
    ("region", "component", "kind"),
    [
        (HERE, "notebook", "ml.x9.huge"),
        ("mars-1", "notebook", "ml.t3.medium"),
        (HERE, "training", "ml.t3.medium"),
    ],
)
def test_an_unknown_type_region_or_component_has_no_price(
    region: str, component: str, kind: str
) -> None:
    assert bundled_prices().rate(region, component, kind) is None


def test_transform_is_priced_as_training_and_says_so() -> None:
    found = bundled_prices().rate(HERE, "transform", "ml.m5.xlarge")
    assert found is not None
    assert (found.usd, found.assumed) == (Decimal("0.23"), "training")


def product(usage_type: Any, usd: Any, **more: Any) -> str:
    attributes = {"usagetype": usage_type, "regionCode": HERE, "locationType": "AWS Region"}
    dimension = {"unit": more.pop("unit", "Hrs"), "pricePerUnit": {more.pop("coin", "USD"): usd}}
    terms = {"OnDemand": {"a": {"priceDimensions": {"b": dimension}}}}
    made = {"product": {"attributes": attributes | more}, "terms": terms}
    return json.dumps(made | {"publicationDate": "2026-11-01T00:00:00Z"})


P4D = "ml.p4d.24xlarge"
TRAPS = [
    product(f"USE1-Cluster:{P4D}", "25.91", component="Cluster"),
    product(f"USE1-TrainingPlanUpfrontFee:{P4D}", "13.57", unit="Quantity"),
    product(f"USE1-Train:{P4D}", "13.57", unit="Quantity"),
    product(f"USE1-Train:{P4D}", "0.0000000000", platoinstancetype="*Free*"),
    product(f"USE1-Train:{P4D}", "37.688", regionCode="us-east-2"),
    product(f"USE1-Train:{P4D}", "37.688", locationType="AWS Local Zone"),
    product(f"USE1-Train:{P4D}", "180", coin="CNY"),
    product(f"USE1-Train:{P4D}", "NaN"),
    product(f"USE1-Train:{P4D}", "dear"),
    product(f"USE1-Processing_Geo:{P4D}", "99"),
    product(f"USE1-Train:{P4D}", "25.2510000000", instanceType=f"{P4D}-Training"),
    product(f"USE1-Train:{P4D}", "25.1"),
]


RIGHT = {
    (HERE, "training", P4D): Decimal("25.251"),
    (HERE, "hyperpod-cluster", P4D): Decimal("25.91"),  # a rate of its own
}
ODD = [
    "",
    "3",
    "[" * 100_000,
    "{}",
    '{"product": null}',
    '{"product": {"attributes": []}}',
    json.dumps(json.loads(product(f"USE1-Train:{P4D}", "1")) | {"terms": 3}),
    json.dumps(json.loads(product(f"USE1-Train:{P4D}", "1")) | {"terms": {"OnDemand": [1]}}),
    product(f"USE1-Train:{P4D}", None),
    product(f"USE1-Train:{P4D}", [1]),
    product(f"USE1-Train:{P4D}", "1e30"),
    product(f"USE1-Train:{P4D}", {"USD": "1"}),
    product([P4D], "1"),
]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_a_product_of_another_form_has_no_price_and_spoils_no_other(odd: str) -> None:
    prices = parse_products([odd, *TRAPS], region=HERE, now=NOW)
    assert {key: price.usd for key, price in prices.table.items()} == RIGHT


@pytest.mark.parametrize(("listed", "shown"), [("25.2510000000", "25.251"), ("100.00", "100")])
def test_a_rate_is_shown_without_the_zeros_of_the_list(listed: str, shown: str) -> None:
    prices = parse_products([product(f"USE1-Train:{P4D}", listed)], region=HERE, now=NOW)
    assert [str(price.usd) for price in prices.table.values()] == [shown]


@pytest.mark.parametrize("products", [TRAPS, TRAPS[::-1]])
def test_the_right_line_is_picked_whatever_comes_first(products: list[str]) -> None:
    prices = parse_products(products, region=HERE, now=NOW)
    assert {key: price.usd for key, price in prices.table.items()} == RIGHT


@pytest.mark.parametrize(
    ("usage_type", "unit", "key"),
    [
        ("USE1-Notebk:ml.t3.medium", "Hrs", ("notebook", "ml.t3.medium")),
        ("EU-Train:ml.g5.xlarge", "Hrs", ("training", "ml.g5.xlarge")),
        ("Tsform:ml.m5.xlarge", "Hrs", ("transform", "ml.m5.xlarge")),
        ("USE1-Studio:JupyterLab-ml.t3.medium", "Hrs", ("studio-jupyterlab", "ml.t3.medium")),
        ("USE1-Notebk:VolumeUsage.gp2", "GB-Mo", ("notebook-volume", "GB-month")),
        ("USE1-Host:ml.g5.xlarge", "Hrs", ("hosting", "ml.g5.xlarge")),
        ("USE1-AsyncInf:ml.g5.xlarge", "Hrs", ("async-inference", "ml.g5.xlarge")),
        ("USE1-Studio:ml.t3.medium", "Hrs", ("studio", "ml.t3.medium")),
        ("USE1-Studio:CodeEditor-ml.t3.medium", "Hrs", ("studio-codeeditor", "ml.t3.medium")),
        ("USE1-Canvas:Session-Hrs", "Hrs", ("canvas", "Session-Hrs")),
        ("USE1-RStudio:RSession-ml.t3.medium", "Hrs", ("rstudio-session", "ml.t3.medium")),
        ("USE1-DataWrangler:ml.m5.4xlarge", "Hrs", ("data-wrangler", "ml.m5.4xlarge")),
        ("USE1-Cluster:ml.p5.48xlarge", "Hrs", ("hyperpod-cluster", "ml.p5.48xlarge")),
        ("USE1-ReservedCluster:ml.p5.48xlarge", "Hrs", ("hyperpod-reserved", "ml.p5.48xlarge")),
        ("USE1-TrSpt:ml.m5.large", "Hrs", ("training-spot", "ml.m5.large")),
    ],
)
def test_a_usage_type_names_what_is_priced(
    usage_type: str, unit: str, key: tuple[str, str]
) -> None:
    prices = parse_products([product(usage_type, "1", unit=unit)], region=HERE, now=NOW)
    assert list(prices.table) == [(HERE, *key)]


def test_fetched_prices_go_over_older_ones_and_come_back_from_the_ledger() -> None:
    fetched = parse_products([product("USE1-Train:ml.m5.xlarge", "0.24")], region=HERE, now=NOW)
    both = read_back(fetched).over(bundled_prices())
    assert both.rate(HERE, "training", "ml.m5.xlarge") == Price(
        Decimal("0.24"), "AWS Price List API", "2026-11-01"
    )
    assert both.rate(HERE, "notebook", "ml.t3.medium") is not None


def test_the_prices_of_a_region_asked_for_apart_say_nothing_about_another() -> None:
    there = "eu-west-1"
    listed = [product("EU-Train:ml.m5.xlarge", "0.3", regionCode=there)]
    west = parse_products(listed, region=there, now=NOW)
    foreign = {("us-east-2", "training", "ml.m5.xlarge"): Price(Decimal(9), "AWS", "")}
    home = Prices({("us-east-2", "training", "ml.m5.large"): Price(Decimal(1), "AWS", "")}, NOW)
    both = home.with_region(there, Prices({**west.table, **foreign}, NOW - LISTED_FOR))
    assert {key[:3:2] for key in both.table} == {
        ("us-east-2", "ml.m5.large"),
        ("eu-west-1", "ml.m5.xlarge"),
    }
    assert (both.fetched, both.listed_at("eu-west-1")) == (NOW, NOW - LISTED_FOR)
    assert both.was_listed("us-east-2", NOW)
    assert not both.was_listed("eu-west-1", NOW)


def test_a_region_that_never_answered_is_unpriced_and_not_priced_as_home() -> None:
    key = ("us-east-2", "notebook", "ml.t3.medium")
    prices = Prices({key: Price(Decimal(1), "AWS Price List API", "")}, NOW)
    prices = prices.with_region("eu-west-1", Prices())
    there = notebook("x", arn=arn("notebook-instance", "x").replace("us-east-2", "eu-west-1"))
    assert prices.unpriced(notebook("x")) == ()
    assert prices.unpriced(there) == ("ml.t3.medium",)
    assert prices.hourly(there) is None
    assert not prices.has_lines(there)


def test_a_table_says_its_age() -> None:
    assert "has not answered yet" in read_back(bundled_prices()).age
    assert Prices({}, NOW).age == "AWS Price List API of 2026-11-23 12:00 UTC"


def test_an_hour_of_a_resource_is_the_sum_of_its_instances() -> None:
    prices = Prices({("us-east-2", "training", "ml.m5.large"): Price(Decimal("0.115"), "", "")})
    assert prices.hourly(training_job(**on("ml.m5.large", count=2))) == Decimal("0.230")
    assert prices.hourly(tuning_job(**on("ml.m5.large", count=4))) == Decimal("0.460")
    assert prices.hourly(training_job(**on("ml.m5.large", "ml.x9.huge"))) is None
    assert prices.hourly(training_job(**on("ml.m5.large", count=None))) is None
    assert prices.hourly(notebook(groups=None)) is None
    assert prices.unpriced(notebook()) == ("ml.t3.medium",)
    assert prices.knows("us-east-2")
    assert not prices.knows("mars-1")


@pytest.mark.parametrize(
    ("hours", "current"), [(0, True), (0.99, True), (1, False), (-0.01, False)]
)
def test_prices_that_were_read_are_good_for_an_hour(hours: float, *, current: bool) -> None:
    assert is_current(at(0), at(hours)) is current


def test_a_run_of_a_pipeline_costs_what_its_jobs_cost() -> None:
    here = {"arn": f"arn:aws:sagemaker:{HERE}:123456789012:training-job/x"}
    jobs = (training_job("one", **here), training_job("two", **here))
    run = resource("pipeline-execution", "p/execution/1", steps=(), jobs=jobs)
    one = bundled_prices().hourly(jobs[0])
    assert one is not None
    assert bundled_prices().hourly(run) == 2 * one
    odd = replace(run, jobs=(*jobs, training_job("three", **here, **on("ml.new.xlarge"))))
    assert bundled_prices().hourly(odd) is None
    assert bundled_prices().unpriced(odd) == ("ml.new.xlarge",)
    assert bundled_prices().hourly(replace(run, jobs=())) is None
