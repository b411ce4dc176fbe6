"""Every row of the catalogue of kinds, against AWS's model of SageMaker as the layer ships it."""

from functools import cache
from typing import Any

import pytest
from botocore.model import ListShape, ServiceModel, Shape, StringShape, StructureShape

from costguard.resources.billing import Metered
from costguard.resources.kind import ActivitySource, FollowUp, Kind
from costguard.resources.kinds.app import KIND as APP
from costguard.resources.kinds.endpoint import KIND as ENDPOINT
from costguard.resources.kinds.monitoring_schedule import KIND as MONITORING
from costguard.resources.kinds.notebook_instance import KIND as NOTEBOOK
from costguard.resources.kinds.processing_job import KIND as PROCESSING
from costguard.resources.kinds.space import KIND as SPACE
from costguard.resources.kinds.training_job import KIND as TRAINING
from costguard.resources.kinds.training_warm_pool import KIND as POOL
from costguard.resources.kinds.transform_job import KIND as TRANSFORM
from costguard.resources.kinds.tuning_job import KIND as TUNING
from costguard.resources.model import ResourceStatus
from costguard.resources.registry import KINDS
from costguard.resources.translation import translate
from tests.contract import built
from tests.factories import at

ADDED_LATER = {  # older SDKs lack them
    *("Deleting", "PendingMaintenance", "InMaintenance", "CompletedWithFailures"),
}
DETAIL_TYPES = {
    # the EventBridge schema registry, aws.sagemaker@…, and for processing jobs the developer guide
    "notebook-instance": "SageMaker Notebook Instance State Change",
    "training-job": "SageMaker Training Job State Change",
    "training-warm-pool": None,  # the event of its job's end is the job's
    "hyper-parameter-tuning-job": "SageMaker HyperParameter Tuning Job State Change",
    "processing-job": "SageMaker Processing Job State Change",
    "transform-job": "SageMaker Transform Job State Change",
    # the reference of EventBridge, Amazon SageMaker AI events
    "monitoring-schedule": "SageMaker Monitoring Schedule State Change",
    "pipeline-execution": "SageMaker Model Building Pipeline Execution Status Change",
    "labeling-job": "SageMaker Ground Truth Labeling Job State Change",
    # the developer guide, Automating with EventBridge
    "endpoint": "SageMaker Endpoint State Change",
}
ONLY_CALLED = {  # that reference has no event of theirs, or of an MLflow server none with a status
    *("training-warm-pool", "automl-job", "mlflow-tracking-server", "job"),
    *("compilation-job", "optimization-job", "app", "space"),
    *("ai-benchmark-job", "ai-recommendation-job", "inference-recommendations-job"),
}
UNSEEN_LINES = {"rstudio-server"}  # no public bill or price list shows how it is spelled
UNPRICED = {  # by token, by labeled object, on what AWS does not tell, or nowhere priced
    *("mlflow-tracking-server", "labeling-job", "job", "compilation-job", "optimization-job"),
    *("ai-benchmark-job", "ai-recommendation-job", "inference-recommendations-job"),
}
RESOURCES = ("InstanceType", "InstanceCount", "InstanceGroups", "InstancePreferences")
SELECTED = ("SelectedInstanceType", "SelectedInstanceCount")
PREFERENCES = [f"InstancePreferences[].{name}" for name in ("InstanceType", "InstanceCount")]
CLUSTER = "MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringResources.ClusterConfig"
PATHS = [
    (NOTEBOOK, "InstanceType"),
    (NOTEBOOK, "VolumeSizeInGB"),
    *((TRAINING, f"ResourceConfig.{name}") for name in RESOURCES),
    *((TRAINING, f"ResourceConfig.{name}") for name in (*SELECTED, *PREFERENCES)),
    (TRAINING, "TrainingStartTime"),
    (TRAINING, "SecondaryStatus"),
    (TRAINING, "ResourceConfig.InstanceGroups[].InstanceType"),
    (TRAINING, "ResourceConfig.InstanceGroups[].InstanceCount"),
    (TRAINING, "StoppingCondition.MaxRuntimeInSeconds"),
    (TRAINING, "BillableTimeInSeconds"),
    (TRAINING, "EnableManagedSpotTraining"),
    (TRAINING, "WarmPoolStatus.Status"),
    (TRAINING, "WarmPoolStatus.ResourceRetainedBillableTimeInSeconds"),
    (POOL, "WarmPoolStatus.Status"),
    (POOL, "ResourceConfig.KeepAlivePeriodInSeconds"),
    (TUNING, "HyperParameterTuningJobConfig.ResourceLimits.MaxParallelTrainingJobs"),
    (TUNING, "HyperParameterTuningJobConfig.ResourceLimits.MaxRuntimeInSeconds"),
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
    *(
        (PROCESSING, f"ProcessingResources.ClusterConfig.{name}")
        for name in (*SELECTED, *PREFERENCES)
    ),
    (PROCESSING, "StoppingCondition.MaxRuntimeInSeconds"),
    (TRANSFORM, "TransformResources.InstanceType"),
    (TRANSFORM, "TransformResources.InstanceCount"),
    *((MONITORING, f"{CLUSTER}.{name}") for name in ("InstanceType", "InstanceCount")),
    *(
        (ENDPOINT, f"{within}{fleet}[].{name}")
        for within in ("", "PendingDeploymentSummary.")
        for fleet in ("ProductionVariants", "ShadowProductionVariants")
        for name in (
            "VariantName",
            "CurrentInstanceCount",
            "InstancePools[].InstanceType",
            "InstancePools[].CurrentInstanceCount",
            "CurrentServerlessConfig.ProvisionedConcurrency",
            "DesiredServerlessConfig.ProvisionedConcurrency",
        )
    ),
    (ENDPOINT, "PendingDeploymentSummary.ProductionVariants[].InstanceType"),
    *((APP, f"ResourceSpec.{name}") for name in ("InstanceType", "TrainingPlanArn")),
    *((APP, name) for name in ("AppType", "UserProfileName", "SpaceName")),
    (SPACE, "OwnershipSettings.OwnerUserProfileName"),
    (SPACE, "SpaceSharingSettings.SharingType"),
    (SPACE, "SpaceSettings.SpaceStorageSettings.EbsStorageSettings.EbsVolumeSizeInGb"),
]
rows = pytest.mark.parametrize("kind", KINDS.values(), ids=[*KINDS])


