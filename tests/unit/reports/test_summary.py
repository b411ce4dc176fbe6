"""The summary: every number has a name, in text and page, whatever names users choose."""

import json
import re
from collections.abc import Iterator
from copy import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from costguard.app.report import report
from costguard.app.report_ports import ReportPorts
from costguard.app.silence import SLEPT, WOKE
from costguard.common.codec import decode, encode
from costguard.common.errors import SourceUnavailableError, StoredDataInvalid
from costguard.costs.aws_budgets import AwsBudgets, read_budgets
from costguard.costs.bill import CostExplorerAnswer
from costguard.costs.credits import Credits
from costguard.costs.prices import Price, Prices
from costguard.costs.pricing import UsageSlice
from costguard.costs.usage import Usage
from costguard.enforcement.audit import AuditEntry, ResourceFacts
from costguard.enforcement.case import Case
from costguard.notifications.delivery import Delivery, DeliveryStatus
from costguard.ownership.directory import CostLabels
from costguard.policy.exceptions import ExceptionRequest, ExceptionState
from costguard.policy.loader import parse_policy
from costguard.policy.model import Policy
from costguard.reports.html import Assets
from costguard.reports.period import Period
from costguard.reports.regions import RegionReader
from costguard.reports.savings import working_start
from costguard.resources.model import NO_LIMIT, BillingFacts, InstanceGroup
from costguard.resources.places import HOME
from costguard.resources.unwatched import Unwatched, UnwatchedList
from tests.factories import arn, notebook, on, training_job, tuning_job
from tests.fakes import InMemoryCases, InMemoryMarks, override

PAGE = Path(__file__).parents[3] / "functions" / "report"
NOW = datetime(2026, 11, 23, 13, tzinfo=UTC)  # Monday, 07:00 in Chicago
HOSTILE = "<script>alert(1)</script>", '=HYPERLINK("x")', "🦈" * 200, "\u202egnp.exe", "שלום"
RULES = """
timezone = "America/Chicago"
[[exemptions]]
names = ["paper-*"]
why = "deadline"
by = "ada"
until = 2026-11-25T00:00:00Z
[[exemptions]]
names = ["other-*"]
why = "deadline"
by = "ada"
until = 2027-11-25T00:00:00Z
[rules.over-budget]
per_project = { wattbot = 4, "*" = 100 }
per_owner = { "Ada 7" = 1000 }
"""
PRICES = Prices(
    {
        ("us-east-2", "notebook", "ml.t3.medium"): Price(Decimal("0.05"), "a test", "2026-11-01"),
        ("us-east-2", "training", "ml.p4d.24xlarge"): Price(Decimal("25.251"), "a test", ""),
        ("us-east-2", "notebook-volume", "GB-month"): Price(Decimal("0.14"), "a test", ""),
    },
    NOW,
)


def usage(name: str, hours: float, *, runs: bool = False, **more: Any) -> Usage:
    given: dict[str, Any] = {
        "kind": "notebook-instance",
        "name": name,
        "component": "notebook",
        "region": "us-east-2",
        "groups": (InstanceGroup("ml.t3.medium", 1),),
        "start": NOW - timedelta(hours=hours),
        "end": None if runs else NOW - timedelta(hours=hours / 2),
    }
    return Usage(**given | more)


