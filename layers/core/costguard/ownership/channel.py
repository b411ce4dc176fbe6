"""The channels that can reach somebody."""

from enum import Enum


class Channel(Enum):
    """A way to reach a person, or a room that everybody reads."""

    SLACK = "slack"  # the bot: a direct message, or a channel
    EMAIL = "email"  # Amazon SES
    WEBHOOK = "webhook"  # the one Slack channel of an incoming webhook
    CHAT = "chat"  # Amazon Q Developer in chat applications
    SNS = "sns"  # plain text on the summary topic; needs no set-up
