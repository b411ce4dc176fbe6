"""Apps of SageMaker Studio, a kind that is not built: its name has four parts."""

from costguard.common.observed import mapping, printable
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
from costguard.resources.model import BillingFacts, InstanceGroup, ResourceStatus
from costguard.resources.price_lines import (
    CANVAS,
    CANVAS_SESSION,
    RSTUDIO_SESSION,
    STUDIO,
    STUDIO_CODE_EDITOR,
    STUDIO_JUPYTERLAB,
    STUDIO_KERNEL_GATEWAY,
)

_SYSTEM = "system"  # the type of an app that runs on no instance of the account
_SPACE = "Space"
_COMPONENTS = {
    "JupyterLab": STUDIO_JUPYTERLAB,
    "CodeEditor": STUDIO_CODE_EDITOR,
    "KernelGateway": STUDIO_KERNEL_GATEWAY,
    "RSessionGateway": RSTUDIO_SESSION,
    "Canvas": CANVAS,
}


def _groups(raw: Raw) -> Groups:
    """Read its one instance; Canvas is billed by the session, whatever it runs on."""
    if raw.get("AppType") == "Canvas":
        return (InstanceGroup(CANVAS_SESSION, 1),)
    of = printable(mapping(raw.get("ResourceSpec")).get("InstanceType"))
    if of == _SYSTEM:
        return ()
    return (InstanceGroup(of, 1),) if of else None


def _billing(raw: Raw) -> BillingFacts:
    """Read what it is billed as; the server of Studio Classic costs nothing."""
    component = _COMPONENTS.get(str(raw.get("AppType")), STUDIO).name
    return BillingFacts(component=component, free=_groups(raw) == ())


def _profile(raw: Raw) -> str | None:
    """Read whose it is: a profile's, or that of a private space's owner."""
    ownership = mapping(mapping(raw.get(_SPACE)).get("OwnershipSettings"))
    return printable(raw.get("UserProfileName") or ownership.get("OwnerUserProfileName"))


KIND = Kind(
    name="app",
    title="Studio app",
    identity=Identity(("DomainId", "UserProfileName|SpaceName", "AppType", "AppName")),
    api=Api(
        list=ListCall(
            operation="ListApps", rows="Apps", status=None, created_after=None, changed_after=None
        ),
        describe="DescribeApp",
        follow_ups=(
            FollowUp(
                operation="DescribeSpace",
                field="SpaceName",
                argument="SpaceName",
                also=("DomainId",),
                into=_SPACE,
                resource="space",
            ),
        ),
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
    ),
    translation=Translation(
        arn="AppArn",
        status="Status",
        started="CreationTime",
        groups=_groups,
        billing=_billing,
        profile=_profile,
    ),
    billing=(
        STUDIO_JUPYTERLAB,
        STUDIO_CODE_EDITOR,
        STUDIO_KERNEL_GATEWAY,
        RSTUDIO_SESSION,
        STUDIO,
        CANVAS,
    ),
    guardrail=Guardrail(later=("CreateSpace", "UpdateSpace")),
    words=Words(
        kept="the files of its space or home directory (they still cost a little)",
        lost="the memory of running kernels, open terminals and /tmp; in Canvas the session",
        restart="open it again in SageMaker Studio",
        end="Save your work and stop it in SageMaker Studio, under Running instances (Canvas: log "
        "out); the files stay.",
        change_type="Stop it in SageMaker Studio and run its space on another type; the files "
        "stay. ",
        rename="A Studio app cannot be renamed: name the next space {good}.",
    ),
)
