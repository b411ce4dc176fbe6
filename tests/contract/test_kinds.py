"""Every row of the catalogue of kinds, against AWS's model of SageMaker as the layer ships it."""

from functools import cache
from typing import Any

import pytest
from botocore import xform_name
from botocore.model import ListShape, ServiceModel, Shape, StringShape, StructureShape

from costguard.resources.kind import Kind
from costguard.resources.kinds.notebook_instance import NOTEBOOK
from costguard.resources.kinds.processing_job import PROCESSING
from costguard.resources.kinds.training_job import TRAINING
from costguard.resources.kinds.transform_job import TRANSFORM
from costguard.resources.kinds.tuning_job import TUNING
from costguard.resources.model import ResourceStatus
from costguard.resources.registry import KINDS
from tests.contract import built

EVENTS_ONLY = {"Deleted"}  # a status that events say and the API does not
ADDED_LATER = {"Deleting", "PendingMaintenance", "InMaintenance"}  # older SDKs lack them
DETAIL_TYPES = {
    # the EventBridge schema registry, aws.sagemaker@…, and for processing jobs the developer guide
    "notebook-instance": "SageMaker Notebook Instance State Change",
    "training-job": "SageMaker Training Job State Change",
    "hyper-parameter-tuning-job": "SageMaker HyperParameter Tuning Job State Change",
    "processing-job": "SageMaker Processing Job State Change",
    "transform-job": "SageMaker Transform Job State Change",
}
RESOURCES = ("InstanceType", "InstanceCount", "InstanceGroups")
PATHS = [
    (NOTEBOOK, "InstanceType"),
    *((TRAINING, f"ResourceConfig.{name}") for name in RESOURCES),
    (TRAINING, "ResourceConfig.InstanceGroups[].InstanceType"),
    (TRAINING, "ResourceConfig.InstanceGroups[].InstanceCount"),
    (TRAINING, "StoppingCondition.MaxRuntimeInSeconds"),
    (TUNING, "HyperParameterTuningJobConfig.ResourceLimits.MaxParallelTrainingJobs"),
    *((TUNING, f"TrainingJobDefinition.ResourceConfig.{name}") for name in RESOURCES),
    (TUNING, "TrainingJobDefinitions[].ResourceConfig.InstanceType"),
    (TUNING, "TrainingJobDefinition.StoppingCondition.MaxRuntimeInSeconds"),
    (TUNING, "TrainingJobDefinition.HyperParameterTuningResourceConfig.InstanceType"),
    (
        TUNING,
        "TrainingJobDefinition.HyperParameterTuningResourceConfig.InstanceConfigs[].InstanceType",
    ),
    (
        TUNING,
        "TrainingJobDefinition.HyperParameterTuningResourceConfig.InstanceConfigs[].InstanceCount",
    ),
    (PROCESSING, "ProcessingResources.ClusterConfig.InstanceType"),
    (PROCESSING, "ProcessingResources.ClusterConfig.InstanceCount"),
    (PROCESSING, "StoppingCondition.MaxRuntimeInSeconds"),
    (TRANSFORM, "TransformResources.InstanceType"),
    (TRANSFORM, "TransformResources.InstanceCount"),
]
rows = pytest.mark.parametrize("kind", KINDS.values(), ids=[*KINDS])


@cache
def model() -> ServiceModel:
    return built.session().get_service_model("sagemaker")


def paginators(service: str) -> dict[str, Any]:
    pages: dict[str, Any] = built.loader().load_service_model(service, "paginators-1")["pagination"]
    return pages


def operation(method: str) -> Any:
    name = next(name for name in model().operation_names if xform_name(name) == method)
    return model().operation_model(name)


def members(shape: Shape | None) -> dict[str, Shape]:
    assert isinstance(shape, StructureShape)
    return dict(shape.members)


def words(shape: Shape) -> set[str]:
    assert isinstance(shape, StringShape)
    return set(shape.enum)


def described(kind: Kind) -> dict[str, Shape]:
    return members(operation(kind.describe_op).output_shape)


