"""Money on the local AWS: the real stack, its summaries, and an independent sum beside them."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from costguard.ownership.directory import CostLabels
from local import billing_oracle, sam
from local.account import utc
from local.demo.environment import DemoEnvironment
from local.demo.scenario import complete, tags
from local.ministack import price_list
from local.paths import PROJECT
from local.sagemaker.event_delivery import Faults
from tests.local.browser import Browser
from tests.unit.reports.test_summary import AWS_BUDGET, HOSTILE, FakeReporter, usage

POLICY = PROJECT / "local" / "demo" / "policy.toml"
MIDNIGHT = utc(2026, 11, 23, 6)  # a Monday's, in Chicago
ODD = "=HYPERLINK:http://evil.example/@x"  # AWS takes no < in a tag
DAY = timedelta(days=1)
PARAMETERS = {"Mode": "enforce", "SweepEvery": "rate(60 minutes)"}


@pytest.fixture(scope="module")
def outputs() -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def week(
    outputs: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DemoEnvironment]:
    """Three days of work, with events that come twice, late and not at all."""
    faults = Faults(seed=3, duplicate=0.3, late=0.2)
    with DemoEnvironment(port=0, start=MIDNIGHT, frozen=True, faults=faults) as stage:
        stage.open()
        root = sam.copy_sources(POLICY, tmp_path_factory.mktemp("stack"))
        outputs |= sam.deploy(stage, root=root, parameters=PARAMETERS)
        stage.subscribe(outputs)
        stage.clock.advance(timedelta(seconds=1))  # a new stack asks for its prices at once
        stage.aws_budgets.rows.append(AWS_BUDGET)
        play(stage)
        yield stage


def play(stage: DemoEnvironment) -> None:
    john, jane = "John Doe", "Jane Roe"
    stage.clock.advance(timedelta(hours=8))
    stage.notebook(john, "DoeJohn-ExploreSageMaker", complete(john))
    stage.notebook(jane, "RoeJane-Hostile", complete(jane, ODD))
    for _ in ("created", "in progress", "training"):
        stage.account.lose_next(lambda event: "DoeJohn-1" in str(event["detail"]))
    stage.train(john, "sinkorswim-DoeJohn-1", tags(john), "ml.m5.xlarge")
    stage.clock.advance(timedelta(hours=5))
    stage.tune(jane, "wattbot-RoeJane-Tune-1", tags(jane, "wattbot"), "ml.m5.xlarge")
    stage.call_as(john, "StopNotebookInstance", NotebookInstanceName="DoeJohn-ExploreSageMaker")
    stage.clock.advance(timedelta(hours=20))
    stage.call_as(john, "StartNotebookInstance", NotebookInstanceName="DoeJohn-ExploreSageMaker")
    stage.clock.advance_to(MIDNIGHT + 3 * DAY + timedelta(hours=6))


def report(stage: DemoEnvironment, outputs: dict[str, str], period: str) -> dict[str, Any]:
    asked = {"time": stage.clock.now().isoformat(), "period": period}
    invoked = stage.client("lambda").invoke(
        FunctionName=outputs["ReportFunctionName"], Payload=json.dumps(asked)
    )
    answer: dict[str, Any] = json.loads(invoked["Payload"].read())
    assert "errorMessage" not in answer, answer
    return answer


def page(stage: DemoEnvironment, outputs: dict[str, str], key: str, to: Path) -> Path:
    body = stage.client("s3").get_object(Bucket=outputs["ReportBucketName"], Key=key)["Body"]
    to.write_bytes(body.read())
    return to


@pytest.fixture(scope="module")
def weekly(week: DemoEnvironment, outputs: dict[str, str]) -> tuple[Decimal, str]:
    week.read_topics()
    usd = Decimal(report(week, outputs, "week")["usd"])
    (text,) = week.read_topics().summaries
    return usd, text


def test_the_weekly_total_is_what_really_ran(
    week: DemoEnvironment, weekly: tuple[Decimal, str]
) -> None:
    really = billing_oracle.usd(week.account, price_list.billed(), MIDNIGHT, MIDNIGHT + 3 * DAY)
    assert really > 1
    assert abs(weekly[0] - really) <= Decimal("0.01")


def test_an_odd_project_is_named_as_it_is(weekly: tuple[Decimal, str]) -> None:
    assert f"    {ODD}" in weekly[1]


def test_the_daily_total_is_what_really_ran(week: DemoEnvironment, outputs: dict[str, str]) -> None:
    usd = Decimal(report(week, outputs, "day")["usd"])
    really = billing_oracle.usd(
        week.account, price_list.billed(), MIDNIGHT + 2 * DAY, MIDNIGHT + 3 * DAY
    )
    assert abs(usd - really) <= Decimal("0.01")


def test_the_bill_is_reconciled_and_asking_for_it_is_counted(weekly: tuple[Decimal, str]) -> None:
    assert "metered, estimated  (difference +$0.00" in weekly[1]
    assert re.search(r"asking cost \$0\.\d\d \(\d+ calls? at \$0\.01\)", weekly[1])
    assert "by project, billed" in weekly[1]


def test_the_stack_may_read_the_budgets_of_aws_and_shows_them(weekly: tuple[Decimal, str]) -> None:
    assert "12 %  the <whole> account: $12.50 of $100.00 monthly, after credits" in weekly[1]


def test_the_credit_of_the_account_is_told_with_what_is_left(weekly: tuple[Decimal, str]) -> None:
    services = "Amazon SageMaker, Amazon EC2, Amazon S3"
    [left] = re.findall(
        r"AWS Educate: \$(\d+\.\d\d) of \$500\.00 left, until .*; for (.*)", weekly[1]
    )
    assert Decimal(450) < Decimal(left[0]) <= 500 - weekly[0] + 1
    assert left[1] == services


def test_prices_come_from_the_price_list(weekly: tuple[Decimal, str]) -> None:
    assert "Prices: AWS Price List API of 2026-11-" in weekly[1]
    assert "UNPRICED" not in weekly[1]


def test_the_schedules_have_told_a_summary_every_morning(
    week: DemoEnvironment, outputs: dict[str, str], weekly: tuple[Decimal, str]
) -> None:
    assert weekly
    found = week.client("s3").list_objects_v2(Bucket=outputs["ReportBucketName"])["Contents"]
    keys = {each["Key"] for each in found}
    assert {f"day/2026-11-{day}.html" for day in (23, 24, 25)} <= keys
    assert "week/2026-11-23.html" in keys


def test_a_notice_says_what_its_resource_costs(
    week: DemoEnvironment, outputs: dict[str, str]
) -> None:
    week.train("John Doe", "sinkorswim-DoeJohn-Big", tags("John Doe"), "ml.p4d.24xlarge")
    week.clock.advance(timedelta(minutes=10))
    (told,) = [
        a for a in week.read_topics().alerts if a["resource"]["name"] == "sinkorswim-DoeJohn-Big"
    ]
    assert told["cost"]["usd_per_hour"] == 25.251
    assert "It costs $25.25 an hour while it runs" in told["reason"]
    assert outputs


@pytest.mark.parametrize(("width", "dark"), [(390, False), (390, True), (1280, False)])
def test_the_page_draws_at_any_width_without_a_complaint_or_a_request(
    week: DemoEnvironment,
    outputs: dict[str, str],
    weekly: tuple[Decimal, str],
    tmp_path: Path,
    *,
    width: int,
    dark: bool,
) -> None:
    assert weekly
    file = page(week, outputs, "week/2026-11-26.html", tmp_path / "page.html")
    with Browser() as browser:
        browser.open(file, width, dark=dark)
        assert int(browser.ask("document.documentElement.dataset.drawn")) >= 3
        assert browser.ask("document.documentElement.scrollWidth") <= width
        browser.ask("document.querySelector('th:last-child button').click()")
        assert browser.ask("document.querySelector('th[aria-sort]') !== null")
        assert browser.complaints == []
        assert browser.requests == [file.as_uri()]


def test_a_hostile_name_is_text_on_the_page(tmp_path: Path) -> None:
    script, file = HOSTILE[0], tmp_path / "page.html"
    chart_js = (PROJECT / "functions" / "report" / "chart.js").read_text(encoding="utf-8")
    world = FakeReporter(
        *(usage(name, 50, labels=CostLabels(owner=name, project=name)) for name in HOSTILE)
    )
    world.chart_js = chart_js
    world.report()
    file.write_text(world.page, encoding="utf-8")
    with Browser() as browser:
        browser.open(file, 390)
        assert browser.ask(f"document.body.innerText.includes({json.dumps(script)})")
        assert browser.ask("document.documentElement.scrollWidth") <= 390
        assert browser.complaints == []


def test_the_report_bucket_is_private_encrypted_and_expires(
    week: DemoEnvironment, outputs: dict[str, str]
) -> None:
    s3, bucket = week.client("s3"), {"Bucket": outputs["ReportBucketName"]}
    assert all(s3.get_public_access_block(**bucket)["PublicAccessBlockConfiguration"].values())
    assert "ExpirationInDays: 90" in (PROJECT / "template.yaml").read_text(encoding="utf-8")
    assert s3.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"]["Rules"]
