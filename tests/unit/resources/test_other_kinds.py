"""The kinds that are neither a notebook nor one of the four jobs."""

from typing import Any

import pytest

from costguard.resources.events import CLOUDTRAIL, ResourceEvent, parse_event
from costguard.resources.model import InstanceGroup, Resource, ResourceRef, ResourceStatus
from costguard.resources.registry import KINDS, runs_by_children
from costguard.resources.translation import translate
from tests.factories import arn, at

CLUSTER = {"InstanceType": "ml.m5.large", "InstanceCount": 3}


def described(name: str, **fields: Any) -> Resource:
    kind = KINDS[name]
    head = {
        **dict.fromkeys(kind.identity.fields, "One"),
        kind.translation.arn: arn(name, "One"),
        kind.translation.status: [*kind.lifecycle.running, kind.lifecycle.first][0],
        "CreationTime": at(0),
    }
    return translate(kind, head | fields)


def test_what_runs_by_its_children_has_unknown_instances_until_the_fleet_is_seen() -> None:
    assert {name for name in KINDS if KINDS[name].translation.by_children} == {
        *("automl-job", "monitoring-schedule", "labeling-job"),
    }
    found = described("automl-job")
    assert (found.groups, found.instances) == (None, None)
    assert runs_by_children(found)


@pytest.mark.parametrize("name", ["mlflow-tracking-server", "job", "optimization-job"])
def test_what_has_no_instance_has_none(name: str) -> None:
    found = described(name)
    assert (found.groups, found.instances) == ((), 0)


def test_a_schedule_says_on_what_its_jobs_will_run_and_not_how_many_run() -> None:
    definition = {"MonitoringResources": {"ClusterConfig": CLUSTER}}
    found = described(
        "monitoring-schedule", MonitoringScheduleConfig={"MonitoringJobDefinition": definition}
    )
    assert found.groups == (InstanceGroup("ml.m5.large", 3),)
    assert found.instances is None
    named = {"MonitoringScheduleConfig": {"MonitoringJobDefinitionName": "x"}}
    assert described("monitoring-schedule", **named).groups is None
    read = {"JobDefinition": {"JobResources": {"ClusterConfig": CLUSTER}}}
    assert described("monitoring-schedule", **named, **read).groups == found.groups


@pytest.mark.parametrize(
    ("word", "goes_on"),
    [("Created", False), ("Started", False), ("Updated", True), ("MaintenanceComplete", True)],
)
def test_the_status_of_a_server_says_whether_its_run_began_before_its_last_change(
    word: str, *, goes_on: bool
) -> None:
    assert described("mlflow-tracking-server", TrackingServerStatus=word).continues is goes_on


@pytest.mark.parametrize("active", ["Active", "Inactive", None])
def test_that_a_server_is_called_active_or_not_is_no_fact(active: str | None) -> None:
    assert described("mlflow-tracking-server", IsActive=active).status is ResourceStatus.RUNNING


def call(name: str, **asked: Any) -> dict[str, Any]:
    identity = {"type": "IAMUser", "userName": "jdoe"}
    detail = {"eventSource": "sagemaker.amazonaws.com", "eventName": name, "userIdentity": identity}
    return {
        "detail-type": CLOUDTRAIL,
        "time": "2026-11-23T14:00:00Z",
        "detail": detail | {"requestParameters": asked},
    }


@pytest.mark.parametrize(
    ("event", "ref"),
    [
        (
            call("StartMlflowTrackingServer", trackingServerName="runs"),
            ResourceRef("mlflow-tracking-server", "runs"),
        ),
        (
            call("UpdateMonitoringSchedule", monitoringScheduleName="hourly"),
            ResourceRef("monitoring-schedule", "hourly"),
        ),
    ],
)
def test_what_is_started_again_was_created_by_somebody_else(
    event: dict[str, Any], ref: ResourceRef
) -> None:
    heard = parse_event(event)
    assert isinstance(heard, ResourceEvent)
    assert (heard.ref, heard.creator) == (ref, None)