@cache
def model() -> ServiceModel:
    return built.session().get_service_model("sagemaker")


def paginators(service: str) -> dict[str, Any]:
    pages: dict[str, Any] = built.loader().load_service_model(service, "paginators-1")["pagination"]
    return pages


def operation(name: str) -> Any:
    return model().operation_model(name)


def members(shape: Shape | None) -> dict[str, Shape]:
    assert isinstance(shape, StructureShape)
    return dict(shape.members)


def words(shape: Shape) -> set[str]:
    assert isinstance(shape, StringShape)
    return set(shape.enum)


def described(kind: Kind) -> dict[str, Shape]:
    answer = members(operation(kind.api.describe).output_shape)
    return members(answer[kind.api.describe_result]) if kind.api.describe_result else answer


def listed(kind: Kind) -> dict[str, Shape]:
    rows = members(operation(kind.api.list.operation).output_shape)[kind.api.list.rows]
    assert isinstance(rows, ListShape)
    return members(rows.member)


@rows
def test_its_list_is_paged(kind: Kind) -> None:
    page = paginators("sagemaker")[kind.api.list.operation]
    assert page["result_key"] == kind.api.list.rows
    assert page["output_token"] == page["input_token"] == "NextToken"


@rows
def test_its_list_can_be_narrowed_to_what_costs_money(kind: Kind) -> None:
    calls = kind.api.list
    asked = members(operation(calls.operation).input_shape)
    assert kind.lifecycle.running or all(p.metered is Metered.VOLUME for p in kind.billing)
    assert all(
        kind.lifecycle.status_of(w) is ResourceStatus.RUNNING for w in kind.lifecycle.running
    )
    if calls.status:
        assert set(kind.lifecycle.running) <= words(asked[calls.status])
    assert {name for name in (calls.created_after, calls.changed_after) if name} <= asked.keys()


@rows
def test_its_pages_are_said_to_be_filtered_late_where_aws_says_so(kind: Kind) -> None:
    calls = kind.api.list
    said = "first retrieved ignoring" in operation(calls.operation).documentation
    assert calls.filtered_late is (said and calls.status == "StatusEquals")


