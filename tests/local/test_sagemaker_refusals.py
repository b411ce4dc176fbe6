"""What the model and the documents forbid, sent: each request that AWS would refuse is refused."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import ListShape, Shape, StructureShape

from local.sagemaker import model
from local.sagemaker.account import OPERATIONS
from local.sagemaker.validation import accept
from tests.local.sagemaker_cases import (
    JOBS,
    account,
    definition,
    notebook,
    processing,
    refused,
    tagged,
    training,
    tuning,
)

type Path = tuple[str, ...]
ONE = {"InstanceType": "ml.m5.large", "InstanceCount": 1}
GROUPS = {"InstanceGroups": [{**ONE, "InstanceGroupName": "a"}]}
PREFERENCES = {"InstancePreferences": [ONE]}
CREATES = {"NotebookInstance": notebook, **JOBS}


def members(shape: Shape, path: Path = ()) -> Iterator[tuple[Path, Shape]]:
    """List every member of a request, down to a depth where all but nests have ended."""
    yield path, shape
    if len(path) > 6:
        return
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            yield from members(member, (*path, name))
    elif isinstance(shape, ListShape):
        yield from members(shape.member, (*path, "1"))


def nested(path: Path, value: object) -> Any:
    """Put a value where a path leads."""
    for name in reversed(path):
        value = [value] if name == "1" else {name: value}
    return value


def told_at(path: Path) -> str:
    """Spell a path as AWS's texts do."""
    return ".".join("1.member" if each == "1" else each[:1].lower() + each[1:] for each in path)


def forbidden(shape: Shape) -> Iterator[object]:
    """Make values that a member's own limits rule out."""
    limits, text = shape.metadata, shape.type_name == "string"
    if "enum" in limits:
        yield "no-such-word"
    if "max" in limits and limits["max"] < 10_000:
        yield "a" * (limits["max"] + 1) if text else limits["max"] + 1
    if limits.get("min", 0) > 0 or (not text and limits.get("min") == 0):
        yield "" if text else limits["min"] - 1
    if limits.get("pattern", "").startswith("[a-zA-Z0-9](-*[a-zA-Z0-9])"):
        yield from ("_starts", "Doe_John", "Doe John", "name.", "-")


FORBIDDEN = [
    (operation, path, value)
    for operation in sorted(OPERATIONS)
    if (shape := model.input_shape(operation))
    for path, member in members(shape)
    if member.type_name in {"string", "integer", "long"}
    for value in forbidden(member)
]


def test_there_is_much_that_the_model_forbids() -> None:
    assert len(FORBIDDEN) > 500


def test_what_the_model_forbids_is_refused_by_name() -> None:
    for operation, path, value in FORBIDDEN:
        code, message = refused(account(), operation, **nested(path, value))
        assert code == "ValidationException", (operation, path)
        assert f"at '{told_at(path)}' failed to satisfy constraint" in message, (operation, path)


@pytest.mark.parametrize("prefix", CREATES)
def test_what_the_model_requires_is_missed_by_name(prefix: str) -> None:
    shape = model.input_shape(f"Create{prefix}")
    assert shape
    assert accept(shape, CREATES[prefix]())
    for member in shape.required_members:
        request = {name: value for name, value in CREATES[prefix]().items() if name != member}
        _, message = refused(account(), f"Create{prefix}", **request)
        assert f"Value null at '{told_at((member,))}'" in message


@pytest.mark.parametrize("prefix", CREATES)
def test_a_tag_key_is_given_once(prefix: str) -> None:
    twice = [*tagged(Project="a", Name="b"), *tagged(Project="c")]
    answer = refused(account(), f"Create{prefix}", **CREATES[prefix](Tags=twice))
    assert answer == ("ValidationException", "Duplicate tag key")
    other_case = tagged(Project="a", project="a")
    account().call(f"Create{prefix}", CREATES[prefix](Tags=other_case))


