"""Notebook instances."""

from costguard.common.observed import printable, whole_number
from costguard.resources.billing import BillingComponent, Metered, Unit
from costguard.resources.identity import Identity
from costguard.resources.kind import (
    ActivitySource,
    Api,
    Events,
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
from costguard.resources.model import BillingFacts, InstanceGroup, ResourceStatus


def _groups(raw: Raw) -> Groups:
    return (InstanceGroup(each, 1),) if (each := printable(raw.get("InstanceType"))) else None


def _billing(raw: Raw) -> BillingFacts:
    return BillingFacts(volume_gb=whole_number(raw.get("VolumeSizeInGB")))


KIND = Kind(
    name="notebook-instance",
    title="notebook instance",
    order=10,
    console="notebook-instances",
    identity=Identity(("NotebookInstanceName",)),
    api=Api(
        list=ListCall(
            operation="ListNotebookInstances",
            rows="NotebookInstances",
            status=None,  # of one in maintenance a gap is told, and of a status of tomorrow
        ),
        describe="DescribeNotebookInstance",
        stop=StopCall(operation="StopNotebookInstance"),
    ),
    events=Events(
        detail_type="SageMaker Notebook Instance State Change",
        creates=("CreateNotebookInstance",),
    ),
    lifecycle=Lifecycle(
        statuses={
            "Pending": ResourceStatus.STARTING,
            "InService": ResourceStatus.RUNNING,
            "Stopping": ResourceStatus.STOPPING,
            "Deleting": ResourceStatus.STOPPING,
            "Updating": ResourceStatus.STOPPED,  # legal from Stopped only, and ends there
            "Stopped": ResourceStatus.STOPPED,
            "Failed": ResourceStatus.STOPPED,
            "PendingMaintenance": ResourceStatus.UNKNOWN,  # nowhere explained: told, and left alone
            "InMaintenance": ResourceStatus.UNKNOWN,
        },
        event_statuses={"Deleted": ResourceStatus.STOPPED},
        restartable=True,
    ),
    translation=Translation(
        arn="NotebookInstanceArn",
        status="NotebookInstanceStatus",
        started="LastModifiedTime",  # moves with the state, so InService began then
        moves=True,
        groups=_groups,
        billing=_billing,
        summary_suffices=True,
    ),
    billing=(
        BillingComponent(name="notebook", price_list=("Notebk:",), bill=("Notebk:",)),
        BillingComponent(
            name="notebook-volume",
            metered=Metered.VOLUME,
            unit=Unit.GB_MONTH,
            price_list=("Notebk:VolumeUsage.",),
            bill=("Notebk:VolumeUsage.",),
        ),
    ),
    activity=ActivitySource.JUPYTER,
    guardrail=Guardrail(later=("UpdateNotebookInstance",)),
    words=Words(
        kept="the volume with everything in /home/ec2-user/SageMaker (it still costs a little)",
        lost="the memory of running kernels, open terminals, /tmp and packages installed outside "
        "/home/ec2-user/SageMaker",
        restart="aws sagemaker start-notebook-instance --notebook-instance-name {name} "
        "--region {region}",
        change_type="Stop it, give it another type, and start it; its files stay:\n"
        "aws sagemaker update-notebook-instance --region {region} "
        "--notebook-instance-name {name} --instance-type YOUR-TYPE\n",
        rename="A notebook instance cannot be renamed. Take your files along to a new one:\n"
        "1. in a terminal of this notebook: "
        "aws s3 sync /home/ec2-user/SageMaker s3://YOUR-BUCKET/{name}/\n"
        "2. create a notebook instance with the same role, and a type and tags that are allowed, "
        "and name it {good}\n"
        "3. in a terminal of the new one: "
        "aws s3 sync s3://YOUR-BUCKET/{name}/ /home/ec2-user/SageMaker\n"
        "4. check that everything is there, then stop this one; it keeps its files until you "
        "delete it\n"
        "Once it was stopped for its name, it is stopped again when it starts: ask the admins for "
        "an exemption first.",
    ),
)
