"""From AWS's spelling to ours."""

from copy import replace
from datetime import timedelta
from typing import Any

import pytest

from costguard.common.errors import IncompleteDataError
from costguard.resources.kind import Raw
from costguard.resources.kinds.training_job import KIND as TRAINING
from costguard.resources.model import (
    NO_LIMIT,
    BillingFacts,
    InstanceGroup,
    Resource,
    ResourceRef,
    ResourceStatus,
)
from costguard.resources.registry import KINDS, kind_of_arn
from costguard.resources.translation import name_of, translate
from tests.factories import arn, at

PREFIX = "arn:aws:sagemaker:us-east-2:123456789012:"


def described(name: str, **fields: Any) -> Resource:
    kind = KINDS[name]
    head = {
        **dict.fromkeys(kind.identity.fields, "Job"),
        kind.translation.arn: arn(name, "Job"),
        kind.translation.status: [*kind.lifecycle.running, kind.lifecycle.first][0],
    }
    return translate(kind, head | fields)


def test_a_notebook_is_translated() -> None:
    times = {"CreationTime": at(0), "LastModifiedTime": at(5)}
    assert described("notebook-instance", InstanceType="ml.t3.medium", **times) == Resource(
        arn=arn("notebook-instance", "job"),
        kind="notebook-instance",
        name="Job",
        status=ResourceStatus.RUNNING,
        groups=(InstanceGroup("ml.t3.medium", 1),),
        instances=1,
        created=at(0),
        started=at(5),
    )


A_1, A_2, B_1 = ({"InstanceType": t, "InstanceCount": n} for t, n in (("a", 1), ("a", 2), ("b", 1)))


def selected(kind: str, count: int | None) -> dict[str, Any]:
    return {"SelectedInstanceType": kind, "SelectedInstanceCount": count}


@pytest.mark.parametrize(
    ("config", "types", "instances"),
    [
        ({"InstanceType": "ml.m5.large", "InstanceCount": 2}, ("ml.m5.large",), 2),
        ({"InstanceType": "ml.m5.large", "InstanceCount": 0}, ("ml.m5.large",), None),
        ({"InstanceType": "", "InstanceCount": 0}, (), None),
        ({"VolumeSizeInGB": 5}, (), None),
        ({}, (), None),
        (None, (), None),
        (
            {
                "InstanceType": "",
                "InstanceGroups": [
                    {"InstanceType": "a", "InstanceCount": 1},
                    {"InstanceType": "b", "InstanceCount": 2},
                    {"InstanceType": "a", "InstanceCount": 3},
                ],
            },
            ("a", "b"),
            6,
        ),
        ({"InstanceGroups": [{"InstanceType": "a"}, {"InstanceCount": 2}]}, ("a",), None),
        ({"InstancePreferences": [A_2, B_1]}, ("a", "b"), 2),
        ({"InstancePreferences": [{"InstanceType": "a"}, B_1], "InstanceCount": 3}, ("a", "b"), 3),
        ({"InstancePreferences": [{"InstanceType": "a"}, B_1]}, ("a", "b"), None),
        ({"InstancePreferences": [A_2, B_1], **selected("b", 1)}, ("b",), 1),
        ({"InstancePreferences": [A_2, B_1], **selected("a", None)}, ("a",), 2),
        ({"InstancePreferences": [A_2, A_1], **selected("a", None)}, ("a",), None),
        (selected("a", 4), ("a",), 4),
    ],
)
def test_the_instances_of_a_training_job(
    config: dict[str, Any] | None, types: tuple[str, ...], instances: int | None
) -> None:
    found = described("training-job", ResourceConfig=config)
    processing = described("processing-job", ProcessingResources={"ClusterConfig": config})
    assert (found.instance_types, found.instances) == (types, instances)
    assert processing.groups == found.groups


def test_preferences_are_choices_and_groups_run_together() -> None:
    preferred = described("training-job", ResourceConfig={"InstancePreferences": [A_2, B_1]})
    assert preferred.choices == ((InstanceGroup("a", 2),), (InstanceGroup("b", 1, 1),))
    together = described("training-job", ResourceConfig={"InstanceGroups": [A_2, B_1]})
    assert together.choices == ((InstanceGroup("a", 2), InstanceGroup("b", 1)),)


