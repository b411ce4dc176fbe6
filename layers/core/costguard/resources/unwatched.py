"""What bills in SageMaker and the guard only tells of: it has no rule, no owner and no stop.

To end one would lose what is on it, or AWS has no call for it. The module is longer than others
because every kind is a row of its table.
"""

from collections.abc import Callable, Mapping

from msgspec import Struct, field

from costguard.common.observed import (
    AwareTime,
    elements,
    mapping,
    moment,
    printable,
    whole_number,
)
from costguard.resources.kind import ListCall, Raw
from costguard.resources.model import InstanceGroup
from costguard.resources.price_lines import CLUSTER, HOSTING

type _Groups = tuple[InstanceGroup, ...]


TOO_NEW = "the AWS SDK of this version does not know it"
"""Why a kind is not looked at that AWS made after the SDK."""
LONGEST_LIST = 100
"""How many of one kind are described; those beyond are said not to have been looked at."""


class Unwatched(Struct, frozen=True, kw_only=True):
    """One of them, as it was seen. `groups` are what it pays by the hour."""

    kind: str  # the title of its kind
    name: str
    status: str = ""
    groups: _Groups = ()
    component: str | None = None  # whose rates its instances have; None: no price is known
    note: str = ""


class UnwatchedList(Struct, frozen=True, kw_only=True):
    """All of them in one region at one time, and what could not be looked at, with the reason."""

    time: AwareTime
    region: str
    found: tuple[Unwatched, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)


class Facts(Struct, frozen=True):
    """What is read of one besides its name and status."""

    groups: _Groups = ()
    note: str = ""


class UnwatchedKind(Struct, frozen=True, kw_only=True):
    """How one kind is listed and read. `read` answers None for one that costs nothing."""

    title: str
    name: str  # the member of a row
    status: str | None = None
    ended: tuple[str, ...] = ()  # status words of what costs nothing
    describe: str | None = None
    argument: str = ""  # of the describe call, which the member `described_by` of a row fills
    described_by: str = ""
    resource: str = ""  # the resource part of its ARN, for the grant
    component: str | None = None
    too_new: bool = False  # the SDK in the layer has no such call yet
    read: Callable[[Raw], Facts | None] = lambda _raw: Facts()
    list: ListCall  # last: its name hides the type

    @property
    def lists(self) -> tuple[str, ...]:
        """Name the calls that list it; none that cannot be made."""
        return () if self.too_new else (self.list.operation,)

    @property
    def made_by(self) -> str:
        """Name the operation that makes one."""
        return f"Create{self.list.operation.removeprefix('List').removesuffix('s')}"


def _listed(operation: str, rows: str) -> ListCall:
    return ListCall(
        operation=operation, rows=rows, status=None, created_after=None, changed_after=None
    )


def _cluster(raw: Raw) -> Facts:
    """Read a cluster's instances; those of a training plan are paid ahead."""
    groups: list[InstanceGroup] = []
    prepaid = 0
    listed = (*elements(raw.get("InstanceGroups")), *elements(raw.get("RestrictedInstanceGroups")))
    for group in map(mapping, listed):
        found = [
            InstanceGroup(
                printable(each.get("InstanceType")), whole_number(each.get("CurrentCount"))
            )
            for each in map(mapping, elements(group.get("InstanceTypeDetails")) or (group,))
        ]
        if group.get("TrainingPlanArn"):
            prepaid += sum(each.count or 0 for each in found)
        else:
            groups += [each for each in found if each.count != 0]
    return Facts(tuple(groups), f"{prepaid} of a training plan, paid ahead" if prepaid else "")


def _plan(raw: Raw) -> Facts:
    """Read what was paid, and how much of it nobody uses."""
    fee = printable(raw.get("UpfrontFee")) or "an amount that is not told"
    ends = moment(raw.get("EndTime"))
    free, all_of_it = raw.get("AvailableInstanceCount"), raw.get("TotalInstanceCount")
    unused = f", {free} of {all_of_it} instances unused" if all_of_it else ""
    until = f", until {ends:%Y-%m-%d}" if ends else ""
    return Facts(
        note=f"paid ahead: {fee} {printable(raw.get('CurrencyCode')) or ''}{until}{unused}"
    )


