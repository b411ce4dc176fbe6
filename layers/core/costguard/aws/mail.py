"""The channels of AWS itself: e-mail through SES, plain text and chat through SNS."""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from costguard.delivery import Busy, Down, Outcome, Refused, Sent
from costguard.forms import chat, html, text
from costguard.letter import Letter
from costguard.people import Person

_ADDRESS = re.compile(r"[!-?A-~]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
"""What SES takes: 7-bit ASCII, one @, a domain with a dot (SES Developer Guide, send-email)."""
_SLOW_DOWN = {"TooManyRequestsException", "ThrottlingException", "LimitExceededException"}
_BROKEN = {"InternalServiceErrorException", "InternalFailure", "ServiceUnavailable"}


@dataclass(frozen=True, slots=True)
class Mail:
    """Sends from one verified address."""

    ses: Any
    sender: str

    def send(self, letter: Letter, person: Person) -> Outcome:
        """Send the letter as HTML and text; sent when SES accepted it."""
        address = (person.email or "").strip()
        if not _ADDRESS.fullmatch(address):
            return Refused(f"{address!r} is not an address that SES can send to")
        body = {"Text": _utf8(text.render(letter)), "Html": _utf8(html.render(letter))}
        simple = {"Subject": _utf8(letter.subject), "Body": body}
        return _attempt(
            self.ses.send_email,
            FromEmailAddress=self.sender,
            Destination={"ToAddresses": [address]},
            Content={"Simple": simple},
        )


@dataclass(frozen=True, slots=True)
class Topic:
    """Publishes letters: as text for people, or as JSON for Amazon Q."""

    sns: Any
    arn: str

    def send_text(self, letter: Letter, _person: Person) -> Outcome:
        """Publish text; a subscription can filter on the attributes `stage` and `owner`."""
        attributes = {k: _attribute(v) for k, v in letter.attributes if v}
        return _attempt(
            self.sns.publish,
            TopicArn=self.arn,
            Subject=text.subject(letter),
            Message=text.render(letter),
            MessageAttributes=attributes,
        )

    def send_chat(self, letter: Letter, _person: Person) -> Outcome:
        """Publish the JSON that Amazon Q shows; it drops anything else."""
        message = json.dumps(chat.render(letter), ensure_ascii=False)
        return _attempt(self.sns.publish, TopicArn=self.arn, Message=message)


def _attempt(call: Any, **arguments: Any) -> Outcome:
    try:
        call(**arguments)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _SLOW_DOWN:
            return Busy(timedelta(seconds=30))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        broken = code in _BROKEN or status >= 500  # noqa: PLR2004 - HTTP: the server's fault
        return (
            Down(code) if broken else Refused(f"{code}: {error.response['Error'].get('Message')}")
        )
    except BotoCoreError as error:
        return Down(type(error).__name__)
    return Sent()


def _utf8(words: str) -> dict[str, str]:
    return {"Data": words, "Charset": "UTF-8"}


def _attribute(words: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": words}
