"""SageMaker Studio of the local SageMaker: domains, profiles, spaces and apps as AWS has them."""

from datetime import timedelta
from typing import Any

import pytest

from local.sagemaker.account import Account
from tests.local.sagemaker_cases import ROLE, account, refused

MINUTE = timedelta(minutes=1)
G5 = "ml.g5.xlarge"


@pytest.fixture
def aws() -> Account:
    return account()


def domain(aws: Account, **settings: Any) -> str:
    """Create a domain with one person in it; answer its id."""
    asked = {"DomainName": "lab", "AuthMode": "IAM"}
    users = {"ExecutionRole": ROLE, **settings}
    found: str = aws.call("CreateDomain", asked | {"DefaultUserSettings": users})["DomainId"]
    aws.call("CreateUserProfile", {"DomainId": found, "UserProfileName": "john-doe"})
    return found


def space(aws: Account, of: str, kind: str = "JupyterLab") -> dict[str, str]:
    """Create a private space of that person; answer what names it."""
    named = {"DomainId": of, "SpaceName": "john"}
    asked = {
        "OwnershipSettings": {"OwnerUserProfileName": "john-doe"},
        "SpaceSharingSettings": {"SharingType": "Private"},
        "SpaceSettings": {"AppType": kind},
    }
    aws.call("CreateSpace", named | asked)
    return named


def run(aws: Account, who: dict[str, str], kind: str = "JupyterLab", **more: Any) -> dict[str, str]:
    """Run an app; answer what names it."""
    named = {**who, "AppType": kind, "AppName": "default"}
    aws.call("CreateApp", named | more)
    return named


def test_an_app_starts_runs_is_deleted_and_listed_for_a_day(aws: Account) -> None:
    app = run(aws, space(aws, domain(aws)), ResourceSpec={"InstanceType": G5})
    assert aws.call("DescribeApp", app)["Status"] == "Pending"
    aws.clock.advance(3 * MINUTE)
    found = aws.call("DescribeApp", app)
    assert (found["Status"], found["ResourceSpec"]) == ("InService", {"InstanceType": G5})
    aws.call("DeleteApp", app)
    aws.clock.advance(MINUTE)
    [row] = aws.call("ListApps", {})["Apps"]
    assert (row["Status"], row["AppName"]) == ("Deleted", "default")
    aws.clock.advance(timedelta(days=1))
    assert aws.call("ListApps", {})["Apps"] == []
    assert refused(aws, "DescribeApp", **app)[0] == "ResourceNotFound"


def test_one_that_was_deleted_is_made_again_under_its_name(aws: Account) -> None:
    app = run(aws, space(aws, domain(aws)))
    assert refused(aws, "CreateApp", **app)[0] == "ResourceInUse"
    aws.call("DeleteApp", app)
    aws.clock.advance(MINUTE)
    aws.call("CreateApp", app)
    aws.clock.advance(timedelta(days=2))
    assert aws.call("DescribeApp", app)["Status"] == "InService"


def test_the_timestamps_of_activity_move_by_themselves(aws: Account) -> None:
    app = run(aws, space(aws, domain(aws)))
    for _ in range(2):
        aws.clock.advance(60 * MINUTE)
        found = aws.call("DescribeApp", app)
        assert found["LastUserActivityTimestamp"] == aws.clock.now()
        assert found["LastHealthCheckTimestamp"] == found["LastUserActivityTimestamp"]


@pytest.mark.parametrize(
    ("kind", "expected"), [("JupyterServer", "system"), ("Canvas", "system"), ("JupyterLab", G5)]
)
def test_an_app_runs_on_the_default_of_its_domain(kind: str, expected: str, aws: Account) -> None:
    spec = {"DefaultResourceSpec": {"InstanceType": G5}}
    of = domain(aws, JupyterLabAppSettings=spec)
    app = run(aws, {"DomainId": of, "UserProfileName": "john-doe"}, kind)
    assert aws.call("DescribeApp", app)["ResourceSpec"]["InstanceType"] == expected


