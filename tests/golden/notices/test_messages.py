"""Every notice as it is sent, one file each, to be read as its reader does.

`pytest --golden` rewrites the files; a missing one fails.
"""

import json
from collections.abc import Callable
from copy import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from costguard.app.admin_notices import exemption_ended, unjudged_parent
from costguard.app.budget_alerts import budget_alerts
from costguard.app.exceptions import denial_notice, request_notice
from costguard.costs.budgets import CostContext, sum_spend
from costguard.costs.course_spend import CourseSpend
from costguard.costs.prices import Prices, bundled_prices
from costguard.enforcement.brake import plan_fleet
from costguard.enforcement.case import FindingState
from costguard.enforcement.evaluation import evaluate
from costguard.enforcement.hearing import Hearing
from costguard.notifications.notice import Notice, NoticeStage
from costguard.notifications.schema import decode_notice, encode_notice
from costguard.ownership.fleet import Fleet
from costguard.policy.exceptions import ExceptionRequest, ExceptionState
from costguard.policy.loader import parse_policy
from costguard.policy.model import Exemption, Mode
from costguard.policy.park import with_park
from costguard.resources.deletion import DeletionCheck
from costguard.resources.model import InstanceGroup, ResourceStatus
from costguard.resources.per_kind import PerKind
from tests.factories import (
    GOOD_TAGS,
    at,
    case,
    mark,
    notebook,
    on,
    policy,
    processing_job,
    resource,
    step,
    training_job,
    with_rule,
)

HERE = Path(__file__).parent
BAD = notebook("doe-john-explore", tags={"Project": "sinkorswin", "name": "John Doe"})
P4D = on("ml.p4d.24xlarge")
ONE_INSTANCE = (
    "aws sagemaker update-endpoint-weights-and-capacities --region us-east-2 --endpoint-name churn "
    "--desired-weights-and-capacities VariantName=AllTraffic,DesiredInstanceCount=1"
)


def only(*notices: Notice) -> Notice:
    [notice] = notices
    return notice


def would_stop() -> Notice:
    return only(*step(BAD, None, policy(mode=Mode.OBSERVE), at(0)).notices)


def warning() -> Notice:
    return only(*step(BAD, None, policy(), at(0)).notices)


def warning_without_a_stop() -> Notice:
    return only(*step(BAD, None, policy(mode=Mode.WARN), at(0)).notices)


def warning_of_a_job() -> Notice:
    return only(*step(training_job("churn", tags={}), None, policy(), at(0)).notices)


def warning_of_too_many() -> Notice:
    fleet = tuple(notebook(f"DoeJohn-Explore{i}", started=at(i)) for i in range(3))
    rules = with_rule(policy(), "too-many", per_owner=2)
    said = evaluate(fleet[2], rules, now=at(4), fleet=Fleet(fleet, rules.directory))
    return only(*plan_fleet([(said, None, Hearing())], rules, now=at(4)).plans[0].notices)


def warning_of_a_long_run() -> Notice:
    return only(*step(notebook(), None, policy(), at(250)).notices)


def warning_of_a_type() -> Notice:
    return only(*step(notebook(**P4D), None, policy(), at(0)).notices)


def stopped_notebook() -> Notice:
    first = step(BAD, None, policy(), at(0)).after
    asked = step(BAD, first, policy(), at(4)).asked(at(4))
    ended = replace(BAD, status=ResourceStatus.STOPPED)
    return only(*step(ended, asked, policy(), at(4.1)).notices)


def stopped_notebook_again() -> Notice:
    again = case(BAD, stops=1, findings={"missing-tags": mark(FindingState.STOPPED)})
    asked = step(BAD, again, policy(), at(9)).asked(at(9))
    ended = replace(BAD, status=ResourceStatus.STOPPED)
    return only(*step(ended, asked, policy(), at(9.1)).notices)


def stopped_job() -> Notice:
    job = training_job("churn-2026-11-23", max_runtime=timedelta(days=2), **P4D)
    asked = step(job, None, policy(), at(0)).asked(at(0))
    return only(
        *step(replace(job, status=ResourceStatus.STOPPED), asked, policy(), at(0.1)).notices
    )


