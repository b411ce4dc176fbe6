"""The inventory from AWS's answers: in pages, with gaps, or refused."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from costguard.adapters.sagemaker.inventory import SageMakerInventory
from costguard.resources.kind import Kind
from costguard.resources.model import InstanceGroup, Resource, ResourceRef, ResourceStatus
from costguard.resources.registry import KINDS
from tests.factories import a_name, arn, at
from tests.integration.aws import (
    answering,
    client,
    description,
    refusal,
    refuse,
    scripted,
    smallest_answer,
    summary,
)

NOBODY = partial(client, "resourcegroupstaggingapi")
LONGEST = timedelta(days=62)
NAME = "DoeJohn-ExploreSageMaker"


@pytest.fixture
def account() -> Iterator[Any]:
    with mock_aws():
        yield client("sagemaker")


def create(sagemaker: Any, name: str, **tags: str) -> None:
    sagemaker.create_notebook_instance(
        NotebookInstanceName=name,
        InstanceType="ml.t3.medium",
        RoleArn="arn:aws:iam::123456789012:role/workshop",
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )


def test_a_notebook_is_looked_at_by_name(account: Any) -> None:
    create(account, NAME)
    inventory = SageMakerInventory(account, NOBODY, NOBODY)
    found = inventory.describe(ResourceRef("notebook-instance", NAME))
    assert found is not None
    assert (found.name, found.status) == (NAME, ResourceStatus.RUNNING)
    assert found.groups == (InstanceGroup("ml.t3.medium", 1),)
    assert found.tags is None


def test_the_tags_of_one_notebook_are_read_from_the_source(account: Any) -> None:
    create(account, NAME, Project="sinkorswim", Empty="")
    found = account.describe_notebook_instance(NotebookInstanceName=NAME)
    tags = SageMakerInventory(account, NOBODY, NOBODY).tags(found["NotebookInstanceArn"])
    assert tags == {"Project": "sinkorswim", "Empty": ""}


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("ValidationException", "RecordNotFound"),
        ("ValidationException", "Could not find job to update with name x"),
        ("ValidationException", "Requested resource not found."),
        ("ResourceNotFound", "Requested resource not found"),
        ("ResourceNotFoundException", ""),
    ],
)
def test_there_is_no_such_thing_in_every_spelling(code: str, text: str) -> None:
    sagemaker, script = scripted()
    refuse(script, "describe_training_job", code, text)
    inventory = SageMakerInventory(sagemaker, NOBODY, NOBODY)
    assert inventory.describe(ResourceRef("training-job", "x")) is None


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("ThrottlingException", "Rate exceeded"),
        ("AccessDeniedException", "not authorized"),
        ("ValidationException", "1 validation error detected"),
    ],
)
def test_any_other_refusal_to_describe_is_raised(code: str, text: str) -> None:
    sagemaker, script = scripted()
    refuse(script, "describe_training_job", code, text)
    with pytest.raises(ClientError):
        SageMakerInventory(sagemaker, NOBODY, NOBODY).describe(ResourceRef("training-job", "x"))


def _is_of_another(kind: Kind, asked: dict[str, Any]) -> bool:
    """Tell whether a list that two kinds share asks for the other one."""
    return "WarmPoolStatusEquals" in asked and kind.api.list.status != "WarmPoolStatusEquals"


class FakeSageMaker:
    """Responses of SageMaker and the tagging API; an exception is raised instead."""

    def __init__(self, **pages: list[Any]) -> None:
        self.pages = {kind.replace("_", "-"): found for kind, found in pages.items()}
        self.descriptions: dict[str, Any] = {}
        self.tag_pages: list[Any] = [[]]
        self.more: dict[str, str] = {}  # the status of some, by name
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((operation, asked))
        if operation == "GetResources":
            return self._page(self.tag_pages, "ResourceTagMappingList", asked, "PaginationToken")
        for kind in KINDS.values():
            if (of := kind.api.list.parents) and operation == of.operation:
                return {of.rows: [{of.field: "one"}] if kind.name in self.pages else []}
            if operation in {follow.operation for follow in kind.api.follow_ups}:
                return {}
            if operation == kind.api.list.operation and not _is_of_another(kind, asked):
                pages = self.pages.get(kind.name, [[]])
                rows = [p if is_error(p) else [self._row(kind, n) for n in p] for p in pages]
                return self._page(rows, kind.api.list.rows, asked, "NextToken")
            name = str(kind.identity.name_in(asked))
            is_shared = operation == KINDS["training-job"].api.describe
            if operation == kind.api.describe and (
                not is_shared or self._is_listed(kind.name, name)
            ):
                return self._description(kind.name, name)
        raise AssertionError(operation)

    def _row(self, kind: Kind, name: str) -> dict[str, Any]:
        word = self.more.get(name)
        return summary(kind.name, name) | ({kind.translation.status: word} if word else {})

    def _is_listed(self, kind: str, name: str) -> bool:
        return any(name in page for page in self.pages.get(kind, []) if not is_error(page))

    def _page(self, pages: list[Any], rows: str, asked: Any, token: str) -> dict[str, Any]:
        number = int(asked.get(token) or 0)
        if is_error(pages[number]):
            raise pages[number]
        more = {token: str(number + 1)} if number + 1 < len(pages) else {}
        return {rows: pages[number], **more}

    def _description(self, kind: str, name: str) -> dict[str, Any]:
        more = self.descriptions.get(name, {})
        if is_error(more):
            raise more
        return description(kind, name) | dict(more)

    def running(self) -> tuple[tuple[Resource, ...], tuple[Exception, ...]]:
        tagging = answering("resourcegroupstaggingapi", self.answer)
        return SageMakerInventory(
            answering("sagemaker", self.answer), lambda: tagging, NOBODY
        ).running(at(0))

    def names(self) -> list[str]:
        found, errors = self.running()
        assert errors == ()
        return [resource.name for resource in found]


def is_error(answer: Any) -> bool:
    return isinstance(answer, Exception)


def tag_row(kind: str, name: str, **tags: str) -> dict[str, Any]:
    return {
        "ResourceARN": arn(kind, name),
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }


def test_every_kind_is_listed_and_jobs_are_described() -> None:
    named = {k: a_name(k, f"a-{k}") for k in KINDS}
    fake = FakeSageMaker(**{kind.replace("-", "_"): [[name]] for kind, name in named.items()})
    run = [name for kind, name in named.items() if KINDS[kind].lifecycle.running]
    assert [*dict.fromkeys(fake.names())] == run
    asked = [operation for operation, _ in fake.calls]
    assert "DescribeNotebookInstance" not in asked
    assert {"DescribeTrainingJob", "DescribeTransformJob"} <= set(asked)


def test_what_has_only_a_volume_is_listed_for_that_alone() -> None:
    fake = FakeSageMaker(space=[["d-1/lab"]])
    assert fake.names() == []
    assert "ListSpaces" not in dict(fake.calls)
    inventory = SageMakerInventory(answering("sagemaker", fake.answer), NOBODY, NOBODY)
    assert ResourceRef("space", "d-1/lab") in [*inventory.with_volumes()]


def test_every_page_is_read_also_after_an_empty_one() -> None:
    fake = FakeSageMaker(training_job=[["one"], [], ["two", "three"]])
    assert fake.names() == ["one", "two", "three"]


def test_the_lists_are_narrowed_to_what_runs() -> None:
    fake = FakeSageMaker()
    fake.running()
    lists = dict(reversed(fake.calls))  # of two lists of training jobs, the first
    assert ("ListTrainingJobs", {"WarmPoolStatusEquals": "Available", "MaxResults": 100}) in (
        fake.calls
    )
    assert lists["ListNotebookInstances"] == {"MaxResults": 100}
    assert lists["ListTrainingJobs"]["StatusEquals"] == "InProgress"
    assert lists["ListTrainingJobs"]["LastModifiedTimeAfter"] == (at(0) - LONGEST).timestamp()


def test_of_notebooks_those_of_an_unknown_status_are_found_too() -> None:
    fake = FakeSageMaker(notebook_instance=[["a", "b", "c", "d", "e"]])
    words = ["InService", "Stopped", "InMaintenance", "Hibernating", "Pending"]
    fake.more = dict(zip("abcde", words, strict=True))
    found, errors = fake.running()
    assert errors == ()
    assert {r.name: (r.status, r.status_word) for r in found} == {
        "a": (ResourceStatus.RUNNING, None),
        "c": (ResourceStatus.UNKNOWN, "InMaintenance"),
        "d": (ResourceStatus.UNKNOWN, "Hibernating"),
    }


JOBS = [name for name, kind in KINDS.items() if kind.is_job]


@pytest.mark.parametrize("kind", JOBS)
def test_no_age_hides_a_job_that_runs(kind: str) -> None:
    fake = FakeSageMaker()
    fake.running()
    listed = KINDS[kind].api.list
    asked = [asked for operation, asked in fake.calls if operation == listed.operation]
    assert asked
    assert all(listed.created_after not in each for each in asked)
    if not listed.filtered_late:
        assert all(listed.changed_after not in each for each in asked)


def test_nothing_running_asks_for_no_tags() -> None:
    fake = FakeSageMaker()
    assert fake.names() == []
    assert "GetResources" not in dict(fake.calls)


def test_tags_come_from_the_index_in_pages_by_an_arn_in_any_case() -> None:
    fake = FakeSageMaker(training_job=[["One", "two", "never"]])
    first = tag_row("training-job", "one", Project="a") | {"ResourceARN": arn_of("One")}
    fake.tag_pages = [[first], [], [tag_row("training-job", "two", Project="b")]]
    found, _ = fake.running()
    assert {r.name: r.tags for r in found} == {
        "One": {"Project": "a"},
        "two": {"Project": "b"},
        "never": {},
    }
    assert not any(r.tags_confirmed for r in found)


def arn_of(name: str) -> str:
    """Write an ARN as other sources print it: in mixed case."""
    return arn("training-job", "").removesuffix("/") + f"/{name}"


def test_an_index_that_cannot_be_read_leaves_the_tags_unknown() -> None:
    fake = FakeSageMaker(training_job=[["one"]])
    fake.tag_pages = [refusal("ThrottledException")]
    [one], [error] = fake.running()
    assert one.tags is None
    assert isinstance(error, ClientError)


@pytest.mark.parametrize(
    "error",
    [
        refusal("ThrottlingException", "Rate exceeded"),
        refusal("AccessDeniedException"),
        EndpointConnectionError(endpoint_url="https://api.sagemaker.us-east-2.amazonaws.com"),
    ],
)
def test_one_kind_that_cannot_be_listed_leaves_the_others(error: Exception) -> None:
    fake = FakeSageMaker(
        notebook_instance=[["nb"]], training_job=[["a"], error], transform_job=[["t"]]
    )
    found, errors = fake.running()
    assert [r.name for r in found if r.kind != "training-job"] == ["nb", "t"]
    assert errors == (error,)


def test_one_job_that_cannot_be_described_leaves_the_others() -> None:
    fake = FakeSageMaker(training_job=[["one", "two"]])
    error = refusal("ThrottlingException")
    fake.descriptions["one"] = error
    found, errors = fake.running()
    assert ([r.name for r in found], errors) == (["two"], (error,))


def test_a_job_that_ended_between_list_and_look_is_left_out() -> None:
    fake = FakeSageMaker(training_job=[["one", "two"]])
    fake.descriptions["one"] = refusal("ResourceNotFound")
    assert fake.names() == ["two"]


def test_what_a_job_was_made_by_is_told_with_it() -> None:
    fake = FakeSageMaker(training_job=[["child", "orphan", "own"]])
    tuner, auto = arn("hyper-parameter-tuning-job", "tuner"), arn("automl-job", "auto")
    fake.descriptions = {"child": {"TuningJobArn": tuner}, "orphan": {"AutoMLJobArn": auto}}
    found, _ = fake.running()
    assert {r.name: r.parent for r in found} == {"child": tuner, "orphan": auto, "own": None}


def test_what_moto_lists_is_found_with_its_type(account: Any) -> None:
    create(account, NAME)
    known = {name: KINDS[name] for name in ("notebook-instance", "training-job")}  # to moto
    found, errors = SageMakerInventory(account, NOBODY, NOBODY, known).running(at(0))
    assert [r.name for r in found] == [NAME]
    assert found[0].instance_types == ("ml.t3.medium",)
    assert errors == ()


def test_a_run_of_a_pipeline_is_looked_up_on_every_page_of_its_pipeline_alone() -> None:
    base = "arn:aws:sagemaker:us-east-2:123456789012:pipeline"
    asked: list[tuple[str, dict[str, Any]]] = []

    def answer(operation: str, given: dict[str, Any]) -> dict[str, Any]:
        asked.append((operation, given))
        match operation:
            case "ListPipelines":
                return {"PipelineSummaries": [{"PipelineName": n} for n in ("Churn", "other")]}
            case "ListPipelineExecutions":
                number = 2 if "NextToken" in given else 1
                row = {"PipelineExecutionArn": f"{base}/churn/execution/{number}"}
                more = {} if number == 2 else {"NextToken": "more"}
                return {"PipelineExecutionSummaries": [row], **more}
            case "DescribePipelineExecution":
                return {**given, "PipelineExecutionStatus": "Executing", "CreationTime": at(0)}
            case _:
                return {"PipelineExecutionSteps": []}

    inventory = SageMakerInventory(answering("sagemaker", answer), NOBODY, NOBODY)
    found = inventory.describe(ResourceRef("pipeline-execution", "churn/execution/2"))
    assert found is not None
    assert (found.arn, found.steps) == (f"{base}/churn/execution/2", ())
    assert [given["PipelineName"] for name, given in asked if name.endswith("Executions")] == [
        *("Churn", "Churn")
    ]
    assert inventory.describe(ResourceRef("pipeline-execution", "churn/execution/9")) is None
    asked.clear()
    assert inventory.describe(ResourceRef("pipeline-execution", "churn")) is None
    assert asked == []


@pytest.mark.parametrize("sort", ["DataQuality", "ModelQuality", "ModelBias"])
def test_a_definition_that_schedules_share_is_read_once_by_its_type(sort: str) -> None:
    asked: list[str] = []
    config = {"MonitoringJobDefinitionName": "churn-quality", "MonitoringType": sort}
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}

    def answer(operation: str, given: dict[str, Any]) -> dict[str, Any]:
        asked.append(operation)
        if operation == "ListMonitoringSchedules":
            rows = [summary("monitoring-schedule", each) for each in ("one", "two")]
            return {"MonitoringScheduleSummaries": rows}
        if operation == "DescribeMonitoringSchedule":
            found = description("monitoring-schedule", given["MonitoringScheduleName"])
            return found | {"MonitoringScheduleConfig": config}
        if operation == "GetResources":
            return {"ResourceTagMappingList": []}
        return dict(smallest_answer(operation)) | {"JobResources": {"ClusterConfig": cluster}}

    tagging = answering("resourcegroupstaggingapi", answer)
    inventory = SageMakerInventory(answering("sagemaker", answer), lambda: tagging, NOBODY)
    found, errors = inventory.running(at(0), KINDS.keys() - {"monitoring-schedule"})
    assert errors == ()
    assert [each.instance_types for each in found] == [("ml.m5.large",)] * 2
    assert [each for each in asked if "JobDefinition" in each] == [f"Describe{sort}JobDefinition"]


def test_a_namesake_in_another_place_is_not_what_was_asked_for() -> None:
    sagemaker, _ = scripted("sagemaker")  # it answers nothing: no call is made
    ref = ResourceRef("notebook-instance", NAME, "222233334444/eu-west-1")
    inventory = SageMakerInventory(sagemaker, NOBODY, NOBODY)
    assert inventory.describe(ref) is None
    assert list(inventory.with_volumes(ref.place)) == []


def test_what_is_found_in_a_place_carries_it(account: Any) -> None:
    create(account, NAME)
    kinds = {"notebook-instance": KINDS["notebook-instance"]}
    there = SageMakerInventory(account, NOBODY, NOBODY, kinds, "222233334444/eu-west-1")
    ref = ResourceRef("notebook-instance", NAME, there.place)
    found = there.describe(ref)
    assert found is not None
    assert found.ref == ref
    assert [*there.with_volumes(there.place)] == [ref]
    running, _ = there.running(at(0))
    assert {each.ref for each in running} == {ref}