def listed(kind: Kind) -> dict[str, Shape]:
    rows = members(operation(kind.list_op).output_shape)[kind.summaries]
    assert isinstance(rows, ListShape)
    return members(rows.member)


@rows
def test_its_list_is_paged(kind: Kind) -> None:
    page = paginators("sagemaker")[operation(kind.list_op).name]
    assert page["result_key"] == kind.summaries
    assert page["output_token"] == page["input_token"] == "NextToken"


@rows
def test_its_list_can_be_narrowed_to_what_costs_money(kind: Kind) -> None:
    asked = members(operation(kind.list_op).input_shape)
    assert kind.active in words(asked["StatusEquals"])
    assert kind.statuses[kind.active] is ResourceStatus.RUNNING
    assert "CreationTimeAfter" in asked


@rows
def test_its_summaries_name_it(kind: Kind) -> None:
    assert {f"{kind.prefix}{part}" for part in ("Name", "Arn", "Status")} <= listed(kind).keys()


@rows
def test_a_summary_suffices_only_where_it_holds_what_is_read(kind: Kind) -> None:
    read = {"CreationTime", kind.started, "InstanceType"}
    assert not kind.summary_suffices or read <= listed(kind).keys()


@rows
def test_its_description_is_asked_for_by_name_and_has_what_is_read(kind: Kind) -> None:
    asked = operation(kind.describe_op).input_shape
    assert asked.required_members == [f"{kind.prefix}Name"]
    named = {f"{kind.prefix}{part}" for part in ("Name", "Arn", "Status")}
    assert named | {"CreationTime", kind.started, *kind.parents} <= described(kind).keys()


@rows
def test_every_status_of_the_api_has_a_meaning_and_no_other(kind: Kind) -> None:
    known = words(described(kind)[f"{kind.prefix}Status"])
    assert known <= kind.statuses.keys()
    assert kind.statuses.keys() - known <= EVENTS_ONLY | ADDED_LATER


@rows
def test_it_is_stopped_by_its_name_and_nothing_else(kind: Kind) -> None:
    asked = operation(kind.stop_op).input_shape
    assert list(members(asked)) == [f"{kind.prefix}Name"]


@rows
def test_the_call_that_creates_it_is_named_after_it(kind: Kind) -> None:
    asked = model().operation_model(f"Create{kind.prefix}").input_shape
    assert {f"{kind.prefix}Name", "Tags"} <= members(asked).keys()


@rows
def test_its_name_is_the_resource_part_of_its_arn(kind: Kind) -> None:
    pattern = described(kind)[f"{kind.prefix}Arn"].metadata.get("pattern", "")
    assert f":{kind.name}/" in pattern or pattern in {"", ".*"}


@rows
def test_its_detail_type_is_the_one_of_the_registry(kind: Kind) -> None:
    assert kind.detail_type == DETAIL_TYPES[kind.name]


@pytest.mark.parametrize(("kind", "path"), PATHS, ids=[f"{k.name}:{p}" for k, p in PATHS])
def test_a_path_that_is_read_exists(kind: Kind, path: str) -> None:
    found = described(kind)
    *way, last = path.split(".")
    for step in way:
        shape = found[step.removesuffix("[]")]
        if step.endswith("[]"):
            assert isinstance(shape, ListShape)
            shape = shape.member
        found = members(shape)
    assert last in found


@rows
def test_a_kind_with_a_stopping_condition_says_where(kind: Kind) -> None:
    has_one = any(k is kind and "MaxRuntimeInSeconds" in path for k, path in PATHS)
    assert has_one is (kind.limits is not None)


@rows
def test_only_a_notebook_can_be_started_again(kind: Kind) -> None:
    assert (f"Start{kind.prefix}" in model().operation_names) is kind.restartable


def test_tags_are_paged_too() -> None:
    assert paginators("sagemaker")["ListTags"]["result_key"] == "Tags"
    in_bulk = paginators("resourcegroupstaggingapi")["GetResources"]
    assert in_bulk["result_key"] == "ResourceTagMappingList"