CHURN = resource(
    "endpoint",
    "churn",
    groups=(InstanceGroup("ml.p4d.24xlarge", 2),),
    instances=2,
    source="churn-2",
    tags=GOOD_TAGS,
    created=at(0),
)
NAMED = PerKind({"endpoint": True})  # an endpoint in use, too
PARKS = with_park(
    policy(
        rules={
            name: replace(each, overrides=replace(each.overrides, park=NAMED))
            for name, each in policy().rules.items()
        }
    )
)


def warning_of_a_deletion() -> Notice:
    smaller = DeletionCheck(at(0), (), (ONE_INSTANCE,))
    return only(*step(replace(CHURN, deletion=smaller), None, PARKS, at(0)).notices)


def warning_with_an_obstacle() -> Notice:
    found = DeletionCheck(at(0), ("its model churn-1 does not exist any more",))
    return only(*step(replace(CHURN, deletion=found), None, PARKS, at(0)).notices)


def deleted_endpoint() -> Notice:
    may = replace(CHURN, deletion=DeletionCheck(at(0)))
    first = step(may, None, PARKS, at(0)).after
    asked = step(may, first, PARKS, at(5)).asked(at(5))
    assert asked.was
    return only(*step(asked.was, asked, PARKS, at(5.1)).notices)


def all_clear() -> Notice:
    warned = step(replace(BAD, name="DoeJohn-Explore"), None, policy(), at(0)).after
    good = replace(BAD, name="DoeJohn-Explore", tags=GOOD_TAGS)
    return only(*step(good, warned, policy(), at(1)).notices)


def held_back() -> Notice:
    rules = policy(max_stops=1)
    jobs = [training_job(f"sweep-{i}", **P4D) for i in range(2)]
    held = plan_fleet(
        [(evaluate(j, rules, now=at(0)), None, Hearing()) for j in jobs], rules, now=at(0)
    ).held
    assert held is not None
    return held


def failed_to_tell() -> Notice:
    job = training_job("serverless", groups=None, instances=None)
    return only(*step(job, None, policy(), at(0)).notices)


def failed_to_judge_a_child() -> Notice:
    study = "arn:aws:sagemaker:us-east-2:123456789012:study/hourly"
    child = evaluate(processing_job("monitor", parent=study), policy(), now=at(0))
    return unjudged_parent(child, policy(), at(0))


def failed_to_stop() -> Notice:
    stopping = replace(BAD, status=ResourceStatus.STOPPING)
    return only(*step(stopping, case(BAD, stopping=at(0)), policy(), at(1)).notices)


def budget_of_a_project() -> Notice:
    setting = parse_policy("[rules.over-budget]\nper_project = { sinkorswim = 100 }")
    rules = replace(policy(), rules=setting.rules)
    nothing = sum_spend((), Prices(), rules.timezone.info, at(0))
    spent = {"owner": {}, "project": {"sinkorswim": Decimal(80)}}
    spend = replace(nothing, spent=spent, names={"sinkorswim": "sinkorswim"})
    place = ("123456789012", "us-east-2")
    return only(*(notice for _, notice in budget_alerts(spend, rules, place, now=at(0))))


COURSE = """
[[courses]]
name = "CS229"
start = 2026-11-01
end = 2026-12-20
{}
[[courses.people]]
name = "John Doe"
email = "john.doe@example.org"
"""


def _of_a_course(limit: str) -> Notice:
    rules = parse_policy(COURSE.format(limit))
    nothing = sum_spend((), Prices(), rules.timezone.info, at(0))
    known = CourseSpend(spent=Decimal(90), in_class=Decimal(69), shares={"doe john": Decimal(21)})
    place = ("123456789012", "us-east-2")
    spend = replace(nothing, courses={"CS229": known})
    return only(*(notice for _, notice in budget_alerts(spend, rules, place, now=at(0))))


def budget_of_a_student() -> Notice:
    return _of_a_course("per_student = 24")


def budget_of_a_course() -> Notice:
    return _of_a_course("budget = 100")


def charged() -> Notice:
    rules = with_rule(policy(), "too-many", per_owner=8)
    job = training_job("churn", creator="mallory", tags=GOOD_TAGS)
    return only(*step(job, None, rules, at(0)).notices)


