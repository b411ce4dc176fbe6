"""What events themselves tell: each resource as it was told last, and its tags. Pure.

A state change carries what Describe would say; a Create call carries what was asked for.
"""

from collections.abc import Iterator, Mapping
from copy import replace
from dataclasses import dataclass, field
from typing import Any

from costguard.common.datetimes import parse_time
from costguard.resources.events import CLOUDTRAIL, IgnoredEvent, ResourceEvent, parse_tags
from costguard.resources.events import parse_event as sighted
from costguard.resources.kind import Kind
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.registry import KINDS, kind_of_arn
from costguard.resources.translation import translate

type Event = Mapping[str, Any]


@dataclass(slots=True)
class EventInventory:
    """Remembers events in the order in which they are told."""

    _known: dict[str, Resource] = field(default_factory=dict)
    _tags: dict[str, dict[str, str]] = field(default_factory=dict)

    def record(self, event: Event) -> None:
        """Take in one event; what cannot be read tells nothing. Raises EventInvalid."""
        seen = sighted(event)
        if isinstance(seen, IgnoredEvent):
            return
        resource = _resource(event, seen)
        if resource:
            self._known[seen.ref.key] = resource
        self._retag(event["detail"], seen)

    def describe(self, ref: ResourceRef) -> Resource | None:
        """Answer what was told of a resource; its tags are sure where they were told."""
        found = self._known.get(ref.key)
        return found and replace(found, tags_confirmed=ref.key not in self._tags)

    def tags(self, arn: str) -> dict[str, str]:
        """Answer the tags that were told."""
        kind = kind_of_arn(arn)
        ref = ResourceRef(kind.name, kind.identity.name_in_arn(arn)) if kind else None
        return self._tags[ref.key if ref else ""]

    def fleet(self) -> Iterator[Resource]:
        """Answer everything told, with its tags."""
        for key, resource in self._known.items():
            yield replace(resource, tags=self._tags.get(key))

    def _retag(self, detail: Event, seen: ResourceEvent) -> None:
        key, asked = seen.ref.key, detail.get("requestParameters") or {}
        if seen.tags is not None:
            self._tags[key] = dict(seen.tags)
        elif detail.get("eventName") == "AddTags" and key in self._tags:
            self._tags[key] |= parse_tags(asked.get("tags")) or {}
        elif detail.get("eventName") == "DeleteTags" and key in self._tags:
            for gone in asked.get("tagKeys") or ():
                self._tags[key].pop(gone, None)


def _resource(event: Event, seen: ResourceEvent) -> Resource | None:
    """Translate what the event says of its resource, if it says enough."""
    kind, detail = KINDS[seen.ref.kind], event["detail"]
    raw = _asked(kind, event) if event.get("detail-type") == CLOUDTRAIL else dict(detail)
    if raw is None:
        return None
    for part, value in next(iter(kind.identity.addresses(seen.ref.name)), {}).items():
        raw.setdefault(part, value)
    raw.setdefault(kind.translation.arn, next(iter(event.get("resources") or ()), None))
    times = {k: _moment(v) for k, v in raw.items() if k.endswith("Time")}
    raw |= {key: value for key, value in times.items() if value is not None}
    raw = {k: v for k, v in raw.items() if v is not None}
    return translate(kind, raw) if raw.get(kind.translation.arn) else None


def _asked(kind: Kind, event: Event) -> dict[str, Any] | None:
    """Read a Create call: AWS spells its parameters like Describe, in lower case."""
    detail = event["detail"]
    if detail.get("eventName") not in kind.events.creates:
        return None
    raw = _upper(detail.get("requestParameters") or {})
    raw |= _upper(detail.get("responseElements") or {})
    return {**raw, kind.translation.status: kind.lifecycle.first, "CreationTime": event.get("time")}


def _upper(raw: Any) -> Any:
    if isinstance(raw, Mapping):
        return {key[:1].upper() + key[1:]: _upper(value) for key, value in raw.items()}
    return [_upper(each) for each in raw] if isinstance(raw, list) else raw


def _moment(raw: object) -> Any:
    return None if raw in (None, "") else parse_time(raw)
