"""Parse events: which resource to evaluate, the time, and the tags in the event.

Accepts the spellings seen in captures: times as ISO text or epoch milliseconds, tags as an object
or as a list of Key/Value in either case, ARNs with a lower-cased name.
"""

from collections.abc import Mapping
from copy import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct

from costguard.common.datetimes import parse_time
from costguard.common.errors import EventInvalid
from costguard.common.observed import elements, mapping, printable
from costguard.resources.kind import Kind
from costguard.resources.model import ResourceRef
from costguard.resources.places import HOME, place_of_event
from costguard.resources.registry import REGISTRY, Registry

CLOUDTRAIL = "AWS API Call via CloudTrail"
RETAG = ("AddTags", "DeleteTags")
"""The calls that change the tags of anything."""
_LONGEST_TAG = 256
_LONGEST_ARN = 2048


class ResourceEvent(Struct, frozen=True, kw_only=True):
    """Something happened to one resource: look at it. `tags` is None where the event has none."""

    ref: ResourceRef
    time: datetime
    tags: Mapping[str, str] | None = None
    creator: str | None = None  # the login that made it, in the event of a Create call
    exact: bool = True  # False: the name comes from an ARN, which may spell it in lower case


class IgnoreReason(StrEnum):
    """Why an event is ignored. Each is an outcome of `watch`, after `ignored-`."""

    DETAIL_TYPE = "detail-type"
    STATUS = "status"
    CALL = "call"


class IgnoredEvent(Struct, frozen=True):
    """An ignored event, with the reason."""

    reason: IgnoreReason


def parse_event(
    event: Mapping[str, Any],
    registry: Registry = REGISTRY,
    *,
    home: tuple[str, str] | None = None,
) -> ResourceEvent | IgnoredEvent:
    """Read an EventBridge event. Raises EventInvalid, with every problem, when it names nothing.

    Without `home`, the account and the Region of the stack, every event is of home.
    """
    found = _parsed(event, registry)
    if isinstance(found, IgnoredEvent) or home is None:
        return found
    return replace(found, ref=replace(found.ref, place=place_of_event(event, home)))


def _parsed(event: Mapping[str, Any], registry: Registry) -> ResourceEvent | IgnoredEvent:
    detail_type = str(event.get("detail-type", ""))
    detail = event.get("detail")
    problems = (
        [] if isinstance(detail, Mapping) else [f"detail: expected an object, got {detail!r:.80}"]
    )
    try:
        time = parse_time(event.get("time"))
    except ValueError as exc:
        problems.append(f"time: {exc}")
        time = datetime.min.replace(tzinfo=UTC)
    if problems or not isinstance(detail, Mapping):
        raise EventInvalid(problems)
    if detail_type == CLOUDTRAIL:
        return _call(detail, time, registry)
    kind = registry.of_detail_type(detail_type)
    if kind is None:
        return IgnoredEvent(IgnoreReason.DETAIL_TYPE)
    told = detail_type.replace(" ", "") == (kind.events.detail_type or "").replace(" ", "")
    if told and not printable(detail.get(kind.events.status or kind.translation.status)):
        return IgnoredEvent(IgnoreReason.STATUS)
    return _change(kind, event, detail, time)


def parse_tags(raw: object) -> dict[str, str] | None:
    """Read tags in every spelling AWS uses; None where there are none to read."""
    if isinstance(raw, Mapping):
        return {_text(k): _text(v) for k, v in raw.items() if v is not None}
    if not isinstance(raw, list):
        return None
    pairs = map(_pair, raw)
    return {_text(key): _text(value or "") for key, value in pairs if key}


def _text(raw: object) -> str:
    """Read a part of a tag, as long as AWS lets it be."""
    return str(raw)[:_LONGEST_TAG]


def _pair(tag: object) -> tuple[object, object]:
    """Read one tag; no key where it is none. Nearly all are spelled as AWS's answers are."""
    match tag:
        case {"Key": key, "Value": value}:
            return key, value
        case Mapping():
            spelled = {str(name).lower(): value for name, value in tag.items()}
            return spelled.get("key"), spelled.get("value")
        case _:
            return None, None


def _change(
    kind: Kind, event: Mapping[str, Any], detail: Mapping[str, Any], time: datetime
) -> ResourceEvent:
    listed = event.get("resources")
    arns = [detail.get(kind.translation.arn), *elements(listed)]
    named = (kind.identity.name_in_arn(arn) for arn in arns if printable(arn, _LONGEST_ARN))
    tail = next(filter(printable, named), None)
    own = kind.identity.name_in(detail)
    if not (name := own or tail):
        fields = ", ".join(kind.identity.parts)
        raise EventInvalid([f"detail.{fields}: missing, and no ARN in resources either"])
    return ResourceEvent(
        ref=ResourceRef(kind.name, name, HOME),
        time=time,
        tags=parse_tags(detail.get("Tags")),
        exact=bool(own),
    )


def _call(
    detail: Mapping[str, Any], time: datetime, registry: Registry
) -> ResourceEvent | IgnoredEvent:
    """Read a CloudTrail record; a call that failed has created nothing."""
    call, asked = str(detail.get("eventName", "")), detail.get("requestParameters")
    if detail.get("eventSource") != "sagemaker.amazonaws.com" or detail.get("errorCode"):
        return IgnoredEvent(IgnoreReason.CALL)
    if not isinstance(asked, Mapping):
        return IgnoredEvent(IgnoreReason.CALL)
    if call in RETAG:
        arn = printable(asked.get("resourceArn"), _LONGEST_ARN) or ""
        kind = registry.of_arn(arn)
        name = kind and printable(kind.identity.name_in_arn(arn))
        if kind is None or not name:
            return IgnoredEvent(IgnoreReason.CALL)
        return ResourceEvent(ref=ResourceRef(kind.name, name, HOME), time=time, exact=False)
    created = registry.of_create(call)
    if (kind := created or registry.of_change(call, asked)) is None:
        return IgnoredEvent(IgnoreReason.CALL)
    answered = mapping(detail.get("responseElements"))  # names what only its ARN does
    if not (name := kind.identity.in_request(asked) or kind.identity.in_request(answered)):
        raise EventInvalid([f"detail.requestParameters: no name for {call}"])
    return ResourceEvent(
        ref=ResourceRef(kind.name, name, HOME),
        time=time,
        tags=parse_tags(asked.get("tags")) if created else None,
        creator=creator_login(detail.get("userIdentity")) if created else None,
    )


def creator_login(identity: object) -> str | None:
    """Name the caller: an IAM user, or the session of a role (of single sign-on: the person).

    None for root, for services, and for `SageMaker`, the session of every notebook and job.
    """
    if not isinstance(identity, Mapping):
        return None
    if identity.get("type") == "IAMUser":
        return printable(identity.get("userName"))
    if identity.get("type") != "AssumedRole":
        return None
    session = (printable(identity.get("arn"), _LONGEST_ARN) or "").rsplit("/", 1)[-1]
    return session if session and session != "SageMaker" else None
