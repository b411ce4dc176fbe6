"""Stops and notices: the calls to AWS, and the meaning of its refusals."""

import json
from collections.abc import Iterator
from copy import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from moto import mock_aws

from costguard.adapters.metrics import emit_metrics
from costguard.adapters.sagemaker.stop import SageMakerStopper
from costguard.adapters.sns import SnsNotices, SnsTexts
from costguard.adapters.sqs import SqsStopQueue
from costguard.app.stop_request import parse_stop_request
from costguard.common.errors import GuardError, SourceUnavailableError
from costguard.notifications.notice import Notice
from costguard.notifications.schema import encode_notice
from costguard.resources.model import ResourceRef
from costguard.resources.registry import KINDS
from tests.factories import a_name, address_of, at, notebook, policy, resource, step
from tests.integration.aws import client, refuse, scripted, smallest_answer

ARN = "arn:aws:sagemaker:us-east-2:123456789012:notebook-instance/x"


def stop_of(kind: str) -> str:
    stop = KINDS[kind].api.stop
    assert stop is not None
    return str(xform_name(stop.operation))


@pytest.mark.parametrize(
    "kind", [n for n, kind in KINDS.items() if kind.api.stop and not kind.is_deleted]
)
def test_every_kind_is_stopped_by_its_name(kind: str) -> None:
    sagemaker, script = scripted()
    row = KINDS[kind]
    assert row.api.stop is not None
    address = address_of(kind, name := a_name(kind, "Job"))
    answer = smallest_answer(row.api.stop.operation)
    asked = {**address, **(row.api.stop.arguments or {})}
    script.add_response(stop_of(kind), answer, asked)
    known = address if row.identity.exceeds_name else None
    assert SageMakerStopper(sagemaker).stop(resource(kind, name, address=known)) == "accepted"
    script.assert_no_pending_responses()


def refused(kind: str, code: str, message: str) -> str:
    sagemaker, script = scripted()
    refuse(script, stop_of(kind), code, message)
    return SageMakerStopper(sagemaker).stop(resource(kind, "Job"))


def transition(status: str) -> str:
    return (
        f"Status ({status}) not in ([InService]). Unable to transition to (Stopping) for "
        f"Notebook Instance ({ARN})"
    )


def rejected(title: str, status: str) -> str:
    return f"The request was rejected because the {title} is in status {status}"


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        *(("notebook-instance", transition(s)) for s in ("Pending", "Stopping", "Stopped")),
        ("notebook-instance", transition("Failed")),
        *(
            ("training-job", rejected("training job", f"{status}."))
            for status in ("Completed", "Stopped", "Failed")
        ),
        ("transform-job", rejected("transform job", "Stopped")),
    ],
)
def test_a_stop_that_comes_too_early_or_too_late_is_no_error(kind: str, message: str) -> None:
    assert refused(kind, "ValidationException", message) == "not-running"


@pytest.mark.parametrize(
    ("kind", "code", "message"),
    [
        ("notebook-instance", "ValidationException", "RecordNotFound"),
        ("training-job", "ResourceNotFound", "Requested resource not found"),
        ("training-job", "ValidationException", "Requested resource not found."),
        ("processing-job", "ResourceNotFound", ""),
        ("transform-job", "ValidationException", "Could not find job to update with name x"),
    ],
)
def test_a_stop_of_something_gone_is_no_error(kind: str, code: str, message: str) -> None:
    assert refused(kind, code, message) == "gone"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ThrottlingException", "Rate exceeded"),
        ("AccessDeniedException", "is not authorized to perform: sagemaker:StopTrainingJob"),
        ("ValidationException", "1 validation error detected"),
        ("InternalFailure", ""),
    ],
)
def test_any_other_refusal_is_raised(code: str, message: str) -> None:
    with pytest.raises(ClientError, match=code):
        refused("training-job", code, message)


