"""Monitoring schedules: each starts a processing job, up to one an hour."""

from costguard.common.observed import mapping
from costguard.resources.billing import BillingComponent, Metered
from costguard.resources.identity import Identity
from costguard.resources.kind import (
    Api,
    Events,
    FollowUp,
    Groups,
    Guardrail,
    Kind,
    Lifecycle,
    ListCall,
    Raw,
    StopCall,
    Translation,
    Words,
)
from costguard.resources.model import ResourceStatus
from costguard.resources.translation import instances_of_one_type

_DEFINITIONS = {
    "DataQuality": "data-quality",
    "ModelQuality": "model-quality",
    "ModelBias": "model-bias",
    "ModelExplainability": "model-explainability",
}
_CONFIG, _DEFINITION = "MonitoringScheduleConfig", "JobDefinition"


def _groups(raw: Raw) -> Groups:
    """Read what its jobs run on, in its own definition or in the one that it names."""
    own = mapping(mapping(raw.get(_CONFIG)).get("MonitoringJobDefinition"))
    named = mapping(mapping(raw.get(_DEFINITION)).get("JobResources"))
    resources = mapping(own.get("MonitoringResources")) or named
    return instances_of_one_type(resources.get("ClusterConfig"))


KIND = Kind(
    name="monitoring-schedule",
    title="monitoring schedule",
    order=80,
    identity=Identity(("MonitoringScheduleName",)),
    api=Api(
        list=ListCall(operation="ListMonitoringSchedules", rows="MonitoringScheduleSummaries"),
        describe="DescribeMonitoringSchedule",
        follow_ups=tuple(
            FollowUp(
                operation=f"Describe{sort}JobDefinition",
                field=f"{_CONFIG}.MonitoringJobDefinitionName",
                argument="JobDefinitionName",
                only_if=(f"{_CONFIG}.MonitoringType", sort),
                into=_DEFINITION,
                resource=f"{part}-job-definition",
            )
            for sort, part in _DEFINITIONS.items()
        ),
        stop=StopCall(operation="StopMonitoringSchedule"),
    ),
    events=Events(
        detail_type="SageMaker Monitoring Schedule State Change",
        creates=("CreateMonitoringSchedule",),
        changes=("StartMonitoringSchedule", "UpdateMonitoringSchedule"),
    ),
    lifecycle=Lifecycle(
        statuses={
            "Pending": ResourceStatus.STARTING,
            "Scheduled": ResourceStatus.RUNNING,
            "Stopped": ResourceStatus.STOPPED,
            "Failed": ResourceStatus.STOPPED,
        },
    ),
    translation=Translation(
        arn="MonitoringScheduleArn",
        status="MonitoringScheduleStatus",
        started="CreationTime",  # when it was started again, nothing tells
        groups=_groups,
        by_children=True,
    ),
    billing=(BillingComponent(name="processing", metered=Metered.CHILDREN),),
    guardrail=Guardrail(
        later=(
            "UpdateMonitoringSchedule",
            *(f"Create{each}JobDefinition" for each in _DEFINITIONS),
        ),
    ),
    words=Words(
        kept="the schedule, its baseline and its reports; a job of it that runs goes on to its end",
        lost="nothing; no further job is started",
        restart="aws sagemaker start-monitoring-schedule --monitoring-schedule-name {name} "
        "--region {region}",
        change_type="Update it (update-monitoring-schedule) to another type. ",
        rename="A monitoring schedule cannot be renamed: name the next one {good}.",
    ),
    seldom=True,
)
