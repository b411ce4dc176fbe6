"""Fields that a later version wrote into a case: a rollback to this version loses none.

Unknown fields are skipped. A finding in an unknown state, and a notice that cannot be read, are
kept unchanged and written back; they stop nothing.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

from costguard.common.errors import GuardError
from costguard.common.observed import elements, mapping
from costguard.notifications.notice import Notice
from costguard.notifications.schema import decode_notice

LATER = "later"
"""The state that stands for every one which only a later version knows."""


class LaterFacts(Struct, frozen=True):
    """The parts that were set aside, unchanged."""

    findings: Mapping[str, Any] = field(default_factory=dict)  # by rule
    outbox: tuple[Any, ...] = ()  # notices that only a later version can publish


class SetAside(Struct, frozen=True):
    """A case as JSON that this version can read, its notices, and the parts set aside."""

    case: Mapping[str, Any]
    outbox: tuple[Notice, ...]
    later: LaterFacts | UnsetType


def set_aside(raw: Mapping[str, Any], states: frozenset[str]) -> SetAside:
    """Separate the parts of a case that only a later version can read."""
    marks = mapping(raw.get("marks"))
    later = {rule: each for rule, each in marks.items() if _is_later(each, states)}
    notices, unread = list[Notice](), list[Any]()
    for each in elements(raw.get("outbox")):
        try:
            notices.append(decode_notice(each))
        except (GuardError, TypeError, ValueError, AttributeError):
            unread.append(each)
    known = {name: value for name, value in raw.items() if name not in ("later", "outbox")}
    if later:
        known["marks"] = {**marks, **{r: {**each, "stage": LATER} for r, each in later.items()}}
    aside = LaterFacts(later, tuple(unread)) if later or unread else UNSET
    return SetAside(known, tuple(notices), aside)


def _is_later(mark: object, states: frozenset[str]) -> bool:
    state = mapping(mark).get("stage")
    return isinstance(state, str) and state not in states