@rows
def test_what_its_list_has_to_be_told_is_told(kind: Kind) -> None:
    calls = kind.api.list
    told = [{*each, *((calls.parents.argument,) if calls.parents else ())} for each in calls.each]
    asked = operation(calls.operation).input_shape
    assert all(set(asked.required_members) <= each <= members(asked).keys() for each in told)


@rows
def test_what_follows_its_description_can_be_asked_for(kind: Kind) -> None:
    follow: FollowUp
    for follow in kind.api.follow_ups:
        assert follow.field.partition(".")[0] in described(kind)
        assert follow.into not in described(kind)
        asked, told = operation(follow.operation).input_shape, {follow.argument, *follow.also}
        optional = follow.operation == "ListPipelineExecutionSteps"  # the model requires nothing
        assert told - {follow.argument if optional else ""} == {*asked.required_members}
        assert told | follow.arguments.keys() <= members(asked).keys()
        assert set(follow.also) <= described(kind).keys()


@rows
def test_its_summaries_name_it(kind: Kind) -> None:
    form = kind.translation
    assert {*kind.identity.fields, form.status.partition(".")[0]} <= listed(kind).keys()
    assert form.arn in listed(kind) or not form.summary_suffices


@rows
def test_a_summary_suffices_only_where_it_holds_what_is_read(kind: Kind) -> None:
    read = {"CreationTime", kind.translation.started, "InstanceType"}
    assert not kind.translation.summary_suffices or read <= listed(kind).keys()


@rows
def test_its_description_is_asked_for_by_name_and_has_what_is_read(kind: Kind) -> None:
    asked = operation(kind.api.describe).input_shape
    single = [part for part in kind.identity.parts if "|" not in part]
    assert sorted(asked.required_members) == sorted(single)
    assert set(kind.identity.fields) <= members(asked).keys()
    form = kind.translation
    named = {*kind.identity.fields, form.arn, form.status.partition(".")[0]}
    assert named | {"CreationTime", form.started, *form.parents} <= described(kind).keys()


@rows
def test_the_end_of_a_job_is_in_its_summary_and_its_description(kind: Kind) -> None:
    ended = kind.translation.ended
    assert ended is None or ended in described(kind).keys() & listed(kind).keys()


@rows
def test_every_status_of_the_api_has_a_meaning_and_no_other(kind: Kind) -> None:
    of, _, own = kind.translation.status.rpartition(".")
    known = words((members(described(kind)[of]) if of else described(kind))[own])
    assert known <= kind.lifecycle.statuses.keys()
    assert kind.lifecycle.statuses.keys() - known <= ADDED_LATER
    assert not kind.lifecycle.event_statuses.keys() & known


@rows
def test_it_is_stopped_by_its_name_and_nothing_else(kind: Kind) -> None:
    if (stop := kind.api.stop) is None:
        return
    asked = operation(stop.operation).input_shape
    tokens = {n for n, shape in members(asked).items() if shape.metadata.get("idempotencyToken")}
    told = {*kind.identity.fields, *(stop.arguments or {})}
    assert {*asked.required_members} - tokens <= told <= members(asked).keys()  # botocore fills in
    assert stop.arguments or told == members(asked).keys() - tokens


@rows
def test_the_call_that_creates_it_is_named_after_it(kind: Kind) -> None:
    for create in kind.events.creates:
        asked, answer = model().operation_model(create).input_shape, operation(create).output_shape
        if kind.identity.of_arn:  # it has no name and no tags before it is made
            assert {*kind.identity.fields} <= members(answer).keys()
            continue
        assert {*kind.identity.fields, "Tags"} <= members(asked).keys()


@rows
def test_the_calls_that_the_guardrail_denies_exist(kind: Kind) -> None:
    assert set(kind.guardrail.later) <= set(model().operation_names)
    assert kind.translation.limits or not kind.guardrail.runtime_key


