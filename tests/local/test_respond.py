"""Answers on the deployed stack: through the function URL, signed by users whom IAM knows."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore.credentials import Credentials

from costguard_cli.aws.function_url import signed_post
from costguard_cli.aws.stack import Stack
from costguard_cli.commands.answer import deliver
from costguard_cli.errors import CannotRunError
from local.demo.environment import DemoEnvironment
from tests.local.guard import COMPLETE, START, Guard

type Answer = Callable[..., tuple[bool, str]]


@pytest.fixture(scope="module")
def guard(staged: Path) -> Iterator[Guard]:
    with DemoEnvironment(port=0, start=START, frozen=True) as stage:
        stage.open()
        guard = Guard(stage, staged)
        guard.deploy(SelfService="iam")
        stage.subscribe(guard.outputs)
        yield guard


def user(guard: Guard, name: str, *, may_answer: bool = True) -> Answer:
    """Make an IAM user; return how they answer."""
    iam = guard.aws.client("iam")
    iam.create_user(UserName=name)
    if may_answer:
        iam.attach_user_policy(UserName=name, PolicyArn=guard.outputs["RespondAccessArn"])
    key = iam.create_access_key(UserName=name)["AccessKey"]
    credentials = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    post = signed_post(credentials, guard.aws.region, guard.aws.endpoint)
    now = guard.aws.clock.now()
    stack = Stack(
        name="costguard", status="", outputs=guard.outputs, parameters={}, created=now, changed=now
    )

    def answer(action: str, resource: str, **more: object) -> tuple[bool, str]:
        told = deliver(stack, {"action": action, "resource": resource} | more, post)
        guard.aws.settle()
        return told

    return answer


@pytest.fixture(scope="module")
def john(guard: Guard) -> Answer:
    return user(guard, "john.doe@example.org")


@pytest.fixture(scope="module")
def jane(guard: Guard) -> Answer:
    return user(guard, "jane.roe@example.org")


@pytest.fixture(scope="module")
def anna(guard: Guard) -> Answer:
    return user(guard, "anna")


def test_whom_iam_does_not_let_in_reaches_nothing(guard: Guard) -> None:
    with pytest.raises(CannotRunError, match="HTTP 403"):
        user(guard, "stranger", may_answer=False)("stop", "DoeJohn-Any")


def test_max_fixes_his_tags_by_a_press(guard: Guard, john: Answer, jane: Answer) -> None:
    guard.open("DoeJohn-Tags", {"Name": "John Doe"})
    assert guard.stages_of("DoeJohn-Tags") == ["warning"]
    wanted = {key: value for key, value in COMPLETE.items() if key != "Name"}
    assert jane("fix", "DoeJohn-Tags", tags=wanted) == (
        False,
        "Costguard has reported nothing of yours by that name.",
    )
    done, says = john("fix", "DoeJohn-Tags", tags=wanted)
    assert done, says
    assert guard.stages_of("DoeJohn-Tags") == ["warning", "all-clear"]


def test_an_owner_stops_it_before_the_deadline(guard: Guard, john: Answer) -> None:
    guard.open("DoeJohn-Stop", {"Name": "John Doe"})
    assert john("stop", "DoeJohn-Stop")[0]
    assert guard.stops("DoeJohn-Stop") == ["StopNotebookInstance"]
    guard.wait(minutes=4)
    assert guard.stages_of("DoeJohn-Stop") == ["warning", "stopped"]
    assert "John Doe asked to stop it now" in guard.notices_about("DoeJohn-Stop")[-1]["reason"]


def test_john_says_not_mine(guard: Guard, john: Answer) -> None:
    guard.open("DoeJohn-Other", {"Name": "Jane Roe"})
    done, says = john("not-mine", "DoeJohn-Other")
    assert done, says
    guard.next_sweep()
    assert guard.summaries("Somebody says that a resource is not theirs")


def test_jane_asks_for_a_p3_and_an_admin_approves(guard: Guard, jane: Answer, anna: Answer) -> None:
    tags = COMPLETE | {"Name": "Jane Roe"}
    guard.open("RoeJane-Train", tags, InstanceType="ml.p3.2xlarge")
    assert guard.stages_of("RoeJane-Train") == ["warning"]
    done, says = jane("ask", "RoeJane-Train", why="the thesis is due", until="2d")
    assert done, says
    number = says.split("request ")[1].split(")")[0]
    guard.next_sweep()
    [text] = guard.summaries("asks for an exception")
    assert "Why: the thesis is due" in text
    assert f"costguard approve {number}" in text
    assert jane("approve", number) == (
        False,
        "Only an admin whom the policy names may decide about exceptions.",
    )
    done, says = anna("approve", number, until="1d")
    assert done, says
    assert "is approved by anna until Tue 24 Nov 2026" in says
    guard.wait(hours=2)
    assert guard.stages_of("RoeJane-Train") == ["warning", "all-clear"]
    assert guard.stops("RoeJane-Train") == []


def test_nothing_failed(guard: Guard) -> None:
    assert guard.dead_letters() == []
