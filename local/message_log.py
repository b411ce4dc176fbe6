"""A log of the messages that arrived in the local mailbox and the local Slack."""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from local.account import LocalAws
from local.slack import PostedMessage, Slack

SENDER = "costguard@example.org"
SECRET = "costguard/slack"  # noqa: S105 - its name
MEMBERS = {
    "john.doe@example.org": "U0JOHN",
    "jane.roe@example.org": "U0JANE",
    "marie.curie@example.org": "U0MARIE",
    "admins@example.org": "U0ANNA",
}
PARAMETERS = {"MailFrom": SENDER, "SlackTokenSecret": SECRET}


def workspace(begins: datetime) -> Slack:
    """Open the Slack of which Max is no member: he reads e-mail."""
    return Slack(MEMBERS, begins=begins)


def set_up(aws: LocalAws, slack: Slack) -> None:
    """Do what an admin does before a deploy: verify the sender, store the bot's token."""
    aws.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    aws.client("secretsmanager").create_secret(Name=SECRET, SecretString=slack.secret_with_app)


@dataclass(frozen=True, slots=True)
class DeliveredMessage:
    """One message as it arrived."""

    channel: str
    to: str
    heading: str
    files: Mapping[str, str]  # by their ending


class MessageLog:
    """Reads new messages, and writes them to a directory."""

    def __init__(self, aws: LocalAws, slack: Slack, at: Path) -> None:
        self._aws, self._slack, self._at = aws, slack, at
        self._mails = self._posts = self.number = 0
        self._reading = threading.Lock()

    def read_new(self) -> list[DeliveredMessage]:
        """Return new messages after writing them to files; concurrent readers wait."""
        with self._reading:
            self._at.mkdir(parents=True, exist_ok=True)
            found = list(self._arrived())
            for each in found:
                self._keep(each)
        return found

    def _keep(self, message: DeliveredMessage) -> None:
        self.number += 1
        name = re.sub(
            r"[^A-Za-z0-9.@-]+", "-", f"{message.channel}-{message.to}-{message.heading}"
        )[:90]
        for ending, content in message.files.items():
            path = self._at / f"message-{self.number:03}-{name}.{ending}"
            path.write_text(content, encoding="utf-8")

    def _arrived(self) -> Iterator[DeliveredMessage]:
        mails, posts = self._aws.mailbox.mails[self._mails :], self._slack.posts[self._posts :]
        self._mails += len(mails)
        self._posts += len(posts)
        yield from map(_mail, mails)
        yield from map(self._post, posts)

    def _post(self, posted: PostedMessage) -> DeliveredMessage:
        addresses = {f"D{user[1:]}": address for address, user in self._slack.users.items()}
        text = json.dumps(posted.message, indent=1, ensure_ascii=False) + "\n"
        heading = str(posted.message["text"])
        thread = " (in its thread)" if posted.thread else ""
        return DeliveredMessage(
            "Slack", addresses.get(posted.channel, posted.channel), heading + thread, {"json": text}
        )


def _mail(mail: EmailMessage) -> DeliveredMessage:
    page = mail.get_body(("html",))
    files = {"eml": mail.as_string(), "html": str(page.get_content()) if page else ""}
    return DeliveredMessage("e-mail", str(mail["To"]), str(mail["Subject"]), files)
