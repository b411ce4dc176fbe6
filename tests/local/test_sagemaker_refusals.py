"""What the documents forbid beside the model, sent: what AWS would refuse is refused."""

from typing import Any

import pytest

from tests.local.sagemaker_cases import (
    account,
    definition,
    notebook,
    processing,
    refused,
    tagged,
    training,
    tuning,
)

ONE = {"InstanceType": "ml.m5.large", "InstanceCount": 1}
GROUPS = {"InstanceGroups": [{**ONE, "InstanceGroupName": "a"}]}
PREFERENCES = {"InstancePreferences": [ONE]}


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
