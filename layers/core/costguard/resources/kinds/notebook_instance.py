"""Notebook instances."""

from costguard.resources.kind import Groups, Kind, Raw
from costguard.resources.model import InstanceGroup, ResourceStatus


def _notebook(raw: Raw) -> Groups:
    return (InstanceGroup(raw["InstanceType"], 1),) if raw.get("InstanceType") else None


NOTEBOOK = Kind(
    name="notebook-instance",
    title="notebook instance",
    prefix="NotebookInstance",
    list_op="list_notebook_instances",
    describe_op="describe_notebook_instance",
    stop_op="stop_notebook_instance",
    summaries="NotebookInstances",
    active="InService",
    statuses={
        "Pending": ResourceStatus.STARTING,
        "InService": ResourceStatus.RUNNING,
        "Stopping": ResourceStatus.STOPPING,
        "Deleting": ResourceStatus.STOPPING,
        "Updating": ResourceStatus.STOPPED,  # legal from Stopped only, and ends there
        "Stopped": ResourceStatus.STOPPED,
        "Failed": ResourceStatus.STOPPED,
        "Deleted": ResourceStatus.STOPPED,  # said by events, not by the API
        "PendingMaintenance": ResourceStatus.UNKNOWN,  # nowhere explained: left alone
        "InMaintenance": ResourceStatus.UNKNOWN,
    },
    started="LastModifiedTime",  # moves with the state, so InService began then
    groups=_notebook,
    summary_suffices=True,
    restartable=True,
    kept="the volume with everything in /home/ec2-user/SageMaker (it still costs a little)",
    lost="the memory of running kernels, open terminals, /tmp and packages installed outside "
    "/home/ec2-user/SageMaker",
    restart="aws sagemaker start-notebook-instance --notebook-instance-name {name} "
    "--region {region}",
)
