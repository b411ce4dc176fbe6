"""Healthy things to change a little: resources, a policy, hours."""

from collections.abc import Iterable, Mapping
from copy import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

from costguard.common.concurrency import ErrorCollector, Task
from costguard.enforcement.case import Case, Finding, FindingState, open_case
from costguard.enforcement.evaluation import evaluate
from costguard.enforcement.hearing import GivenWarning, Hearing, Warned
from costguard.enforcement.plan import ResourcePlan, plan_resource
from costguard.notifications.notice import Notice
from costguard.notifications.schema import SCHEMA, decode_notice, encode_notice
from costguard.ownership.directory import Directory, Person
from costguard.policy.loader import parse_policy
from costguard.policy.model import Policy
from costguard.resources.model import InstanceGroup, Resource, ResourceStatus
from costguard.resources.registry import KINDS
from costguard_cli.analysis.assessment import LedgerView

_parsed = cache(parse_policy)
START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # a Monday, 08:00 in Chicago
GOOD_TAGS = {
    "Project": "sinkorswim",
    "Name": "John Doe",
    "Purpose": "explore SageMaker",
    "ModelSize": "small",
}
JOHN = Person(name="John Doe", email="john.doe@example.org", slack="U0DOE", aliases=("jdoe",))
JANE = Person(name="Jane Roe", email="jane.roe@example.org")
ADMINS = Person(name="the admins", email="admins@example.org", slack="#costguard")
PEOPLE = Directory(people=(JOHN, JANE), contact=ADMINS)
POLICY = """
mode = "enforce"
max_stops = 3
timezone = "America/Chicago"
grace = { notebook-instance = "4h", "*" = "1h" }
contact = { name = "the admins", email = "admins@example.org", slack = "#costguard" }

[[people]]
name = "John Doe"
email = "john.doe@example.org"
slack = "U0DOE"
aliases = ["jdoe"]

[[people]]
name = "Jane Roe"
email = "jane.roe@example.org"

[rules.missing-tags]
required."*" = ["Project", "Name", "Purpose"]
required.notebook-instance = ["Project", "Name", "Purpose", "ModelSize"]
allowed = { Project = ["sinkorswim", "wattbot"] }

[rules.naming]

[rules.instance-type]
grace = { notebook-instance = "15m", "*" = "0s" }
allowed = ["ml.t3.*", "ml.m5.large", "ml.m5.xlarge"]

[rules.too-many]
grace = { notebook-instance = "15m", "*" = "0s" }
per_job = 2

[rules.long-running]
grace = { notebook-instance = "1h", "*" = "0s" }
limit = "8h"
ran = { notebook-instance = "240h", "*" = "12h" }
"""


def at(hours: float) -> datetime:
    """Count hours from a Monday morning."""
    return START + timedelta(hours=hours)


def policy(extra: str = "", **changes: Any) -> Policy:
    """Read the test policy with more text before its rules, and change what was read."""
    return replace(_parsed(POLICY.replace("[[people]]", f"{extra}\n[[people]]", 1)), **changes)


def with_rule(given: Policy, rule: str, **options: Any) -> Policy:
    """Change some options of one rule."""
    settings = given.rules[rule]
    changed = replace(settings, options=replace(settings.options, **options))
    return replace(given, rules={**given.rules, rule: changed})


def arn(kind: str, name: str) -> str:
    """Write an ARN as SageMaker does: the name in lower case."""
    part = KINDS[kind].arn_part if kind in KINDS else kind
    return f"arn:aws:sagemaker:us-east-2:123456789012:{part}/{name.lower()}"


def a_name(kind: str, word: str = "x") -> str:
    """Write a name as something of a kind has one, in as many parts."""
    identity = KINDS[kind].identity
    return "/".join(word for _ in range(identity.of_arn or len(identity.parts)))


def address_of(kind: str, name: str) -> dict[str, str]:
    """Write how calls name something."""
    identity = KINDS[kind].identity
    return {identity.parts[0]: arn(kind, name)} if identity.of_arn else identity.addresses(name)[0]


def resource(kind: str, name: str, **changes: Any) -> Resource:
    """Make a healthy running resource of any kind, and change it."""
    healthy = Resource(
        arn=arn(kind, name),
        kind=kind,
        name=name,
        status=ResourceStatus.RUNNING,
        groups=(InstanceGroup("ml.m5.large", 1),),
        instances=1,
        tags=GOOD_TAGS,
        created=at(-1),
        started=at(0),
        max_runtime=timedelta(hours=2),
    )
    return replace(healthy, **changes)


