"""Apps of SageMaker Studio: JupyterLab, Code Editor, kernels of Studio Classic, RStudio, Canvas.

AWS says nothing of their use: LastUserActivityTimestamp is "also updated when SageMaker AI performs
health checks without user activity" and then equals LastHealthCheckTimestamp (API reference of
DescribeApp). So neither is read, and only their age counts.
"""

from costguard.common.observed import mapping, printable
from costguard.resources.billing import BillingComponent
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
from costguard.resources.kinds.space import is_shared, owner
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
_RSTUDIO = "RStudioServerPro"  # one for a whole domain, with its license
_RSTUDIO_SERVER = BillingComponent(name="rstudio-server")  # nobody has seen its line
_COMPONENTS = {
    "JupyterLab": STUDIO_JUPYTERLAB,
    "CodeEditor": STUDIO_CODE_EDITOR,
    "KernelGateway": STUDIO_KERNEL_GATEWAY,
    "RSessionGateway": RSTUDIO_SESSION,
    "Canvas": CANVAS,
    _RSTUDIO: _RSTUDIO_SERVER,
}
_END = (
    "Save your work and stop it in SageMaker Studio, under Running instances (Canvas: log out), "
    "or with this line; the files of its space or home directory stay:\n"
    "aws sagemaker delete-app --region {region} {address}"
)


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
    return BillingFacts(
        component=_COMPONENTS.get(str(raw.get("AppType")), STUDIO).name,
        free=_groups(raw) == (),
        prepaid=bool(mapping(raw.get("ResourceSpec")).get("TrainingPlanArn")),
    )


def _is_judged(raw: Raw) -> bool:
    """Leave out what costs nothing, and the server that everybody of a domain uses."""
    return raw.get("AppType") != _RSTUDIO and _groups(raw) != ()


def _profile(raw: Raw) -> str | None:
    """Read whose it is: a profile's, or that of its space's owner."""
    return printable(raw.get("UserProfileName")) or owner(mapping(raw.get(_SPACE)))


def _is_shared(raw: Raw) -> bool:
    """Tell whether several people use it, or that cannot be told."""
    if raw.get("UserProfileName"):
        return raw.get("AppType") == _RSTUDIO
    return is_shared(mapping(raw.get(_SPACE)))


KIND = Kind(
    name="app",
    title="Studio app",
    order=65,
    identity=Identity(("DomainId", "UserProfileName|SpaceName", "AppType", "AppName")),
    api=Api(
        list=ListCall(  # of every domain
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
            "Deleted": ResourceStatus.STOPPED,  # listed for a day
            "Failed": ResourceStatus.STOPPED,
        },
        restartable=True,  # the next run of a space has the same name
    ),
    translation=Translation(
        arn="AppArn",
        status="Status",
        started="CreationTime",
        groups=_groups,
        billing=_billing,
        judged=_is_judged,
        profile=_profile,
        shared=_is_shared,
        source="ResourceSpec.InstanceType",
    ),
    billing=(
        *(STUDIO_JUPYTERLAB, STUDIO_CODE_EDITOR, STUDIO_KERNEL_GATEWAY, STUDIO),
        *(RSTUDIO_SESSION, _RSTUDIO_SERVER, CANVAS),
    ),
    guardrail=Guardrail(later=("CreateSpace", "UpdateSpace"), no_types=(_SYSTEM, "default")),
    words=Words(
        kept="the files on the volume of its space or in its home directory, which go on costing "
        "a little; in Canvas its models, datasets and standard builds",
        lost="the memory of its kernels and sessions, what was not saved, open terminals, /tmp, "
        "and what was installed outside the home directory; in Canvas its quick builds",
        restart="run it again in SageMaker Studio, or with this line:\naws sagemaker create-app "
        "--region {region} {address} --resource-spec InstanceType={source}{tags}",
        end=_END,
        change_type="Stop it and run its space on another type in SageMaker Studio; the files "
        "stay:\naws sagemaker delete-app --region {region} {address}\n",
        ran_too_long="{end}\n",
        rename="A Studio app cannot be renamed: name the next space {good}.",
    ),
    seldom=True,
)
