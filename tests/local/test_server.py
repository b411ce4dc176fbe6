import json
import socket
import urllib.request
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.account import ACCOUNT, LocalAws, UnsettledError
from local.ministack.server import listen
from tests.local.functions import function, logged, queue

PRINT = "print(json.dumps(event))"
EVENT = {
    "version": "0",
    "id": "0f1d7d9c-5b0b-4e37-9f4d-f5a7c2d3c111",
    "detail-type": "SageMaker Notebook Instance State Change",
    "source": "aws.sagemaker",
    "account": ACCOUNT,
    "time": "2026-11-20T07:00:00Z",
    "region": "us-east-2",
    "resources": [],
    "detail": {"NotebookInstanceStatus": "InService"},
}


def rule(aws: LocalAws, name: str, pattern: dict[str, Any], target: str) -> None:
    events = aws.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "it", "Arn": target}])


def test_a_client_with_the_printed_environment_is_the_root_user(
    aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in aws.env.items():
        monkeypatch.setenv(name, value)
    assert boto3.client("sts").get_caller_identity()["Account"] == ACCOUNT


def test_asyncio_sends_a_small_answer_at_once() -> None:
    with listen(0) as sock:  # it sets TCP_NODELAY where the socket names its protocol
        assert sock.proto == socket.IPPROTO_TCP


def test_a_key_that_nobody_made_is_refused(aws: LocalAws) -> None:
    stranger = boto3.Session("AKIA0000000000000000", "wrong", region_name=aws.region)
    client = stranger.client("sqs", endpoint_url=aws.endpoint)
    with pytest.raises(ClientError, match="security token"):
        client.list_queues()


def test_an_event_of_aws_reaches_a_function_with_its_own_id_and_time(aws: LocalAws) -> None:
    arn = function(aws, "hears", PRINT)
    rule(aws, "hears", {"source": ["aws.sagemaker"], "region": ["us-east-2"]}, arn)
    aws.deliver(EVENT)
    aws.settle()
    assert logged(aws, "hears") == [EVENT]


def test_a_function_may_do_what_its_role_grants_and_nothing_else(aws: LocalAws) -> None:
    body = "boto3.client('sqs').list_queues()"
    function(aws, "may", body, "sqs:ListQueues")
    function(aws, "may-not", body)
    invoke = aws.client("lambda").invoke
    assert "FunctionError" not in invoke(FunctionName="may")
    refused = json.load(invoke(FunctionName="may-not")["Payload"])
    assert "AccessDenied" in refused["errorMessage"]


def test_messages_wait_in_simulated_time(aws: LocalAws) -> None:
    url, _ = queue(aws, "waits")
    sqs = aws.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="{}", DelaySeconds=600)
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
    aws.clock.advance(timedelta(minutes=10))
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


def test_a_message_that_fails_comes_back_and_then_is_dead(aws: LocalAws) -> None:
    dead, dead_arn = queue(aws, "dead")
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, arn = queue(aws, "stop", VisibilityTimeout="60", RedrivePolicy=redrive)
    function(aws, "fails", f"{PRINT}\nraise ValueError('no')")
    aws.client("lambda").create_event_source_mapping(FunctionName="fails", EventSourceArn=arn)
    aws.client("sqs").send_message(QueueUrl=url, MessageBody='{"ref": 1}')
    aws.settle()
    assert len(logged(aws, "fails")) == 1
    aws.clock.advance(timedelta(minutes=5))
    assert len(logged(aws, "fails")) == 2
    assert len(aws.client("sqs").receive_message(QueueUrl=dead)["Messages"]) == 1


def test_the_door_moves_the_clock_and_waits_for_what_falls_due(aws: LocalAws) -> None:
    rung: list[bool] = []
    aws.clock.call_in(timedelta(hours=1), lambda: rung.append(True))
    before = aws.clock.now()
    assert door(aws, b'{"advance": "1h30m"}')["now"]
    assert rung == [True]
    assert aws.clock.now() - before == timedelta(hours=1, minutes=30)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"advance": "soon"}', b"[]"])
def test_the_door_explains_what_it_expects(aws: LocalAws, body: bytes) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400") as caught:
        door(aws, body)
    assert "expected" in json.load(caught.value)["error"]
    caught.value.close()


def door(aws: LocalAws, body: bytes) -> dict[str, str]:
    request = urllib.request.Request(f"{aws.endpoint}/_local/clock", data=body)  # noqa: S310
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own server
        said: dict[str, str] = json.load(answer)
        return said


def test_only_one_account_at_a_time_in_a_process(aws: LocalAws) -> None:
    with pytest.raises(RuntimeError, match="one local AWS at a time"):
        LocalAws(port=0).__enter__()
    assert aws.client("sts").get_caller_identity()["Account"] == ACCOUNT


def test_what_does_not_come_to_rest_is_named(
    aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, arn = queue(aws, "busy")
    function(aws, "sleeps", "import time; time.sleep(0.5)")
    rule(
        aws,
        "sleeps",
        {"source": ["aws.other"]},
        f"{arn[:8]}lambda:us-east-2:{ACCOUNT}:function:sleeps",
    )
    monkeypatch.setattr("local.account.SETTLED_WITHIN", 0.1)
    aws.deliver({**EVENT, "source": "aws.other"})
    with pytest.raises(UnsettledError, match="invocation"):
        aws.settle()
    monkeypatch.undo()
    aws.settle()