def limits(parallel: int | None) -> dict[str, Any]:
    return {"ResourceLimits": {"MaxParallelTrainingJobs": parallel}}


def job(kind: str, count: int) -> dict[str, Any]:
    return {"ResourceConfig": {"InstanceType": kind, "InstanceCount": count}}


def tuned(**config: Any) -> dict[str, Any]:
    return {"HyperParameterTuningResourceConfig": config}


@pytest.mark.parametrize(
    ("fields", "types", "instances"),
    [
        ({"TrainingJobDefinition": job("a", 2)}, ("a",), 6),
        ({"TrainingJobDefinitions": [job("a", 2), job("b", 1)]}, ("a", "b"), 6),
        ({"TrainingJobDefinition": {}, "TrainingJobDefinitions": [job("a", 1)]}, ("a",), 3),
        ({"TrainingJobDefinition": tuned(InstanceType="a", InstanceCount=1)}, ("a",), 3),
        (
            {"TrainingJobDefinition": tuned(InstanceConfigs=[{"InstanceType": "a"}])},
            ("a",),
            None,
        ),
        ({"TrainingJobDefinitions": [job("a", 2), {"RoleArn": "r"}]}, (), None),
        ({"TrainingJobDefinition": {}}, (), None),
        ({}, (), None),
    ],
)
def test_the_instances_of_a_tuning_job(
    fields: dict[str, Any], types: tuple[str, ...], instances: int | None
) -> None:
    config = {"HyperParameterTuningJobConfig": limits(3)}
    found = described("hyper-parameter-tuning-job", **config, **fields)
    assert (found.instance_types, found.instances) == (types, instances)


def test_the_definitions_and_instance_configs_of_a_tuning_job_are_choices() -> None:
    both = {"ResourceConfig": {"InstanceGroups": [A_1, B_1]}}
    fields = {"TrainingJobDefinitions": [tuned(InstanceConfigs=[A_1, B_1]), both]}
    config = {"HyperParameterTuningJobConfig": limits(2)}
    found = described("hyper-parameter-tuning-job", **config, **fields)
    assert found.choices == (
        (InstanceGroup("a", 2),),
        (InstanceGroup("b", 2, 1),),
        (InstanceGroup("a", 2, 2), InstanceGroup("b", 2, 2)),
    )
    assert found.instances == 4


@pytest.mark.parametrize("config", [{}, None, limits(None), {"ResourceLimits": None}])
def test_without_a_limit_a_tuning_job_runs_one_job_at_a_time(config: object) -> None:
    fields = {"HyperParameterTuningJobConfig": config, "TrainingJobDefinition": job("a", 2)}
    assert described("hyper-parameter-tuning-job", **fields).instances == 2


def test_the_instances_of_processing_and_transform_jobs() -> None:
    config = {"InstanceType": "a", "InstanceCount": 2}
    processing = described("processing-job", ProcessingResources={"ClusterConfig": config})
    transform = described("transform-job", TransformResources=config)
    assert processing.instances == transform.instances == 2
    assert described("processing-job", ProcessingResources={}).groups is None


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"MaxRuntimeInSeconds": 60}, timedelta(minutes=1)),
        ({}, NO_LIMIT),
        (None, NO_LIMIT),
    ],
)
def test_a_job_without_a_maximum_run_time_has_no_limit(
    condition: object, expected: timedelta
) -> None:
    assert described("training-job", StoppingCondition=condition).max_runtime == expected


@pytest.mark.parametrize(
    ("definitions", "expected"),
    [
        ([{"StoppingCondition": {"MaxRuntimeInSeconds": s}} for s in (60, 120)], timedelta(0, 120)),
        ([{"StoppingCondition": {"MaxRuntimeInSeconds": 60}}, {"RoleArn": "r"}], NO_LIMIT),
        ([], None),
    ],
)
def test_a_tuning_job_runs_as_long_as_its_longest_definition(
    definitions: list[Any], expected: timedelta | None
) -> None:
    found = described("hyper-parameter-tuning-job", TrainingJobDefinitions=definitions)
    assert (found.max_runtime, found.limits_children) == (expected, True)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [(7200, timedelta(hours=2)), ("soon", None), (None, timedelta(days=1))],
)
def test_a_tuning_jobs_own_limit_counts_before_that_of_its_definitions(
    limit: object, expected: timedelta | None
) -> None:
    day = [{"StoppingCondition": {"MaxRuntimeInSeconds": 86400}}]
    config = {"ResourceLimits": {"MaxRuntimeInSeconds": limit}}
    found = described(
        "hyper-parameter-tuning-job",
        HyperParameterTuningJobConfig=config,
        TrainingJobDefinitions=day,
    )
    assert (found.max_runtime, found.limits_children) == (expected, limit is None)


