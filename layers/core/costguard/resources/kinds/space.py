"""Spaces of SageMaker Studio: nothing runs in one by itself, and its volume bills while it exists.

The apps that run in it are a kind of their own.
"""

from costguard.common.observed import mapping, printable, whole_number
from costguard.resources.billing import BillingComponent, Metered, Unit
from costguard.resources.identity import Identity
from costguard.resources.kind import (
    Api,
    Events,
    Kind,
    Lifecycle,
    ListCall,
    Raw,
    Translation,
    Words,
)
from costguard.resources.model import BillingFacts, ResourceStatus

_VOLUME = ("Studio:VolumeUsage.",)
_AT_REST = ("InService", "Updating", "Failed", "Update_Failed", "Delete_Failed")


def owner(raw: Raw) -> str | None:
    """Name the user profile to which a description says that a space belongs."""
    return printable(mapping(raw.get("OwnershipSettings")).get("OwnerUserProfileName"))


def is_shared(raw: Raw) -> bool:
    """Tell whether several people use a space; what is not known to be private may be shared."""
    return mapping(raw.get("SpaceSharingSettings")).get("SharingType") != "Private"


def _billing(raw: Raw) -> BillingFacts:
    storage = mapping(mapping(raw.get("SpaceSettings")).get("SpaceStorageSettings"))
    size = mapping(storage.get("EbsStorageSettings")).get("EbsVolumeSizeInGb")
    return BillingFacts(volume_gb=whole_number(size))


KIND = Kind(
    name="space",
    title="Studio space",
    order=66,
    identity=Identity(("DomainId", "SpaceName")),
    api=Api(
        list=ListCall(  # of every domain
            operation="ListSpaces",
            rows="Spaces",
            status=None,
            created_after=None,
            changed_after=None,
        ),
        describe="DescribeSpace",
        stop=None,  # to delete one loses its files
    ),
    events=Events(
        detail_type=None, creates=("CreateSpace",), changes=("UpdateSpace", "DeleteSpace")
    ),
    lifecycle=Lifecycle(
        statuses={
            "Pending": ResourceStatus.STARTING,
            **dict.fromkeys(_AT_REST, ResourceStatus.STOPPED),
            "Deleting": ResourceStatus.STOPPING,
        },
    ),
    translation=Translation(
        arn="SpaceArn",
        status="Status",
        started="LastModifiedTime",  # of its volume, too
        profile=owner,
        shared=is_shared,
        billing=_billing,
    ),
    billing=(
        BillingComponent(
            name="studio-volume",
            metered=Metered.VOLUME,
            unit=Unit.GB_MONTH,
            price_list=_VOLUME,
            bill=_VOLUME,
        ),
    ),
    words=Words(
        kept="its files",
        lost="nothing",
        restart="",
        rename="A space cannot be renamed: name the next one {good}.",
    ),
)