class FakeReporter:
    """Report ports in memory, and the published report."""

    def __init__(self, *usages: Usage, rules: str = RULES) -> None:
        self.usages = usages
        self.policy: Policy = parse_policy(rules)
        self.prices = PRICES
        self.fresh: Prices | Exception = PRICES
        self.answers: list[CostExplorerAnswer] | Exception = SourceUnavailableError("AccessDenied")
        self.shown: tuple[str, ...] | None = None  # accounts in Cost Explorer; None: refused
        self.budgets: list[Any] | Exception = SourceUnavailableError("AccessDenied")
        self.credits: Credits | Exception = Credits()
        self.marks = InMemoryMarks(InMemoryCases())
        self.guard_marks = InMemoryMarks(InMemoryCases())
        self.told: list[tuple[str, str]] = []  # subjects and texts, besides the summary
        self.cases: tuple[Case, ...] = ()
        self.actions: tuple[AuditEntry, ...] = ()
        self.unreached: tuple[Delivery, ...] | Exception = ()
        self.unwatched: UnwatchedList | None = None
        self.unwatched_places: dict[str, UnwatchedList] = {}
        self.spokes: tuple[str, ...] = ()
        self.files: dict[str, str] = {}  # what was published, by key
        self.unreadable: list[Exception] = []  # rows of the ledger
        self.others: dict[str, RegionReader] = {}
        self.ask: Any = self._ask
        self.timezone = "America/Chicago"
        self.chart_js = "/* the charts */"
        self.page, self.text, self.subject, self.key = "", "", "", ""

    def report(self, period: Period = Period.WEEK, now: datetime = NOW) -> str:
        report(self.ports, period, now=now)
        return self.text

    @property
    def ports(self) -> ReportPorts:
        names = ("page.html", "page.css", "page.js")
        html, css, script = ((PAGE / name).read_text(encoding="utf-8") for name in names)
        return ReportPorts(
            policy=self.policy,
            place=("123456789012", "us-east-2"),
            spokes=self.spokes,
            timezone=self.timezone,
            assets=Assets(html, css, script, self.chart_js),
            other_regions=self.others,
            **self._bound,
        )

    @property
    def _bound(self) -> dict[str, Any]:
        def keep(fetched: Prices, region: str = "") -> None:
            self.prices = self.prices.with_region(region, fetched) if region else fetched

        def slices(since: datetime, until: datetime) -> Iterator[UsageSlice]:
            return (UsageSlice(u, since, until) for u in self.usages)

        return {
            "price_source": SimpleNamespace(fetch=self._fetch),
            "prices": SimpleNamespace(prices=lambda _now: self.prices, keep_prices=keep),
            "usage": SimpleNamespace(slices=slices),
            "cases": SimpleNamespace(all=lambda: self.cases),
            "audit": SimpleNamespace(entries=lambda _since, _until: self.actions),
            "unreached": SimpleNamespace(unreached_since=self._unreached),
            "unwatched": SimpleNamespace(last_unwatched=self._unwatched),
            "bill": SimpleNamespace(ask=self.ask, accounts=self._accounts),
            "aws_budgets": SimpleNamespace(read=self._read_budgets),
            "credits": SimpleNamespace(credits=self._credits),
            "marks": self.marks,
            "guard_marks": self.guard_marks,
            "pages": SimpleNamespace(publish=self._publish),
            "texts": SimpleNamespace(publish_with_subject=self._tell),
            "unreadable": lambda: self.unreadable,
        }

    def _fetch(self, _region: str, _now: datetime) -> Prices:
        if isinstance(self.fresh, Exception):
            raise self.fresh
        return self.fresh

    def _unwatched(self, place: str = HOME) -> UnwatchedList | None:
        return self.unwatched_places.get(place) if place else self.unwatched

    def _unreached(self, since: datetime) -> tuple[Delivery, ...]:
        if isinstance(self.unreached, Exception):
            raise self.unreached
        return tuple(row for row in self.unreached if row.at >= since)

    def _ask(self, *_asked: Any) -> CostExplorerAnswer:
        if isinstance(self.answers, Exception):
            raise self.answers
        return self.answers.pop(0)

    def _accounts(self, *_asked: Any) -> CostExplorerAnswer:
        if self.shown is None:
            raise SourceUnavailableError("AccessDenied")
        return CostExplorerAnswer(({"Groups": [{"Keys": [each]} for each in self.shown]},), 1)

    def _read_budgets(self) -> AwsBudgets:
        if isinstance(self.budgets, Exception):
            raise self.budgets
        return read_budgets(self.budgets)

    def _publish(self, key: str, html: str) -> str:
        self.key, self.page, self.files[key] = key, html, html
        return f"https://console/{key}"

    def _credits(self, _account: str, _now: datetime) -> Credits:
        if isinstance(self.credits, Exception):
            raise self.credits
        return self.credits

    def _tell(self, subject: str, text: str) -> None:
        if "summary" in subject:
            self.subject, self.text = subject, text
        else:
            self.told.append((subject, text))


T3 = "USE2-Notebk:ml.t3.medium"


