"""Apps of SageMaker Studio, a kind that is not built: its name has four parts."""

from costguard.resources.billing import BillingComponent
from costguard.resources.identity import Identity
from costguard.resources.kind import (
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

_COMPONENTS = {
    "JupyterLab": "studio-jupyterlab",
    "CodeEditor": "studio-codeeditor",
    "KernelGateway": "studio-notebook",
}


def _groups(raw: Raw) -> Groups:
    of = (raw.get("ResourceSpec") or {}).get("InstanceType")
    return (InstanceGroup(of, 1),) if of else None


def _billing(raw: Raw) -> BillingFacts:
    return BillingFacts(component=_COMPONENTS.get(raw["AppType"]))


KIND = Kind(
    name="app",
    title="Studio app",
    identity=Identity(("DomainId", "UserProfileName|SpaceName", "AppType", "AppName")),
    api=Api(
        list=ListCall(
            operation="ListApps", rows="Apps", status=None, created_after=None, changed_after=None
        ),
        describe="DescribeApp",
        stop=StopCall(operation="DeleteApp", deletes=True),
    ),
    events=Events(detail_type=None, creates=("CreateApp",), changes=("DeleteApp",)),
    lifecycle=Lifecycle(
        statuses={
            "Pending": ResourceStatus.STARTING,
            "InService": ResourceStatus.RUNNING,
            "Deleting": ResourceStatus.STOPPING,
            "Deleted": ResourceStatus.STOPPED,
            "Failed": ResourceStatus.STOPPED,
        },
        restartable=True,
    ),
    translation=Translation(
        arn="AppArn", status="Status", started="CreationTime", groups=_groups, billing=_billing
    ),
    billing=tuple(
        BillingComponent(name=name, price_list=(f"Studio:{of}-",), bill=(f"Studio:{of}-",))
        for of, name in _COMPONENTS.items()
    ),
    guardrail=Guardrail(later=("CreateSpace", "UpdateSpace")),
    words=Words(
        kept="the files of its space",
        lost="the memory of running kernels and /tmp",
        restart="open it again in Studio",
        rename="A Studio app cannot be renamed: name the next one {good}.",
    ),
)
