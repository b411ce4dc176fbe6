"""What each command prints, at 80 and 140 columns, to be read as its reader does.

`pytest --golden` rewrites the files; a missing one fails.
"""

import json
from collections.abc import Callable
from copy import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from costguard.costs.prices import Price, Prices
from costguard.enforcement.audit import AuditEntry
from costguard.enforcement.case import FindingState
from costguard.ownership.fleet import Fleet
from costguard.policy.loader import check_policy, parse_policy
from costguard.resources.model import Resource
from costguard.resources.per_kind import for_all
from costguard_cli.analysis.assessment import Assessment, Unreadable, assess_fleet
from costguard_cli.analysis.context import AnalysisContext
from costguard_cli.analysis.dry_run import DryRunState as Rehearsal
from costguard_cli.analysis.dry_run import by_events, dry_run
from costguard_cli.analysis.event_inventory import EventInventory
from costguard_cli.analysis.evidence import Evidence
from costguard_cli.analysis.health import Health, alarm, dead_letters, heartbeat, waiting
from costguard_cli.policies.diff import affected, changes
from costguard_cli.policies.summary import topics
from costguard_cli.policies.toml_positions import locate
from costguard_cli.views import audit as audit_view
from costguard_cli.views import audit_html
from costguard_cli.views import explain as explain_view
from costguard_cli.views import policy as policy_view
from costguard_cli.views import replay as replay_view
from costguard_cli.views import status as status_view
from tests.cli.command import printed, raw
from tests.factories import (
    GOOD_TAGS,
    at,
    case,
    heard_ledger,
    mark,
    notebook,
    on,
    policy,
    processing_job,
    training_job,
    tuning_job,
    with_rule,
)

HERE = Path(__file__).parent
EVENTS = HERE.parents[2] / "events"
EVIL = "\x1b[2J\x1b]0;owned\x07\x9b31m[bold red]Evil[/]:skull:\u202eexe\r\n\u200b"
EVIL_TAGS = GOOD_TAGS | {"Project": EVIL, "Name": "[link=http://x]Bob[/link]\x1b[1A"}
RATES = {("notebook", "ml.t3.medium"): "0.05", ("training", "ml.p3.2xlarge"): "3.825"}
PRICES = Prices({("us-east-2", *k): Price(Decimal(v), "a list", "2026") for k, v in RATES.items()})
BARE = notebook("RoeJane-Baseline", tags={})
FLEET = [
    notebook(),
    BARE,
    notebook("big", tags=EVIL_TAGS, **on("ml.p4d.24xlarge")),
    training_job("churn-2026-11-23-15-10-04-118", **on("ml.p3.2xlarge", count=4)),
    tuning_job(max_runtime=timedelta(hours=99)),
    processing_job("nobody-knows", groups=None, instances=None),
    notebook("genomics-" + "x" * 50, tags=None),
]
UNSEEN = (
    Unreadable("any transform job (ListTransformJobs)", "denied"),
    Unreadable("one training job (DescribeTrainingJob)", "throttled", 12),
)
HEAD = {
    "account": "123456789012, us-east-2",
    "policy": "layers/policy/policy.toml",
    "mode": "enforce (none deployed)",
    "ledger": "none: nobody was warned",
    "prices": "the table that came with Costguard",
}
BAD_POLICY = f'mod = "warn"\nmax_stops = "ten"  # é\n[rules.idle]\nafter = {json.dumps(EVIL)}\n'
ODD_POLICY = 'mode = "enforce"\ntimezone = "EST"\n[notify]\nquiet = "22:00-07:00"\n[rules.idle]\n'


ALARMS = {"NoSweep": "ALARM", "Unreached": "INSUFFICIENT_DATA", "DeadLetters": "OK", "Slow": "OK"}


def surveyed(fleet: list[Resource]) -> Assessment:
    rows = assess_fleet(fleet, policy(), PRICES, now=at(1))
    return Assessment(region="us-east-2", now=at(1), policy=policy(), rows=rows, unseen=UNSEEN)


def audit(console: Console) -> None:
    audit_view.show(console, [surveyed(FLEET)], HEAD, every=False)


def audit_of_all(console: Console) -> None:
    audit_view.show(console, [surveyed(FLEET)], HEAD, every=True)


def audit_of_nothing(console: Console) -> None:
    audit_view.show(console, [replace(surveyed([]), unseen=())], HEAD, every=False)


def check(console: Console) -> None:
    found = locate(BAD_POLICY, check_policy(BAD_POLICY).remarks)
    policy_view.remarks(console, "policy.toml", BAD_POLICY, found)


def check_odd(console: Console) -> None:
    found = locate(ODD_POLICY, check_policy(ODD_POLICY).remarks)
    policy_view.remarks(console, "policy.toml", ODD_POLICY, found)