def days(groups: dict[tuple[str, str], str]) -> CostExplorerAnswer:
    rows = [{"Keys": k, "Metrics": {"UnblendedCost": {"Amount": v}}} for k, v in groups.items()]
    return CostExplorerAnswer(({"TimePeriod": {"Start": "2026-11-17"}, "Groups": rows},), 1)


ADA = CostLabels(owner="Ada", project="wattbot")
WORLD = (
    usage("AdaLovelace-Try", 48, runs=True, labels=ADA),
    usage("AdaLovelace-Big", 4, runs=True, groups=(InstanceGroup("ml.x9.huge", 1),)),
    usage("AdaLovelace-Old", 100, labels=ADA),
    usage("AdaLovelace-Old", 900, runs=True, component="notebook-volume", volume_gb=50, groups=()),
    usage("Mars", 90, runs=True, component="notebook-volume", region="mars-1", volume_gb=5),
    usage("pool", 2, component="training-warm-pool", groups=(InstanceGroup("ml.p4d.24xlarge", 0),)),
    usage("spot", 1, runs=True, kind="training-job", spot=True),
)


def test_volumes_are_counted_by_what_has_them() -> None:
    volume: dict[str, Any] = {"runs": True, "volume_gb": 5, "groups": ()}
    text = FakeReporter(
        usage("Old", 90, component="notebook-volume", **volume),
        *(usage(f"d-1/{n}", 90, kind="space", component="studio-volume", **volume) for n in "ab"),
        usage("x", 90, kind="kind-of-2027", component="notebook-volume", **volume),
    ).report()
    assert "BILLS: 1 stopped notebook and 1 volume and 2 Studio spaces, 20 GB" in text


def test_a_week_is_told_with_every_number_named() -> None:
    reporter = FakeReporter(*WORLD)
    text = reporter.report()
    assert reporter.subject == "Costguard weekly cost summary: $6.16"
    assert "Mon 16 Nov to Sun 22 Nov 2026" in text
    assert "forecast for the month  (month to date + the last 7 days' pace until" in text
    assert "RUNNING NOW: 3 resources, $0.10 an hour, and 1 without a known price" in text
    assert "at most: spot" in text
    assert "STORAGE THAT STILL BILLS: 2 stopped notebooks, 55 GB, $7.00 a month" in text
    assert "UNPRICED, not in any sum: ml.x9.huge notebook in us-east-2" in text
    assert "ASSUMED RATES: ml.p4d.24xlarge training-warm-pool at the training rate" in text
    assert "EXPIRES SOON: paper-*" in text
    assert "EXEMPT: other-*" in text
    assert "project wattbot: $4.9" in text
    assert "BILL: not known. Cost Explorer could not be asked: AccessDenied" in text
    assert "https://console/week/2026-11-23.html" in text


def test_an_approved_exception_is_listed_like_an_exemption_of_the_policy() -> None:
    account = FakeReporter()
    asked = ExceptionRequest(
        id="1",
        kind="notebook-instance",
        name="RoeMarie-Train",
        rules=("instance-type",),
        by="Marie Roe",
        why="the thesis is due",
        asked=NOW,
        until=NOW + timedelta(days=2),
    )
    until = NOW + timedelta(days=3)
    approved = asked.decide(ExceptionState.APPROVED, "anna", until, "", NOW)
    kept = SimpleNamespace(requests=lambda: [approved, replace(asked, id="2", name="RoeMarie-Not")])
    report(replace(account.ports, exceptions=kept), Period.WEEK, now=NOW)
    assert "EXPIRES SOON: RoeMarie-Train until" in account.text
    assert "by anna" in account.text
    assert "RoeMarie-Train" in account.page
    assert "RoeMarie-Not" not in account.text + account.page


def test_a_day_and_a_month_to_date_are_periods_too() -> None:
    reporter = FakeReporter(*WORLD)
    assert "daily cost summary: Sun 22 Nov 2026" in reporter.report(Period.DAY)
    assert "month-to-date cost summary: Sun 01 Nov to Mon 23 Nov 2026" in reporter.report(
        Period.MONTH
    )


