"""Notebook instances."""

from costguard.resources.kind import Groups, Kind, Raw
from costguard.resources.model import InstanceGroup, Status


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
        "Pending": Status.STARTING,
        "InService": Status.RUNNING,
        "Stopping": Status.STOPPING,
        "Deleting": Status.STOPPING,
        "Updating": Status.STOPPED,  # legal from Stopped only, and ends there
        "Stopped": Status.STOPPED,
        "Failed": Status.STOPPED,
        "Deleted": Status.STOPPED,  # said by events, not by the API
        "PendingMaintenance": Status.UNKNOWN,  # nowhere explained: left alone
        "InMaintenance": Status.UNKNOWN,
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