COURSE = """
[[courses]]
name = "CS229"
roster = "cs229.csv"
start = 2027-01-11
end = 2027-03-19
budget = 3000
per_student = 24
class_hours = [{ days = ["tue", "thu"], hours = "14:00-15:50" }]
holidays = [2027-01-18]
[[courses.people]]
name = "Tia Aide"
role = "staff"
[[courses]]
name = "Workshop"
project = "one-day"
start = 2027-04-01
end = 2027-04-01
[self_service]
admins = ["arn:aws:iam::123456789012:role/CourseAdmin"]
"""


def show(console: Console) -> None:
    more = parse_policy(COURSE)
    shown = replace(policy(), courses=more.courses, self_service=more.self_service)
    policy_view.summary(console, "layers/policy/policy.toml", topics(shown))


def diff(console: Console) -> None:
    new = replace(with_rule(policy(), "instance-type", allowed=for_all(("*",))), max_stops=9)
    rows = (assess_fleet(FLEET, given, PRICES, now=at(1)) for given in (policy(), new))
    policy_view.difference(console, changes(policy(), new), affected(*rows), complete=True)


def explained(resource: Resource) -> explain_view.Explained:
    told = case(resource, findings={"missing-tags": mark(FindingState.WARNED, at(4))}, stops=1)
    cases = {resource.ref.key: told}
    [row] = assess_fleet([resource], policy(), PRICES, now=at(1), ledger=heard_ledger(cases))
    fleet = Fleet(tuple(FLEET), policy().directory)
    return explain_view.Explained(
        row=row,
        evidence=Evidence(resource=resource, policy=policy(), now=at(1), fleet=fleet),
        context=AnalysisContext(policy=policy(), source="layers/policy/policy.toml", cases=cases),
        history=(AuditEntry(at(0), "told-warning", resource),),
        creator="doe.john@example.org",
        unseen=(),
    )


def explain(console: Console) -> None:
    explain_view.show(console, explained(BARE))


def explain_evil(console: Console) -> None:
    explain_view.show(console, explained(replace(FLEET[2], name="big" + EVIL)))


def replay(console: Console) -> None:
    names = ("create-training-job", "notebook-instance-in-service", "processing-job-in-progress")
    events = [json.loads((EVENTS / f"{name}.json").read_text()) for name in names]
    broken = {"time": EVIL, "detail-type": EVIL, "detail": {"eventName": EVIL}}
    told, stage = EventInventory(), Rehearsal()
    ports = by_events(policy(), PRICES, told, stage)
    decisions = dry_run(ports, stage, told, [*events, broken])
    replay_view.show(console, decisions, AnalysisContext(policy=policy(), source="a file"))


def status(console: Console) -> None:
    half_an_hour, fresh = timedelta(minutes=30), at(1) - timedelta(minutes=2)
    functions = (
        heartbeat("Watch", fresh, None, at(0), at(1)),
        heartbeat("Sweep", at(0), half_an_hour, at(0), at(1)),
        heartbeat("Report", None, timedelta(hours=26), at(0), at(1)),
        heartbeat("Enforce", None, None, at(0), at(1)),
    )
    found = Health(
        region="us-east-2",
        stack="costguard",
        now=at(1),
        functions=functions,
        queues=(dead_letters(2), waiting("stops", 0), waiting("notices", 3)),
        alarms=tuple(alarm(name, word) for name, word in ALARMS.items()),
        versions={
            "stack": "UPDATE_COMPLETE, 2026-11-23 09:00 UTC",
            "PolicyLayer": "version 7",
            "SDK": "botocore 1.43.106, msgspec 0.22.0, aws-lambda-powertools 3.37.0",
        },
        policy=policy(),
        unseen=("queues: denied",),
    )
    status_view.show(console, found)


SCENES: list[Callable[[Console], None]] = [
    audit,
    audit_of_all,
    audit_of_nothing,
    check,
    check_odd,
    show,
    diff,
    explain,
    explain_evil,
    replay,
    status,
]


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_a_command_reads_as_its_golden_file(
    scene: Callable[[Console], None], width: int, pytestconfig: pytest.Config
) -> None:
    path = HERE / f"{scene.__name__.replace('_', '-')}-{width}.txt"
    said = printed(scene, width)
    if pytestconfig.getoption("--golden"):
        path.write_text(said, encoding="utf-8")
    assert said == path.read_text(encoding="utf-8")
    assert max(map(len, said.splitlines())) <= width or scene in (explain, explain_evil)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_what_others_wrote_moves_no_cursor(scene: Callable[[Console], None]) -> None:
    said = raw(scene)
    assert not {c for c in said if not c.isprintable()} - {"\n"}


def test_the_page_holds_what_others_wrote_as_text(pytestconfig: pytest.Config) -> None:
    found = surveyed([*FLEET, notebook("<script>alert(1)</script>", tags=EVIL_TAGS)])
    page = audit_html.render([found], HEAD | {"policy": "<b>mine</b>"})
    path = HERE / "audit.html"
    if pytestconfig.getoption("--golden"):
        path.write_text(page, encoding="utf-8")
    assert page == path.read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<b>" not in page