def test_the_volume_of_a_running_notebook_is_not_told_as_stopped() -> None:
    volume = usage("Try", 48, runs=True, component="notebook-volume", volume_gb=5, groups=())
    text = FakeReporter(usage("Try", 48, runs=True), volume).report()
    assert "RUNNING NOW: 1 resource" in text
    assert "STORAGE THAT STILL BILLS" not in text


def test_an_empty_account_is_told_as_such() -> None:
    reporter = FakeReporter(rules="")
    assert "RUNNING NOW: 0 resources, $0.00 an hour" in reporter.report()
    assert "Nothing." in reporter.page


def test_the_bill_is_set_beside_the_meter_for_the_days_both_know() -> None:
    reporter = FakeReporter(usage("n", 160, labels=ADA))
    cluster = ("USE2-Cluster:ml.m5.large", "Project$")
    reporter.answers = [days({(T3, "Project$wattbot"): "1.50", cluster: "9"})]
    text = reporter.report()
    assert "$10.50  billed for SageMaker" in text
    assert "$1.50  of that, what is metered" in text
    assert "(difference -$2.50, -62 %)" in text
    assert "asking cost $0.01 (1 call at $0.01)" in text
    assert "Billed by usage type" in reporter.page


def test_a_bill_without_tags_or_a_meter_without_usage_says_so() -> None:
    reporter = FakeReporter()
    reporter.answers = [days({(T3, "Project$"): "1.50"})]
    text = reporter.report()
    assert "the tag Project is not activated for billing, or nothing was tagged" in text
    assert "(difference +$1.50)" in text


def test_a_bill_without_data_and_one_that_is_too_young_are_told_apart() -> None:
    reporter = FakeReporter()
    reporter.answers = [days({})]
    assert "has no data of SageMaker for these days" in reporter.report()
    assert "too recent" in reporter.report(Period.MONTH, datetime(2026, 12, 1, 8, tzinfo=UTC))


@pytest.mark.parametrize(("day", "calls"), [(1, 0), (2, 0), (3, 1)])
def test_nothing_is_asked_while_the_bill_knows_no_day(day: int, calls: int) -> None:
    reporter = FakeReporter()
    reporter.answers = [days({})]
    reporter.report(Period.DAY, datetime(2026, 12, day, 13, tzinfo=UTC))
    assert len(reporter.answers) == 1 - calls


def test_a_price_list_that_fails_keeps_the_last_prices_and_says_their_age() -> None:
    reporter = FakeReporter()
    reporter.prices = Prices(PRICES.table, NOW - timedelta(days=3))
    reporter.fresh = SourceUnavailableError("no permission")
    text = reporter.report()
    assert "NOT ASKED: new prices (no permission); the last known ones are used" in text
    assert "Prices: AWS Price List API of 2026-11-20 13:00 UTC" in text


def test_prices_are_fetched_once_a_day() -> None:
    reporter = FakeReporter()
    reporter.prices = Prices()
    reporter.report()
    assert reporter.prices is PRICES
    reporter.fresh = SourceUnavailableError("not asked again")
    assert "not asked again" not in reporter.report()


@pytest.mark.parametrize(
    ("slept", "woke", "is_told"),
    [
        (timedelta(hours=14), timedelta(hours=9), True),
        (timedelta(days=9), timedelta(days=8), False),  # told in that day's summary
        (timedelta(hours=9), timedelta(hours=14), False),  # of an earlier end, or a restore
        (timedelta(hours=14), None, False),
        (None, timedelta(hours=9), False),
    ],
)
def test_a_silence_of_the_period_is_told_with_what_it_means_for_the_sums(
    slept: timedelta | None, woke: timedelta | None, *, is_told: bool
) -> None:
    reporter = FakeReporter()
    for mark, ago in ((SLEPT, slept), (WOKE, woke)):
        if ago is not None:
            reporter.guard_marks.mark_time(mark, NOW - ago)
    text = reporter.report()
    assert (", for 5 h, when Costguard was silent: what began" in text) is is_told
    assert ("when Costguard was silent" in reporter.page) is is_told


def test_schedules_in_another_time_zone_than_the_policy_are_told() -> None:
    reporter = FakeReporter()
    reporter.timezone = "Europe/Berlin"
    assert "the deploy parameter Timezone is Europe/Berlin" in reporter.report()
    assert "Europe/Berlin" in reporter.page


