"""The roles and resource policies that CloudFormation gets, from the template or from SAM."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from costguard.ownership.claims import NOT_MINE
from costguard.policy.loader import parse_policy
from costguard.resources.registry import KINDS
from tests.contract.template import (
    EVERYTHING,
    FUNCTIONS,
    PATH,
    REGION,
    SPOKES,
    TEMPLATE,
    TRANSLATED,
    Deployment,
    listed,
    target,
)
from tests.contract.translated import translate

WITH_A_KEY = Deployment({**EVERYTHING.given, **SPOKES, "TopicKey": "yes"})
WHOLE = WITH_A_KEY.translated
ROLES = {name: r["Properties"] for name, r in WHOLE.items() if r["Type"] == "AWS::IAM::Role"}
RUN_IN = {EVERYTHING.role_of(function): function for function in FUNCTIONS}
MANAGED: Mapping[str, str] = {
    "RespondAccess": "no role of ours has it: admins give it to the people who may answer",
    "GuardIsSilent": "no role of ours has it: a lockdown attaches it to those in FailClosed",
    "LookInSpokes": "of those who look: one name for each spoke may be more than a role takes",
    "StopInSpokes": "of Enforce alone, for the same reason",
    "ProbeInSpokes": "of Probe alone, for the same reason",
}
"""Policies of AWS that a role may have, with the reason: what they grant is on every resource."""
_VERBS = {
    "lambda": "lambda:InvokeFunction",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
    "states": "states:StartExecution",
}
OPEN = "a public URL asks nobody: the function checks the link or the signature"
UNCONDITIONAL: Mapping[str, str] = {"DoorIsOpen": OPEN, "DoorIsOpenByItsUrlAlone": OPEN}
"""What lets anybody in, or a service without asking for whom, with the reason."""
WHOSE = ("kms:CallerAccount", "aws:PrincipalOrgID")
BOUND = ("aws:SourceAccount", "aws:SourceArn", *WHOSE)

type Statement = Mapping[str, Any]


def managed(resources: Mapping[str, Any]) -> set[str]:
    """Name the policies of AWS, and of this template, that roles have beside their own."""
    found = {n for n, r in resources.items() if r["Type"] == "AWS::IAM::ManagedPolicy"}
    for each in resources.values():
        if each["Type"] == "AWS::IAM::Role":
            found |= {str(arn) for arn in each["Properties"].get("ManagedPolicyArns", ())}
    return found


def resource_policies() -> Iterator[tuple[str, Statement]]:
    """Yield every statement of a policy that stands at a resource, with the resource's name."""
    for name, each in WHOLE.items():
        given = each.get("Properties", {})
        if name in MANAGED:
            continue
        if each["Type"] == "AWS::Lambda::Permission":
            condition = {"ArnEquals": {"aws:SourceArn": given.get("SourceArn")}}
            bound = condition if given.get("SourceArn") else {}
            yield name, {"Effect": "Allow", "Principal": given["Principal"], "Condition": bound}
        documents = [
            given.get("KeyPolicy"),
            given.get("ResourcePolicy", {}).get("PolicyDocument"),
            given.get("PolicyDocument"),
            given.get("AssumeRolePolicyDocument"),
            given,  # of a bus: one statement
        ]
        for document in filter(None, documents):
            yield from ((name, each) for each in listed(document.get("Statement", [])))


def is_bound(statement: Statement) -> bool:
    """Tell whether a statement asks for whom a service acts, or who calls."""
    keys = {key for test in statement.get("Condition", {}).values() for key in test}
    return bool(keys.intersection(BOUND))


def is_lambda(statement: Statement) -> bool:
    """Tell whether it is how Lambda takes a role: which function has it is Lambda's to check."""
    return bool(statement["Principal"] == {"Service": "lambda.amazonaws.com"})


def of_the_account(statement: Statement) -> bool:
    """Tell whether it is about this account's own principals, whom IAM asks beside."""
    return str(statement["Principal"]).endswith(":root'}}")


def used_by_aws(role: str) -> set[tuple[str, str]]:
    """Give the calls of the schedules and rules that act in a role."""
    calls = set[tuple[str, str]]()
    for each in WHOLE.values():
        given = each.get("Properties", {})
        for to in (given.get("Target"), *given.get("Targets", ())):
            if to and target(to.get("RoleArn", "")) == role:
                goal = EVERYTHING.text(to["Arn"])
                calls.add((_VERBS[goal.split(":")[2]], goal))
                if each["Type"] == "AWS::Scheduler::Schedule":
                    calls.add(("sqs:SendMessage", EVERYTHING.text(to["DeadLetterConfig"]["Arn"])))
    return calls


