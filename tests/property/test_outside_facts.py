"""Whatever one notebook, metric, event, row, price or bill says: the others are judged twice.

Beside the odd one there is a healthy notebook whose owner breaks a rule before the first sweep and
mends it before the second: it is warned, and told that all is clear. And the report comes.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.console import Console

from costguard.adapters.activity_source import NotebookObserver
from costguard.adapters.dynamodb.audit import DynamoDbAudit
from costguard.adapters.dynamodb.cases import DynamoDbCases
from costguard.adapters.dynamodb.deliveries import DynamoDbDeliveries
from costguard.adapters.dynamodb.markers import DynamoDbMarkers
from costguard.adapters.dynamodb.table import Table
from costguard.adapters.dynamodb.unreadable import unreadable_rows
from costguard.adapters.dynamodb.usage import DynamoDbUsage
from costguard.adapters.price_list import PriceList
from costguard.app.activity_ports import NextCheck, ObservedActivity
from costguard.app.report import report
from costguard.app.watch import watch
from costguard.common.errors import GuardError, SourceUnavailableError
from costguard.costs.bill import CostExplorerAnswer
from costguard.costs.by_price import for_any_price
from costguard.costs.prices import Price, Prices, bundled_prices
from costguard.notifications.delivery import Delivery, DeliveryStatus
from costguard.reports.period import Period
from costguard.resources.activity import LookBack
from costguard.resources.events import CLOUDTRAIL
from costguard.resources.model import Resource
from costguard.resources.registry import KINDS
from costguard.resources.translation import translate
from costguard_cli.analysis.context import AnalysisContext
from costguard_cli.analysis.dry_run import DryRunState, by_events, dry_run
from costguard_cli.analysis.event_inventory import EventInventory
from costguard_cli.views.replay import as_dict, show
from tests.factories import at, notebook, training_job
from tests.integration.aws import answering, description, refusal
from tests.property.mutation import mutants
from tests.property.strategies import json_values
from tests.scenarios.account import Account
from tests.scenarios.test_dodging import everything_on
from tests.soak import in_memory_table
from tests.unit.costs.test_bill import FIRST_DAY, answer
from tests.unit.costs.test_prices import HERE, P4D, product
from tests.unit.reports.test_summary import FakeReporter

ODD, GOOD = notebook("DoeJohn-Odd", started=at(0)), notebook("RoeJane-Good", started=at(0))
QUIET, ODD_JOB = notebook("RoeJane-Quiet", started=at(0)), training_job("odd-job")
EVENTS = Path(__file__).parents[2] / "events"
SEEDS = [json.loads(each.read_text(encoding="utf-8")) for each in sorted(EVENTS.glob("*.json"))]
RESOURCES = (replace(ODD, tags={}), GOOD, ODD_JOB)
JANES = {"Name": "Jane Roe"}


def judged_twice(account: Account, begin: float = 3) -> list[dict[str, int]]:
    """Sweep twice; the healthy notebook is warned in the first and all is clear in the second."""
    tags = account.named(GOOD.name).tags
    told = list[list[tuple[str, str]]]()
    for hours, now_tagged in ((begin, JANES), (begin + 0.1, tags)):
        account.new_notices()
        account.change(GOOD.name, tags=now_tagged)
        with suppress(ExceptionGroup):  # what is odd may be told loudly, at the end
            account.sweep(at(hours))
        told.append(account.new_notices())
    assert ("warning", GOOD.name) in told[0]
    assert ("all-clear", GOOD.name) in told[1]
    return [dict(n) for n in account.counted if "TaskFailures" in n]


# Jupyter and the metrics


class Jobs:
    """An inventory without jobs that ended."""

    def ended(self, *_: object) -> Iterator[tuple[Resource, datetime]]:
        return iter(())


class Metrics:
    """CloudWatch, which answers each metric with the same points."""

    def __init__(self, moments: Any, values: Any) -> None:
        self.row = {"StatusCode": "Complete", "Timestamps": moments, "Values": values}

    def get_paginator(self, _operation: str) -> "Metrics":
        return self

    def paginate(self, **asked: Any) -> list[dict[str, Any]]:
        rows = [{"Id": query["Id"], **self.row} for query in asked["MetricDataQueries"]]
        return [{"MetricDataResults": [*rows, {"Id": "another"}]}]


class Probed(Account):
    """An account whose notebooks are really looked at."""

    def __init__(self, told: Any, metrics: Metrics) -> None:
        quiet = {"after": for_any_price(timedelta(hours=1)), "after_unseen": timedelta(0)}
        super().__init__(idle_too(**quiet), ODD, GOOD, QUIET)
        rest = {"state": "idle", "last": at(0).isoformat(), "shell": "free"}
        free = {"kernels": [rest], "terminals": []}
        busy = {"kernels": [{"state": "busy", "last": at(0).isoformat()}], "terminals": []}
        answers: Any = {ODD.name: told, GOOD.name: busy, QUIET.name: free}
        self.observer = NotebookObserver(
            Jobs(),  # type: ignore[arg-type] # all that is asked of an inventory here
            lambda: metrics,  # type: ignore[arg-type, return-value] # all of CloudWatch
            lambda name, **_: answers[name],
        )

    def observe(
        self, notebooks: Any, now: datetime, next_check: NextCheck | None, look_back: LookBack
    ) -> ObservedActivity:
        return self.observer.observe(notebooks, now, next_check, look_back)


def idle_too(**options: Any) -> Any:
    given = everything_on()
    idle = given.rules["idle"]
    changed = replace(idle, options=replace(idle.options, **options))
    return replace(given, rules={**given.rules, "idle": changed})


RIGHT = {
    "kernels": [{"state": "idle", "last": "2026-11-23T14:05:00Z"}],
    "terminals": ["2026-11-23T14:05:00Z"],
}
NO_METRICS = Metrics([], [])
floats = st.floats(allow_nan=True, allow_infinity=True)


@settings(max_examples=60)
@given(json_values | mutants(RIGHT))
@example(RIGHT | {"terminals": ["2026-11-23T14:05:00"]})
@example(RIGHT | {"terminals": ["9999-12-31T23:59:59Z"]})
@example(RIGHT | {"kernels": [{"state": "idle", "last": "2026-11-23"}]})
@example(RIGHT | {"kernels": [{"state": "idle", "last": "2199-12-31T23:59:59Z"}]})
def test_any_answer_of_a_probe_costs_no_other_notebook_a_judgement(told: Any) -> None:
    account = Probed(told, NO_METRICS)
    swept = judged_twice(account)
    assert [numbers["TaskFailures"] for numbers in swept] == [0, 0]
    assert "idle" in {n.rule for n in account.notices if n.resource["name"] == QUIET.name}


@settings(max_examples=60)
@given(st.lists(floats | json_values, max_size=3), st.lists(st.integers(-900, 900), max_size=3))
@example([float("nan")], [10])
@example([1e300], [10])
@example([-1e300], [10])
def test_any_metric_costs_no_other_notebook_a_judgement(
    values: list[Any], minutes: list[int]
) -> None:
    moments = [at(0) + timedelta(minutes=each) for each in minutes]
    swept = judged_twice(Probed(RIGHT, Metrics(moments, values)))
    assert [numbers["TaskFailures"] for numbers in swept] == [0, 0]


@given(floats.filter(lambda value: not 0 <= value <= 10_000))
def test_a_metric_that_cannot_be_neither_accuses_nor_works(value: float) -> None:
    account = Probed({"problem": "timeout"}, Metrics([at(1.5)], [value]))
    account.sweep(at(1.6))
    assert ODD.name not in {notice.resource["name"] for notice in account.notices}
    [seen] = account.observer.memory.of([ODD]).values()
    assert seen.heartbeats[0].busy_kernels is None


# Events


@settings(max_examples=150)
@given(st.one_of([mutants(seed) for seed in SEEDS if "detail" in seed]))
def test_any_event_costs_no_other_resource_a_judgement(event: Any) -> None:
    account = Account(everything_on(), ODD, GOOD, ODD_JOB)
    with suppress(GuardError):
        watch(account.watch_ports, event, now=at(2.5))
    swept = judged_twice(account)
    assert [numbers["TaskFailures"] for numbers in swept] == [0, 0]


@settings(max_examples=150)
@given(st.one_of([mutants(seed) for seed in SEEDS if "detail" in seed]))
def test_any_event_is_replayed_and_shown_beside_a_right_one(event: Any) -> None:
    right = next(seed for seed in SEEDS if seed.get("detail-type") == CLOUDTRAIL)
    told, state, given_policy = EventInventory(), DryRunState(), everything_on()
    ports = by_events(given_policy, bundled_prices(), told, state)
    decisions = dry_run(ports, state, told, [event, right])
    show(Console(file=StringIO()), decisions, AnalysisContext(policy=given_policy, source="x"))
    json.dumps([as_dict(each) for each in decisions])
    assert not any("cannot be judged" in word for each in decisions for word in each.problems)
    assert [each for each in decisions if each.event == right and not each.problems]


@given(st.data())
def test_any_description_is_a_resource_whose_facts_can_be_weighed_or_refused(
    data: st.DataObject,
) -> None:
    kind = data.draw(st.sampled_from([*KINDS.values()]))
    name = "/".join("x" for _ in kind.identity.parts)
    right = json.loads(json.dumps(description(kind.name, name), default=str))
    with suppress(GuardError):
        found = translate(kind, data.draw(mutants(right)))
        account = Account(everything_on(), GOOD, replace(found, name="x"))
        assert [numbers["TaskFailures"] for numbers in judged_twice(account)] == [0, 0]


# Rows


class Ledger(Account):
    """An account whose ledger is a table."""

    def __init__(self, *resources: Resource) -> None:
        rules = everything_on().rules
        dear = {name: rule for name, rule in rules.items() if name not in ("burn-rate", "idle")}
        super().__init__(replace(everything_on(), rules=dear), *resources)
        self.rows = in_memory_table.Table(lambda _row: None)
        self.table = Table(answering("dynamodb", self._answer), "ledger")
        unreadable_rows()
        table: Any = self.table
        adapters: Any = (DynamoDbCases(table), DynamoDbAudit(table), DynamoDbMarkers(table))
        self.cases, self.audit, self.marks = adapters
        self.meter: Any = DynamoDbUsage(table)

    @property
    def _shared(self) -> dict[str, Any]:
        return super()._shared | {"unreadable": unreadable_rows}

    def _answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        try:
            return self.rows.calls[operation](asked)
        except in_memory_table.ConditionFailed as failed:
            raise refusal(failed.code) from None


@cache
def lived_in() -> Mapping[str, dict[str, Any]]:
    """Write a row of each kind, of the odd notebook and of the account."""
    account = Ledger(*RESOURCES)
    rates = [("notebook", "ml.t3.medium"), ("training", "ml.m5.large")]
    price = Price(Decimal("0.05"), "a test", "2026-11-01")
    account.meter.keep_prices(Prices({("us-east-2", *rate): price for rate in rates}, at(0)))
    created = json.loads((EVENTS / "create-notebook-instance.json").read_text(encoding="utf-8"))
    created["detail"]["requestParameters"]["notebookInstanceName"] = ODD.name
    account.deliver(created | {"time": at(0.1).isoformat()})
    account.sweep(at(0.2))
    delivery = Delivery(to="jane", notice="n", at=at(0.2), status=DeliveryStatus.WAITING)
    DynamoDbDeliveries(account.table).unreached(delivery)
    return account.rows.rows


def odd_rows() -> list[tuple[str, str]]:
    """List the rows of the odd notebook and of the account, none of the healthy one's."""
    keys = [(pk, sk) for pk, part in lived_in().items() for sk in part]
    return [(pk, sk) for pk, sk in keys if GOOD.name.lower() not in sk]


