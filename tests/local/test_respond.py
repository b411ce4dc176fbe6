"""Answers on the deployed stack: signed by users whom IAM knows, and by links in mails."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

from costguard_cli.aws.function_url import signed_post
from costguard_cli.aws.stack import Stack
from costguard_cli.commands.answer import deliver
from costguard_cli.errors import CannotRunError
from local.demo.environment import DemoEnvironment
from tests.local.browser import Browser
from tests.local.guard import COMPLETE, START, Guard

SENDER, PHONE = "costguard@example.org", 390
UNFOLD = "document.querySelectorAll('details').forEach(each => each.open = true)"

type Answer = Callable[..., tuple[bool, str]]


@pytest.fixture(scope="module")
def guard(staged: Path) -> Iterator[Guard]:
    with DemoEnvironment(port=0, start=START, frozen=True) as stage:
        stage.open()
        guard = Guard(stage, staged)
        stage.client("sesv2").create_email_identity(EmailIdentity=SENDER)
        guard.deploy(SelfService="public", MailFrom=SENDER)
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
    [asked] = [n for n in guard.notices_about("RoeJane-Train") if n["rule"] == "asked"]
    assert "Why: the thesis is due" in asked["reason"]
    assert f"costguard approve {number}" in asked["remedy"]
    assert jane("approve", number) == (
        False,
        "Only an admin whom the policy names may decide about exceptions.",
    )
    done, says = anna("approve", number, until="1d")
    assert done, says
    assert "is approved by anna until Tue 24 Nov 2026" in says
    guard.wait(hours=2)
    assert guard.stages_of("RoeJane-Train") == ["warning", "held-back", "all-clear"]
    assert guard.stops("RoeJane-Train") == []


def mailed_link(guard: Guard, to: str, about: str) -> str:
    """Find the link in the newest mail to a person about something; as a local browser opens it."""
    mails = [m for m in guard.aws.mailbox.to(to) if about in str(m["Subject"])]
    part = mails[-1].get_body(("plain",))
    text = part.get_content() if part else ""
    [host, token] = re.findall(r"https://(\w+)\.lambda-url\.\S+/([a-z2-7]{32})", text)[-1]
    return f"{guard.aws.endpoint}/_aws/lambda-url/{host}/{token}"


@pytest.fixture(scope="module")
def phone() -> Iterator[Browser]:
    with Browser() as browser:
        browser.call("Emulation.setScriptExecutionDisabled", value=True)
        yield browser


def shown(phone: Browser) -> str:
    return str(phone.ask("document.body.innerText"))


def test_max_fixes_his_tags_on_his_phone(guard: Guard, phone: Browser) -> None:
    guard.open("DoeJohn-Phone", {"Name": "John Doe"})
    address = mailed_link(guard, "john.doe@example.org", "DoeJohn-Phone")
    phone.open(address, PHONE)
    assert "DoeJohn-Phone" in shown(phone)
    assert phone.ask("document.documentElement.scrollWidth") <= PHONE
    assert (phone.complaints, phone.requests) == ([], [address])
    assert guard.stages_of("DoeJohn-Phone") == ["warning"]
    phone.ask(UNFOLD)
    phone.ask("document.querySelector('[name=\"tag.Project\"]').value = 'wattbot'")
    for key, value in COMPLETE.items():
        if key not in ("Project", "Name"):
            phone.type(f'[name="tag.{key}"]', value)
    phone.type("#name-fix", "DoeJohn-Phone")
    phone.press("#name-fix ~ button")
    assert "DoeJohn-Phone now has Project = wattbot" in shown(phone)
    guard.aws.settle()
    assert guard.stages_of("DoeJohn-Phone") == ["warning", "all-clear"]


def test_his_page_is_asked_for_there_and_mailed(guard: Guard, phone: Browser) -> None:
    guard.open("DoeJohn-Mine", {"Name": "John Doe"})
    phone.open(mailed_link(guard, "john.doe@example.org", "DoeJohn-Mine"), PHONE, dark=True)
    phone.press("section form button")
    assert "on its way" in shown(phone)
    guard.aws.settle()
    phone.open(mailed_link(guard, "john.doe@example.org", "Your page"), PHONE, dark=True)
    assert "What John Doe runs" in shown(phone)
    assert "RoeJane" not in shown(phone)
    phone.press("a[href]")
    assert "DoeJohn-Mine" in shown(phone)
    assert phone.complaints == []
    phone.ask(UNFOLD)
    phone.type("#name-stop", "DoeJohn-Mine")
    phone.press("#name-stop ~ button")
    guard.aws.settle()
    assert guard.stops("DoeJohn-Mine") == ["StopNotebookInstance"]


def test_an_answer_for_the_iam_door_is_none_at_the_public_one(guard: Guard) -> None:
    host = guard.outputs["DoorUrl"].split("/")[2]
    body, name = b'{"action": "stop", "resource": "DoeJohn-Tags"}', host.split(".")[0]
    headers = {"content-type": "application/json"}
    request = AWSRequest("POST", f"{guard.aws.endpoint}/_aws/lambda-url/{name}/", headers, body)
    answer = URLLib3Session().send(request.prepare())
    assert (answer.status_code, b"DoeJohn" in answer.content) == (404, False)


def test_the_iam_door_asks_for_a_signature(guard: Guard) -> None:
    name = guard.outputs["RespondUrl"].split("/")[2].split(".")[0]
    link = mailed_link(guard, "john.doe@example.org", "DoeJohn-Mine").rsplit("/", 1)[1]
    address = f"{guard.aws.endpoint}/_aws/lambda-url/{name}/{link}"
    answer = URLLib3Session().send(AWSRequest("GET", address).prepare())
    assert (answer.status_code, b"DoeJohn" in answer.content) == (403, False)


def test_nothing_failed(guard: Guard) -> None:
    assert guard.dead_letters() == []
