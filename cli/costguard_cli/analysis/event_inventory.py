"""Inventory from events: the latest state of each resource in them, and its tags.

A state change carries what Describe would return; a Create call carries its parameters.
"""

from collections.abc import Iterator, Mapping
from copy import replace
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from costguard.common.datetimes import parse_time
from costguard.common.errors import IncompleteDataError
from costguard.common.observed import elements, mapping
from costguard.resources.events import (
    CLOUDTRAIL,
    IgnoredEvent,
    ResourceEvent,
    parse_event,
    parse_tags,
)
from costguard.resources.kind import Kind
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.registry import KINDS, kind_of_arn, owned_ref
from costguard.resources.translation import translate

type Event = Mapping[str, Any]


@dataclass(slots=True)
class EventInventory:
    """Resources as recorded from a sequence of events."""

    _known: dict[str, Resource] = field(default_factory=dict)
    _tags: dict[str, dict[str, str]] = field(default_factory=dict)

    def record(self, event: Event) -> None:
        """Record one event; ignored events change nothing. Raises EventInvalid."""
        parsed = parse_event(event)
        if isinstance(parsed, IgnoredEvent):
            return
        resource = _resource(event, parsed)
        if resource:
            self._known[parsed.ref.key] = resource
        self._retag(event["detail"], parsed)

    def describe(self, ref: ResourceRef) -> Resource | None:
        """Return a recorded resource; its tags are confirmed unless an event carried them."""
        resource = self._known.get(ref.key)
        return resource and replace(resource, tags_confirmed=ref.key not in self._tags)

    def tags(self, arn: str) -> dict[str, str]:
        """Return the recorded tags."""
        kind = kind_of_arn(arn)
        ref = ResourceRef(kind.name, kind.identity.name_in_arn(arn)) if kind else None
        return self._tags.get(ref.key if ref else "", {})

    def fleet(self) -> Iterator[Resource]:
        """Return every recorded resource with its tags."""
        for resource in self._known.values():
            yield replace(resource, tags=self._tags.get(owned_ref(resource).key))

    def _retag(self, detail: Event, parsed: ResourceEvent) -> None:
        key, parameters = parsed.ref.key, mapping(detail.get("requestParameters"))
        if parsed.tags is not None:
            self._tags[key] = dict(parsed.tags)
        elif detail.get("eventName") == "AddTags" and key in self._tags:
            self._tags[key] |= parse_tags(parameters.get("tags")) or {}
        elif detail.get("eventName") == "DeleteTags" and key in self._tags:
            for tag in elements(parameters.get("tagKeys")):
                self._tags[key].pop(str(tag), None)


def _resource(event: Event, parsed: ResourceEvent) -> Resource | None:
    """Translate the resource in an event; None where the event lacks its ARN."""
    kind, detail = KINDS[parsed.ref.kind], event["detail"]
    raw = _created_resource(kind, event) if event.get("detail-type") == CLOUDTRAIL else dict(detail)
    if raw is None:
        return None
    if kind.identity.address(raw) is None:
        raw |= next(iter(kind.identity.addresses(parsed.ref.name)), {})
    raw.setdefault(kind.translation.arn, next(iter(elements(event.get("resources"))), None))
    raw |= {key: _parse_optional_time(value) for key, value in raw.items() if key.endswith("Time")}
    try:
        return translate(kind, {k: v for k, v in raw.items() if v is not None})
    except IncompleteDataError:
        return None


def _created_resource(kind: Kind, event: Event) -> dict[str, Any] | None:
    """Read a Create call: its parameters are those of Describe, with lower-case first letters."""
    detail = event["detail"]
    if detail.get("eventName") not in kind.events.creates:
        return None
    raw = _capitalize_keys(mapping(detail.get("requestParameters")))
    raw |= _capitalize_keys(mapping(detail.get("responseElements")))
    return {**raw, kind.translation.status: kind.lifecycle.first, "CreationTime": event.get("time")}


def _capitalize_keys(raw: Any) -> Any:
    if isinstance(raw, Mapping):
        return {key[:1].upper() + key[1:]: _capitalize_keys(value) for key, value in raw.items()}
    return [_capitalize_keys(each) for each in raw] if isinstance(raw, list) else raw


def _parse_optional_time(raw: object) -> datetime | None:
    """Read a time; what is none is not known."""
    try:
        return parse_time(raw)
    except ValueError:
        return None