def living_on() -> Ledger:
    """Open that ledger again."""
    account = Ledger(*RESOURCES)
    account.rows.rows = {pk: dict(part) for pk, part in lived_in().items()}
    return account


@st.composite
def odd_items(draw: st.DrawFn, item: dict[str, Any]) -> dict[str, Any]:
    """Draw a mutant of a row: of one of its columns, or of the JSON in one."""
    column = draw(st.sampled_from([name for name in item if name not in ("pk", "sk")]))
    text = item[column].get("S", "")
    if text.startswith("{") and draw(st.integers(0, 9)):
        new = {"S": json.dumps(draw(mutants(json.loads(text))))}
    else:
        texts = st.text(max_size=9).map(lambda word: {"S": word})
        new = draw(texts | st.integers(0, 10**30).map(lambda number: {"N": str(number)}))
    return {**item, column: new}


@settings(max_examples=80)
@given(st.data())
def test_any_row_costs_no_other_resource_a_judgement_and_the_report_comes(
    data: st.DataObject,
) -> None:
    account = living_on()
    pk, sk = data.draw(st.sampled_from(odd_rows()))
    part = account.rows.rows[pk]
    part[sk] = data.draw(odd_items(part[sk]))
    judged_twice(account)
    reporter = FakeReporter(rules=RULES)
    ports = replace(
        reporter.ports,
        usage=account.meter,
        prices=account.meter,
        cases=account.cases,
        audit=DynamoDbAudit(account.table),
        unreached=DynamoDbDeliveries(account.table),
        unreadable=unreadable_rows,
    )
    report(ports, Period.MONTH, now=at(4))
    assert "As of Mon 23 Nov 2026" in reporter.text