@pytest.mark.parametrize(
    ("kind", "fields", "waits"),
    [
        ("training-job", {"SecondaryStatus": "Pending"}, True),
        ("training-job", {"SecondaryStatus": "Starting"}, True),
        ("training-job", {"SecondaryStatus": "Starting", "TrainingStartTime": at(0)}, False),
        ("training-job", {"SecondaryStatus": "Interrupted"}, False),
        ("training-job", {"SecondaryStatus": "Pondering"}, False),
        ("training-job", {}, False),
        ("training-job", {"SecondaryStatus": "Pending", "TrainingJobStatus": "Stopping"}, False),
        ("processing-job", {}, True),
        ("processing-job", {"ProcessingStartTime": at(0)}, False),
        ("transform-job", {}, True),
        ("transform-job", {"TransformStartTime": "soon"}, False),
        ("hyper-parameter-tuning-job", {}, False),
        ("notebook-instance", {}, False),
    ],
)
def test_a_job_without_instances_waits(kind: str, fields: dict[str, Any], waits: object) -> None:
    assert described(kind, **fields).waits is waits


@pytest.mark.parametrize("name", ["notebook-instance", "transform-job"])
def test_kinds_without_a_stopping_condition_have_no_maximum(name: str) -> None:
    assert described(name).max_runtime is None


def test_the_first_parent_that_is_named_counts() -> None:
    fields = {"TrainingJobArn": None, "MonitoringScheduleArn": "", "AutoMLJobArn": "an-arn"}
    assert described("processing-job", **fields).parent == "an-arn"
    assert described("processing-job").parent is None


RULES = "dkr.ecr.us-east-2.amazonaws.com/sagemaker-debugger-rules:latest"


@pytest.mark.parametrize(
    ("image", "free"),
    [
        (f"915447279597.{RULES}", True),
        (f"123456789012.{RULES}", False),
        (f"915447279597.{RULES}".replace("rules", "rule-evaluator"), False),
        (f"x/915447279597.{RULES}", False),
        (None, False),
        (7, False),
    ],
)
def test_a_debugger_rule_of_somebodys_own_is_billed_and_a_built_in_one_is_not(
    image: object, free: object
) -> None:
    job = arn("training-job", "train")
    found = described("processing-job", TrainingJobArn=job, AppSpecification={"ImageUri": image})
    assert found.billing.free is free
    assert (found.parent, found.belongs_to) == ((job, None) if free else (None, job))
    assert found.tagged == (found.arn if free else job)


def test_a_built_in_image_makes_no_job_free_that_watches_none() -> None:
    image = {"ImageUri": f"915447279597.{RULES}"}
    assert not described("processing-job", AppSpecification=image).billing.free


POOL = {"InstanceType": "ml.p4d.24xlarge", "InstanceCount": 2, "KeepAlivePeriodInSeconds": 21600}


@pytest.mark.parametrize(
    ("pool", "status"),
    [
        ({"Status": "Available"}, ResourceStatus.RUNNING),
        ({"Status": "InUse"}, ResourceStatus.STOPPED),
        ({"Status": "Reused", "ReusedByJob": "next"}, ResourceStatus.STOPPED),
        ({"Status": "Terminated"}, ResourceStatus.STOPPED),
        ({"Status": "Pondering"}, ResourceStatus.UNKNOWN),
        (None, ResourceStatus.STOPPED),
    ],
)
def test_a_warm_pool_costs_while_it_waits(pool: object, status: ResourceStatus) -> None:
    raw: Raw = {"TrainingJobName": "warm", "TrainingJobArn": arn("training-job", "warm")}
    facts = {"WarmPoolStatus": pool, "TrainingEndTime": at(1), "ResourceConfig": POOL}
    found = translate(KINDS["training-warm-pool"], {**raw, **facts})
    assert (found.status, found.started, found.instances) == (status, at(1), 2)
    assert found.max_runtime == timedelta(hours=6)
    assert found.belongs_to == found.arn == found.tagged == arn("training-job", "warm")