def warning(*rules: str) -> Notice:
    bad: dict[str, dict[str, Any]] = {"naming": {"name": "x"}, "missing-tags": {"tags": {}}}
    changes = {key: value for rule in rules for key, value in bad[rule].items()}
    [notice] = step(notebook(**changes), None, policy(), at(0)).notices
    return notice


@pytest.fixture
def inbox() -> Iterator[Any]:
    """Subscribe a queue to a topic, raw, so that the message attributes come along."""
    with mock_aws():
        sns, sqs = client("sns"), client("sqs")
        topic = sns.create_topic(Name="alerts")["TopicArn"]
        url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
        queue = "arn:aws:sqs:us-east-2:123456789012:inbox"
        raw = {"RawMessageDelivery": "true"}
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=raw)
        yield (sns, topic), lambda: received(sqs, url)


def received(sqs: Any, url: str) -> Any:
    [message] = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    return message


def test_a_notice_is_published_whole(inbox: Any) -> None:
    topic, message = inbox
    notice = warning("naming")
    SnsNotices(*topic).publish_each([notice])
    assert json.loads(message()["Body"]) == encode_notice(notice)


def test_a_notice_about_one_rule_has_it_as_text(inbox: Any) -> None:
    topic, message = inbox
    SnsNotices(*topic).publish_each([warning("naming")])
    attributes = message()["MessageAttributes"]
    assert {k: (v["DataType"], v["StringValue"]) for k, v in attributes.items()} == {
        "stage": ("String", "warning"),
        "rule": ("String", "naming"),
        "kind": ("String", "notebook-instance"),
        "owner": ("String", "John Doe"),
    }


def published(notice: Notice) -> dict[str, Any]:
    """Publish a notice and answer what SNS was asked."""
    sns, script = scripted("sns")
    asked: dict[str, Any] = {}
    before = "provide-client-params.sns.Publish"
    sns.meta.events.register(before, lambda params, **_: asked.update(params))
    script.add_response("publish", {})
    SnsNotices(sns, "alerts").publish_each([notice])
    return asked


def test_notices_are_published_ten_in_a_call_and_each_may_be_refused_by_itself() -> None:
    sns, script = scripted("sns")
    asked = list[list[str]]()
    before = "provide-client-params.sns.PublishBatch"
    entries = "PublishBatchRequestEntries"
    sns.meta.events.register(
        before, lambda params, **_: asked.append([each["Id"] for each in params[entries]])
    )
    failed = {"Id": "3", "Code": "InternalError", "SenderFault": False}
    script.add_response("publish_batch", {"Failed": [failed]})
    refuse(script, "publish_batch", "Throttled")
    script.add_response("publish", {})
    notices = [replace(warning("naming"), id=f"n{number}") for number in range(21)]
    refused = SnsNotices(sns, "alerts").publish_each(notices)
    assert [len(each) for each in asked] == [10, 10]
    assert [*refused] == ["n3", *(f"n{number}" for number in range(10, 20))]
    assert isinstance(refused["n3"], SourceUnavailableError)
    assert isinstance(refused["n10"], ClientError)


def test_of_a_call_that_is_invalid_for_one_notice_the_others_are_published() -> None:
    sns, script = scripted("sns")
    refuse(script, "publish_batch", "InvalidParameter")
    script.add_response("publish", {})
    refuse(script, "publish", "InvalidParameter")
    script.add_response("publish", {})
    notices = [replace(warning("naming"), id=name) for name in "abc"]
    assert {*SnsNotices(sns, "alerts").publish_each(notices)} == {"b"}
    script.assert_no_pending_responses()


def test_notices_that_are_too_long_for_one_call_take_several() -> None:
    sns, script = scripted("sns")
    script.add_response("publish_batch", {})
    script.add_response("publish", {})
    short = warning("naming")
    long = replace(short, resources=(short.resource,) * 600)
    assert 100_000 < len(json.dumps(encode_notice(long))) < 125_000
    assert SnsNotices(sns, "alerts").publish_each([replace(long, id=n) for n in "abc"]) == {}
    script.assert_no_pending_responses()