def _feature_group(raw: Raw) -> Facts | None:
    """Read the online store; a group without one costs nothing but its files."""
    online, throughput = mapping(raw.get("OnlineStoreConfig")), mapping(raw.get("ThroughputConfig"))
    if not online.get("EnableOnlineStore"):
        return None
    form = printable(online.get("StorageType")) or "Standard"
    mode = printable(throughput.get("ThroughputMode")) or "OnDemand"
    return Facts(note=f"online store, {form}, {mode}")


def _shadow_test(raw: Raw) -> Facts:
    """Read the instances of its variants."""
    groups = []
    for variant in map(mapping, elements(raw.get("ModelVariants"))):
        config = mapping(variant.get("InfrastructureConfig")).get("RealTimeInferenceConfig")
        kind, count = mapping(config).get("InstanceType"), mapping(config).get("InstanceCount")
        groups.append(InstanceGroup(printable(kind), whole_number(count)))
    ends = moment(mapping(raw.get("Schedule")).get("EndTime"))
    return Facts(tuple(groups), f"until {ends:%Y-%m-%d}" if ends else "")


def _partner_app(raw: Raw) -> Facts:
    return Facts(note=", ".join(filter(None, (printable(raw.get(k)) for k in ("Type", "Tier")))))


UNWATCHED_KINDS = (
    UnwatchedKind(
        title="HyperPod cluster",
        list=_listed("ListClusters", "ClusterSummaries"),
        name="ClusterName",
        status="ClusterStatus",
        describe="DescribeCluster",
        argument="ClusterName",
        described_by="ClusterName",
        resource="cluster",
        component=CLUSTER.name,
        read=_cluster,
    ),
    UnwatchedKind(
        title="training plan",
        list=_listed("ListTrainingPlans", "TrainingPlanSummaries"),
        name="TrainingPlanName",
        status="Status",
        ended=("Expired", "Failed"),
        read=_plan,
    ),
    UnwatchedKind(
        title="feature group",
        list=_listed("ListFeatureGroups", "FeatureGroupSummaries"),
        name="FeatureGroupName",
        status="FeatureGroupStatus",
        ended=("CreateFailed",),
        describe="DescribeFeatureGroup",
        argument="FeatureGroupName",
        described_by="FeatureGroupName",
        resource="feature-group",
        read=_feature_group,
    ),
    UnwatchedKind(
        title="shadow test",
        list=_listed("ListInferenceExperiments", "InferenceExperiments"),
        name="Name",
        status="Status",
        ended=("Created", "Completed", "Cancelled"),
        describe="DescribeInferenceExperiment",
        argument="Name",
        described_by="Name",
        resource="inference-experiment",
        component=HOSTING.name,
        read=_shadow_test,
    ),
    UnwatchedKind(
        title="partner app",
        list=_listed("ListPartnerApps", "Summaries"),
        name="Name",
        status="Status",
        ended=("Failed", "Deleted"),
        describe="DescribePartnerApp",
        argument="Arn",
        described_by="Arn",
        resource="partner-app",
        read=_partner_app,
    ),
    UnwatchedKind(
        title="MLflow app",
        list=_listed("ListMlflowApps", "Summaries"),
        name="Name",
        status="Status",
        ended=("CreateFailed", "Deleted"),
    ),
    UnwatchedKind(
        title="training session",
        list=_listed("ListTrainingSessions", "TrainingSessionSummaries"),
        name="TrainingSessionArn",  # its rows have no name
        status="TrainingSessionStatus",
        ended=("Stopped", "Expired", "Failed"),
        too_new=True,
    ),
    UnwatchedKind(
        title="inference router",
        list=_listed("ListInferenceRouters", "InferenceRouters"),
        name="InferenceRouterName",
        too_new=True,
    ),
    UnwatchedKind(
        title="global inference gateway",
        list=_listed("ListGlobalInferenceGateways", "GlobalInferenceGatewaySummaries"),
        name="Name",
        status="Status",
        too_new=True,
    ),
)