PLAN = "arn:aws:sagemaker:us-east-2:123456789012:training-plan/p"


@pytest.mark.parametrize(
    ("config", "prepaid"),
    [
        ({"TrainingPlanArn": PLAN, **A_1}, True),
        ({"InstancePreferences": [A_2 | {"TrainingPlanArns": [PLAN]}, B_1]}, False),
        ({"InstancePreferences": [A_2 | {"TrainingPlanArns": [PLAN]}], **selected("a", 2)}, True),
        ({"InstancePreferences": [A_2, B_1], **selected("a", 2)}, False),
        (None, False),
    ],
)
def test_a_job_on_a_training_plan_is_prepaid(config: object, prepaid: object) -> None:
    assert described("training-job", ResourceConfig=config).billing.prepaid is prepaid


def test_a_status_that_aws_added_after_us_is_unknown() -> None:
    found = described("training-job", TrainingJobStatus="Pondering")
    assert (found.status, found.status_word) == (ResourceStatus.UNKNOWN, "Pondering")
    assert described("training-job").status_word is None


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_is_found_by_an_arn(name: str) -> None:
    part = KINDS[name].arn_part
    assert kind_of_arn(arn(name, "x")) is KINDS[part if part in KINDS else name]


@pytest.mark.parametrize("other", [f"{PREFIX}hub/x", f"{PREFIX}tuningJob/x", "", "x", "a:b/c"])
def test_an_arn_of_something_else_has_no_kind(other: str) -> None:
    assert kind_of_arn(other) is None


def test_a_resource_knows_where_it_is_and_how_it_is_called() -> None:
    found = described("training-job")
    assert (found.region, found.account) == ("us-east-2", "123456789012")
    assert found.ref == ResourceRef("training-job", "Job")
    assert found.ref.key == "training-job/job"


@pytest.mark.parametrize(
    ("name", "word"), [("notebook-instance", "Pending"), ("training-job", "InProgress")]
)
def test_a_kind_knows_the_status_of_what_was_just_made(name: str, word: str) -> None:
    assert KINDS[name].lifecycle.first == word


def test_a_name_that_is_not_told_is_taken_from_the_arn() -> None:
    kind = KINDS["training-job"]
    assert name_of(kind, {"TrainingJobArn": arn("training-job", "Job")}) == "job"


def test_what_the_reader_of_a_kind_cannot_read_is_not_known() -> None:
    def careless(raw: Raw) -> Any:
        return raw["ResourceConfig"]["InstanceType"].lower()

    form = replace(TRAINING.translation, groups=careless, limits=careless, billing=careless)
    kind = replace(TRAINING, translation=form)
    raw = {"TrainingJobArn": arn("training-job", "x"), "ResourceConfig": {"InstanceType": 3}}
    found = translate(kind, raw | {"TrainingJobName": "x", "TrainingJobStatus": "InProgress"})
    assert (found.groups, found.max_runtime, found.billing) == (None, None, BillingFacts())


@pytest.mark.parametrize("raw", [{}, [], None, {"TrainingJobArn": "x"}, {"TrainingJobArn": 3}])
def test_what_has_no_arn_is_no_resource(raw: Any) -> None:
    with pytest.raises(IncompleteDataError, match="without its ARN"):
        translate(TRAINING, raw)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({}, NO_LIMIT),
        ({"MaxRuntimeInSeconds": 60}, timedelta(minutes=1)),
        ({"MaxRuntimeInSeconds": "soon"}, None),
        ({"MaxRuntimeInSeconds": 1e300}, None),
        ("x", None),
    ],
)
def test_a_limit_of_another_form_is_not_known(condition: Any, expected: Any) -> None:
    raw = {"TrainingJobArn": arn("training-job", "x"), "TrainingJobName": "x"}
    assert translate(TRAINING, raw | {"StoppingCondition": condition}).max_runtime == expected


def test_a_parent_and_times_of_another_form_are_not_known() -> None:
    raw = {"TrainingJobArn": arn("training-job", "x"), "TrainingJobName": "x"}
    odd = {"TuningJobArn": ["x"], "CreationTime": "soon", "TrainingStartTime": 3}
    found = translate(TRAINING, raw | odd)
    assert (found.parent, found.created, found.started) == (None, None, None)
    assert found.status is ResourceStatus.UNKNOWN
