"""The e-mail channel: Amazon SES."""

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from costguard.adapters.send_outcome import outcome_of
from costguard.notifications.delivery import Refused, SendOutcome
from costguard.notifications.message import Message
from costguard.notifications.renderers import html, text
from costguard.ownership.directory import Person

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

_ADDRESS = re.compile(r"[!-?A-~]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
"""What SES takes: 7-bit ASCII, one @, a domain with a dot (SES Developer Guide, send-email)."""


class SesChannel(Struct, frozen=True):
    """Sends from one verified address."""

    ses: "SESV2Client"
    sender: str

    def send(self, message: Message, person: Person) -> SendOutcome:
        """Send the message as HTML and text; sent when SES accepted it."""
        address = (person.email or "").strip()
        if not _ADDRESS.fullmatch(address):
            return Refused(f"{address!r} is not an address that SES can send to")
        body = {"Text": _utf8(text.render(message)), "Html": _utf8(html.render(message))}
        simple = {"Subject": _utf8(message.subject), "Body": body}
        return outcome_of(
            self.ses.send_email,
            FromEmailAddress=self.sender,
            Destination={"ToAddresses": [address]},
            Content={"Simple": simple},
        )


def _utf8(words: str) -> dict[str, str]:
    return {"Data": words, "Charset": "UTF-8"}
