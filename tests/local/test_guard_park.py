"""With `Park=yes`: what nobody calls is warned of, deleted, and made again by the line it names."""

import shlex
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local.demo.environment import listed
from tests.local.guard import POLICY, TAGS, Guard, sources_with
from tests.local.test_guard_endpoints import deploy
from tests.local.watching import alarms_raised, without_grant

GRACE = {"minutes": 20}  # 15 of the rule `idle`, and a little for the hearing


@pytest.fixture(scope="module")
def parameters() -> dict[str, str]:
    """Let the guard delete what can be made again."""
    return {"Park": "yes"}


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    text = POLICY.read_text(encoding="utf-8") + '\n[rules.idle]\nunused = "2h"\n'
    return sources_with(text, tmp_path_factory.mktemp("park"))


@pytest.fixture(autouse=True)
def swept(guard: Guard) -> None:
    """Begin behind a sweep."""
    guard.next_sweep()


def call(guard: Guard, name: str) -> None:
    """Call an endpoint, as its users do."""
    runtime = guard.aws.client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(EndpointName=name, Body=b"[1]", ContentType="text/csv")
    assert answer["Body"].read() == b"[1]"


def is_gone(guard: Guard, name: str) -> bool:
    try:
        guard.status("Endpoint", name)
    except ClientError as error:
        return "Could not find" in str(error)
    return False


def create_as_told(guard: Guard, line: str) -> None:
    """Make an endpoint again with the line of a notice, read as a shell reads it."""
    words = shlex.split(line)
    assert words[:3] == ["aws", "sagemaker", "create-endpoint"]
    options = dict(zip(words[3:9:2], words[4:9:2], strict=True))
    pairs = [word.split(",", 1) for word in words[words.index("--tags") + 1 :]]
    tags = {key.removeprefix("Key="): value.removeprefix("Value=") for key, value in pairs}
    assert tags == TAGS
    guard.sagemaker.create_endpoint(
        EndpointName=options["--endpoint-name"],
        EndpointConfigName=options["--endpoint-config-name"],
        Tags=listed(tags),
    )
    guard.aws.settle()


def test_one_that_is_called_is_spared_and_one_that_is_not_is_parked(guard: Guard) -> None:
    deploy(guard, "used")
    deploy(guard, "unused")
    guard.wait(hours=1)
    call(guard, "used")
    guard.wait(hours=1)
    guard.next_sweep()
    assert guard.stages_of("used") == []
    [warned] = guard.notices_about("unused")
    assert warned["deadline"]
    guard.wait(**GRACE)
    guard.next_sweep()
    guard.next_sweep()
    assert is_gone(guard, "unused")
    assert guard.stages_of("unused") == ["warning", "stopped"]
    assert guard.stops("unused", "Delete") == ["DeleteEndpoint"]
    assert guard.status("Endpoint", "used") == "InService"
    assert guard.describe("EndpointConfig", "unused")["EndpointConfigName"] == "unused"


def test_the_notice_has_the_line_that_brings_it_back(guard: Guard) -> None:
    [*_, gone] = guard.notices_about("unused")
    create_as_told(guard, gone["restart"].splitlines()[-1])
    guard.wait(minutes=10)
    assert guard.status("Endpoint", "unused") == "InService"
    arn = guard.describe("Endpoint", "unused")["EndpointArn"]
    found = guard.sagemaker.list_tags(ResourceArn=arn)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in found} == TAGS


def component(guard: Guard, name: str) -> None:
    guard.sagemaker.create_inference_component(
        InferenceComponentName=f"{name}-a",
        EndpointName=name,
        VariantName="AllTraffic",
        Specification={"ModelName": name},
        RuntimeConfig={"CopyCount": 2},
    )


def scaling(guard: Guard, name: str) -> None:
    guard.aws.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId=f"endpoint/{name}/variant/AllTraffic",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        MinCapacity=1,
        MaxCapacity=4,
    )


def no_model(guard: Guard, name: str) -> None:
    guard.sagemaker.delete_model(ModelName=name)


OBSTACLES = {
    "components": (component, "1 inference component on it: components-a (2 copies)"),
    "scaled": (scaling, "Application Auto Scaling"),
    "modelless": (no_model, "its model modelless does not exist any more"),
}


@pytest.mark.real
@pytest.mark.parametrize("name", OBSTACLES)
def test_one_with_an_obstacle_is_told_and_goes_on(guard: Guard, name: str) -> None:
    deploy(guard, name)
    guard.wait(minutes=10)
    hinder, said = OBSTACLES[name]
    hinder(guard, name)
    guard.wait(hours=3)
    guard.next_sweep()
    guard.wait(**GRACE)
    guard.next_sweep()
    [told] = guard.notices_about(name)
    assert told["deadline"] is None
    assert "Costguard does not delete it: " in told["reason"]
    assert said in told["reason"]
    assert "DeleteEndpoint" not in guard.stops(name, "Delete")
    assert guard.status("Endpoint", name) == "InService"


def test_nothing_of_it_failed(guard: Guard) -> None:
    assert guard.dead_letters() == []
    assert "AccessDenied" not in guard.log("Parker") + guard.log("Sweep") + guard.log("Watch")


@pytest.mark.real
@pytest.mark.parametrize(
    ("role", "sid"), [("ParkerRole", "Delete"), ("SweepRole", "LookForHindrances")]
)
def test_a_grant_that_is_lost_deletes_nothing_and_is_loud(
    guard: Guard, role: str, sid: str
) -> None:
    name = f"refused-{role.lower()}"
    deploy(guard, name)
    with without_grant(guard, role, sid):
        guard.wait(hours=3)
        guard.next_sweep()
        assert guard.status("Endpoint", name) == "InService"
        assert alarms_raised(guard) & {"ParkDeadLetters", "SweepFails"}
    guard.wait(hours=1)
    guard.next_sweep()
    assert is_gone(guard, name)
    assert guard.stages_of(name)[-1] == "stopped"