@pytest.mark.parametrize("key", ["aws:createdBy", "AWS:x"])
def test_a_key_of_aws_is_not_for_others(key: str) -> None:
    aws = account()
    arn = aws.call("CreateNotebookInstance", notebook())["NotebookInstanceArn"]
    tags = [{"Key": key, "Value": "me"}]
    assert refused(aws, "AddTags", ResourceArn=arn, Tags=tags)[0] == "ValidationException"
    assert refused(aws, "CreateTrainingJob", **training(Tags=tags))[0] == "ValidationException"


def resources(*ways: dict[str, Any]) -> dict[str, Any]:
    """State instances in these ways at once."""
    stated: dict[str, Any] = {"VolumeSizeInGB": 10}
    for way in ways:
        stated |= way
    return {"ResourceConfig": stated}


@pytest.mark.parametrize(
    ("ways", "text"),
    [
        ((ONE, GROUPS), "InstanceType or InstanceCount cannot be specified with InstanceGroups"),
        (
            ({"InstanceCount": 1}, GROUPS),
            "InstanceType or InstanceCount cannot be specified with InstanceGroups",
        ),
        ((ONE, PREFERENCES), "InstancePreferences cannot be combined with InstanceType."),
        ((GROUPS, PREFERENCES), "InstancePreferences cannot be combined with InstanceGroups."),
        ((ONE, {"SelectedInstanceType": "ml.m5.large"}), "SelectedInstanceType is read-only"),
        ((PREFERENCES, {"SelectedInstanceCount": 1}), "SelectedInstanceCount is read-only"),
    ],
)
def test_instances_are_stated_in_one_way(ways: tuple[dict[str, Any], ...], text: str) -> None:
    asked = resources(*ways)
    refusal = ("ValidationException", text)
    assert refused(account(), "CreateTrainingJob", **training(**asked)) == refusal
    tuned = tuning(TrainingJobDefinition=definition(**asked))
    assert refused(account(), "CreateHyperParameterTuningJob", **tuned) == refusal


@pytest.mark.parametrize("ways", [(ONE,), (GROUPS,), (PREFERENCES, {"InstanceCount": 2})])
def test_instances_that_are_stated_in_one_way_are_taken(ways: tuple[dict[str, Any], ...]) -> None:
    account().call("CreateTrainingJob", training(**resources(*ways)))


def test_a_processing_job_states_its_instances_in_one_way() -> None:
    cluster = {"ClusterConfig": {**ONE, **PREFERENCES, "VolumeSizeInGB": 10}}
    _, text = refused(account(), "CreateProcessingJob", **processing(ProcessingResources=cluster))
    assert text == "InstancePreferences cannot be combined with InstanceType."


def test_a_tuning_job_states_each_thing_in_one_way() -> None:
    flexible = {"InstanceConfigs": [{**ONE, "VolumeSizeInGB": 10}]}
    one = definition(HyperParameterTuningResourceConfig={**ONE, **flexible})
    del one["ResourceConfig"]
    two = definition(HyperParameterTuningResourceConfig=flexible)
    for asked, text in (
        ({"TrainingJobDefinition": one}, "InstanceType cannot be specified with InstanceConfigs"),
        (
            {"TrainingJobDefinition": two},
            "ResourceConfig cannot be specified with HyperParameterTuningResourceConfig",
        ),
        (
            {"TrainingJobDefinitions": [definition()]},
            "TrainingJobDefinition cannot be specified with TrainingJobDefinitions",
        ),
    ):
        answer = refused(account(), "CreateHyperParameterTuningJob", **tuning(**asked))
        assert answer == ("ValidationException", text)


def test_a_model_can_be_made_once_and_again_after_it_was_deleted() -> None:
    aws = account()
    named = {"ModelName": "churn"}
    made = aws.call("CreateModel", {**named, "Tags": tagged(Project="a")})
    told = aws.call("DescribeModel", named)
    assert told == made | named | {
        "CreationTime": aws.clock.now(),
        "EnableNetworkIsolation": False,
    }
    assert refused(aws, "CreateModel", ModelName="Churn")[1].startswith("Cannot create already")
    aws.call("DeleteModel", named)
    for operation in ("DescribeModel", "DeleteModel"):
        assert refused(aws, operation, **named)[1].startswith("Could not find model")
    aws.call("CreateModel", named)
