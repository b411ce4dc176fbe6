"""Every shape in which events were seen, and the ones that were not."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from costguard.app.stop_request import parse_stop_request
from costguard.common.datetimes import parse_time
from costguard.common.errors import EventInvalid
from costguard.resources.events import (
    CLOUDTRAIL,
    IgnoredEvent,
    IgnoreReason,
    ResourceEvent,
    parse_event,
    parse_tags,
)
from costguard.resources.model import ResourceRef
from tests.factories import at

CAPTURED = Path(__file__).parent / "captured"
MOMENT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
MILLIS = 1795442400000
ARN = "arn:aws:sagemaker:us-east-2:123456789012:notebook-instance/doejohn-explore"


def change(**detail: Any) -> dict[str, Any]:
    known = {
        "NotebookInstanceName": "DoeJohn-Explore",
        "NotebookInstanceArn": ARN,
        "NotebookInstanceStatus": "InService",
    }
    return {
        "detail-type": "SageMaker Notebook Instance State Change",
        "time": "2026-11-23T14:00:00Z",
        "resources": [ARN],
        "detail": known | detail,
    }


def call(name: str, asked: object, **detail: Any) -> dict[str, Any]:
    record = {"eventSource": "sagemaker.amazonaws.com", "eventName": name}
    return {
        "detail-type": "AWS API Call via CloudTrail",
        "time": "2026-11-23T14:00:00Z",
        "detail": record | {"requestParameters": asked} | detail,
    }


def seen(event: dict[str, Any]) -> ResourceEvent:
    found = parse_event(event)
    assert isinstance(found, ResourceEvent)
    return found


SEEN = {
    "awsdocs-2020__endpoint__IN_SERVICE-unspaced-detail-type": "endpoint",
    "awsdocs-2020__training-job__Completed-iso-times": "training-job",
    "awsdocs-2020__transform-job__Completed": "transform-job",
    "awsdocs-current__hyperpod-cluster__InService": "detail-type",
    "awsdocs-current__processing-job__Failed": "processing-job",
    "awsdocs__endpoint-deployment__UPDATING-bluegreen": "detail-type",
    "awsdocs__endpoint-deployment__UPDATING-capacity": "detail-type",
    "awsdocs__endpoint__IN_SERVICE": "endpoint",
    "awsdocs__hpo-job__placeholder-status": "hyper-parameter-tuning-job",
    "awsdocs__pipeline-step__Succeeded": "detail-type",
    "awsdocs__training-job__Completed": "training-job",
    "awsdocs__transform-job__placeholder-status": "transform-job",
    "mlspace__notebook__InService": "notebook-instance",
}


@pytest.mark.parametrize("name", SEEN)
def test_a_captured_event_is_read(name: str) -> None:
    found = parse_event(json.loads((CAPTURED / f"{name}.json").read_text(encoding="utf-8")))
    assert (found.reason if isinstance(found, IgnoredEvent) else found.ref.kind) == SEEN[name]


def test_every_captured_event_is_tried() -> None:
    bare = "awsdocs__cloudtrail-CreateEndpoint__ok-IAMUser"  # a record without its envelope
    assert {path.stem for path in CAPTURED.glob("*.json")} == {*SEEN, bare}


def test_a_captured_call_that_makes_one_names_it_and_who_made_it() -> None:
    path = CAPTURED / "awsdocs__cloudtrail-CreateEndpoint__ok-IAMUser.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    envelope = call("", None) | {"detail": record}
    found = seen(envelope)
    assert (found.ref, found.creator) == (ResourceRef("endpoint", "ExampleEndpoint"), "intern")


def test_a_change_names_the_resource_and_the_time() -> None:
    assert parse_event(change(Tags={"Name": "x"})) == ResourceEvent(
        ref=ResourceRef("notebook-instance", "DoeJohn-Explore"), time=MOMENT, tags={"Name": "x"}
    )


def test_a_detail_type_without_spaces_is_understood() -> None:
    event = change() | {"detail-type": "SageMakerNotebookInstanceStateChange"}
    assert seen(event).ref.kind == "notebook-instance"


@pytest.mark.parametrize(
    ("missing", "name"),
    [
        ({"NotebookInstanceName": None}, "doejohn-explore"),
        ({"NotebookInstanceName": "", "NotebookInstanceArn": None}, "doejohn-explore"),
    ],
)
def test_a_missing_name_is_taken_from_an_arn(missing: dict[str, Any], name: str) -> None:
    assert seen(change(**missing)).ref.name == name


@pytest.mark.parametrize("resources", [None, [], "arn", [None]])
def test_an_event_without_any_name_is_refused(resources: object) -> None:
    event = change(NotebookInstanceName=None, NotebookInstanceArn=None)
    with pytest.raises(EventInvalid, match="NotebookInstanceName: missing"):
        parse_event(event | {"resources": resources})


@pytest.mark.parametrize("status", [None, "", [], {}])
def test_an_event_without_a_status_is_ignored(status: object) -> None:
    assert parse_event(change(NotebookInstanceStatus=status)) == IgnoredEvent(IgnoreReason.STATUS)


@pytest.mark.parametrize("status", ["status", "IN_SERVICE", "InMaintenance", "Hibernating"])
def test_a_status_of_tomorrow_is_looked_at(status: str) -> None:
    assert seen(change(NotebookInstanceStatus=status)).ref.name == "DoeJohn-Explore"


def test_a_status_that_only_events_have_is_read() -> None:
    assert seen(change(NotebookInstanceStatus="Deleted")).ref.name == "DoeJohn-Explore"


def test_all_problems_of_an_event_are_told_at_once() -> None:
    with pytest.raises(EventInvalid) as caught:
        parse_event({"detail-type": "x", "detail": "text", "time": "soon"})
    assert caught.value.problems == (
        "detail: expected an object, got 'text'",
        "time: expected an ISO time with its zone, or epoch milliseconds, got 'soon'",
    )


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"Name": "x", "Empty": ""}, {"Name": "x", "Empty": ""}),
        ([{"Key": "Name", "Value": "x"}], {"Name": "x"}),
        ([{"key": "Name", "value": "x"}], {"Name": "x"}),
        ([{"Key": "Name"}, {"Value": "x"}, "odd", {}], {"Name": ""}),
        ({"Name": None}, {}),
        ({}, {}),
        ([], {}),
        (None, None),
        ("", None),
    ],
)
def test_tags_are_read_in_every_spelling(raw: object, expected: object) -> None:
    assert parse_tags(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "2026-11-23T14:00:00Z",
        "2026-11-23T08:00:00-06:00",
        "2026-11-23T14:00:00.000000000Z",
        MILLIS,
        str(MILLIS),
        float(MILLIS),
    ],
)
def test_a_time_is_read_in_every_spelling(raw: object) -> None:
    assert parse_time(raw) == MOMENT


@pytest.mark.parametrize(
    "raw",
    [
        *(None, "", 0, True, [], "x", "²", "9" * 30, 10**400),
        *("2026-11-23T14:00:00", "2026-11-23", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_what_is_no_time_says_what_is_expected(raw: object) -> None:
    with pytest.raises(ValueError, match="expected an ISO time with its zone"):
        parse_time(raw)


CREATED = {
    "CreateNotebookInstance": ("notebookInstanceName", "notebook-instance"),
    "CreateTrainingJob": ("trainingJobName", "training-job"),
    "CreateHyperParameterTuningJob": ("hyperParameterTuningJobName", "hyper-parameter-tuning-job"),
    "CreateProcessingJob": ("processingJobName", "processing-job"),
    "CreateTransformJob": ("transformJobName", "transform-job"),
}


@pytest.mark.parametrize("name", CREATED)
def test_a_call_that_creates_something_names_it(name: str) -> None:
    field, kind = CREATED[name]
    tags = [{"key": "Name", "value": "x"}]
    found = seen(call(name, {field: "job", "tags": tags}))
    assert (found.ref, found.tags) == (ResourceRef(kind, "job"), {"Name": "x"})


@pytest.mark.parametrize("name", ["AddTags", "DeleteTags"])
def test_a_change_of_tags_names_its_resource_and_says_nothing_of_the_rest(name: str) -> None:
    found = seen(call(name, {"resourceArn": ARN, "tags": [{"key": "Name", "value": "x"}]}))
    assert found.ref == ResourceRef("notebook-instance", "doejohn-explore")
    assert found.tags is None


@pytest.mark.parametrize(
    "event",
    [
        call("CreateTrainingJob", {"trainingJobName": "x"}, errorCode="ResourceLimitExceeded"),
        call("CreateTrainingJob", None, errorCode="AccessDenied"),
        call("CreateTrainingJob", None),
        call("CreateTrainingJob", {"trainingJobName": "x"}, eventSource="amplify.amazonaws.com"),
        call("CreateDomain", {"domainName": "x"}),
        call("StopTrainingJob", {"trainingJobName": "x"}),
        call("AddTags", {"resourceArn": "arn:aws:sagemaker:us-east-2:123456789012:hub/x"}),
        call("AddTags", {}),
    ],
)
def test_a_call_that_makes_nothing_of_ours_is_ignored(event: dict[str, Any]) -> None:
    assert parse_event(event) == IgnoredEvent(IgnoreReason.CALL)


def test_a_call_without_a_name_is_refused() -> None:
    with pytest.raises(EventInvalid, match="no name for CreateTrainingJob"):
        parse_event(call("CreateTrainingJob", {}))


BIG = {"kind": "training-job", "name": "big"}
SMALL = {"kind": "transform-job", "name": "small"}


def test_what_is_to_be_stopped_is_read() -> None:
    body = {"time": "2026-11-23T14:00:00+00:00", "resources": [BIG, SMALL]}
    refs = (ResourceRef("training-job", "big"), ResourceRef("transform-job", "small"))
    assert parse_stop_request(json.dumps(body)) == (refs, MOMENT)


def test_a_stop_reference_of_the_first_version_is_read() -> None:
    body = {**BIG, "time": "2026-11-23T14:00:00+00:00"}
    assert parse_stop_request(json.dumps(body)) == ((ResourceRef("training-job", "big"),), MOMENT)


@pytest.mark.parametrize(
    "body", ["[]", "{}", '{"kind": [], "name": ""}', "null", '{"resources": [7]}']
)
def test_all_problems_of_a_stop_reference_are_told_at_once(body: str) -> None:
    with pytest.raises(EventInvalid) as caught:
        parse_stop_request(body)
    at = [problem.split(":")[0] for problem in caught.value.problems]
    assert at == ["resources[0].kind", "resources[0].name", "time"]


@pytest.mark.parametrize("named", ["[]", "null", "{}", '"big"'])
def test_a_message_that_refers_to_nothing_is_refused(named: str) -> None:
    with pytest.raises(EventInvalid, match="resources: expected a list of references"):
        parse_stop_request(f'{{"resources": {named}}}')


def test_a_stop_reference_that_is_no_json_is_refused() -> None:
    with pytest.raises(EventInvalid, match="body: expected JSON"):
        parse_stop_request("{")


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({"resourceConfig": {"keepAlivePeriodInSeconds": 21600}}, "training-warm-pool"),
        ({"profilerRuleConfigurations": [{}]}, "training-job"),
        ({}, "training-job"),
    ],
)
def test_an_update_of_a_training_job_is_about_its_pool_or_about_it(asked: Any, kind: str) -> None:
    detail = {
        "eventSource": "sagemaker.amazonaws.com",
        "eventName": "UpdateTrainingJob",
        "userIdentity": {"type": "IAMUser", "userName": "jane"},
        "requestParameters": {"trainingJobName": "warm", "tags": [], **asked},
    }
    event = {"detail-type": CLOUDTRAIL, "time": at(0).isoformat(), "detail": detail}
    assert parse_event(event) == ResourceEvent(ref=ResourceRef(kind, "warm"), time=at(0))
