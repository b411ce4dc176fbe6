"""What a lockdown can do, and cannot: its policy, its role, its state machine, its alarms."""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest

from costguard.common.pings import PING
from costguard.costs.prices import bundled_prices
from costguard.policy.loader import parse_policy
from costguard.resources.coverage import COVERAGE, Coverage
from costguard.resources.registry import KINDS
from tests.contract.template import (
    EVERYTHING,
    NOTHING,
    PATH,
    TEMPLATE,
    TRANSLATED,
    USUAL,
    Deployment,
)
from tests.contract.test_events import handler
from tests.factories import policy
from tests.iam import ALL, PolicySimulator
from tests.scenarios.account import Account

OWN = EVERYTHING.resources["GuardIsSilent"]["Properties"]["PolicyDocument"]
MACHINE = EVERYTHING.resources["Lockdown"]["Properties"]["Definition"]
SMALL = TEMPLATE["Parameters"]["FailClosedTypes"]["Default"].split(",")
BIG = "ml.p4d.24xlarge"
TYPES = "sagemaker:instancetypes"
NOTEBOOK = "arn:aws:sagemaker:us-east-2:123456789012:notebook-instance/one"
LIMIT = 6144
SILENT = {"Silent", "NoSweep", "NotifySilent", "EnforceSilent", "NoticesWait", "NoticesUntaken"}


def plain(value: Any) -> Any:
    """Write every value of the template as CloudFormation does."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    if value.keys() == {"Fn::Split"}:
        by, of = value["Fn::Split"]
        return EVERYTHING.text(of).split(by)
    if len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref")):
        return EVERYTHING.text(value)
    return {key: plain(each) for key, each in value.items()}


@pytest.fixture(scope="module")
def locked() -> PolicySimulator:
    return PolicySimulator(({"Statement": ALL}, plain(OWN)))


def states(machine: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield every state, those inside a Map too."""
    for state in machine["States"].values():
        yield state
        if state["Type"] == "Map":
            yield from states(state["ItemProcessor"])


def calls() -> set[str]:
    """Name what the state machine calls, as IAM does."""
    found = set[str]()
    for state in states(MACHINE):
        if state["Type"] == "Task":
            service, call = plain(state["Resource"]).split(":")[-2:]
            found.add(f"{service}:{call[0].upper()}{call[1:]}")
    return found


@pytest.mark.parametrize("deployment", [USUAL, NOTHING, Deployment({})])
def test_without_a_name_nothing_of_it_is_there(deployment: Deployment) -> None:
    conditional = {n for n, r in TRANSLATED["Resources"].items() if "FailsClosed" in str(r)}
    assert len(conditional) > 10
    assert conditional.isdisjoint(deployment.translated)
    for role in (n for n, r in deployment.translated.items() if r["Type"] == "AWS::IAM::Role"):
        assert not [a for a, _ in deployment.grants_of(role) if a.startswith("iam:")]


@pytest.mark.parametrize("type_", SMALL)
def test_the_smallest_begin(locked: PolicySimulator, type_: str) -> None:
    named: dict[str, Any] = {TYPES: [type_]}
    for call in ("CreateNotebookInstance", "UpdateNotebookInstance", "CreateProcessingJob"):
        assert locked.allows(f"sagemaker:{call}", **named)


@pytest.mark.parametrize("kind", [k for k in KINDS.values() if k.guardrail.types_key])
def test_nothing_larger_begins_of_any_kind(locked: PolicySimulator, kind: Any) -> None:
    named: dict[str, Any] = {TYPES: [SMALL[0], BIG]}
    for call in (*kind.events.creates, *kind.guardrail.later):
        assert not locked.allows(f"sagemaker:{call}", **named)


def test_what_names_no_type_does_not_begin_unless_it_changes_what_stands(
    locked: PolicySimulator,
) -> None:
    rows = COVERAGE.listed(Coverage.GUARDED, Coverage.TOLD, Coverage.DENIED)
    makes = {row.action for row in rows if not row.service.endswith("-runtime")}
    makes |= {f"sagemaker:{c}" for k in KINDS.values() for c in k.events.creates}
    assert {action for action in makes if locked.allows(action)} == {
        "sagemaker:CreateSpace",
        "sagemaker:StartNotebookInstance",
        "sagemaker:UpdateDomain",
        "sagemaker:UpdateSpace",
        "sagemaker:UpdateUserProfile",
    }


def test_looking_ending_and_everything_harmless_pass(locked: PolicySimulator) -> None:
    reads = {f"sagemaker:{call}" for k in KINDS.values() for call in k.grants["look"]}
    ends = {f"sagemaker:{call}" for k in KINDS.values() for call in k.grants["stop"]}
    more = {"sagemaker:ListNotebookInstances", "sagemaker:DeleteNotebookInstance"}
    harmless = {row.action for row in COVERAGE.listed(Coverage.HARMLESS)}
    assert [a for a in reads | ends | more | harmless if not locked.allows(a)] == []


def test_a_larger_notebook_is_marked_does_not_start_and_keeps_its_mark(
    locked: PolicySimulator,
) -> None:
    start = "sagemaker:StartNotebookInstance"
    assert locked.allows(start, NOTEBOOK)
    assert not locked.allows(start, NOTEBOOK, **{"aws:resourcetag/costguard:closed": "until"})
    for call in ("AddTags", "DeleteTags"):
        for key, passes in (("costguard:closed", False), ("Project", True)):
            keys: dict[str, Any] = {"aws:tagkeys": [key]}
            assert locked.allows(f"sagemaker:{call}", NOTEBOOK, **keys) is passes


