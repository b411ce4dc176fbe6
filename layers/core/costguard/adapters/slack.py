"""Slack, through its own SDK: the bot with its token, and the incoming webhook."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, Protocol

from msgspec import Struct, field
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import WebClient
from slack_sdk.webhook import WebhookClient

from costguard.adapters.clients import AWS_ERRORS
from costguard.adapters.secrets import Secret
from costguard.adapters.slack_login import (
    TIMEOUT,
    SecretUnusableError,
    read_secret,
    slack_app,
    slack_client,
    slack_member,
    webhook_url,
)
from costguard.notifications.delivery import Busy, Down, Refused, SendOutcome, Sent
from costguard.notifications.message import Message
from costguard.notifications.press import PressOutcome
from costguard.notifications.renderers import slack as form
from costguard.ownership.channel import SlackForm, slack_form
from costguard.ownership.directory import Person

_TRIES = 3
_WAITS_HERE = 5.0  # seconds; a longer Retry-After is waited for in the queue
_PASSING = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}
_ODD = "an answer in an unknown form"
_SECRET = "the secret cannot be read"  # noqa: S105 - words, not a secret


class Threads(Protocol):
    """Stores the first message of the thread of a resource."""

    def thread(self, room: str, subject: str) -> str | None: ...  # noqa: D102
    def begin_thread(self, room: str, subject: str, ts: str) -> None: ...  # noqa: D102


class SlackChannel(Struct):
    """The bot. Its secret is the token, or JSON: {"token": "xoxb-…", "api": "https://…/api/"}.

    `api` is for GovSlack (https://slack-gov.com/api/) or a proxy.
    """

    secret: Secret
    threads: Threads
    sleep: Callable[[float], object] = time.sleep
    has_buttons: bool = False  # something takes their presses
    timeout: int = TIMEOUT
    _client: WebClient | None = None
    _rooms: dict[str, str] = field(default_factory=dict)

    def send(self, message: Message, person: Person) -> SendOutcome:
        """Post to the person, or to the channel in place of a person."""
        return _patiently(lambda: self._post(message, person), self.sleep)

    def _post(self, message: Message, person: Person) -> None:
        client = self._connected()
        room = self._room(client, person)
        begun = self._thread(room, message.thread) if message.thread else None
        buttons = self.has_buttons and slack_app(self.secret) is not None
        shown = form.render(message, buttons=buttons)
        posted = client.chat_postMessage(channel=room, thread_ts=begun, **shown)
        if message.thread and not begun:
            self._begin_thread(room, message.thread, posted.get("ts"))

    def reply(self, outcome: PressOutcome, message: Message | None) -> SendOutcome:
        """Replace the message with the button; without one, tell only who pressed."""
        return _patiently(lambda: self._reply(outcome, message), self.sleep)

    def _reply(self, outcome: PressOutcome, message: Message | None) -> None:
        client, there = self._connected(), outcome.channel
        if message is None:
            client.chat_postEphemeral(
                channel=there,
                user=outcome.user,
                thread_ts=outcome.thread or None,
                **form.render_sentence(outcome.says),
            )
            return
        shown = form.render(message, buttons=True)
        kept = {key: shown[key] for key in ("text", "blocks", "parse", "link_names")}
        client.chat_update(channel=there, ts=outcome.message, **kept)

    def _thread(self, room: str, subject: str) -> str | None:
        """Find the thread; if the ledger does not answer, the message begins one."""
        try:
            return self.threads.thread(room, subject)
        except AWS_ERRORS:
            return None

    def _begin_thread(self, room: str, subject: str, ts: object) -> None:
        """Store the thread if possible: Slack has accepted the message in any case."""
        with suppress(Exception):
            self.threads.begin_thread(room, subject, str(ts))

    def _connected(self) -> WebClient:
        if self._client is None:
            self._client = slack_client(self.secret, self.timeout)
        return self._client

    def _room(self, client: WebClient, person: Person) -> str:
        """Find the conversation: the channel itself, or a person's by id or e-mail address."""
        who = person.slack or person.email or ""
        if who not in self._rooms:
            kind = slack_form(who)
            if kind is SlackForm.CONVERSATION:
                return who
            user = slack_member(client, who) if kind is SlackForm.EMAIL else who
            opened: Mapping[str, Any] = client.conversations_open(users=[user])["channel"] or {}
            self._rooms[who] = str(opened["id"])
        return self._rooms[who]


class WebhookChannel(Struct):
    """One channel of an incoming webhook; its secret is the URL."""

    secret: Secret
    sleep: Callable[[float], object] = time.sleep

    def send(self, message: Message, _person: Person) -> SendOutcome:
        """Post to the webhook's channel."""
        return _patiently(lambda: self._post(message), self.sleep)

    def _post(self, message: Message) -> None:
        client = WebhookClient(
            read_secret(self.secret, webhook_url), timeout=TIMEOUT, retry_handlers=[]
        )
        body = {k: v for k, v in form.render(message).items() if k not in ("parse", "link_names")}
        answer = client.send_dict(body)
        if answer.status_code != 200:  # noqa: PLR2004 - HTTP: OK
            raise _Answered(answer.status_code, answer.body[:100], answer.headers)


class _Answered(Exception):
    """The webhook did not accept the message."""

    def __init__(self, status: int, error: str, headers: Mapping[str, Any]) -> None:
        super().__init__(error)
        self.status, self.error, self.headers = status, error, headers


def _patiently(act: Callable[[], None], sleep: Callable[[float], object]) -> SendOutcome:
    """Retry a few times with Slack's delays; longer delays are left to the queue."""
    outcome: SendOutcome = Sent()
    for tried in range(_TRIES):
        outcome, wait = _tried(act)
        if wait is None or wait > _WAITS_HERE or tried == _TRIES - 1:
            return outcome
        sleep(wait * 2**tried if isinstance(outcome, Down) else wait)
    return outcome


def _tried(act: Callable[[], None]) -> tuple[SendOutcome, float | None]:
    """Act; return the outcome, and after how many seconds to retry."""
    try:
        act()
    except SlackApiError as error:
        answer: Any = error.response
        said = answer.get("error") if hasattr(answer, "get") else None
        return _judged(
            int(getattr(answer, "status_code", 0)), str(said), getattr(answer, "headers", {})
        )
    except _Answered as answer:
        return _judged(answer.status, answer.error, answer.headers)
    except SecretUnusableError as error:
        return Refused(f"{_SECRET} ({error})"), None
    except (KeyError, TypeError, ValueError) as error:
        return Refused(f"{_ODD} ({type(error).__name__})"), None
    except (OSError, SlackClientError) as error:  # no connection, no answer in time
        return Down(type(error).__name__), 0.5
    return Sent(), None


def _judged(
    status: int, error: str, headers: Mapping[str, Any]
) -> tuple[SendOutcome, float | None]:
    if status == 429 or error in ("ratelimited", "rate_limited"):  # noqa: PLR2004 - HTTP
        low = {str(k).lower(): v for k, v in headers.items()}
        after = low.get("retry-after", "1")
        seconds = float(after[0] if isinstance(after, list) else after)
        return Busy(timedelta(seconds=seconds)), seconds
    if status >= 500 or error in _PASSING:  # noqa: PLR2004 - HTTP: the server's fault
        return Down(f"HTTP {status}"), 0.5
    return Refused(error), None