def test_a_notice_about_several_rules_has_a_list_that_a_filter_matches_one_by_one() -> None:
    notice = warning("missing-tags", "naming")
    asked = published(notice)
    assert asked["MessageAttributes"]["rule"] == {
        "DataType": "String.Array",
        "StringValue": '["missing-tags", "naming"]',
    }
    assert (asked["TopicArn"], asked["Subject"]) == ("alerts", notice.subject)


def test_a_summary_is_text_for_people(inbox: Any) -> None:
    topic, message = inbox
    SnsTexts(*topic).publish("An exemption has ended.")
    assert message()["Body"] == "An exemption has ended."


def test_a_stop_is_handed_over_as_a_reference() -> None:
    with mock_aws():
        sqs = client("sqs")
        url = sqs.create_queue(QueueName="stops")["QueueUrl"]
        SqsStopQueue(sqs, url).enqueue([ResourceRef("training-job", "big")], at(0))
        assert json.loads(received(sqs, url)["Body"]) == {
            "schema": "costguard.stop/2",
            "time": "2026-11-23T14:00:00+00:00",
            "resources": [{"kind": "training-job", "name": "big"}],
        }


def test_many_stops_are_handed_over_in_messages_that_enforce_has_the_time_for() -> None:
    refs = [ResourceRef("hyper-parameter-tuning-job", f"{n:063}") for n in range(501)]
    bodies = list[str]()
    sqs: Any = SimpleNamespace(send_message=lambda MessageBody, **_: bodies.append(MessageBody))  # noqa: N803
    SqsStopQueue(sqs, "url").enqueue(refs, at(0))
    read = [parse_stop_request(body)[0] for body in bodies]
    assert [ref for message in read for ref in message] == refs
    assert [len(message) for message in read] == [250, 250, 1]
    assert max(len(body) for body in bodies) < 2**18


def test_a_metric_is_one_line_in_the_embedded_format(capsys: pytest.CaptureFixture[str]) -> None:
    before = datetime.now(UTC).timestamp() * 1000
    emit_metrics("costguard", "costguard-watch", {"UnpricedResources": 1, "Unknowns": 2})
    line = json.loads(capsys.readouterr().out)
    assert before - 1 <= line.pop("_aws")["Timestamp"]
    assert line == {
        "Stack": "costguard",
        "Function": "costguard-watch",
        "UnpricedResources": [1.0],
        "Unknowns": 2,
    }


def test_a_metric_line_declares_what_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    emit_metrics("costguard", "costguard-watch", {"UnpricedResources": 1})
    [directive] = json.loads(capsys.readouterr().out)["_aws"]["CloudWatchMetrics"]
    assert directive == {
        "Namespace": "Costguard",
        "Dimensions": [["Stack", "Function"]],
        "Metrics": [{"Name": "UnpricedResources", "Unit": "Count"}],
    }


def test_what_is_deleted_goes_to_a_queue_of_its_own() -> None:
    sent = list[tuple[str, str]]()
    sqs: Any = SimpleNamespace(send_message=lambda **m: sent.append(tuple(m.values())))
    refs = [ResourceRef("endpoint", "churn"), ResourceRef("training-job", "big")]
    SqsStopQueue(sqs, "stops", "deletions").enqueue(refs, at(0))
    named = [(url, [r.name for r in parse_stop_request(body)[0]]) for url, body in sent]
    assert named == [("stops", ["big"]), ("deletions", ["churn"])]
    with pytest.raises(GuardError, match="nothing is deployed that deletes endpoint/churn"):
        SqsStopQueue(sqs, "stops").enqueue(refs[:1], at(0))


def test_nothing_is_stopped_for_its_namesake_in_another_place() -> None:
    sagemaker, _ = scripted()  # it answers nothing: no call is made
    there = notebook(place="222233334444/eu-west-1")
    with pytest.raises(GuardError, match="another place"):
        SageMakerStopper(sagemaker).stop(there)
    with pytest.raises(GuardError, match="another place"):
        SageMakerStopper(sagemaker, place=there.place).stop(notebook())