RULES = 'timezone = "America/Chicago"\n[rules.naming]\n'


# Money


@given(st.lists(mutants(json.loads(product(f"USE1-Train:{P4D}", "1"))) | json_values, max_size=3))
def test_any_product_costs_no_other_its_price_and_the_report_comes(odd: list[Any]) -> None:
    texts = [json.dumps(each) if each is not None else each for each in odd]
    pages = [{"PriceList": [*texts, product(f"USE1-Train:{P4D}", "25.251")]}, {}]
    source = PriceList(lambda: Pricing(pages))  # type: ignore[arg-type, return-value] # one call
    prices = source.fetch(HERE, at(0))
    found = prices.rate(HERE, "training", P4D)
    assert found
    assert found.usd.is_finite()
    reporter = FakeReporter()
    reporter.fresh = prices
    assert reporter.report()


class Pricing:
    """The Price List API."""

    def __init__(self, pages: list[dict[str, Any]]) -> None:
        self.pages = pages

    def get_paginator(self, _operation: str) -> "Pricing":
        return self

    def paginate(self, **_asked: Any) -> list[dict[str, Any]]:
        return self.pages


@given(mutants([*answer(FIRST_DAY).periods]) | json_values)
def test_any_bill_is_summed_up_or_not_known_and_the_report_comes(odd: Any) -> None:
    periods = tuple(odd) if isinstance(odd, list) else (odd,)
    reporter = FakeReporter()
    reporter.answers = [CostExplorerAnswer(periods, 1)]
    with suppress(SourceUnavailableError):
        assert "BILL" in reporter.report()
    assert "BILL" in reporter.text
