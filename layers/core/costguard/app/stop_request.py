"""A message of the stop queue: references, not a plan."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from costguard.common.codec import decode
from costguard.common.datetimes import parse_time
from costguard.common.errors import EventInvalid, StoredDataInvalid
from costguard.resources.model import ResourceRef
from costguard.resources.places import HOME, is_place
from costguard.resources.registry import KINDS

STOP_SCHEMA = "costguard.stop/2"


class StopRequest(Struct, frozen=True, kw_only=True):
    """A message of the stop queue, as it is sent."""

    schema: str = STOP_SCHEMA
    time: datetime  # when it was enqueued
    resources: tuple[ResourceRef, ...]
    cause: str | UnsetType = UNSET  # the correlation id of the invocation that enqueued it


def parse_stop_request(body: str) -> tuple[tuple[ResourceRef, ...], datetime]:
    """Read the references of a message and its time. Raises EventInvalid with every problem.

    A message of version 1 names one resource directly; dead letters may still have some.
    """
    try:
        raw = decode(body, object, "body")
    except StoredDataInvalid as exc:
        raise EventInvalid([f"body: expected JSON: {exc}"]) from None
    raw = raw if isinstance(raw, Mapping) else {}
    named = raw.get("resources", [raw])
    if not isinstance(named, list) or not named:
        raise EventInvalid([f"resources: expected a list of references, got {named!r}"])
    problems = [problem for at, each in enumerate(named) for problem in _unreadable(each, at)]
    try:
        time = parse_time(raw.get("time"))
    except ValueError as exc:
        problems.append(f"time: {exc}")
    if problems:
        raise EventInvalid(problems)
    return tuple(map(_reference, named)), time


def _reference(named: Any) -> ResourceRef:
    return ResourceRef(named["kind"], str(named["name"]), named.get("place") or HOME)


def _unreadable(reference: Any, at: int) -> list[str]:
    """List the problems of one reference in a message."""
    fields = reference if isinstance(reference, Mapping) else {}
    problems = []
    if fields.get("kind") not in list(KINDS):
        expected = ", ".join(KINDS)
        problems.append(
            f"resources[{at}].kind: expected one of {expected}, got {fields.get('kind')!r}"
        )
    if not fields.get("name"):
        problems.append(f"resources[{at}].name: missing")
    if (place := fields.get("place")) and not is_place(str(place)):
        problems.append(f"resources[{at}].place: expected an account and a Region, got {place!r}")
    return problems
