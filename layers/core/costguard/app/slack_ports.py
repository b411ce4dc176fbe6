"""The ports of the door for Slack: what `respond` has, Slack, and the queue of `notify`."""

from datetime import datetime
from typing import Any, Protocol

from costguard.app.ports import RespondPorts
from costguard.app.slack_request import SlackApp
from costguard.notifications.press import PressOutcome
from costguard.ownership.directory import Person


class SlackMembers(Protocol):
    """Slack, as far as a press needs it while Slack waits."""

    def app(self) -> SlackApp | None:
        """Read what proves a request; None where buttons are not set up."""

    def member(self, person: Person, /) -> str | None:
        """Return the member id of a person; None if it is not known."""

    def open_form(self, trigger: str, view: dict[str, Any], /) -> bool:
        """Show a form to whoever pressed; False if Slack does not show it."""


class PressQueue(Protocol):
    """The queue of `notify`, which alone writes messages."""

    def say(self, outcome: PressOutcome, now: datetime, /) -> None:
        """Have it said, where the button stands, what came of a press."""


class SlackDoorPorts(RespondPorts, frozen=True, kw_only=True):
    """The ports of the door for Slack."""

    members: SlackMembers
    replies: PressQueue
