"""Endpoints, a kind that is not built: their instance types stand in their configuration."""

from costguard.resources.billing import BillingComponent
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
from costguard.resources.model import BillingFacts, InstanceGroup, ResourceStatus

_RUNNING = ("InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed")
_CONFIG = "EndpointConfig"


def _groups(raw: Raw) -> Groups:
    """Join the counts of the endpoint with the types of its configuration, by variant."""
    variants = (raw.get(_CONFIG) or {}).get("ProductionVariants", ())
    types = {variant["VariantName"]: variant.get("InstanceType") for variant in variants}
    return tuple(
        InstanceGroup(types.get(variant["VariantName"]), variant.get("CurrentInstanceCount"))
        for variant in raw.get("ProductionVariants") or ()
    )


def _billing(raw: Raw) -> BillingFacts:
    return BillingFacts(component="async-inference" if raw.get("AsyncInferenceConfig") else None)


KIND = Kind(
    name="endpoint",
    title="endpoint",
    identity=Identity(("EndpointName",)),
    api=Api(
        list=ListCall(operation="ListEndpoints", rows="Endpoints"),
        describe="DescribeEndpoint",
        follow_ups=(
            FollowUp(
                operation="DescribeEndpointConfig",
                field="EndpointConfigName",
                argument="EndpointConfigName",
                into=_CONFIG,
                resource="endpoint-config",
            ),
        ),
        stop=None,
    ),
    events=Events(detail_type="SageMaker Endpoint State Change", creates=("CreateEndpoint",)),
    lifecycle=Lifecycle(
        statuses={
            "Creating": ResourceStatus.STARTING,
            **dict.fromkeys(_RUNNING, ResourceStatus.RUNNING),
            "Deleting": ResourceStatus.STOPPING,
            "Failed": ResourceStatus.STOPPED,
            "OutOfService": ResourceStatus.STOPPED,
        },
        event_statuses={"IN_SERVICE": ResourceStatus.RUNNING},
        restartable=True,
    ),
    translation=Translation(
        arn="EndpointArn",
        status="EndpointStatus",
        started="CreationTime",
        groups=_groups,
        billing=_billing,
    ),
    billing=(
        BillingComponent(name="hosting", price_list=("Host:",), bill=("Host:",)),
        BillingComponent(name="async-inference", price_list=("AsyncInf:",), bill=("AsyncInf:",)),
    ),
    words=Words(
        kept="its configuration and its model",
        lost="nothing",
        restart="create an endpoint with the same configuration",
        rename="An endpoint cannot be renamed: name the next one {good}.",
    ),
)
