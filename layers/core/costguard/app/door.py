"""A request to `respond`: who calls, by AWS's own word, and what they want."""

import json
from base64 import b64decode
from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from costguard.common.codec import decode
from costguard.common.errors import StoredDataInvalid
from costguard.common.observed import AwareTime, is_weighable, mapping, printable
from costguard.common.sanitize import single_line
from costguard.reports.door_html import response
from costguard.resources.events import creator_login

_LONGEST_ARN = 2048
_MOST_BYTES = 10_000
_NAMED = Meta(pattern=r"^[ -~]{0,900}\Z")
"""All names in SageMaker are ASCII, and a key of DynamoDB has 1,024 bytes."""


class AnswerBody(Struct, frozen=True, kw_only=True):
    """The body of a request: a verb, what it is about, and what the verb needs."""

    action: str
    resource: Annotated[str, _NAMED] = ""  # a name, kind/name, or ARN; of a decision: its request
    until: str = ""  # how long, or until when
    why: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    told: AwareTime | None = None  # of an answer to a notice: when that was made
    rules: tuple[str, ...] = ()  # that it names: once all of them are over, so is the notice


class Caller(Struct, frozen=True):
    """The IAM identity that Lambda has checked; the body says nothing about it."""

    arn: str

    @property
    def login(self) -> str | None:
        """Return the IAM user or the session, as CloudTrail's records name a creator."""
        if ":assumed-role/" in self.arn:
            return creator_login({"type": "AssumedRole", "arn": self.arn})
        _, is_user, name = self.arn.partition(":user/")
        return creator_login(
            {"type": "IAMUser", "userName": name.rpartition("/")[2]} if is_user else {}
        )

    @property
    def label(self) -> str:
        """Name it in a sentence."""
        return single_line(self.login or self.arn)


class DoorReply(Struct, frozen=True):
    """The answer to a request: a sentence, and whether something was done."""

    says: str
    status: int = 200
    wrong: Mapping[str, str] = field(default_factory=dict)  # by field of the form
    by: str = ""  # who answered about a resource

    @property
    def is_done(self) -> bool:
        """Return whether the guard did what was asked for."""
        return self.status == 200  # noqa: PLR2004 - OK

    @property
    def response(self) -> dict[str, Any]:
        """Write the answer as Lambda's function URL takes it."""
        body = json.dumps({"done": self.is_done, "says": self.says})
        return response(self.status, "application/json", body)


def caller_of(event: Mapping[str, Any]) -> Caller | None:
    """Read the caller; None where Lambda has checked nobody."""
    context = mapping(event.get("requestContext"))
    iam = mapping(mapping(context.get("authorizer")).get("iam"))
    arn = printable(iam.get("userArn"), _LONGEST_ARN)
    return Caller(arn) if arn else None


def body_of(event: Mapping[str, Any]) -> AnswerBody | None:
    """Read the body, which may be in base64; None where it is none of ours."""
    text = event.get("body")
    if not isinstance(text, str) or len(text) > _MOST_BYTES:
        return None
    try:
        raw = b64decode(text, validate=True) if event.get("isBase64Encoded") else text
        found = decode(raw, AnswerBody, "body")
    except (StoredDataInvalid, ValueError):
        return None
    return found if is_weighable(found) else None
