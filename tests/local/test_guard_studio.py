"""Studio apps that somebody left on: what a client of AWS's API, their owner and admins meet."""

import re
from typing import Any

import pytest

from local.demo.environment import ROLE
from tests.local.guard import Guard

pytestmark = pytest.mark.real

PERSON = "john-doe"


@pytest.fixture(scope="module")
def domain(guard: Guard) -> str:
    return set_up(guard)


def set_up(guard: Guard) -> str:
    """Set up a domain with one person in it."""
    made = guard.sagemaker.create_domain(
        DomainName="lab", AuthMode="IAM", DefaultUserSettings={"ExecutionRole": ROLE}
    )
    found = str(made["DomainId"])
    guard.sagemaker.create_user_profile(DomainId=found, UserProfileName=PERSON)
    guard.wait(minutes=1)
    return found


def space(guard: Guard, domain: str, name: str, gigabytes: int = 100) -> dict[str, str]:
    """Create a private space of that person."""
    named = {"DomainId": domain, "SpaceName": name}
    volume = {"EbsStorageSettings": {"EbsVolumeSizeInGb": gigabytes}}
    guard.sagemaker.create_space(
        **named,
        OwnershipSettings={"OwnerUserProfileName": PERSON},
        SpaceSharingSettings={"SharingType": "Private"},
        SpaceSettings={"AppType": "JupyterLab", "SpaceStorageSettings": volume},
    )
    return named


def run(guard: Guard, who: dict[str, str], kind: str, on: str, **more: Any) -> dict[str, str]:
    """Run an app."""
    named = {**who, "AppType": kind, "AppName": "default"}
    guard.sagemaker.create_app(**named, ResourceSpec={"InstanceType": on}, **more)
    guard.wait(minutes=5)
    return named


def status(guard: Guard, app: dict[str, str]) -> str:
    return str(guard.sagemaker.describe_app(**app)["Status"])


def name_of(app: dict[str, str]) -> str:
    return "/".join(app.values())


def test_one_on_a_large_gpu_is_told_to_its_owner_with_the_line_that_ends_it(
    guard: Guard, domain: str
) -> None:
    app = run(guard, space(guard, domain, "gpu"), "JupyterLab", "ml.p3.2xlarge")
    guard.next_sweep()
    [told] = guard.notices_about(name_of(app))
    assert (told["rule"], told["deadline"]) == ("instance-type", None)
    assert told["owner"]["email"] == "john.doe@example.org"
    line = told["remedy"].splitlines()[1]
    assert line == (
        f"aws sagemaker delete-app --region us-east-2 --domain-id {domain} --space-name gpu "
        "--app-type JupyterLab --app-name default"
    )
    guard.wait(hours=8)
    assert status(guard, app) == "InService"
    guard.sagemaker.delete_app(**app)  # as the line does
    guard.wait(minutes=5)
    assert status(guard, app) == "Deleted"


def test_what_is_left_on_is_told_by_its_age_and_costs_what_it_costs(
    guard: Guard, domain: str
) -> None:
    guard.invoke("Report", {"time": now(guard), "period": "prices"})
    who = {"DomainId": domain, "UserProfileName": PERSON}
    session = run(guard, who, "Canvas", "system")
    server = run(guard, who, "JupyterServer", "system")
    lab = run(guard, space(guard, domain, "left-on"), "JupyterLab", "ml.m5.xlarge")
    guard.wait(hours=4)
    guard.next_sweep()
    for app, usd in ((session, 1.9), (lab, 0.23)):
        [told] = guard.notices_about(name_of(app))
        assert (told["rule"], told["stage"]) == ("long-running", "warning")
        assert told["cost"]["usd_per_hour"] == usd
        assert "it has run for 3 h" in told["reason"]
        assert status(guard, app) == "InService"
    assert guard.notices_about(name_of(server)) == []


def test_the_summary_has_them_by_owner_and_the_volumes_that_stay(guard: Guard, domain: str) -> None:
    who = {"DomainId": domain, "UserProfileName": PERSON}
    guard.sagemaker.delete_app(**who, AppType="Canvas", AppName="default")
    guard.wait(hours=24)
    before = len(guard.summaries())
    guard.invoke("Report", {"time": now(guard), "period": "week"})
    text = guard.summaries()[before]
    assert "UNPRICED" not in text
    assert "    John Doe" in text
    canvas = re.search(r"\$(\d+\.\d\d) +canvas", text)
    assert canvas
    assert abs(float(canvas[1]) - 1.9 * 4.7) < 1
    assert "STORAGE THAT STILL BILLS: 2 Studio spaces, 200 GB, $22.40 a month" in text


def now(guard: Guard) -> str:
    return str(guard.aws.clock.now().isoformat())


def test_a_space_with_a_larger_volume_is_metered_anew(guard: Guard, domain: str) -> None:
    named: dict[str, Any] = space(guard, domain, "grows", 10)
    guard.wait(minutes=5)
    storage = {"SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": 500}}}
    guard.sagemaker.update_space(**named, SpaceSettings=storage)
    guard.wait(minutes=5)
    table = guard.outputs["LedgerTableName"]
    rows = guard.aws.client("dynamodb").scan(TableName=table)["Items"]
    metered = [str(row) for row in rows if f"space/{domain}/grows" in str(row)]
    assert any("500" in row for row in metered), metered
