"""Partner AI apps, a kind that is not built: they are described by their ARN."""

from costguard.resources.identity import Identity
from costguard.resources.kind import Api, Events, Kind, Lifecycle, ListCall, Translation, Words
from costguard.resources.model import ResourceStatus

KIND = Kind(
    name="partner-app",
    title="partner app",
    identity=Identity(("Name",)),
    api=Api(
        list=ListCall(
            operation="ListPartnerApps",
            rows="Summaries",
            status=None,
            created_after=None,
            changed_after=None,
        ),
        describe="DescribePartnerApp",
        described_by="Arn",
        stop=None,
    ),
    events=Events(detail_type=None, creates=("CreatePartnerApp",)),
    lifecycle=Lifecycle(
        statuses={
            "Creating": ResourceStatus.STARTING,
            **dict.fromkeys(("Available", "Updating", "UpdateFailed"), ResourceStatus.RUNNING),
            "Failed": ResourceStatus.STOPPED,
            "Deleting": ResourceStatus.STOPPING,
            "Deleted": ResourceStatus.STOPPED,
        },
        restartable=True,
    ),
    translation=Translation(
        arn="Arn", status="Status", started="CreationTime", groups=lambda _raw: None
    ),
    billing=(),
    words=Words(
        kept="nothing",
        lost="nothing",
        restart="",
        rename="A partner app cannot be renamed: name the next one {good}.",
    ),
)
