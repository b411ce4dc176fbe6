"""An endpoint that nobody calls: what a client of AWS's API and its owner meet."""

from pathlib import Path

import pytest

from local.demo.environment import listed
from tests.local.guard import POLICY, TAGS, Guard, sources_with

ROLE = "arn:aws:iam::123456789012:role/workshop"


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ask what AWS measures of an endpoint, too."""
    text = POLICY.read_text(encoding="utf-8") + '\n[rules.idle]\nunused = "2h"\n'
    return sources_with(text, tmp_path_factory.mktemp("endpoints"))


@pytest.fixture(autouse=True)
def swept(guard: Guard) -> None:
    """Begin behind a sweep."""
    guard.next_sweep()


def deploy(guard: Guard, name: str, kind: str = "ml.m5.large") -> None:
    """Deploy a model as every tutorial does."""
    image = {"Image": "123456789012.dkr.ecr.us-east-2.amazonaws.com/serve:1"}
    guard.sagemaker.create_model(ModelName=name, PrimaryContainer=image, ExecutionRoleArn=ROLE)
    variant = {"VariantName": "AllTraffic", "ModelName": name, "InitialInstanceCount": 1}
    guard.sagemaker.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[{**variant, "InstanceType": kind}]
    )
    guard.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name, Tags=listed(TAGS))


def test_one_that_nobody_calls_is_told_with_the_line_that_brings_it_back(guard: Guard) -> None:
    deploy(guard, "churn")
    guard.wait(hours=3)
    guard.next_sweep()
    [told] = guard.notices_about("churn")
    assert (told["rule"], told["deadline"]) == ("idle", None)
    assert "nobody has used it since" in told["reason"]
    assert "create-endpoint --region" in told["remedy"]
    assert "--endpoint-config-name churn --tags" in told["remedy"]
    assert guard.status("Endpoint", "churn") == "InService"


def test_one_on_a_forbidden_type_is_told_at_once_and_goes_on(guard: Guard) -> None:
    deploy(guard, "big", "ml.p3.2xlarge")
    guard.wait(minutes=10)
    [told] = guard.notices_about("big")
    assert (told["rule"], told["resource"]["instance_type"]) == ("instance-type", "ml.p3.2xlarge")
    assert guard.status("Endpoint", "big") == "InService"
