"""HyperPod clusters, a kind that is not built: what runs in one is read a second time."""

from costguard.common.observed import elements, mapping
from costguard.resources.identity import Identity
from costguard.resources.kind import (
    Api,
    Events,
    FollowUp,
    Groups,
    Kind,
    Lifecycle,
    ListCall,
    Raw,
    Translation,
    Words,
)
from costguard.resources.model import ResourceStatus
from costguard.resources.price_lines import CLUSTER
from costguard.resources.translation import instance_group

_NODES = "Nodes"


def _groups(raw: Raw) -> Groups:
    nodes = elements(mapping(raw.get(_NODES)).get("ClusterNodeSummaries"))
    return tuple(instance_group(each, 1) for each in nodes)


KIND = Kind(
    name="cluster",
    title="HyperPod cluster",
    identity=Identity(("ClusterName",)),
    api=Api(
        list=ListCall(operation="ListClusters", rows="ClusterSummaries", status=None),
        describe="DescribeCluster",
        follow_ups=(
            FollowUp(
                operation="ListClusterNodes",
                field="ClusterName",
                argument="ClusterName",
                into=_NODES,
                resource="cluster",
            ),
        ),
        stop=None,
    ),
    events=Events(detail_type=None, creates=("CreateCluster",), changes=("UpdateCluster",)),
    lifecycle=Lifecycle(
        statuses={
            "Creating": ResourceStatus.STARTING,
            **dict.fromkeys(
                ("InService", "Updating", "SystemUpdating", "RollingBack"), ResourceStatus.RUNNING
            ),
            "Deleting": ResourceStatus.STOPPING,
            "Failed": ResourceStatus.UNKNOWN,
        },
    ),
    translation=Translation(
        arn="ClusterArn", status="ClusterStatus", started="CreationTime", groups=_groups
    ),
    billing=(CLUSTER,),
    words=Words(
        kept="nothing",
        lost="its instances and what is on them",
        restart="",
        rename="A cluster cannot be renamed: name the next one {good}.",
    ),
)
