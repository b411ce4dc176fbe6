"""The workspace of Slack, as far as the door for presses needs it while Slack waits."""

from typing import Any

from msgspec import Struct, field
from slack_sdk.errors import SlackClientError

from costguard.adapters.secrets import Secret
from costguard.adapters.slack_login import (
    SecretUnusableError,
    slack_app,
    slack_client,
    slack_member,
)
from costguard.app.slack_request import SlackApp
from costguard.ownership.channel import SlackForm, slack_form
from costguard.ownership.directory import Person

_SOON = 2  # seconds for one call: Slack waits for three in all
_FAILURES = (SlackClientError, SecretUnusableError, OSError, KeyError, TypeError, ValueError)
"""What may come of a call of Slack, instead of its result."""


class SlackWorkspace(Struct):
    """What the door for presses needs of Slack.

    For this the secret also has the "signing_secret" of the app and "team", the workspace's id.
    """

    secret: Secret
    timeout: int = _SOON
    _members: dict[str, str | None] = field(default_factory=dict)

    def app(self) -> SlackApp | None:
        """Read what proves a request; None where the secret does not have it."""
        return slack_app(self.secret)

    def member(self, person: Person) -> str | None:
        """Return the member id of a person: the stated one, or that of the e-mail address."""
        stated = person.slack or ""
        if stated and slack_form(stated) is SlackForm.MEMBER:
            return stated
        email = stated if slack_form(stated) is SlackForm.EMAIL else person.email
        if email and email not in self._members:
            try:
                self._members[email] = slack_member(slack_client(self.secret, self.timeout), email)
            except _FAILURES:
                return None
        return self._members[email] if email else None

    def open_form(self, trigger: str, view: dict[str, Any]) -> bool:
        """Show a form to whoever pressed; False if Slack does not show it."""
        try:
            slack_client(self.secret, self.timeout).views_open(trigger_id=trigger, view=view)
        except _FAILURES:
            return False
        return True


class NoWorkspace(Struct, frozen=True):
    """Where Slack is not set up: nobody presses."""

    def app(self) -> SlackApp | None:
        """Know no app."""
        return None

    def member(self, _person: Person) -> str | None:
        """Know no member."""
        return None

    def open_form(self, _trigger: str, _view: dict[str, Any]) -> bool:
        """Show nothing."""
        return False
