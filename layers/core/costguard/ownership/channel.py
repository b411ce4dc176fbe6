"""The channels through which people are notified."""

import re
from enum import Enum

_CONVERSATION = re.compile(r"[CGD][A-Z0-9]{8,}")  # Slack's own form of an id


class Channel(Enum):
    """A way to reach a person, or a room with many readers."""

    SLACK = "slack"  # the bot: a direct message, or a channel
    EMAIL = "email"  # Amazon SES
    WEBHOOK = "webhook"  # the one Slack channel of an incoming webhook
    CHAT = "chat"  # Amazon Q Developer in chat applications
    SNS = "sns"  # plain text on the summary topic; needs no set-up


class SlackForm(Enum):
    """The form of a Slack address; the first letter alone does not determine it."""

    CONVERSATION = "conversation"  # a channel by name, or a conversation by id
    MEMBER = "member"
    EMAIL = "email"  # of the member


def slack_form(address: str) -> SlackForm:
    """Classify a Slack address: `#costguard`, `C0123456789`, `U0123456789`, an e-mail."""
    if address.startswith("#") or _CONVERSATION.fullmatch(address):
        return SlackForm.CONVERSATION
    return SlackForm.EMAIL if "@" in address else SlackForm.MEMBER
