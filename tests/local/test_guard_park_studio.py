"""With `Park=yes`: a Studio app and a Canvas session left on are warned of, and ended."""

import shlex

import pytest

from local.demo.environment import listed
from tests.local.guard import TAGS, Guard
from tests.local.test_guard_studio import name_of, run, set_up, space, status

pytestmark = pytest.mark.real

GRACE = {"hours": 4, "minutes": 5}  # where the policy gives none, for jobs


@pytest.fixture(scope="module")
def parameters() -> dict[str, str]:
    """Let the guard delete what can be made again."""
    return {"Park": "yes"}


@pytest.fixture(scope="module")
def domain(guard: Guard) -> str:
    return set_up(guard)


def test_an_app_on_a_forbidden_type_is_ended_and_its_files_stay(guard: Guard, domain: str) -> None:
    named = space(guard, domain, "gpu")
    app = run(guard, named, "JupyterLab", "ml.p3.2xlarge", Tags=listed(TAGS))
    guard.next_sweep()
    [warned] = guard.notices_about(name_of(app))
    assert (warned["stage"], warned["rule"]) == ("warning", "instance-type")
    assert warned["deadline"]
    assert status(guard, app) == "InService"
    guard.wait(**GRACE)
    guard.next_sweep()
    guard.next_sweep()
    assert status(guard, app) == "Deleted"
    [*warnings, gone] = guard.notices_about(name_of(app))
    assert gone["stage"] == "stopped"
    assert "instance-type" in gone["rule"]
    assert {n["stage"] for n in warnings} == {"warning"}
    found = guard.sagemaker.describe_space(**named)["SpaceSettings"]["SpaceStorageSettings"]
    assert found["EbsStorageSettings"]["EbsVolumeSizeInGb"] == 100


def test_the_line_of_the_notice_brings_it_back(guard: Guard, domain: str) -> None:
    app = {"DomainId": domain, "SpaceName": "gpu", "AppType": "JupyterLab", "AppName": "default"}
    [*_, gone] = guard.notices_about(name_of(app))
    words = shlex.split(gone["restart"].splitlines()[-1])
    assert words[:3] == ["aws", "sagemaker", "create-app"]
    options = dict(zip(words[3:15:2], words[4:15:2], strict=True))
    assert options["--resource-spec"] == "InstanceType=ml.p3.2xlarge"
    assert [options[f"--{name}"] for name in ("domain-id", "space-name", "app-type")] == [
        *(domain, "gpu", "JupyterLab")
    ]
    assert "Key=Project,Value=sinkorswim" in words


def test_a_canvas_session_left_on_is_ended(guard: Guard, domain: str) -> None:
    session = run(guard, {"DomainId": domain, "UserProfileName": "john-doe"}, "Canvas", "system")
    guard.wait(hours=4)
    guard.next_sweep()
    assert guard.stages_of(name_of(session)) == ["warning"]
    guard.wait(**GRACE)
    guard.next_sweep()
    guard.next_sweep()
    assert status(guard, session) == "Deleted"
    assert guard.stages_of(name_of(session)) == ["warning", "stopped"]