P4D = training_job("big", **on("ml.p4d.24xlarge"), started=None)


def stopped(resource: Any, hours: float) -> AuditEntry:
    when = (NOW - timedelta(hours=hours)).isoformat()
    facts = decode(encode(ResourceFacts.of(resource)), ResourceFacts)
    return AuditEntry(datetime.fromisoformat(when), "stop-accepted", facts.resource(resource.arn))


def test_what_a_stop_avoided_ends_at_the_next_start_the_limit_or_a_working_morning() -> None:
    reporter = FakeReporter(
        usage("again", 70, labels=ADA), usage("again", 90, component="notebook-volume")
    )
    again, weekend = notebook("again"), notebook("weekend", max_runtime=NO_LIMIT)
    unpriced = notebook("unpriced", **on("ml.x9.huge"))
    acts = [(P4D, 120), (again, 72), (weekend, 61), (weekend, 60), (unpriced, 30)]
    told = AuditEntry(NOW - timedelta(hours=72), "told-warning", again)
    reporter.actions = (told, *(stopped(r, hours) for r, hours in acts))
    text = reporter.report()
    assert "WARNED AND STOPPED: 1 warning, 5 stops, $53.65 avoided (estimated)" in text
    assert "$50.50  big" in text  # two hours that it had left
    assert "$0.10  again" in text  # two hours until its next start
    assert "unpriced  unpriced" in text
    assert "$3.00  weekend" in text  # sixty hours, until now


def test_stops_after_which_the_owner_was_back_at_once_are_counted_and_to_be_looked_at() -> None:
    reporter = FakeReporter(*(usage(name, 71.9, labels=ADA) for name in ("busy", "tags", "late")))
    rules = {"busy": ("idle",), "tags": ("missing-tags",)}
    acts = [replace(stopped(notebook(name), 72), rules=rules[name]) for name in rules]
    acts.append(replace(stopped(notebook("late"), 72.2), rules=("idle",)))
    reporter.actions = tuple(acts)
    text = reporter.report()
    assert "after 1 stop for idleness the owner was back within 10 min" in text
    assert "Please check: busy" in text
    more = replace(stopped(notebook("late"), 72), rules=("idle",))
    reporter.actions = (*acts[:2], more)
    assert "after 2 stops for idleness" in reporter.report()


def test_a_working_morning_is_nine_o_clock_from_monday_to_friday() -> None:
    zone = parse_policy(RULES).timezone.info
    friday = datetime(2026, 11, 20, 9, tzinfo=zone)
    assert working_start(friday - timedelta(hours=1), zone) == friday
    assert working_start(friday, zone) == datetime(2026, 11, 23, 9, tzinfo=zone)


def test_what_is_held_back_or_cannot_be_judged_is_named() -> None:
    reporter = FakeReporter()
    held = Case(kind="notebook-instance", name="held", held=True)
    blind = Case(kind="training-job", name="blind", gaps=("instance-type",))
    reporter.cases = (held, *(replace(blind, name=f"blind-{n}") for n in range(9)))
    text = reporter.report()
    assert "HELD BACK: held" in text
    assert "NOT EVALUATED: blind-0 (instance-type)" in text
    assert "and 3 more" in text


def lost(to: str, hours: float = 48) -> Delivery:
    when = NOW - timedelta(hours=hours)
    return Delivery(to=to, notice=f"{to}-{hours}", at=when, status=DeliveryStatus.FAILED)


JANE = '[[people]]\nname = "Jane Roe"\nemail = "jane@example.org"'


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], ""),
        ([lost("feed-chat"), lost("early", 24 * 30), lost("late", 1)], ""),
        ([lost("janeroe"), lost("janeroe", 50)], "1 owner (Jane Roe)"),
        ([lost("janeroe"), lost("guest\u202e"), lost("feed-sns")], "2 owners (Jane Roe, guest)"),
        ([lost(f"o{n}") for n in range(5)], "5 owners (o0, o1, o2, o3, o4)"),
        ([lost(f"o{n}") for n in range(7)], "7 owners (o0, o1, o2, o3, o4, and 2 more)"),
    ],
)
def test_owners_who_could_not_be_reached_in_the_period_are_named(
    rows: list[Delivery], said: str
) -> None:
    reporter = FakeReporter(rules=JANE)
    reporter.unreached = tuple(rows)
    lines = [line for line in reporter.report().splitlines() if "REACHED" in line]
    assert lines == ([f"COULD NOT BE REACHED: {said}"] if said else [])


