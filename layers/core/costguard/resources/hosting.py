"""What serves models in SageMaker: its variants, and what has to stay for it to be made again."""

from collections.abc import Iterator, Sequence
from typing import Any

from costguard.common.formatting import pluralize, shortened_list
from costguard.common.observed import elements, mapping, whole_number
from costguard.common.sanitize import single_line
from costguard.resources.commands import shell_word
from costguard.resources.deletion import SCALING, Hindrance, Needed
from costguard.resources.kind import Raw, StopCall

CONFIG = "EndpointConfig"
"""Where the answer of DescribeEndpointConfig stands: a plain variant has its type only there."""
_FLEETS = ("ProductionVariants", "ShadowProductionVariants")
_NAMED = 5  # in one sentence


def variants_of(raw: Any) -> Iterator[Raw]:
    """List the variants of an endpoint, a configuration or a pending deployment."""
    for fleet in _FLEETS:
        yield from map(mapping, elements(mapping(raw).get(fleet)))


def _config(raw: Raw) -> tuple[str, ...]:
    return (str(raw["EndpointConfigName"]),)


def _models(raw: Raw) -> tuple[str, ...]:
    """Name each model of which its configuration would make it again."""
    named = (each.get("ModelName") for each in variants_of(raw.get(CONFIG)))
    return tuple(dict.fromkeys(str(name) for name in named if name))


def _components(rows: Sequence[Raw]) -> str:
    """Say what runs on it, with the copies of each."""
    said = [f"{single_line(_component(row))} ({_say_copies(row)})" for row in rows]
    listed = ", ".join(shortened_list(said, _NAMED))
    many = pluralize(len(rows), "inference component")
    return f"{many} on it: {listed}; its instances cost the same without copies"


def _say_copies(row: Raw) -> str:
    copies = _copies(row)
    return f"{copies} {'copy' if copies == 1 else 'copies'}"


def _component(row: Raw) -> str:
    return str(row.get("InferenceComponentName"))


def _copies(row: Raw) -> int:
    return whole_number(mapping(row.get("RuntimeConfig")).get("DesiredCopyCount")) or 0


def _no_copies(row: Raw) -> str:
    """Write the line that ends the copies of a component; its endpoint's instances go on."""
    if not _copies(row):
        return ""
    return (
        "aws sagemaker update-inference-component-runtime-config --region {region} "
        f"--inference-component-name {shell_word(_component(row), 'COMPONENT')} "
        "--desired-runtime-config CopyCount=0"
    )


def _one_instance(raw: Raw) -> str:
    """Write the line that leaves each variant one instance, where one has more."""
    variants = map(mapping, elements(raw.get("ProductionVariants")))
    more = [v for v in variants if (whole_number(v.get("CurrentInstanceCount")) or 0) > 1]
    names = (shell_word(str(each.get("VariantName")), "VARIANT") for each in more)
    wanted = " ".join(f"VariantName={name},DesiredInstanceCount=1" for name in names)
    line = (
        "aws sagemaker update-endpoint-weights-and-capacities --region {region} "
        f"--endpoint-name {{name}} --desired-weights-and-capacities {wanted}"
    )
    return line if more else ""


def _scales(name: str, row: Raw) -> bool:
    return str(row.get("ResourceId")).lower().startswith(f"endpoint/{name}/".lower())


def _schedules(rows: Sequence[Raw]) -> str:
    named = [single_line(str(row.get("MonitoringScheduleName"))) for row in rows]
    listed = ", ".join(shortened_list(named, _NAMED))
    return f"{pluralize(len(rows), 'monitoring schedule')} of it: {listed}"


DELETION = StopCall(
    operation="DeleteEndpoint",
    deletes=True,
    for_rules=("idle",),  # one that somebody uses is never deleted, unless an admin says so
    needs=(
        Needed(
            title="configuration",
            operation="DescribeEndpointConfig",
            argument="EndpointConfigName",
            resource="endpoint-config",
            names=_config,
        ),
        Needed(
            title="model",
            operation="DescribeModel",
            argument="ModelName",
            resource="model",
            names=_models,
        ),
    ),
    hindered_by=(
        Hindrance(
            operation="ListInferenceComponents",
            rows="InferenceComponents",
            arguments=lambda name: {"EndpointNameEquals": name},
            describe=Needed(
                title="inference component",
                operation="DescribeInferenceComponent",
                argument="InferenceComponentName",
                resource="inference-component",
                names=lambda row: (_component(row),),
            ),
            says=_components,
            gentler=_no_copies,
        ),
        Hindrance(
            service=SCALING,
            operation="DescribeScalableTargets",
            rows="ScalableTargets",
            page=50,  # the most that it takes
            arguments=lambda _name: {"ServiceNamespace": "sagemaker"},
            applies=_scales,
            says=lambda _rows: "Application Auto Scaling, which would forget it",
        ),
        Hindrance(
            operation="ListMonitoringSchedules",
            rows="MonitoringScheduleSummaries",
            arguments=lambda name: {"EndpointName": name},
            says=_schedules,
        ),
    ),
    gentler=_one_instance,
)
