import json
import threading
from datetime import timedelta

import pytest
from ministack.core import lambda_runtime

from local.account import LocalAws
from local.ministack import lambda_logs
from tests.local.functions import function, logged, messages, queue

FAILS = "print(json.dumps(event))\nraise KeyError('owner')"


def invoke(aws: LocalAws, name: str) -> None:
    aws.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b'{"a": 1}')
    aws.settle()


def on_failure(aws: LocalAws, name: str, queue_arn: str) -> None:
    aws.client("lambda").put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnFailure": {"Destination": queue_arn}}
    )


def test_a_function_that_fails_is_tried_after_one_minute_and_after_two_more(
    aws: LocalAws,
) -> None:
    function(aws, "unlucky", FAILS)
    invoke(aws, "unlucky")
    tries = []
    for _ in range(5):
        tries.append(len(logged(aws, "unlucky")))
        aws.clock.advance(timedelta(minutes=1))
    assert tries == [1, 2, 2, 3, 3]


def test_its_last_failure_goes_to_the_destination_as_aws_tells_it(aws: LocalAws) -> None:
    url, arn = queue(aws, "failures")
    function(aws, "doomed", FAILS, "sqs:SendMessage")
    on_failure(aws, "doomed", arn)
    invoke(aws, "doomed")
    aws.clock.advance(timedelta(minutes=3))
    (told,) = messages(aws, url)
    assert told["requestPayload"] == {"a": 1}
    assert told["requestContext"]["condition"] == "RetriesExhausted"
    assert told["requestContext"]["approximateInvokeCount"] == 3
    assert told["requestContext"]["functionArn"].endswith(":function:doomed:$LATEST")
    assert told["responsePayload"]["errorType"] == "KeyError"
    assert "/var/task/index.py" in told["responsePayload"]["stackTrace"][0]


def test_the_destination_gets_nothing_when_the_role_may_not_send(
    aws: LocalAws, caplog: pytest.LogCaptureFixture
) -> None:
    url, arn = queue(aws, "unreached")
    function(aws, "mute", FAILS)
    on_failure(aws, "mute", arn)
    invoke(aws, "mute")
    aws.clock.advance(timedelta(minutes=3))
    assert messages(aws, url) == []
    assert "AccessDenied" in caplog.text


def test_a_function_that_recovers_is_not_tried_again(aws: LocalAws) -> None:
    function(aws, "fine", "print(json.dumps(event))")
    invoke(aws, "fine")
    aws.clock.advance(timedelta(minutes=5))
    assert len(logged(aws, "fine")) == 1


def test_a_topic_invokes_a_function_with_the_notice(aws: LocalAws) -> None:
    arn = function(aws, "notify", "print(json.dumps(event))")
    sns = aws.client("sns")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    sns.publish(
        TopicArn=topic,
        Message=json.dumps({"stage": "warning"}),
        MessageAttributes={"stage": {"DataType": "String", "StringValue": "warning"}},
    )
    aws.settle()
    (event,) = logged(aws, "notify")
    record = event["Records"][0]
    assert record["EventSource"] == "aws:sns"
    assert json.loads(record["Sns"]["Message"]) == {"stage": "warning"}
    assert record["Sns"]["MessageAttributes"]["stage"]["Value"] == "warning"


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("end", [[lambda_logs.END], []], ids=["answers", "dies"])
def test_what_a_function_wrote_is_whole_however_late_it_is_read(end: list[str]) -> None:
    worker = lambda_runtime.Worker("late", {}, b"")
    lines = ["one", "two", *end]
    late = threading.Timer(0.3, lambda: [worker._stderr_queue.put(line) for line in lines])
    worker._stderr_thread = late
    late.start()
    assert worker._drain_stderr_bounded().splitlines() == ["one", "two"]
