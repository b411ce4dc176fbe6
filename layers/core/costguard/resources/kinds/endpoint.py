"""Inference endpoints: real-time, asynchronous and serverless ones."""

from collections.abc import Iterable, Iterator, Mapping

from costguard.common.observed import elements, mapping, printable, whole_number
from costguard.resources.hosting import CONFIG, DELETION, variants_of
from costguard.resources.identity import Identity
from costguard.resources.kind import (
    ActivitySource,
    Api,
    Events,
    FollowUp,
    Groups,
    Guardrail,
    Kind,
    Lifecycle,
    ListCall,
    Raw,
    Translation,
    Words,
)
from costguard.resources.model import BillingFacts, InstanceGroup, ResourceStatus
from costguard.resources.price_lines import ASYNC_INFERENCE, HOSTING
from costguard.resources.use import UseMetric

_STATUSES = {
    "Creating": ResourceStatus.STARTING,
    "InService": ResourceStatus.RUNNING,
    "Updating": ResourceStatus.RUNNING,
    "SystemUpdating": ResourceStatus.RUNNING,
    "RollingBack": ResourceStatus.RUNNING,
    "UpdateRollbackFailed": ResourceStatus.RUNNING,
    "Deleting": ResourceStatus.STOPPING,
    "Failed": ResourceStatus.STOPPED,
    "OutOfService": ResourceStatus.STOPPED,
}
_AGAIN = (
    "aws sagemaker create-endpoint --region {region} --endpoint-name {name} "
    "--endpoint-config-name {source}{tags}"
)
_END = (
    "Delete it if nobody needs it; its configuration and its models stay:\n"
    "aws sagemaker delete-endpoint --region {region} --endpoint-name {name}\n"
    f"This line brings it back:\n{_AGAIN}"
)

_END_FOR_GOOD = (
    "Not all that it is made of is there, so nothing brings it back once it is deleted. Delete it "
    "only if nobody needs it:\n"
    "aws sagemaker delete-endpoint --region {region} --endpoint-name {name}"
)


def _groups(raw: Raw) -> Groups:
    """Count what runs now, and the second fleet of an update; a serverless variant has none.

    Capacity that a serverless variant keeps ready costs, and is not told by instances.
    """
    pending = [*variants_of(raw.get("PendingDeploymentSummary"))]
    variants = [*variants_of(raw), *pending]
    if not variants or any(_is_kept_ready(each) for each in variants):
        return None
    types = {v.get("VariantName"): v.get("InstanceType") for v in variants_of(raw.get(CONFIG))}
    return tuple(_instances(variants, types))


def _instances(variants: Iterable[Raw], types: Mapping[object, object]) -> Iterator[InstanceGroup]:
    for variant in (each for each in variants if not _serverless(each)):
        pools = map(mapping, elements(variant.get("InstancePools")))
        for each in tuple(pools) or (variant,):
            of = each.get("InstanceType") or types.get(each.get("VariantName"))
            yield InstanceGroup(printable(of), whole_number(each.get("CurrentInstanceCount")))


def _serverless(variant: Raw) -> Raw:
    return mapping(variant.get("CurrentServerlessConfig") or variant.get("DesiredServerlessConfig"))


def _is_kept_ready(variant: Raw) -> bool:
    return bool(_serverless(variant).get("ProvisionedConcurrency"))


def _billing(raw: Raw) -> BillingFacts:
    """Read what it is billed as; what runs on no instance is billed by what it answers."""
    queued = bool(raw.get("AsyncInferenceConfig"))
    return BillingFacts(component=ASYNC_INFERENCE.name if queued else None, free=_groups(raw) == ())


def _use(raw: Raw) -> tuple[UseMetric, ...]:
    """Name the metrics that show use: an asynchronous endpoint publishes no `Invocations`.

    What is used through inference components has metrics of their own: of it nothing is known.
    """
    configured = [*variants_of(raw.get(CONFIG))]
    if not configured or not all(each.get("ModelName") for each in configured):
        return ()
    of = ("EndpointName", str(raw["EndpointName"]))
    queued = bool(raw.get("AsyncInferenceConfig"))
    name = "InvocationsProcessed" if queued else "Invocations"
    named = [("VariantName", str(each["VariantName"])) for each in variants_of(raw)]
    each = tuple(UseMetric(name=name, dimensions=(of, variant)) for variant in named)
    backlog = UseMetric(name="ApproximateBacklogSize", statistic="Maximum", dimensions=(of,))
    return (*each, backlog) if queued else each


KIND = Kind(
    name="endpoint",
    title="endpoint",
    order=60,
    console="endpoints",
    identity=Identity(("EndpointName",)),
    api=Api(
        list=ListCall(operation="ListEndpoints", rows="Endpoints"),
        describe="DescribeEndpoint",
        follow_ups=(
            FollowUp(
                operation="DescribeEndpointConfig",
                field="EndpointConfigName",
                argument="EndpointConfigName",
                into=CONFIG,
                resource="endpoint-config",
            ),
        ),
        stop=DELETION,
    ),
    events=Events(
        detail_type="SageMaker Endpoint State Change",
        creates=("CreateEndpoint",),
        changes=("UpdateEndpoint", "UpdateEndpointWeightsAndCapacities"),
    ),
    lifecycle=Lifecycle(
        statuses=_STATUSES,
        event_statuses={
            "CREATING": ResourceStatus.STARTING,
            "IN_SERVICE": ResourceStatus.RUNNING,
            "UPDATING": ResourceStatus.RUNNING,
            "SYSTEM_UPDATING": ResourceStatus.RUNNING,
            "ROLLING_BACK": ResourceStatus.RUNNING,
            "UPDATE_ROLLBACK_FAILED": ResourceStatus.RUNNING,
            "DELETING": ResourceStatus.STOPPING,
            "DELETED": ResourceStatus.STOPPED,
            "FAILED": ResourceStatus.STOPPED,
            "OUT_OF_SERVICE": ResourceStatus.STOPPED,
        },
    ),
    translation=Translation(
        arn="EndpointArn",
        status="EndpointStatus",
        started="CreationTime",
        groups=_groups,
        billing=_billing,
        use=_use,
        changed="LastModifiedTime",
        source="EndpointConfigName",
    ),
    billing=(HOSTING, ASYNC_INFERENCE),
    activity=ActivitySource.METRIC,
    guardrail=Guardrail(later=("CreateEndpointConfig",)),
    words=Words(
        kept="its configuration and its models, from which it is made again",
        lost="its address until then, and its automatic scaling",
        restart=_AGAIN,
        end=_END,
        end_for_good=_END_FOR_GOOD,
        ran_too_long="{end}\n",
        change_type="Give it a configuration with another type:\n"
        "aws sagemaker update-endpoint --endpoint-name {name} "
        "--endpoint-config-name YOUR-CONFIG --region {region}\n",
        rename="An endpoint cannot be renamed: make another of the same configuration, and name "
        "it {good}.",
    ),
)