def test_no_role_has_a_policy_that_is_not_written_here() -> None:
    assert managed(WHOLE) == set(MANAGED)
    assert not [n for n, r in WHOLE.items() if r["Type"] in ("AWS::IAM::Policy", "AWS::IAM::User")]


def test_who_may_answer_has_both_permissions_that_a_function_url_needs() -> None:
    document = WHOLE["RespondAccess"]["Properties"]["PolicyDocument"]
    given = {each["Action"]: each for each in document["Statement"]}
    url, function = given["lambda:InvokeFunctionUrl"], given["lambda:InvokeFunction"]
    assert given.keys() == {url["Action"], function["Action"]}
    assert url["Condition"] == {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}
    assert function["Condition"] == {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
    assert {target(each["Resource"]) for each in given.values()} == {"Respond"}
    assert WHOLE["RespondUrl"]["Properties"]["AuthType"] == "AWS_IAM"
    calls = [r for r in WHOLE.values() if r["Type"] == "AWS::Lambda::Permission"]
    assert "Respond" not in {target(each["Properties"]["FunctionName"]) for each in calls}


def test_the_public_url_has_both_permissions_and_leads_to_no_action_of_an_iam_caller() -> None:
    assert WHOLE["DoorUrl"]["Properties"]["AuthType"] == "NONE"
    assert target(WHOLE["DoorUrl"]["Properties"]["TargetFunctionArn"]) == "Door"
    assert WHOLE["DoorIsOpen"]["Properties"] == {
        "FunctionName": {"Ref": "Door"},
        "Action": "lambda:InvokeFunctionUrl",
        "Principal": "*",
        "FunctionUrlAuthType": "NONE",
    }
    assert WHOLE["DoorIsOpenByItsUrlAlone"]["Properties"] == {
        "FunctionName": {"Ref": "Door"},
        "Action": "lambda:InvokeFunction",
        "Principal": "*",
        "InvokedViaFunctionUrl": True,
    }
    urls = {n: target(p["TargetFunctionArn"]) for n, p in of("AWS::Lambda::Url").items()}
    assert urls == {"RespondUrl": "Respond", "DoorUrl": "Door"}


@pytest.mark.parametrize(("value", "doors"), [("off", 0), ("iam", 1), ("public", 2)])
def test_there_is_a_public_url_only_where_an_admin_asks_for_it(value: str, doors: int) -> None:
    made = Deployment({**EVERYTHING.given, "SelfService": value}).translated
    assert sum(each["Type"] == "AWS::Lambda::Url" for each in made.values()) == doors
    assert ("Door" in made) is (value == "public")


def test_an_answer_sets_the_tags_of_the_shipped_policy_alone() -> None:
    [tag] = [s for s in EVERYTHING.statements("Respond") if s["Action"] == "sagemaker:AddTags"]
    assert tag["Condition"] == {
        "ForAllValues:StringEquals": {"aws:TagKeys": {"Ref": "SelfServiceTags"}}
    }
    policy = parse_policy((PATH.parent / "layers/policy/policy.toml").read_text(encoding="utf-8"))
    required = policy.rules["missing-tags"].options.required
    keys = dict.fromkeys(key for kind in KINDS for key in required.of(kind) or ())
    default = TEMPLATE["Parameters"]["SelfServiceTags"]["Default"].split(",")
    assert set(default) == {*keys, NOT_MINE}


def test_what_sam_adds_to_roles_of_its_own_would_be_seen() -> None:
    source = {**TEMPLATE, "Resources": dict(TEMPLATE["Resources"])}
    enforce = source["Resources"]["Enforce"]
    own = {name: value for name, value in enforce["Properties"].items() if name != "Role"}
    source["Resources"]["Enforce"] = {**enforce, "Properties": own}
    del source["Resources"]["EnforceRole"]
    made = managed(translate(source, REGION)["Resources"])
    assert {arn.rpartition("/")[2] for arn in made} - set(MANAGED) == {
        "AWSLambdaBasicExecutionRole",
        "AWSLambdaSQSQueueExecutionRole",
    }


def test_each_function_has_a_role_of_its_own() -> None:
    assert len(RUN_IN) == len(FUNCTIONS)
    assert {role: by for role, by in RUN_IN.items() if role != f"{by}Role"} == {}


@pytest.mark.parametrize("role", sorted(ROLES.keys() - RUN_IN.keys() - {"LockdownRole"}))
def test_a_role_that_no_function_runs_in_grants_what_its_schedules_and_rules_do(role: str) -> None:
    assert set(WITH_A_KEY.grants_of(role)) == used_by_aws(role)


@pytest.mark.parametrize(
    ("function", "queue"),
    [("Enforce", "StopQueue"), ("Parker", "ParkQueue"), ("Notify", "NotifyQueue")],
)
def test_messages_are_taken_from_the_functions_own_queue_alone(function: str, queue: str) -> None:
    taken = {on for action, on in EVERYTHING.grants(function) if action == "sqs:ReceiveMessage"}
    assert taken == {EVERYTHING.text({"Fn::GetAtt": [queue, "Arn"]})}
    holders = {f for f in FUNCTIONS for a, _ in EVERYTHING.grants(f) if a == "sqs:ReceiveMessage"}
    assert holders == {"Enforce", "Parker", "Notify"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_writes_its_own_log_alone(function: str) -> None:
    on = {on for action, on in EVERYTHING.grants(function) if action.startswith("logs:")}
    assert on == {EVERYTHING.text({"Fn::GetAtt": [f"{function}Logs", "Arn"]})}


def test_a_service_that_a_resource_lets_in_acts_for_this_account() -> None:
    allowed = [(n, s) for n, s in resource_policies() if s["Effect"] == "Allow"]
    loose = [n for n, s in allowed if not (is_bound(s) or is_lambda(s) or of_the_account(s))]
    assert loose == list(UNCONDITIONAL)
    assert len(allowed) > 10


def test_nobody_but_the_account_itself_or_its_organization_is_let_in_by_a_star() -> None:
    for name, statement in resource_policies():
        if name in UNCONDITIONAL:
            continue
        if statement["Effect"] == "Allow" and "*" in str(statement["Principal"]):
            asked = statement["Condition"]["StringEquals"]
            whose = {key: target(asked[key]) for key in WHOSE if key in asked}
            assert (name, whose) in (
                ("TopicsKey", {"kms:CallerAccount": "AWS::AccountId"}),
                ("SpokesForward", {"aws:PrincipalOrgID": "OrganizationId"}),
            )


@pytest.mark.parametrize(
    ("function", "seconds"), [("Watch", 21600), ("Sweep", 300), ("Report", 21600)]
)
def test_what_waits_too_long_for_lambda_is_given_up_and_kept(function: str, seconds: int) -> None:
    given = WHOLE[f"{function}EventInvokeConfig"]["Properties"]
    assert given["MaximumEventAgeInSeconds"] == seconds
    assert given["MaximumRetryAttempts"] == 2
    assert target(given["DestinationConfig"]["OnFailure"]["Destination"]) == "DeadLetterQueue"


def test_a_function_that_is_called_asynchronously_says_how_old_its_events_may_be() -> None:
    given = of("AWS::Lambda::Permission").items()
    started = {target(p["FunctionName"]) for name, p in given if name not in UNCONDITIONAL}
    scheduled = of("AWS::Scheduler::Schedule").values()
    started |= {target(p["Target"]["Arn"]) for p in scheduled} & {*FUNCTIONS}
    bounded = {target(p["FunctionName"]) for p in of("AWS::Lambda::EventInvokeConfig").values()}
    assert started == bounded == {"Watch", "Sweep", "Report"}


def test_a_sweep_that_waited_an_interval_is_left_to_the_next() -> None:
    scheduled = WHOLE["SweepClock"]["Properties"]["Target"]["RetryPolicy"]
    invoked = WHOLE["SweepEventInvokeConfig"]["Properties"]
    default = 60 * int(TEMPLATE["Parameters"]["SweepEvery"]["Default"][len("rate(") :].split()[0])
    assert scheduled["MaximumEventAgeInSeconds"] == default
    assert invoked["MaximumEventAgeInSeconds"] == default


def of(kind: str) -> dict[str, Mapping[str, Any]]:
    """Give the properties of every translated resource of a type, by logical name."""
    made = TRANSLATED["Resources"].items()
    return {name: each["Properties"] for name, each in made if each["Type"] == kind}
