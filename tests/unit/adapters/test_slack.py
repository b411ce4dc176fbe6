"""What Slack answers, turned into what to do: against a Slack on this machine, without AWS."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from costguard.adapters.secrets import Secret
from costguard.adapters.slack import SlackChannel as Bot
from costguard.adapters.slack import WebhookChannel
from costguard.notifications.delivery import Busy, Down, Refused, SendOutcome, Sent
from costguard.notifications.message import Message
from costguard.ownership.directory import Person
from local.slack import UNAVAILABLE, Response, Slack, rate_limited, refused

LETTER = Message(stage="warning", subject="s", heading="Fix <it>", intro="why", thread="arn:x")
JANE = Person(name="Jane", slack="U0JANE", email="jane@example.org")
MAILED = Person(name="Jane", email="jane@example.org")


class Threads:
    """A memory of threads, and of seconds slept."""

    def __init__(self) -> None:
        self.begun: dict[tuple[str, str], str] = {}
        self.slept: list[float] = []

    def thread(self, room: str, thing: str) -> str | None:
        return self.begun.get((room, thing))

    def begin_thread(self, room: str, thing: str, ts: str) -> None:
        self.begun[room, thing] = ts


class Store:
    """Secrets Manager and SSM with one text, and a count of reads."""

    def __init__(self, text: str | None) -> None:
        self.text, self.reads = text, 0

    def client(self, _service: str) -> Any:
        return self

    def get_secret_value(self, **_name: Any) -> dict[str, str]:
        self.reads += 1
        if self.text is None:
            denied = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
            raise ClientError(denied, "GetSecretValue")  # type: ignore[arg-type]
        return {"SecretString": self.text}

    def get_parameter(self, **_name: Any) -> dict[str, Any]:
        return {"Parameter": {"Value": self.get_secret_value()["SecretString"]}}


@pytest.fixture
def slack() -> Iterator[Slack]:
    with Slack({"jane@example.org": "U0JANE"}) as workspace:
        yield workspace


def bot(slack: Slack, threads: Threads | None = None, secret: str | None = None) -> Bot:
    memory, store = threads or Threads(), Store(secret or slack.secret)
    return Bot(Secret("costguard/slack", store.client), memory, memory.slept.append)


@pytest.mark.parametrize("person", [JANE, MAILED])
def test_a_person_is_found_by_id_or_by_address(slack: Slack, person: Person) -> None:
    assert bot(slack).send(LETTER, person) == Sent()
    [posted] = slack.in_channel("U0JANE")
    assert posted.message["text"] == "Fix &lt;it&gt;"


def test_a_channel_is_posted_to_as_it_is_and_threads_go_on(slack: Slack) -> None:
    threads, channel = Threads(), Person(name="x", slack="#costguard")
    for _ in "ab":
        assert bot(slack, threads).send(LETTER, channel) == Sent()
    first, second = slack.in_channel("#costguard")
    assert (first.thread, second.thread) == (None, first.ts)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (refused("invalid_auth"), Refused("invalid_auth")),
        (refused("channel_not_found"), Refused("channel_not_found")),
        (refused("internal_error"), Down("HTTP 200")),
        (UNAVAILABLE, Down("HTTP 503")),
        (rate_limited(600), Busy(timedelta(minutes=10))),
    ],
)
def test_an_answer_says_whether_to_try_again(
    slack: Slack, answer: Any, outcome: SendOutcome
) -> None:
    slack.every_response = answer
    assert bot(slack).send(LETTER, JANE) == outcome


@pytest.mark.parametrize(
    ("answer", "slept"), [(UNAVAILABLE, [0.5, 1.0]), (rate_limited(2), [2.0, 2.0])]
)
def test_what_passes_soon_is_waited_for(slack: Slack, answer: Any, slept: list[float]) -> None:
    slack.next_responses, threads = [answer, answer], Threads()
    assert bot(slack, threads).send(LETTER, JANE) == Sent()
    assert threads.slept == slept


def test_a_slack_that_is_not_there_is_down() -> None:
    with Slack({}) as gone:
        secret = gone.secret
    assert isinstance(bot(gone, secret=secret).send(LETTER, JANE), Down)


def test_a_slack_that_takes_too_long_is_down(slack: Slack) -> None:
    impatient = bot(slack)
    impatient.timeout, slack.delay = 1, 1.2
    assert impatient.send(LETTER, JANE) == Down("TimeoutError")


class Refusing(Threads):
    """A ledger that refuses to read or to write threads."""

    def __init__(self, *refused: str) -> None:
        super().__init__()
        self.refused = refused

    def thread(self, room: str, thing: str) -> str | None:
        self._check("GetItem")
        return super().thread(room, thing)

    def begin_thread(self, room: str, thing: str, ts: str) -> None:
        self._check("PutItem")
        super().begin_thread(room, thing, ts)

    def _check(self, call: str) -> None:
        if call in self.refused:
            raise ClientError({"Error": {"Code": "InternalServerError", "Message": "no"}}, call)


@pytest.mark.parametrize("refused_calls", [("GetItem",), ("PutItem",), ("GetItem", "PutItem")])
def test_a_message_that_slack_took_is_sent_whatever_the_ledger_says_of_its_thread(
    slack: Slack, refused_calls: tuple[str, ...]
) -> None:
    threads = Refusing(*refused_calls)
    assert bot(slack, threads).send(LETTER, JANE) == Sent()
    assert len(slack.in_channel("U0JANE")) == 1


def test_an_answer_of_another_form_is_no_fault_of_the_secret(slack: Slack) -> None:
    slack.every_response = Response({"ok": True})
    assert bot(slack).send(LETTER, JANE) == Refused("an answer in an unknown form (KeyError)")


@pytest.mark.parametrize("text", [None, "not a URL", ""])
def test_a_webhook_without_a_url_says_that_it_is_the_secret(text: str | None) -> None:
    hook = WebhookChannel(Secret("hook", Store(text).client), Threads().slept.append)
    outcome = hook.send(LETTER, JANE)
    assert isinstance(outcome, Refused)
    assert "secret cannot be read" in outcome.why


@pytest.mark.parametrize("text", [None, "{}", "{no JSON"])
def test_a_secret_that_is_wrong_is_refused_and_not_shown(text: str | None) -> None:
    store, memory = Store(text), Threads()
    outcome = Bot(Secret("x", store.client), memory, memory.slept.append).send(LETTER, JANE)
    assert isinstance(outcome, Refused)
    assert "secret cannot be read" in outcome.why


def test_a_secret_is_read_once_and_never_in_a_log() -> None:
    store = Store("xoxb-very-secret")
    for secret in (Secret("a", store.client), Secret("/a", store.client)):
        assert [secret.read(), secret.read()] == ["xoxb-very-secret"] * 2
        assert "very-secret" not in repr(secret)
    assert store.reads == 2


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (None, Sent()),
        (UNAVAILABLE, Down("HTTP 503")),
        (rate_limited(600), Busy(timedelta(minutes=10))),
    ],
)
def test_the_webhook_answers_alike(slack: Slack, answer: Any, outcome: SendOutcome) -> None:
    slack.every_response, store = answer, Store(slack.hook)
    hook = WebhookChannel(Secret("/hook", store.client), Threads().slept.append)
    assert hook.send(LETTER, JANE) == outcome


def test_a_webhook_that_was_revoked_is_refused(slack: Slack) -> None:
    store = Store(f"{slack.url}/services/T/B/revoked")
    hook = WebhookChannel(Secret("/hook", store.client), Threads().slept.append)
    assert hook.send(LETTER, JANE) == Refused("no_service")


def test_the_whole_letter_arrives_as_blocks(slack: Slack) -> None:
    bot(slack).send(LETTER, JANE)
    assert "why" in json.dumps(slack.posts[0].message["blocks"])
