"""An endpoint: its types stand in its configuration, and an update runs two fleets."""

from typing import Any

import pytest

from costguard.resources.hosting import CONFIG
from costguard.resources.kinds.endpoint import KIND
from costguard.resources.model import InstanceGroup, Resource
from costguard.resources.translation import translate
from tests.factories import arn, at

G5, T2 = "ml.g5.xlarge", "ml.t2.medium"
PLAIN = {"VariantName": "a", "ModelName": "m", "InstanceType": G5}
SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}


def endpoint(*variants: dict[str, Any], config: Any = (PLAIN,), **more: Any) -> Resource:
    known = {
        "EndpointName": "churn",
        "EndpointArn": arn("endpoint", "churn"),
        "EndpointStatus": "InService",
        "EndpointConfigName": "churn-2",
        "CreationTime": at(0),
        "LastModifiedTime": at(1),
        "ProductionVariants": list(variants),
    }
    read = {} if config is None else {CONFIG: {"ProductionVariants": list(config)}}
    return translate(KIND, {**known, **read, **more})


def running(count: int = 1, name: str = "a", **more: Any) -> dict[str, Any]:
    return {"VariantName": name, "CurrentInstanceCount": count, **more}


POOLS: dict[str, Any] = {"InstancePools": [{"InstanceType": T2, "CurrentInstanceCount": 3}]}
NEW: dict[str, Any] = {"InstanceType": "ml.p4d.24xlarge", **running(2)}


@pytest.mark.parametrize(
    ("found", "groups"),
    [
        (endpoint(running(2)), (InstanceGroup(G5, 2),)),
        (endpoint(running(2), config=None), (InstanceGroup(None, 2),)),
        (endpoint(running(0)), (InstanceGroup(G5, 0),)),
        (endpoint({"VariantName": "a"}), (InstanceGroup(G5, None),)),
        (endpoint(running(9, **POOLS)), (InstanceGroup(T2, 3),)),
        (
            endpoint(running(1), PendingDeploymentSummary={"ProductionVariants": [NEW]}),
            (InstanceGroup(G5, 1), InstanceGroup("ml.p4d.24xlarge", 2)),
        ),
        (
            endpoint(running(1), ShadowProductionVariants=[running(4)]),
            (InstanceGroup(G5, 1), InstanceGroup(G5, 4)),
        ),
        (endpoint({"VariantName": "a", "CurrentServerlessConfig": SERVERLESS}), ()),
        (
            endpoint(
                {
                    "VariantName": "a",
                    "CurrentServerlessConfig": SERVERLESS | {"ProvisionedConcurrency": 1},
                }
            ),
            None,
        ),
        (endpoint(), None),
        (endpoint(ProductionVariants="odd"), None),
    ],
)
def test_its_instances(found: Resource, groups: tuple[InstanceGroup, ...] | None) -> None:
    assert found.groups == groups


def test_a_serverless_one_is_known_to_run_on_no_instance() -> None:
    found = endpoint({"VariantName": "a", "CurrentServerlessConfig": SERVERLESS})
    assert found.instances == 0


def used_by(found: Resource) -> list[tuple[str, dict[str, str]]]:
    return [(metric.name, dict(metric.dimensions)) for metric in found.use]


def test_a_real_time_one_is_used_by_invocations_of_each_variant() -> None:
    found = endpoint(running(), running(name="b"))
    names = [{"EndpointName": "churn", "VariantName": v} for v in ("a", "b")]
    assert used_by(found) == [("Invocations", each) for each in names]
    assert (found.changed, found.source) == (at(1), "churn-2")


def test_an_asynchronous_one_publishes_no_invocations() -> None:
    found = endpoint(running(), AsyncInferenceConfig={"OutputConfig": {}})
    assert used_by(found) == [
        ("InvocationsProcessed", {"EndpointName": "churn", "VariantName": "a"}),
        ("ApproximateBacklogSize", {"EndpointName": "churn"}),
    ]
    assert found.billing.component == "async-inference"


@pytest.mark.parametrize("config", [None, ({"VariantName": "a", "InstanceType": G5},)])
def test_of_inference_components_and_of_an_unknown_configuration_no_use_is_known(
    config: Any,
) -> None:
    assert endpoint(running(), config=config).use == ()