@rows
def test_what_it_is_billed_for_is_spelled_out(kind: Kind) -> None:
    assert (not kind.billing) is (kind.name in UNPRICED)
    own = [p for p in kind.billing if p.metered is not Metered.CHILDREN]
    priced = (part for part in own if part.name not in UNSEEN_LINES)
    assert all(part.price_list or part.same_rate for part in priced)
    assert all(begin.endswith((":", ".", "-")) for p in own for begin in (*p.price_list, *p.bill))
    known = {part.name for other in KINDS.values() for part in other.billing}
    assert {part.same_rate for part in own} <= known | {None}


@rows
def test_its_words_can_be_filled_in(kind: Kind) -> None:
    given = dict.fromkeys(("name", "region", "source", "address", "tags"), "X") | {"good": "G"}
    words = kind.words
    for text in (words.restart, words.end, words.change_type, words.rename):
        assert "{" not in text.format(**given)
    assert "G" in words.rename.format(**given)


def test_only_a_notebook_is_asked_what_it_is_doing() -> None:
    asked = {name for name, kind in KINDS.items() if kind.activity is ActivitySource.JUPYTER}
    assert asked == {"notebook-instance"}


@rows
def test_its_name_is_the_resource_part_of_its_arn(kind: Kind) -> None:
    pattern = described(kind)[kind.translation.arn].metadata.get("pattern", "").replace("\\", "")
    assert f":{kind.arn_part}/" in pattern or pattern in {"", ".*"}


@rows
def test_its_detail_type_is_the_one_of_the_registry(kind: Kind) -> None:
    assert kind.events.detail_type == DETAIL_TYPES.get(kind.name)
    assert (kind.events.detail_type is None) is (kind.name in ONLY_CALLED)


class Answer(dict[str, Any]):
    """An answer with every member that the model has; another one that is read is noted."""

    def __init__(self, shape: Shape, unknown: list[str]) -> None:
        super().__init__(dict.fromkeys(members(shape), ""))
        self.shapes, self.unknown = members(shape), unknown

    def __getitem__(self, name: str) -> Any:
        return self.get(name)

    def get(self, name: str, default: Any = None) -> Any:
        if name not in self.shapes:
            self.unknown.append(name)
            return default
        return self.made(self.shapes[name])

    def made(self, shape: Shape) -> Any:
        if isinstance(shape, StructureShape):
            return Answer(shape, self.unknown)
        if isinstance(shape, ListShape):
            return [self.made(shape.member)]
        if isinstance(shape, StringShape):
            return (*shape.enum, f"arn:aws:sagemaker:us-east-2:123456789012:x/{shape.name}")[0]
        return {"timestamp": at(0), "boolean": True}.get(shape.type_name, 1)


@rows
def test_whatever_is_read_of_its_description_is_in_the_model(kind: Kind) -> None:
    unknown = list[str]()
    shape = operation(kind.api.describe).output_shape
    answer = Answer(shape, unknown)
    answer.shapes |= {f.into: operation(f.operation).output_shape for f in kind.api.follow_ups}
    translate(kind, answer.get(kind.api.describe_result) if kind.api.describe_result else answer)
    assert set(unknown) <= {"InstanceGroups"}  # one reader for all; its own paths are above


def test_the_status_of_a_warm_pool_that_costs_is_in_the_model() -> None:
    pool = members(described(TRAINING)["WarmPoolStatus"])
    assert "Available" in words(pool["Status"])


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
    limits = ("MaxRuntimeInSeconds", "KeepAlivePeriodInSeconds")
    has_one = any(k is kind and path.endswith(limits) for k, path in PATHS)
    assert has_one is (kind.translation.limits is not None)


@rows
def test_what_is_a_new_run_after_a_stop_can_be_started_again(kind: Kind) -> None:
    starts = {create.replace("Create", "Start") for create in kind.events.creates}
    tells_runs = kind.name != "monitoring-schedule"  # nothing tells when it was started again
    can_start = bool(starts & {*model().operation_names})
    made_again = kind.name == "app"  # by its space, under its name, with another CreationTime
    begins_anew = kind.name != "pipeline-execution"  # a retry has a case of its own
    again = can_start and tells_runs and begins_anew
    assert (again or made_again) is kind.lifecycle.restartable


def test_tags_are_paged_too() -> None:
    assert paginators("sagemaker")["ListTags"]["result_key"] == "Tags"
    in_bulk = paginators("resourcegroupstaggingapi")["GetResources"]
    assert in_bulk["result_key"] == "ResourceTagMappingList"
