"""`costguard audit` of a lab with Studio, endpoints and clusters: all is listed, with its rate."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from local.account import LocalAws
from local.demo.environment import ROLE
from tests.cli.command import run
from tests.local.guard import POLICY, START

DOMAINS, APPS, ENDPOINTS, CLUSTERS = 3, 40, 15, 2
ON = {"InstanceType": "ml.g5.xlarge"}


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws(port=0, start=START, frozen=True) as running:
        sagemaker = running.client("sagemaker")
        settings = {"ExecutionRole": ROLE}
        names = [f"lab-{number}" for number in range(DOMAINS)]
        domains = [
            sagemaker.create_domain(DomainName=n, AuthMode="IAM", DefaultUserSettings=settings)
            for n in names
        ]
        running.clock.advance(timedelta(minutes=1))
        for number in range(APPS):
            _app(sagemaker, domains[number % DOMAINS]["DomainId"], f"space-{number}")
        image = {"Image": "serve:1"}
        sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer=image)
        variant = {"VariantName": "v", "ModelName": "m", "InitialInstanceCount": 1}
        sagemaker.create_endpoint_config(
            EndpointConfigName="c", ProductionVariants=[{**variant, "InstanceType": "ml.m5.xlarge"}]
        )
        for number in range(ENDPOINTS):
            sagemaker.create_endpoint(EndpointName=f"e-{number}", EndpointConfigName="c")
        for number in range(CLUSTERS):
            _cluster(sagemaker, f"hyper-{number}")
        running.clock.advance(timedelta(minutes=20))
        yield running


def _app(sagemaker: Any, domain: str, name: str) -> None:
    named = {"DomainId": domain, "SpaceName": name}
    sagemaker.create_user_profile(DomainId=domain, UserProfileName=f"of-{name}")
    sagemaker.create_space(
        **named,
        OwnershipSettings={"OwnerUserProfileName": f"of-{name}"},
        SpaceSharingSettings={"SharingType": "Private"},
        SpaceSettings={"AppType": "JupyterLab"},
    )
    sagemaker.create_app(**named, AppType="JupyterLab", AppName="default", ResourceSpec=ON)


def _cluster(sagemaker: Any, name: str) -> None:
    script = {"SourceS3Uri": "s3://sagemaker-scripts/", "OnCreate": "on-create.sh"}
    group = {"InstanceGroupName": "workers", "InstanceCount": 4, "InstanceType": "ml.p4d.24xlarge"}
    sagemaker.create_cluster(
        ClusterName=name,
        InstanceGroups=[{**group, "LifeCycleConfig": script, "ExecutionRole": ROLE}],
    )


def audit(*arguments: object) -> Any:
    return json.loads(run("audit", "--policy", POLICY, "--local", *arguments, "--json").out)


@pytest.mark.usefixtures("aws")
def test_all_that_bills_is_listed_with_what_it_costs_an_hour() -> None:
    answer = audit("--list-prices")
    kinds = [row["resource"]["kind"] for row in answer["resources"]]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"app": APPS, "endpoint": ENDPOINTS}
    rates = {float(row["usd_per_hour"]) for row in answer["resources"]}
    assert rates == {1.41, 0.23}
    [region] = answer["unwatched"]
    clusters = {each["name"]: each for each in region["resources"]}
    assert {name: each["usd_per_hour"] for name, each in clusters.items()} == {
        "hyper-0": "103.64",
        "hyper-1": "103.64",
    }
    assert "domains, idle shutdown off in 3" in run("audit", "--policy", POLICY, "--local").out


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ((), "--list-prices asks AWS for them"),
        (["--list-prices"], "AWS's price list does not tell"),
    ],
)
def test_what_has_no_price_is_said_so(aws: LocalAws, asked: tuple[str], says: str) -> None:
    sagemaker = aws.client("sagemaker")
    [profile, *_] = sagemaker.list_user_profiles()["UserProfiles"]
    named = {member: profile[member] for member in ("DomainId", "UserProfileName")}
    named |= {"AppType": "KernelGateway", "AppName": f"k{len(asked)}"}
    sagemaker.create_app(**named, ResourceSpec=ON)
    aws.clock.advance(timedelta(minutes=5))
    out = run("audit", "--policy", POLICY, "--local", *asked).out
    assert f"Some prices are not known here: {says}" in " ".join(out.split())
