"""The deployed guard while calls are refused, lost or answered late."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.account import LocalAws
from local.fault_injection import LOCAL_RATES
from local.faults import ERRORS, Fault, FaultPlan, FaultRates
from local.sagemaker.event_delivery import Faults
from tests.local.guard import COMPLETE, Guard

CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "sagemaker": ("list_training_jobs", {}),
    "resourcegroupstaggingapi": ("get_resources", {}),
    "dynamodb": ("get_item", {"TableName": "t", "Key": {"pk": {"S": "a"}}}),
    "sns": ("publish", {"TopicArn": "arn:aws:sns:us-east-2:123456789012:t", "Message": "m"}),
    "sqs": ("send_message", {"QueueUrl": "http://127.0.0.1/q", "MessageBody": "m"}),
    "lambda": ("invoke", {"FunctionName": "f"}),
    "sesv2": ("send_email", {"Content": {}}),
}


@pytest.fixture
def rough(guard: Guard) -> Iterator[FaultPlan]:
    plan = FaultPlan(1, LOCAL_RATES)
    guard.aws.fault_injector.plan = plan
    guard.account.faults = Faults(seed=1, lose=0.2, duplicate=0.3)
    yield plan
    guard.aws.fault_injector.plan = None
    guard.account.faults = Faults()


def function(aws: LocalAws, service: str) -> Any:
    """Make a client as somebody else than root, who tries once."""
    session: Any = boto3.Session("AKIAFUNCTION", "secret", region_name=aws.region)
    once = Config(retries={"total_max_attempts": 1})
    return session.client(service, endpoint_url=aws.endpoint, config=once)


@pytest.mark.parametrize("service", CALLS)
@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.BROKEN])
def test_each_service_refuses_in_its_own_words(guard: Guard, service: str, fault: Fault) -> None:
    guard.aws.fault_injector.plan = FaultPlan(0, FaultRates(calls={fault: 1.0}, outages=0))
    method, asked = CALLS[service]
    with pytest.raises(ClientError) as refused:
        getattr(function(guard.aws, service), method)(**asked)
    guard.aws.fault_injector.plan = None
    said = refused.value.response
    told = (said["ResponseMetadata"]["HTTPStatusCode"], said["Error"]["Code"])
    assert told == ERRORS[service][fault][:2]


def test_people_are_never_refused_by_the_weather(guard: Guard) -> None:
    guard.aws.fault_injector.plan = FaultPlan(
        0, FaultRates(calls={Fault.THROTTLED: 1.0}, outages=0)
    )
    guard.sagemaker.list_training_jobs()
    guard.aws.fault_injector.plan = None


def test_in_rough_weather_the_right_one_is_stopped_once_and_told_once(
    guard: Guard, rough: FaultPlan
) -> None:
    guard.open("DoeJohn-Untagged")
    guard.open("DoeJohn-Good", COMPLETE)
    for _ in range(10):
        guard.next_sweep()
    assert guard.stops("DoeJohn-Untagged") == ["StopNotebookInstance"]
    assert guard.stops("DoeJohn-Good") == []
    told = {notice["id"]: notice["stage"] for notice in guard.notices_about("DoeJohn-Untagged")}
    assert [*told.values()] == ["warning", "stopped"]
    assert sum(rough.injected.values()) > 5