def test_rows_that_cannot_be_read_are_told_and_spoil_no_summary() -> None:
    told = FakeReporter(usage("a", 2))
    told.unreadable = [StoredDataInvalid("usage/x cannot be read: no such interval")]
    line = "1 row of the ledger (usage/x cannot be read: no such interval)"
    assert f"NOT ASKED: {line}" in told.report()
    assert line in told.page


def test_groups_of_the_bill_that_cannot_be_read_are_counted_beside_it() -> None:
    told = FakeReporter(usage("a", 2))
    (day,) = days({(T3, "Project$wattbot"): "1.50"}).periods
    told.answers = [CostExplorerAnswer(({**day, "Groups": [*day["Groups"], None]},), 1)]
    assert "1 group of the answer: unreadable, not in any sum" in told.report()
    assert "1 group of its answer: unreadable, not in any sum." in told.page


def test_a_ledger_that_does_not_tell_who_was_not_reached_spoils_no_summary() -> None:
    reporter = FakeReporter(*WORLD)
    reporter.unreached = SourceUnavailableError("AccessDenied")
    text = reporter.report()
    assert "NOT ASKED: who could not be reached (AccessDenied)" in text
    assert "COULD NOT BE REACHED" not in text
    assert "$6.16  this period" in text


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_harmless_in_text_and_page(name: str) -> None:
    labels = CostLabels(owner=name, project=name, purpose=name)
    reporter = FakeReporter(usage("n", 50, runs=True, labels=labels), usage("m", 50, labels=labels))
    text = reporter.report()
    assert "\u202e" not in text + reporter.page
    assert "🦈" * 41 not in text
    assert "<script>alert" not in reporter.page
    assert not re.search(r"^\s*=", text, re.MULTILINE) or name.startswith("=")
    assert reporter.subject.isascii()
    assert len(reporter.subject) < 100


def test_the_page_asks_for_nothing_and_runs_only_its_own_scripts() -> None:
    reporter = FakeReporter(*WORLD)
    reporter.report()
    assert "default-src 'none'; script-src 'sha256-" in reporter.page
    assert not re.search(r"""(?:src|href)=["'](?!data:)""", reporter.page)
    found = re.search(r'id="data">(.*?)</script>', reporter.page, re.DOTALL)
    assert found is not None
    assert json.loads(found[1])["running"]["labels"] == ["AdaLovelace-Try", "spot"]


def many(resources: int, past: int) -> Iterator[Usage]:
    for day in range(past):
        for n in range(resources):
            who = CostLabels(owner=f"Ada {n % 50}", project=f"project {n % 30}", purpose="play")
            yield usage(f"n-{n}", 24 * day + 9, labels=who)
    for n in range(resources):
        yield usage(f"r-{n}", 24 * past, runs=True, labels=CostLabels(owner=f"Ada {n}"))


def test_a_thousand_resources_make_a_short_message() -> None:
    reporter = FakeReporter()
    ports = reporter.ports
    given = (UsageSlice(u, NOW - timedelta(days=40), NOW) for u in many(1000, 1))
    ports = replace(ports, usage=override(ports.usage, slices=lambda _since, _until: given))
    report(ports, Period.WEEK, now=NOW)
    assert len(reporter.text.encode()) < 10_000
    assert "and 500 more" in reporter.page


def test_a_stop_of_what_aws_would_have_chosen_avoided_the_least_that_it_would_have_cost() -> None:
    groups = (InstanceGroup("ml.p4d.24xlarge", 1), InstanceGroup("ml.p4d.24xlarge", 2, 1))
    reporter = FakeReporter()
    reporter.actions = (stopped(replace(P4D, groups=groups), 120),)
    assert "1 stop, $50.50 avoided" in reporter.report()