REQUEST = ExceptionRequest(
    id="3f9a1c7b20",
    kind="notebook-instance",
    name="DoeJohn-ExploreSageMaker",
    types=("ml.m5.4xlarge",),
    rules=("instance-type",),
    by="John Doe",
    why="the thesis is due",
    asked=at(0),
    until=at(48),
)


def asked() -> Notice:
    prices = bundled_prices()
    large, place = notebook(tags=GOOD_TAGS, **on("ml.m5.4xlarge")), ("123456789012", "us-east-2")
    return request_notice(policy(), REQUEST, large, CostContext(None, prices), place, at(1))


def denied() -> Notice:
    request = REQUEST.decide(ExceptionState.DENIED, "anna", at(48), "an ml.t3.large will do", at(1))
    return denial_notice(policy(), request, notebook(), at(1))


NOTICES: dict[str, Callable[[], Notice]] = {
    make.__name__.replace("_", "-"): make
    for make in (
        would_stop,
        warning,
        warning_without_a_stop,
        warning_of_a_job,
        warning_of_too_many,
        warning_of_a_long_run,
        warning_of_a_type,
        stopped_notebook,
        stopped_notebook_again,
        stopped_job,
        warning_of_a_deletion,
        warning_with_an_obstacle,
        deleted_endpoint,
        all_clear,
        held_back,
        failed_to_tell,
        failed_to_judge_a_child,
        failed_to_stop,
        budget_of_a_project,
        budget_of_a_student,
        budget_of_a_course,
        charged,
        asked,
        denied,
    )
}


def rendered(notice: Notice) -> str:
    """Write a notice as a reviewer reads it: the words first, then the whole body."""
    attributes = "\n".join(f"{name}: {value}" for name, value in notice.attributes.items())
    body = encode_notice(notice)
    shown = json.dumps(body, indent=2, ensure_ascii=False)
    parts = (f"Subject: {notice.subject}", attributes, body["reason"], body["remedy"], shown)
    return "\n\n".join(parts) + "\n"


def compare(name: str, text: str, *, rewrite: bool) -> None:
    path = HERE / f"{name}.txt"
    if rewrite:
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{path.name} is missing: look at it with `pytest --golden`"
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NOTICES)
def test_a_notice_reads_as_reviewed(name: str, pytestconfig: pytest.Config) -> None:
    compare(name, rendered(NOTICES[name]()), rewrite=pytestconfig.getoption("golden"))


def test_the_end_of_an_exemption_reads_as_reviewed(pytestconfig: pytest.Config) -> None:
    ended = Exemption(
        names=("genomics-*",), why="paper deadline", by="admin@example.org", until=at(0)
    )
    text = exemption_ended(ended, policy())
    compare("exemption-ended", text, rewrite=pytestconfig.getoption("golden"))


def test_there_is_no_golden_file_without_its_notice() -> None:
    assert {path.stem for path in HERE.glob("*.txt")} == {*NOTICES, "exemption-ended"}


def test_every_stage_has_a_golden_file() -> None:
    assert {make().stage for make in NOTICES.values()} == {stage.value for stage in NoticeStage}


@pytest.mark.parametrize("name", NOTICES)
def test_a_notice_survives_the_outbox(name: str) -> None:
    notice = NOTICES[name]()
    read = decode_notice(json.loads(json.dumps(encode_notice(notice))))
    assert encode_notice(read) == encode_notice(notice)


CONTRACT = [
    *("schema", "id", "time", "account", "region", "stage", "rule", "resource", "owner"),
    *("reason", "remedy", "deadline", "cost"),
]


@pytest.mark.parametrize("name", NOTICES)
def test_a_notice_has_the_fields_of_the_contract(name: str) -> None:
    body = encode_notice(NOTICES[name]())
    assert list(body)[: len(CONTRACT)] == CONTRACT
    assert list(body["resource"]) == ["arn", "kind", "name", "instance_type", "instance_count"]
    assert list(body["owner"]) == ["name", "email", "slack"]
    assert list(body["cost"]) == ["usd_per_hour", "usd_so_far", "estimated"]
    assert list(NOTICES[name]().attributes) == ["stage", "rule", "kind", "owner"]
