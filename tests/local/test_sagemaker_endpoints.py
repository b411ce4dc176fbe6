"""Endpoints of the local SageMaker: states, two fleets, events and refusals as AWS has them."""

from datetime import timedelta
from typing import Any

from local.sagemaker.account import Account
from tests.local.sagemaker_cases import ROLE, account, refused, status

MINUTE = timedelta(minutes=1)
VARIANT = {"VariantName": "a", "ModelName": "m", "InitialInstanceCount": 2}


def serving(**config: Any) -> Account:
    """Make an account with an endpoint that has just been asked for."""
    aws = account()
    aws.call("CreateModel", {"ModelName": "m", "ExecutionRoleArn": ROLE})
    variant = VARIANT | {"InstanceType": "ml.g5.xlarge"}
    asked = {"EndpointConfigName": "one", "ProductionVariants": [variant], **config}
    aws.call("CreateEndpointConfig", asked)
    aws.call("CreateEndpoint", {"EndpointName": "Churn", "EndpointConfigName": "one"})
    return aws


def endpoint(aws: Account) -> dict[str, Any]:
    return aws.call("DescribeEndpoint", {"EndpointName": "Churn"})


def test_an_endpoint_has_its_types_in_its_configuration_alone() -> None:
    aws = serving()
    aws.clock.advance(5 * MINUTE)
    found = endpoint(aws)
    assert found["EndpointStatus"] == "InService"
    assert found["ProductionVariants"] == [
        {"VariantName": "a", "CurrentInstanceCount": 2, "DesiredInstanceCount": 2}
    ]
    told = aws.call("DescribeEndpointConfig", {"EndpointConfigName": "one"})
    assert told["ProductionVariants"][0]["InstanceType"] == "ml.g5.xlarge"
    [row] = aws.call("ListEndpoints", {"StatusEquals": "InService"})["Endpoints"]
    assert row["EndpointName"] == "Churn"


def test_an_update_runs_two_fleets_and_is_left_alone() -> None:
    aws = serving()
    aws.clock.advance(5 * MINUTE)
    new = VARIANT | {"InstanceType": "ml.p4d.24xlarge"}
    aws.call("CreateEndpointConfig", {"EndpointConfigName": "two", "ProductionVariants": [new]})
    aws.call("UpdateEndpoint", {"EndpointName": "Churn", "EndpointConfigName": "two"})
    [pending] = endpoint(aws)["PendingDeploymentSummary"]["ProductionVariants"]
    assert (pending["InstanceType"], pending["CurrentInstanceCount"]) == ("ml.p4d.24xlarge", 2)
    code, text = refused(aws, "DeleteEndpoint", EndpointName="Churn")
    assert (code, text[:36]) == ("ValidationException", 'Cannot update in-progress endpoint "')
    aws.clock.advance(10 * MINUTE)
    assert endpoint(aws)["EndpointConfigName"] == "two"
    assert "PendingDeploymentSummary" not in endpoint(aws)


def test_it_is_resized_and_deleted_and_made_again() -> None:
    aws = serving()
    aws.clock.advance(5 * MINUTE)
    size = {"VariantName": "a", "DesiredInstanceCount": 4}
    asked = {"EndpointName": "Churn", "DesiredWeightsAndCapacities": [size]}
    aws.call("UpdateEndpointWeightsAndCapacities", asked)
    aws.clock.advance(10 * MINUTE)
    assert endpoint(aws)["ProductionVariants"][0]["CurrentInstanceCount"] == 4
    aws.call("DeleteEndpoint", {"EndpointName": "Churn"})
    assert status(aws, "Endpoint", "Churn") == "Deleting"
    aws.clock.advance(MINUTE)
    assert refused(aws, "DescribeEndpoint", EndpointName="Churn") == (
        "ValidationException",
        'Could not find endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/churn".',
    )
    aws.call("CreateEndpoint", {"EndpointName": "Churn", "EndpointConfigName": "one"})


def test_its_events_spell_the_status_in_upper_case() -> None:
    aws = serving()
    aws.clock.advance(5 * MINUTE)
    told = [
        event["detail"]["EndpointStatus"]
        for event in aws.events
        if event["detail-type"] == "SageMaker Endpoint State Change"
    ]
    assert told == ["CREATING", "IN_SERVICE"]


def test_what_it_needs_must_be_there() -> None:
    aws = account()
    code, text = refused(aws, "CreateEndpoint", EndpointName="a", EndpointConfigName="none")
    assert (code, text.partition(' "')[0]) == (
        "ValidationException",
        "Could not find endpoint configuration",
    )


def test_inference_components_are_listed_by_endpoint() -> None:
    aws = serving()
    asked = {"InferenceComponentName": "c", "EndpointName": "Churn", "VariantName": "a"}
    aws.call("CreateInferenceComponent", asked | {"RuntimeConfig": {"CopyCount": 2}})
    for name, many in (("Churn", 1), ("other", 0)):
        found = aws.call("ListInferenceComponents", {"EndpointNameEquals": name})
        assert len(found["InferenceComponents"]) == many


def test_the_copies_of_a_component_end_and_it_is_deleted() -> None:
    aws = serving()
    named = {"InferenceComponentName": "c"}
    asked = named | {"EndpointName": "Churn", "VariantName": "a"}
    aws.call("CreateInferenceComponent", asked | {"RuntimeConfig": {"CopyCount": 2}})
    none = {"DesiredRuntimeConfig": {"CopyCount": 0}}
    aws.call("UpdateInferenceComponentRuntimeConfig", named | none)
    found = aws.call("DescribeInferenceComponent", named)
    assert found["RuntimeConfig"] == {"DesiredCopyCount": 0, "CurrentCopyCount": 0}
    aws.call("DeleteInferenceComponent", named)
    aws.clock.advance(MINUTE)
    assert aws.call("ListInferenceComponents", {})["InferenceComponents"] == []
