"""What spoke.yaml lets the home stack do elsewhere: what its functions do at home, and no more.

And what template.yaml lets the home stack's functions assume there.
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from costguard.adapters.clients import client
from costguard.adapters.spoke_clients import SpokeClients
from costguard.bootstrap.spoke_settings import SpokeSettings
from costguard.bootstrap.spokes import clients_in
from costguard.resources.registry import KINDS
from tests.contract.calls import recording_calls
from tests.contract.template import (
    ACCOUNT,
    EVERYTHING,
    FUNCTIONS,
    NOTHING,
    PATH,
    REGION,
    SPOKES,
    TRANSLATED,
    Deployment,
    listed,
    read_template,
    target,
)
from tests.contract.test_grants import WITHOUT_ARN, allows

TEXT = (PATH.parent / "spoke.yaml").read_text(encoding="utf-8")
TEMPLATE = read_template(TEXT)
HOME = "999988887777"
HUB = Deployment({**EVERYTHING.given, **SPOKES})
GIVEN = {
    "HomeAccount": HOME,
    "HomeRegion": "eu-west-1",
    "ExternalId": "a-text-of-nobody-else",
    "OrganizationId": "o-a1b2c3d4e5",
}
SPOKE = Deployment(GIVEN, TEMPLATE)
RULES = SPOKE.of_type("AWS::Events::Rule")
ROLES = SPOKE.of_type("AWS::IAM::Role")
BUS = f"arn:aws:events:eu-west-1:{HOME}:event-bus/default"
TRUSTED = {
    "LookRole": ("Watch", "Sweep", "Enforce", "Respond", "Door"),
    "StopRole": ("Enforce",),
    "ProbeRole": ("Probe",),
}
"""Which functions of the home stack may assume a role: `park` deletes, and has none."""
LOOKED_AT = ("sagemaker", "tag", "cloudwatch", "application-autoscaling")
READS = re.compile(r"(Describe|List|Get)\w+$")
LONGEST_REGION, LONGEST_PARTITION = "ap-southeast-1", "aws-us-gov"
LONGEST_STACK = 39
ENVIRONMENT = ("SPOKES", "SPOKE_EXTERNAL_ID")
MARGIN = 200  # names of things are longer than they are here
HOME_PARAMETERS = TRANSLATED["Parameters"]
SUFFIX = len("-ABCDEFGHIJKL")  # what CloudFormation adds to a name that it makes


def grants(role: str) -> set[tuple[str, str]]:
    return set(SPOKE.grants_of(role))


def stops(deployment: Deployment, role: str) -> dict[str, Any]:
    """Give the stop calls that a role holds, with the condition of each."""
    return {
        action: each.get("Condition")
        for each in deployment.statements_of(role)
        if each["Sid"].startswith("Stop")
        for action in listed(each["Action"])
    }


def test_a_service_managed_stack_set_can_carry_it() -> None:
    assert "Transform" not in TEMPLATE
    types = {each["Type"] for each in TEMPLATE["Resources"].values()}
    assert types == {"AWS::Events::Rule", "AWS::IAM::Role"}
    assert not re.search(r"(:|-|\[|,) [&*][a-z]|<<:", TEXT)  # CloudFormation reads no aliases
    assert len(TEXT.encode()) < 51_200  # as much as a request may carry


def test_what_a_stack_set_has_to_be_told_has_no_default_and_says_what_it_is() -> None:
    asked = {name for name, each in TEMPLATE["Parameters"].items() if "Default" not in each}
    assert asked == set(GIVEN)
    assert all(each["Description"] for each in TEMPLATE["Parameters"].values())
    patterns = {n: TEMPLATE["Parameters"][n]["AllowedPattern"] for n in (*GIVEN, "HomeStack")}
    values = {**GIVEN, "HomeStack": "c" * LONGEST_STACK}
    assert all(re.fullmatch(patterns[name], value) for name, value in values.items())
    assert not [name for name in patterns if re.fullmatch(patterns[name], "")]
    assert not re.fullmatch(patterns["HomeStack"], "c" * (LONGEST_STACK + 1))


@pytest.mark.parametrize("name", ["StateChange", "Call", "CostCall"])
def test_the_events_that_are_forwarded_are_those_that_watch_takes_at_home(name: str) -> None:
    at_home = FUNCTIONS["Watch"]["Events"]
    assert RULES.keys() == at_home.keys()
    assert RULES[name]["EventPattern"] == at_home[name]["Properties"]["Pattern"]


@pytest.mark.parametrize("rule", RULES)
def test_events_go_as_they_are_to_the_home_stacks_bus_alone(rule: str) -> None:
    [to] = RULES[rule]["Targets"]
    assert to.keys() == {"Id", "Arn", "RoleArn"}
    assert SPOKE.text(to["Arn"]) == BUS
    assert target(to["RoleArn"]) == "ForwardRole"


def test_the_role_of_the_rules_only_forwards_and_is_theirs_alone() -> None:
    assert grants("ForwardRole") == {("events:PutEvents", BUS)}
    [trust] = ROLES["ForwardRole"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "events.amazonaws.com"}
    assert trust["Condition"].keys() == {"StringEquals", "ArnLike"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


@pytest.mark.parametrize("role", TRUSTED)
def test_a_role_is_trusted_to_its_functions_of_the_one_home_stack(role: str) -> None:
    [trust] = ROLES[role]["AssumeRolePolicyDocument"]["Statement"]
    assert SPOKE.text(trust["Principal"]["AWS"]) == f"arn:aws:iam::{HOME}:root"
    assert trust["Action"] == "sts:AssumeRole"
    assert trust["Condition"]["StringEquals"] == {
        "sts:ExternalId": {"Ref": "ExternalId"},
        "aws:PrincipalOrgID": {"Ref": "OrganizationId"},
    }
    names = listed(trust["Condition"]["ArnLike"]["aws:PrincipalArn"])
    assert [SPOKE.text(name) for name in names] == [
        f"arn:aws:iam::{HOME}:role/costguard-{EVERYTHING.role_of(function)}-*"
        for function in TRUSTED[role]
    ]
    assert trust["Condition"].keys() == {"StringEquals", "ArnLike"}


def test_what_a_stack_set_brings_to_the_home_bus_forwards_nothing_to_itself() -> None:
    for own in ({"HomeAccount": ACCOUNT}, {"HomeRegion": REGION}):
        assert Deployment(GIVEN | own, TEMPLATE).resources.keys() == SPOKE.resources.keys()
    at_home = Deployment(GIVEN | {"HomeAccount": ACCOUNT, "HomeRegion": REGION}, TEMPLATE)
    assert at_home.resources.keys() == TRUSTED.keys()


def test_nobody_else_is_trusted() -> None:
    assert ROLES.keys() == {*TRUSTED, "ForwardRole"}
    assert not [name for name, role in ROLES.items() if role.keys() & {"ManagedPolicyArns"}]


def test_to_look_is_granted_what_the_functions_that_may_read_at_home() -> None:
    at_home = {each for f in TRUSTED["LookRole"] for each in EVERYTHING.grants(f)}
    reads = {
        (action, on)
        for action, on in at_home
        if action.partition(":")[0] in LOOKED_AT and READS.match(action.partition(":")[2])
    }
    assert grants("LookRole") == reads
    assert {action.partition(":")[0] for action, _ in reads} == set(LOOKED_AT)


def test_to_stop_is_granted_what_enforce_stops_at_home_on_the_same_conditions() -> None:
    assert stops(SPOKE, "StopRole") == stops(EVERYTHING, "EnforceRole")
    assert {action for action, _ in grants("StopRole")} == stops(SPOKE, "StopRole").keys()
    kept = stops(SPOKE, "StopRole")["sagemaker:UpdateTrainingJob"]
    assert kept == {"NumericEquals": {"sagemaker:KeepAlivePeriod": "0"}}


def test_what_may_be_stopped_is_of_this_account_and_of_a_kind_that_a_stop_ends() -> None:
    named = {
        kind.arn_part for kind in KINDS.values() if kind.api.stop and not kind.api.stop.deletes
    }
    here = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:"
    assert {on for _, on in grants("StopRole")} == {f"{here}{part}/*" for part in named}


def test_to_probe_is_granted_what_the_probe_does_at_home() -> None:
    at_home = {each for each in EVERYTHING.grants("Probe") if each[0].startswith("sagemaker:")}
    assert grants("ProbeRole") == at_home


@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_deleted_created_or_allowed_in_passing(role: str) -> None:
    statements = list(SPOKE.statements_of(role))
    assert {each["Effect"] for each in statements} == {"Allow"}
    assert not [each for each in statements if each.keys() & {"NotAction", "NotResource"}]
    actions = {action for action, _ in grants(role)}
    assert not [action for action in actions if "*" in action or "Delete" in action]
    assert {action for action, on in grants(role) if on.split(":")[-1] == "*"} <= WITHOUT_ARN


@pytest.mark.parametrize(
    ("parameter", "gone"), [("MayStop", "StopRole"), ("ProbeNotebooks", "ProbeRole")]
)
def test_an_account_may_keep_the_hub_from_stopping_and_from_opening(
    parameter: str, gone: str
) -> None:
    given = Deployment({**GIVEN, parameter: "no"}, TEMPLATE).of_type("AWS::IAM::Role")
    assert ROLES.keys() - given.keys() == {gone}


def test_every_name_fits_where_the_stack_and_the_region_have_the_longest() -> None:
    for role in TRUSTED:
        name = ROLES[role]["RoleName"]["Fn::Sub"]
        assert "${AWS::Region}" in name
        longest = {"${HomeStack}": "c" * LONGEST_STACK, "${AWS::Region}": LONGEST_REGION}
        assert len(_put(name, longest)) <= 64
    roles = {EVERYTHING.role_of(f) for functions in TRUSTED.values() for f in functions}
    assert {len(f"{'c' * LONGEST_STACK}-{role}") + SUFFIX for role in roles} <= {*range(65)}


@pytest.mark.parametrize("role", ROLES)
def test_a_roles_policies_fit_into_it_in_the_region_of_the_longest_name(role: str) -> None:
    documents = [policy["PolicyDocument"] for policy in ROLES[role]["Policies"]]
    text = json.dumps(_resolved(documents), separators=(",", ":"))
    assert len(text) <= 10_240


def test_no_partition_region_or_account_is_written_out() -> None:
    given = re.sub(r"(AllowedPattern|ConstraintDescription): .*", "", TEXT)
    described = re.sub(r"a Region such as .*", "", given)
    assert not re.search(r"arn:aws[\w-]*:|\b[a-z]{2}-[a-z]+-\d\b|\b\d{12}\b", described)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_assumes_the_roles_that_trust_it_in_the_spokes_and_no_other(
    function: str,
) -> None:
    tasks = [role[: -len("Role")].lower() for role, by in TRUSTED.items() if function in by]
    places = [place.split("/") for place in SPOKES["Spokes"].split(",")]
    assert sorted(
        on for action, on in HUB.grants(function) if action == "sts:AssumeRole"
    ) == sorted(
        f"arn:*:iam::{account}:role/*-{task}-{region}"
        for task in tasks
        for account, region in places
    )


@pytest.mark.parametrize("role", TRUSTED)
def test_a_function_assumes_the_role_by_the_name_that_it_has_in_the_spoke(role: str) -> None:
    task = role[: -len("Role")].lower()
    name = ROLES[role]["RoleName"]["Fn::Sub"]
    for function in TRUSTED[role]:
        environment = HUB.environment(function)
        with recording_calls(environment) as recorder:
            spokes = clients_in(SpokeSettings.read(environment), task, client)
            for place, clients in spokes.items():
                account, region = place.split("/")
                named = _put(name, {"${HomeStack}": "costguard", "${AWS::Region}": region})
                call = ("sts:AssumeRole", f"arn:aws:iam::{account}:role/{named}")
                assert recorder.record(partial(_enter, clients)) == {call}
                assert any(allows(grant, call) for grant in HUB.grants(function))
        assert ",".join(spokes) == SPOKES["Spokes"]


def _enter(clients: SpokeClients) -> None:
    with suppress(ClientError):  # nobody answers here
        clients.enter()


def test_without_spokes_there_is_nothing_of_them() -> None:
    added = {"LookInSpokes", "StopInSpokes", "ProbeInSpokes", "SpokesForward"}
    assert HUB.translated.keys() - EVERYTHING.translated.keys() == added
    assert HUB.translated.keys() >= EVERYTHING.translated.keys()
    assert not [a for f in FUNCTIONS for a, _ in EVERYTHING.grants(f) if a.startswith("sts:")]
    assert {EVERYTHING.environment("Watch")[name] for name in ENVIRONMENT} == {""}


def test_a_hub_without_probe_or_self_service_leaves_their_roles_out() -> None:
    least = Deployment({**NOTHING.given, **SPOKES})
    given = least.of_type("AWS::IAM::ManagedPolicy")
    assert [target(role) for role in given["LookInSpokes"]["Roles"]] == [
        "WatchRole",
        "SweepRole",
        "EnforceRole",
    ]
    assert "ProbeInSpokes" not in given


def test_the_spokes_are_told_to_those_who_assume_their_roles_and_to_the_report() -> None:
    trusted = {function for functions in TRUSTED.values() for function in functions}
    for function in FUNCTIONS:
        given = {name: HUB.environment(function).get(name) for name in ENVIRONMENT}
        places = SPOKES["Spokes"] if function in {*trusted, "Report"} else None
        external = SPOKES["SpokeExternalId"] if function in trusted else None
        assert tuple(given.values()) == (places, external), function


def test_the_prices_of_a_new_spokes_region_are_there_within_the_hour() -> None:
    asked = {}
    for name, deployment in (("alone", EVERYTHING), ("hub", HUB)):
        given = deployment.functions["Report"]["Events"]["Prices"]["Properties"]
        asked[name] = given["ScheduleExpression"]
    assert asked == {"alone": "rate(1 day)", "hub": "rate(1 hour)"}


def test_the_home_bus_takes_sagemakers_events_of_the_organization_alone() -> None:
    given = HUB.of_type("AWS::Events::EventBusPolicy")["SpokesForward"]
    statement = given["Statement"]
    assert "EventBusName" not in given  # the default bus, which the rules of `watch` are on
    assert statement["Action"] == "events:PutEvents"
    assert HUB.text(statement["Resource"]).endswith(":event-bus/default")
    assert statement["Condition"] == {
        "StringEquals": {"aws:PrincipalOrgID": {"Ref": "OrganizationId"}},
        "ForAllValues:StringEquals": {"events:source": "aws.sagemaker"},
    }


def test_spokes_without_an_external_id_or_an_organization_are_refused() -> None:
    rule = TRANSLATED["Rules"]["SpokesAreTrusted"]
    assert rule["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Spokes"}, ""]}]}
    asked = [each["Assert"]["Fn::Not"][0]["Fn::Equals"] for each in rule["Assertions"]]
    assert asked == [[{"Ref": "SpokeExternalId"}, ""], [{"Ref": "OrganizationId"}, ""]]


def test_a_hundred_spokes_fit_into_a_parameter_a_policy_and_an_environment() -> None:
    many = ",".join(f"{222200000000 + number}/{LONGEST_REGION}" for number in range(100))
    assert re.fullmatch(HOME_PARAMETERS["Spokes"]["AllowedPattern"], many)
    assert len(many) <= 4_096
    hub = Deployment({**EVERYTHING.given, **SPOKES, "Spokes": many})
    for each in hub.of_type("AWS::IAM::ManagedPolicy").values():
        assert len(json.dumps(each["PolicyDocument"], separators=(",", ":"))) <= 6_144
    for function in FUNCTIONS:
        given = hub.environment(function)
        assert sum(len(name) + len(value) for name, value in given.items()) <= 4_096 - MARGIN


@pytest.mark.parametrize("name", ["SpokeExternalId", "OrganizationId"])
def test_what_both_sides_are_told_has_the_same_form(name: str) -> None:
    there = TEMPLATE["Parameters"][{"SpokeExternalId": "ExternalId"}.get(name, name)]
    assert HOME_PARAMETERS[name]["AllowedPattern"] == f"^({there['AllowedPattern'][1:-1]})?$"


def _put(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def _resolved(value: Any) -> Any:
    """Write every ARN out, as long as it can be."""
    if isinstance(value, list):
        return [_resolved(each) for each in value]
    if isinstance(value, Mapping) and "Fn::Sub" in value:
        longest = {"${AWS::Partition}": LONGEST_PARTITION, "${AWS::Region}": LONGEST_REGION}
        return _put(value["Fn::Sub"], {**longest, "${AWS::AccountId}": HOME})
    if isinstance(value, Mapping):
        return {key: _resolved(each) for key, each in value.items()}
    return value