def test_the_policy_only_denies_and_fits() -> None:
    assert {each["Effect"] for each in OWN["Statement"]} == {"Deny"}
    most = Deployment({**EVERYTHING.given, "FailClosedTypes": ",".join([BIG] * 40)})
    given = most.resources["GuardIsSilent"]["Properties"]["PolicyDocument"]
    assert len(json.dumps(given, separators=(",", ":"))) < LIMIT


def test_what_begins_even_then_is_the_cheapest_of_the_shipped_policy() -> None:
    shipped = parse_policy((PATH.parent / "layers/policy/policy.toml").read_text(encoding="utf-8"))
    allowed = shipped.rules["instance-type"].options.allowed.of("notebook-instance")
    costs = {
        type_: price.usd
        for (region, component, type_), price in bundled_prices().table.items()
        if (region, component) == ("us-east-1", "notebook")
        and any(fnmatchcase(type_, each) for each in allowed)
    }
    assert all(any(fnmatchcase(type_, each) for each in allowed) for type_ in SMALL)
    small = [usd for type_, usd in costs.items() if type_ in SMALL]
    assert max(small) < min(usd for type_, usd in costs.items() if type_ not in SMALL)


def test_it_attaches_this_policy_to_the_names_of_the_deployment_alone() -> None:
    attach = {
        each["Action"]: each
        for each in EVERYTHING.statements_of("LockdownRole")
        if str(each["Action"]).startswith("iam:Attach")
    }
    assert attach.keys() == {"iam:AttachRolePolicy", "iam:AttachGroupPolicy"}
    for action, kind in (("iam:AttachRolePolicy", "role"), ("iam:AttachGroupPolicy", "group")):
        assert set(attach[action]["Resource"]) == {
            f"arn:*:iam::*:{kind}/{path}{name}"
            for name in ("class-use", "students")
            for path in ("", "*/")
        }


def test_every_change_of_iam_is_about_this_policy_alone() -> None:
    own = {"ArnEquals": {"iam:PolicyARN": {"Ref": "GuardIsSilent"}}}
    for each in EVERYTHING.statements_of("LockdownRole"):
        if "tachRole" in str(each["Action"]) or "tachGroup" in str(each["Action"]):
            assert each["Condition"] == own
    held = {a for a, _ in EVERYTHING.grants_of("LockdownRole") if a.startswith("iam:")}
    assert held == {
        "iam:AttachGroupPolicy",
        "iam:AttachRolePolicy",
        "iam:DetachGroupPolicy",
        "iam:DetachRolePolicy",
        "iam:ListEntitiesForPolicy",
    }


def test_it_marks_notebooks_with_its_one_tag_alone() -> None:
    [mark] = [s for s in EVERYTHING.statements_of("LockdownRole") if s["Sid"] == "MarkLarger"]
    assert mark["Condition"] == {
        "ForAllValues:StringEquals": {"aws:TagKeys": "costguard:closed"},
        "Null": {"aws:TagKeys": "false"},
    }


def test_its_role_grants_what_it_calls_and_no_function_holds_any_of_it() -> None:
    assert calls() == {action for action, _ in EVERYTHING.grants_of("LockdownRole")}
    assert not [s for s in states(MACHINE) if "lambda" in json.dumps(s)]
    for function in EVERYTHING.functions:
        assert not [a for a, _ in EVERYTHING.grants(function) if a.startswith(("iam:", "states:"))]


def test_a_missing_sign_of_life_is_silence_and_a_missing_queue_is_not() -> None:
    alarms = EVERYTHING.of_type("AWS::CloudWatch::Alarm")
    missing = {name: alarms[name]["TreatMissingData"] for name in SILENT - {"Silent"}}
    assert missing == {
        "NoSweep": "breaching",
        "NotifySilent": "breaching",
        "EnforceSilent": "breaching",
        "NoticesWait": "notBreaching",
        "NoticesUntaken": "notBreaching",
    }


def test_it_begins_by_one_alarm_of_them_all_and_looks_at_that() -> None:
    [composite] = EVERYTHING.of_type("AWS::CloudWatch::CompositeAlarm").values()
    rule = EVERYTHING.text(composite["AlarmRule"])
    assert rule == " OR ".join(f'ALARM("{each}")' for each in rule.split('"')[1::2])
    assert {*rule.split('"')[1::2]} == SILENT - {"Silent"}
    looked = plain(MACHINE["States"]["IsItSilent"]["Arguments"])
    assert set(looked["AlarmNames"]) == SILENT
    pattern = EVERYTHING.resources["LockdownRule"]["Properties"]["EventPattern"]
    assert pattern["resources"] == [{"Fn::GetAtt": ["Silent", "Arn"]}]


def test_a_function_that_takes_messages_is_asked_for_a_sign_of_life() -> None:
    schedules = EVERYTHING.of_type("AWS::Scheduler::Schedule")
    asked = {n: each for n, each in schedules.items() if n.startswith("Ping")}
    assert {
        EVERYTHING.text(each["Target"]["Arn"]).rsplit(":", 1)[-1] for each in asked.values()
    } == {
        "NotifyQueue",
        "StopQueue",
    }
    assert {each["Target"]["Input"] for each in asked.values()} == {PING}


def test_a_ping_that_is_taken_is_a_sign_of_life_and_nothing_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    account = Account(policy())
    assert handler("enforce", account)({"Records": [{"body": PING}]}, None) == {}
    assert json.loads(capsys.readouterr().out)["Heartbeat"] == [1.0]
    assert account.counted == []
