"""`costguard keep` and the other answers: what is sent, and what is said of the reply."""

import json
from copy import replace
from typing import Any

import pytest
from botocore.credentials import Credentials

from costguard.policy.exceptions import ExceptionRequest, ExceptionState, with_approved
from costguard_cli.aws.function_url import signed_post
from costguard_cli.aws.stack import Stack
from costguard_cli.commands.answer import COMMANDS, deliver
from costguard_cli.errors import CannotRunError
from costguard_cli.policies.summary import topics
from tests.cli.command import run
from tests.factories import at, policy

URL = "https://abc.lambda-url.us-east-2.on.aws/"
STACK = Stack(
    name="costguard",
    status="UPDATE_COMPLETE",
    outputs={"RespondUrl": URL},
    parameters={},
    created=at(0),
    changed=at(0),
)


def answered(status: int, body: object) -> Any:
    return lambda _url, _body: (status, json.dumps(body).encode())


def test_an_answer_goes_to_the_stacks_url_and_the_reply_is_told() -> None:
    sent = []

    def post(url: str, body: str) -> tuple[int, bytes]:
        sent.append((url, json.loads(body)))
        return 200, b'{"done": true, "says": "It is kept.\\n"}'

    assert deliver(STACK, {"action": "keep", "resource": "mine"}, post) == (True, "It is kept.")
    assert sent == [(URL, {"action": "keep", "resource": "mine"})]


def test_a_refusal_of_the_guard_is_its_own_sentence() -> None:
    post = answered(409, {"done": False, "says": "It is too late."})
    assert deliver(STACK, {}, post) == (False, "It is too late.")


@pytest.mark.parametrize(
    ("status", "body", "hint"),
    [
        (403, {"Message": "Forbidden"}, "RespondAccess of the stack"),
        (502, {"message": "Internal Server Error"}, "Try again."),
        (200, [], "Try again."),
    ],
)
def test_what_the_guard_did_not_answer_is_said(status: int, body: object, hint: str) -> None:
    with pytest.raises(CannotRunError, match=f"HTTP {status}") as refused:
        deliver(STACK, {}, answered(status, body))
    assert hint in str(refused.value.hint)


def test_a_stack_without_a_door_takes_no_answers() -> None:
    with pytest.raises(CannotRunError, match="takes no answers"):
        deliver(replace(STACK, outputs={}), {}, answered(200, {}))


def test_without_credentials_nothing_is_signed() -> None:
    with pytest.raises(CannotRunError, match="no AWS credentials"):
        signed_post(None, "us-east-2")
    assert callable(signed_post(Credentials("key", "secret"), "us-east-2"))


def test_every_answer_is_a_command_that_says_what_it_does() -> None:
    names = {each.__name__.replace("_", "-") for each in COMMANDS}
    assert names == {"keep", "stop", "fix", "not-mine", "ask", "approve", "deny"}
    for name in names:
        result = run(name, "--help")
        assert result.code == 0
        assert "--stack" in result.words


def test_a_tag_is_written_as_a_pair() -> None:
    result = run("fix", "DoeJohn-Demo", "Project", "--local")
    assert result.code == 2
    assert "Project is no tag. Write it like Project=wattbot." in result.words


def test_an_approved_exception_is_explained_like_one_of_the_policy() -> None:
    asked = ExceptionRequest(
        id="1",
        kind="notebook-instance",
        name="RoeMarie-Train",
        rules=("instance-type",),
        by="Marie Roe",
        why="the thesis is due",
        asked=at(0),
        until=at(48),
    )
    approved = asked.decide(ExceptionState.APPROVED, "anna", at(48), "", at(1))
    parts = {t.name: t.sentences for t in topics(with_approved(policy(), [asked, approved]))}
    [said] = parts["Exemptions"]
    assert said.startswith("RoeMarie-Train (notebook-instance): exempt from instance-type until ")
    assert said.endswith("by anna: the thesis is due (Marie Roe).")