def test_an_app_belongs_to_a_profile_or_to_a_space(aws: Account) -> None:
    both = {**space(aws, domain(aws)), "UserProfileName": "john-doe"}
    app = {"AppType": "JupyterLab", "AppName": "default"}
    assert refused(aws, "CreateApp", **both, **app)[0] == "ValidationException"
    other = {"DomainId": both["DomainId"], "UserProfileName": "nobody"}
    assert refused(aws, "CreateApp", **other, **app)[0] == "ResourceNotFound"


def test_a_space_has_a_volume_and_is_not_deleted_while_an_app_runs(aws: Account) -> None:
    named = space(aws, domain(aws))
    [row] = aws.call("ListSpaces", {})["Spaces"]
    volume = {"EbsStorageSettings": {"EbsVolumeSizeInGb": 5}}
    assert row["SpaceSettingsSummary"]["SpaceStorageSettings"] == volume
    assert row["OwnershipSettingsSummary"] == {"OwnerUserProfileName": "john-doe"}
    run(aws, named)
    assert refused(aws, "DeleteSpace", **named)[0] == "ResourceInUse"
    aws.call("DeleteApp", {**named, "AppType": "JupyterLab", "AppName": "default"})
    aws.call("DeleteSpace", named)
    assert aws.call("ListSpaces", {})["Spaces"] == []


def test_a_larger_volume_is_one_of_the_settings(aws: Account) -> None:
    named = space(aws, domain(aws))
    storage = {"EbsStorageSettings": {"EbsVolumeSizeInGb": 500}}
    aws.call("UpdateSpace", named | {"SpaceSettings": {"SpaceStorageSettings": storage}})
    found = aws.call("DescribeSpace", named)["SpaceSettings"]
    assert found == {"AppType": "JupyterLab", "SpaceStorageSettings": storage}


def test_an_update_of_a_domain_replaces_what_is_set_for_an_app_type(aws: Account) -> None:
    of = domain(aws, JupyterLabAppSettings={"LifecycleConfigArns": []})
    idle = {"IdleSettings": {"LifecycleManagement": "ENABLED", "IdleTimeoutInMinutes": 60}}
    lab = {"AppLifecycleManagement": idle}
    settings = {"DefaultUserSettings": {"JupyterLabAppSettings": lab}}
    aws.call("UpdateDomain", {"DomainId": of, **settings})
    found = aws.call("DescribeDomain", {"DomainId": of})["DefaultUserSettings"]
    assert found == {"ExecutionRole": ROLE, "JupyterLabAppSettings": lab}
    who = {"DomainId": of, "UserProfileName": "john-doe"}
    aws.call("UpdateUserProfile", who | {"UserSettings": {"JupyterLabAppSettings": lab}})
    assert aws.call("DescribeUserProfile", who)["UserSettings"] == {"JupyterLabAppSettings": lab}


def test_everything_of_every_domain_is_listed_by_page(aws: Account) -> None:
    for name in ("one", "two"):
        asked: dict[str, Any] = {"DomainName": name, "AuthMode": "IAM", "DefaultUserSettings": {}}
        of = aws.call("CreateDomain", asked)["DomainId"]
        for person in range(8):
            who = {"DomainId": of, "UserProfileName": f"p{person}"}
            aws.call("CreateUserProfile", who)
            run(aws, who, "Canvas")
    assert len(aws.call("ListDomains", {})["Domains"]) == 2
    first = aws.call("ListApps", {})
    assert (len(first["Apps"]), "NextToken" in first) == (10, True)
    assert len(aws.call("ListApps", {"NextToken": first["NextToken"]})["Apps"]) == 6
    only = aws.call("ListApps", {"DomainIdEquals": of, "UserProfileNameEquals": "p3"})["Apps"]
    assert len(only) == 1


def test_a_call_is_an_event_of_cloudtrail_and_nothing_else(aws: Account) -> None:
    run(aws, space(aws, domain(aws)))
    aws.clock.advance(5 * MINUTE)
    made = {event["detail-type"] for event in aws.events}
    assert made == {"AWS API Call via CloudTrail"}
    assert aws.events[-1]["detail"]["requestParameters"]["spaceName"] == "john"
