"""Read a call that the admins are told of, from the event that CloudTrail sends about it."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from costguard.common.observed import mapping, printable
from costguard.resources.coverage import COVERAGE, CoverageContract
from costguard.resources.events import CLOUDTRAIL, creator_login

_SOURCE = "sagemaker.amazonaws.com"
_NAME = re.compile(r"(Name|Arn|Id)$|^name$")
_NUMBER = re.compile(r"[0-9a-fA-F-]{8,}|\d{4,}")  # a UUID, a time or a counter


class ToldCall(Struct, frozen=True, kw_only=True):
    """One call of an operation whose cost the guard does not watch."""

    operation: str
    why: str  # what it may cost
    caller: str
    about: str | None  # the name in the request

    @property
    def key(self) -> str:
        """Name operation and caller: callers are one that differ in a number alone.

        Machines number their sessions, and each of them would be told of.
        """
        return f"{self.operation} {_NUMBER.sub('#', self.caller)}"


def told_call(event: Mapping[str, Any], contract: CoverageContract = COVERAGE) -> ToldCall | None:
    """Read it; None for an event of anything else, and for a call that failed."""
    detail = mapping(event.get("detail"))
    if event.get("detail-type") != CLOUDTRAIL or detail.get("eventSource") != _SOURCE:
        return None
    operation = contract.told(str(detail.get("eventName", "")))
    asked = mapping(detail.get("requestParameters"))
    if operation is None or detail.get("errorCode"):
        return None
    if operation.asks and not asked.get(operation.asks):
        return None
    return ToldCall(
        operation=operation.operation,
        why=operation.why,
        caller=_caller(mapping(detail.get("userIdentity"))),
        about=_name(asked),
    )


def _name(asked: Mapping[str, Any]) -> str | None:
    """Find the name in a request: of several, the one that the shortest word asks for."""
    named = [word for word in asked if _NAME.search(word) and word != "roleArn"]
    found = (printable(asked[word]) for word in sorted(named, key=lambda word: (len(word), word)))
    return next(filter(None, found), None)


def _caller(identity: Mapping[str, Any]) -> str:
    """Name who called: a person where the login tells one, else the role, or what kind it is."""
    if login := creator_login(identity):
        return login
    issuer = mapping(mapping(identity.get("sessionContext")).get("sessionIssuer"))
    if role := printable(issuer.get("userName")):
        return f"the role {role}"
    return printable(identity.get("invokedBy")) or printable(identity.get("type")) or "somebody"
