"""What Slack answers, turned into what to do: against a Slack on this machine, without AWS."""

import json
from collections.abc import Iterator
from copy import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from costguard.adapters.secrets import Secret
from costguard.adapters.slack import SlackChannel as Bot
from costguard.adapters.slack import WebhookChannel
from costguard.adapters.slack_workspace import NoWorkspace, SlackWorkspace
from costguard.app.slack_request import SlackApp
from costguard.notifications.delivery import Busy, Down, Refused, SendOutcome, Sent
from costguard.notifications.message import Button, Message
from costguard.notifications.press import PressOutcome
from costguard.ownership.directory import Person
from local.slack import UNAVAILABLE, Response, Slack, rate_limited, refused

APP = SlackApp("8f742231b10e8888abcd99yyyzzz85a5", "T0")
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


BUTTON = Button(action="keep", label="Keep 2 h", value="{}")
PRESSED = PressOutcome(channel="D0JANE", message="", user="U0JANE", says="<b>kept</b>")


def whole(slack: Slack, **more: str) -> str:
    """Give a secret that also has what buttons need."""
    secret: dict[str, str] = json.loads(slack.secret)
    return json.dumps(secret | {"signing_secret": APP.signing_secret, "team": APP.team} | more)


@pytest.mark.parametrize(
    ("has_door", "lacks", "has_buttons"),
    [(True, "", True), (False, "", False), (True, "team", False), (True, "signing_secret", False)],
)
def test_buttons_are_shown_where_something_takes_and_proves_their_presses(
    slack: Slack, lacks: str, *, has_door: bool, has_buttons: bool
) -> None:
    channel = bot(slack, secret=whole(slack, **({lacks: ""} if lacks else {})))
    channel.has_buttons = has_door
    assert channel.send(replace(LETTER, buttons=(BUTTON,)), JANE) == Sent()
    kinds = [each["type"] for each in slack.posts[0].message["blocks"]]
    assert ("actions" in kinds) is has_buttons


def test_a_message_is_replaced_where_its_button_stood(slack: Slack) -> None:
    channel = bot(slack, secret=whole(slack))
    channel.send(LETTER, JANE)
    [posted] = slack.posts
    pressed = replace(PRESSED, channel=posted.channel, message=posted.ts)
    assert channel.reply(pressed, replace(LETTER, heading="Kept")) == Sent()
    [update] = slack.updates
    assert (update.ts, update.message["text"]) == (posted.ts, "Kept")
    assert channel.reply(replace(pressed, message="0.1"), LETTER) == Refused("message_not_found")


def test_a_refusal_is_whispered_and_holds_no_mention(slack: Slack) -> None:
    assert bot(slack).reply(replace(PRESSED, thread="1.2"), None) == Sent()
    [whisper] = slack.whispers
    assert whisper.message["user"] == "U0JANE"
    assert (whisper.message["text"], whisper.thread) == ("&lt;b&gt;kept&lt;/b&gt;", "1.2")


def workspace(slack: Slack, secret: str | None = None) -> SlackWorkspace:
    return SlackWorkspace(Secret("costguard/slack", Store(secret or whole(slack)).client))


def test_what_proves_a_press_is_in_the_secret_of_the_bot(slack: Slack) -> None:
    assert workspace(slack).app() == APP
    for secret in (slack.secret, "xoxb-token-alone", whole(slack, team="")):
        assert workspace(slack, secret).app() is None
    assert APP.signing_secret not in repr(workspace(slack).app())


@pytest.mark.parametrize(
    ("person", "member"),
    [
        (JANE, "U0JANE"),
        (MAILED, "U0JANE"),
        (Person(name="x", slack="U0OTHER", email="jane@example.org"), "U0OTHER"),
        (Person(name="x", slack="#room", email="jane@example.org"), "U0JANE"),
        (Person(name="x", email="nobody@example.org"), None),
        (Person(name="x", slack="#room"), None),
        (Person(name="x"), None),
    ],
)
def test_a_member_is_the_stated_one_or_that_of_the_address(
    slack: Slack, person: Person, member: str | None
) -> None:
    known = workspace(slack)
    assert [known.member(person), known.member(person)] == [member, member]


def test_a_member_is_looked_up_once_and_not_remembered_if_slack_is_down(slack: Slack) -> None:
    known = workspace(slack)
    slack.next_responses = [UNAVAILABLE]
    assert [known.member(MAILED), known.member(MAILED), known.member(MAILED)] == [
        None,
        "U0JANE",
        "U0JANE",
    ]
    assert slack.calls == ["users.lookupByEmail"] * 2


def test_a_form_is_shown_within_three_seconds_of_a_press(slack: Slack) -> None:
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "t"},
        "submit": {"type": "plain_text", "text": "s"},
        "close": {"type": "plain_text", "text": "c"},
        "blocks": [{"type": "divider"}],
    }
    slack.triggers.add("1.2")
    assert workspace(slack).open_form("1.2", view)
    assert slack.views[0]["blocks"] == view["blocks"]
    assert not workspace(slack).open_form("1.2", view)  # used


def test_without_slack_nobody_is_known_there() -> None:
    nowhere = NoWorkspace()
    assert (nowhere.app(), nowhere.member(JANE), nowhere.open_form("1", {})) == (None, None, False)