def test_a_limit_of_each_training_job_does_not_end_the_tuning_job_that_was_stopped() -> None:
    facts = ResourceFacts.of(tuning_job(limits_children=True))
    assert facts.resource(arn("hyper-parameter-tuning-job", "x")).max_runtime is None
    assert ResourceFacts.of(tuning_job()).limit == timedelta(hours=2)


def test_what_is_only_told_of_has_its_cost_an_hour_and_what_could_not_be_looked_at() -> None:
    lab = Unwatched(
        kind="HyperPod cluster",
        name="lab",
        status="InService",
        groups=(InstanceGroup("ml.p4d.24xlarge", 2),),
        component="training",
    )
    plan = Unwatched(kind="training plan", name="spring", note="paid ahead: 40000.00 USD")
    reporter = FakeReporter()
    assert "NOT WATCHED" not in reporter.report()
    unread = {"feature group": "AccessDeniedException"}
    reporter.unwatched = UnwatchedList(
        time=NOW, region="us-east-2", found=(lab, plan), unread=unread
    )
    said = reporter.report()
    assert "BILLS AND IS NOT WATCHED: 2 things, never stopped" in said
    assert "  HyperPod cluster lab (InService, 2 x ml.p4d.24xlarge, $50.50/h)" in said
    assert "  training plan spring (paid ahead: 40000.00 USD)" in said
    assert "COULD NOT LOOK AT: feature groups (AccessDeniedException)" in said
    assert "training plan spring" in reporter.page
    assert "could not look at feature groups" in reporter.page
    reporter.unwatched = UnwatchedList(time=NOW, region="us-east-2")
    assert "NOT WATCHED" not in reporter.report()


def test_a_stop_of_what_a_training_plan_covers_avoided_nothing() -> None:
    reporter = FakeReporter()
    reporter.actions = (stopped(replace(P4D, billing=BillingFacts(prepaid=True)), 120),)
    assert "1 stop, $0.00 avoided" in reporter.report()


AWS_BUDGET = {
    "BudgetName": "the <whole> account",
    "BudgetType": "COST",
    "TimeUnit": "MONTHLY",
    "BudgetLimit": {"Amount": "100", "Unit": "USD"},
    "CalculatedSpend": {"ActualSpend": {"Amount": "12.5", "Unit": "USD"}},
    "CostTypes": {"IncludeCredit": True},
}


def test_aws_own_budgets_stand_beside_ours_and_are_in_no_sum() -> None:
    reporter = FakeReporter(*WORLD)
    without = reporter.report()
    reporter.budgets = [AWS_BUDGET, AWS_BUDGET | {"BudgetType": "USAGE"}]
    text = reporter.report()
    assert "12 %  the <whole> account: $12.50 of $100.00 monthly, after credits" in text
    assert "and 1 budget of usage, reservations or plans" in text
    assert "the &lt;whole&gt; account: $12.50 of $100.00 monthly" in reporter.page
    assert "Costguard weekly cost summary: $6.16" in reporter.subject
    kept = [line for line in without.splitlines() if "not known: AWS Budgets" not in line]
    assert set(kept) <= set(text.splitlines())


def test_budgets_that_may_not_be_read_and_none_at_all_are_told_apart() -> None:
    reporter = FakeReporter()
    assert "not known: AWS Budgets could not be asked: AccessDenied" in reporter.report()
    assert "not known: AWS Budgets could not be asked: AccessDenied" in reporter.page
    reporter.budgets = []
    assert "none of costs" in reporter.report()


def test_a_budget_of_another_currency_or_without_an_amount_says_so() -> None:
    reporter = FakeReporter()
    reporter.budgets = [
        AWS_BUDGET
        | {
            "BudgetLimit": {"Amount": "50", "Unit": "CNY"},
            "CalculatedSpend": {"ForecastedSpend": {"Amount": "60"}},
            "CostTypes": {},
            "FilterExpression": {"Dimensions": {}},
            "HealthStatus": {"Status": "UNHEALTHY"},
        }
    ]
    said = "? %  the <whole> account: an unknown amount of 50.00 CNY monthly, forecast 60.00 CNY"
    assert f"{said}, a part of the bill, AWS cannot update it: unhealthy" in reporter.report()
