"""MLflow tracking servers.

`IsActive` is nowhere explained (AWS: "currently active"): it excuses and accuses nobody.
"""

from costguard.resources.identity import Identity
from costguard.resources.kind import (
    Api,
    Events,
    Guardrail,
    Kind,
    Lifecycle,
    ListCall,
    StopCall,
    Translation,
    Words,
)
from costguard.resources.model import ResourceStatus

_GOES_ON = (
    *("Updated", "Updating", "UpdateFailed", "StopFailed"),
    *("MaintenanceInProgress", "MaintenanceComplete", "MaintenanceFailed"),
)
_RUNNING = ("Created", "Started", *_GOES_ON)

KIND = Kind(
    name="mlflow-tracking-server",
    title="MLflow tracking server",
    order=70,
    identity=Identity(("TrackingServerName",)),
    api=Api(
        list=ListCall(
            operation="ListMlflowTrackingServers",
            rows="TrackingServerSummaries",
            status=None,  # one list is less than one for each of nine states
            created_after="CreatedAfter",
            changed_after=None,
        ),
        describe="DescribeMlflowTrackingServer",
        stop=StopCall(operation="StopMlflowTrackingServer"),
    ),
    events=Events(
        detail_type=None,
        creates=("CreateMlflowTrackingServer",),
        changes=("StartMlflowTrackingServer", "UpdateMlflowTrackingServer"),
    ),
    lifecycle=Lifecycle(
        statuses={
            "Creating": ResourceStatus.STARTING,
            "Starting": ResourceStatus.STARTING,
            **dict.fromkeys(_RUNNING, ResourceStatus.RUNNING),
            "Stopping": ResourceStatus.STOPPING,
            "Deleting": ResourceStatus.STOPPING,
            "Stopped": ResourceStatus.STOPPED,
            "StartFailed": ResourceStatus.STOPPED,
            "CreateFailed": ResourceStatus.STOPPED,
            "DeleteFailed": ResourceStatus.UNKNOWN,  # it may still run
        },
        restartable=True,
    ),
    translation=Translation(
        arn="TrackingServerArn",
        status="TrackingServerStatus",
        started="LastModifiedTime",  # the start of this run, or a later change of it
        moves=True,
        goes_on=_GOES_ON,
    ),
    billing=(),  # no public price list shows how its hours are spelled
    guardrail=Guardrail(types_key=False),
    words=Words(
        kept="its experiments, runs and models, and the artifacts in S3",
        lost="nothing; it cannot be reached while it is stopped",
        restart="aws sagemaker start-mlflow-tracking-server --tracking-server-name {name} "
        "--region {region}",
        rename="An MLflow tracking server cannot be renamed: name the next one {good}.",
    ),
    seldom=True,
)