def notebook(name: str = "DoeJohn-ExploreSageMaker", **changes: Any) -> Resource:
    """Make a healthy notebook."""
    healthy = {"groups": (InstanceGroup("ml.t3.medium", 1),), "max_runtime": None}
    return resource("notebook-instance", name, **healthy | changes)


def training_job(name: str = "churn-2026-11-23", **changes: Any) -> Resource:
    """Make a healthy training job."""
    return resource("training-job", name, **changes)


def tuning_job(name: str = "churn-261123-1400", **changes: Any) -> Resource:
    """Make a healthy tuning job."""
    return resource("hyper-parameter-tuning-job", name, **changes)


def processing_job(name: str = "clean-up", **changes: Any) -> Resource:
    """Make a healthy processing job."""
    return resource("processing-job", name, **changes)


def transform_job(name: str = "score-all", **changes: Any) -> Resource:
    """Make a healthy transform job."""
    return resource("transform-job", name, **{"max_runtime": None} | changes)


def on(*types: str | None, count: int | None = 1) -> dict[str, Any]:
    """Say which instances something uses, as changes of a resource."""
    groups = tuple(InstanceGroup(each, count) for each in types)
    return {"groups": groups, "instances": None if count is None else count * len(groups)}


def mark(state: FindingState, deadline: datetime | None = None, **changes: Any) -> Finding:
    """Make a finding of an earlier evaluation."""
    left = Finding(
        state=state,
        since=at(0),
        reason="a reason",
        remedy="a remedy",
        deadline=deadline,
    )
    return replace(left, **changes)


def case(given: Resource, **changes: Any) -> Case:
    """Make a case of an earlier evaluation."""
    return replace(open_case(given, version=1), **changes)


def step(given: Resource, before: Case | None, rules: Policy, now: datetime) -> ResourcePlan:
    """Evaluate one resource and plan it; its owner hears everything at once."""
    evaluation = evaluate(given, rules, now=now)
    return plan_resource(evaluation, before, rules, hearing=heard_at_once(before), now=now)


OWNER = "owner"  # the recipient of every warning that `mark` and `step` know


def heard_at_once(before: Case | None) -> Hearing:
    """Answer that every warning of a case was accepted the moment that it was made."""
    findings = before.findings if before else {}
    warnings = {rule: before and before.warning_of(rule) for rule in findings}
    earlier = {
        rule: GivenWarning(
            since=each.since,
            grace=max((each.deadline or each.since) - each.since, timedelta(0)),
            to={OWNER: Warned("a notice", each.since)},
        )
        for rule, each in findings.items()
        if warnings[rule] is None
    }
    given = [each or earlier[rule] for rule, each in warnings.items()]
    heard = [each.to[OWNER] for each in given if OWNER in each.to]
    accepted = {(OWNER, warned.notice): warned.at for warned in heard}
    return Hearing(recipients=(OWNER,), accepted=accepted, earlier=earlier)


def heard_ledger(cases: Mapping[str, Case]) -> LedgerView:
    """View a ledger in which everybody has heard everything at once."""
    return LedgerView(cases=cases, hear=lambda _evaluation, before: heard_at_once(before))


def waiting(name: str) -> Notice:
    """Read a notice of few fields, as a row or another's message has it."""
    few = {"schema": SCHEMA, "id": name, "time": START.isoformat(), "stage": "warning"}
    return decode_notice(few)


def published(notice: Notice) -> SimpleNamespace:
    """See a notice as a subscriber of the topic does: its JSON, field by field."""
    return SimpleNamespace(**encode_notice(notice))


def run_sequentially(tasks: Iterable[Task]) -> list[Exception]:
    """Run the tasks one after the other; return their errors."""
    errors = ErrorCollector()
    for task in tasks:
        with errors:
            task()
    return errors.errors


class LogLines(list[dict[str, str]]):
    """A log in memory: each line is its keys, with the decision among them."""

    def __call__(self, decision: str, /, **keys: str) -> None:
        self.append({"decision": decision, **keys})


def sealed(answer: dict[str, Any]) -> dict[str, Any]:
    """Give the answer of a door, which nothing keeps, frames or passes on."""
    headers = answer["headers"]
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'none'; ")
    assert headers["content-type"].split(";")[0] in ("text/html", "text/plain", "application/json")
    return answer
