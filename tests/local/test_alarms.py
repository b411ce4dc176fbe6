import json
from datetime import timedelta
from typing import Any

import pytest

from local.account import ACCOUNT, LocalAws
from local.ministack.cloudwatch_metrics import embedded
from tests.local.functions import function, queue

EMF = {
    "_aws": {
        "Timestamp": 0,
        "CloudWatchMetrics": [
            {
                "Namespace": "Costguard",
                "Dimensions": [["service"]],
                "Metrics": [{"Name": "Gaps", "Unit": "Count"}],
            }
        ],
    },
    "service": "guard",
    "Gaps": 3,
}


def alarm(aws: LocalAws, name: str, namespace: str, metric: str, **dimensions: str) -> None:
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": n, "Value": v} for n, v in dimensions.items()],
        Statistic="Maximum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )


def state(aws: LocalAws, name: str) -> str:
    aws.settle()
    (found,) = aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(found["StateValue"])


def test_a_metric_in_a_log_line_raises_an_alarm_that_ends_when_it_does(aws: LocalAws) -> None:
    function(aws, "metered", f"print({json.dumps(json.dumps(EMF))})", "logs:PutLogEvents")
    alarm(aws, "gaps", "Costguard", "Gaps", service="guard")
    alarm(aws, "others", "Costguard", "Gaps", service="other")
    aws.client("lambda").invoke(FunctionName="metered")
    assert state(aws, "gaps") == "ALARM"
    assert state(aws, "others") == "OK"
    aws.clock.advance(timedelta(minutes=6))
    assert state(aws, "gaps") == "OK"


def line(**changes: Any) -> str:
    return json.dumps(EMF | changes)


def test_a_line_in_the_embedded_format_gives_each_value_of_its_metrics() -> None:
    of_guard = {"service": "guard"}
    assert list(embedded(line(Gaps=[1.0, 2.0]))) == [
        ("Costguard", "Gaps", 1.0, "Count", of_guard),
        ("Costguard", "Gaps", 2.0, "Count", of_guard),
    ]


@pytest.mark.parametrize(
    "odd",
    [
        *('not JSON, but "_aws"', '["_aws"]', json.dumps({"message": line()})),
        *(line(_aws=1), line(_aws={}), line(Gaps="3"), line(Gaps=None), line(service=None)),
    ],
)
def test_what_is_no_metric_is_a_line_like_any_other(odd: str) -> None:
    assert list(embedded(odd)) == []


def test_a_function_whose_role_may_not_log_has_no_metrics_of_its_own(aws: LocalAws) -> None:
    function(aws, "mute", f"print({json.dumps(json.dumps(EMF | {'service': 'mute'}))})")
    alarm(aws, "mute", "Costguard", "Gaps", service="mute")
    aws.client("lambda").invoke(FunctionName="mute")
    assert state(aws, "mute") == "OK"


def test_a_dead_letter_raises_an_alarm(aws: LocalAws) -> None:
    url, _ = queue(aws, "letters")
    alarm(aws, "dead", "AWS/SQS", "ApproximateNumberOfMessagesVisible", QueueName="letters")
    assert state(aws, "dead") == "OK"
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    assert state(aws, "dead") == "ALARM"


def test_a_queue_that_stands_still_raises_an_alarm_after_all_its_minutes(aws: LocalAws) -> None:
    url, _ = queue(aws, "standing")
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName="still",
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": "standing"}],
        Statistic="Minimum",
        Period=60,
        EvaluationPeriods=10,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    assert state(aws, "still") == "OK"
    aws.clock.advance(timedelta(minutes=8))
    assert state(aws, "still") == "OK"
    aws.clock.advance(timedelta(minutes=3))
    assert state(aws, "still") == "ALARM"
    aws.client("sqs").purge_queue(QueueUrl=url)
    assert state(aws, "still") == "OK"


@pytest.mark.parametrize("kind", ["RequestResponse", "Event"])
def test_every_invocation_is_measured(aws: LocalAws, kind: str) -> None:
    function(aws, f"raises-{kind}", "raise ValueError")
    alarm(aws, kind, "AWS/Lambda", "Errors", FunctionName=f"raises-{kind}")
    aws.client("lambda").invoke(FunctionName=f"raises-{kind}", InvocationType=kind)
    assert state(aws, kind) == "ALARM"


def test_a_change_of_an_alarm_is_an_event(aws: LocalAws) -> None:
    writers = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "*",
    }
    document = {"Version": "2012-10-17", "Statement": [writers]}
    url, arn = queue(aws, "changes", Policy=json.dumps(document))
    events = aws.client("events")
    changing = f"arn:aws:cloudwatch:{aws.region}:{ACCOUNT}:alarm:changing"
    pattern = {"source": ["aws.cloudwatch"], "resources": [changing]}
    events.put_rule(Name="changes", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="changes", Targets=[{"Id": "queue", "Arn": arn}])
    alarm(aws, "changing", "AWS/SQS", "ApproximateNumberOfMessagesVisible", QueueName="changing")
    assert state(aws, "changing") == "OK"
    [message] = aws.client("sqs").receive_message(QueueUrl=url)["Messages"]
    event = json.loads(message["Body"])
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["detail"]["previousState"]["value"] == "INSUFFICIENT_DATA"
    assert event["detail"]["state"]["value"] == "OK"
