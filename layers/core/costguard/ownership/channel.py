"""The channels that can reach somebody."""

import re
from enum import Enum

_CONVERSATION = re.compile(r"[CGD][A-Z0-9]{8,}")  # Slack's own form of an id


class Channel(Enum):
    """A way to reach a person, or a room that everybody reads."""

    SLACK = "slack"  # the bot: a direct message, or a channel
    EMAIL = "email"  # Amazon SES
    WEBHOOK = "webhook"  # the one Slack channel of an incoming webhook
    CHAT = "chat"  # Amazon Q Developer in chat applications
    SNS = "sns"  # plain text on the summary topic; needs no set-up


class SlackForm(Enum):
    """What an address in Slack is, by its form and never by its first letter."""

    CONVERSATION = "conversation"  # a channel by name, or a conversation by id
    MEMBER = "member"
    EMAIL = "email"  # of the member


def slack_form(address: str) -> SlackForm:
    """Tell what an address in Slack is: `#costguard`, `C0123456789`, `U0123456789`, an e-mail."""
    if address.startswith("#") or _CONVERSATION.fullmatch(address):
        return SlackForm.CONVERSATION
    return SlackForm.EMAIL if "@" in address else SlackForm.MEMBER
