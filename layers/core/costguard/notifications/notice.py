"""Notices: what is said, in the contract's shape and in words a person understands. Pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from costguard.common.sanitize import single_line

SCHEMA = "costguard.notice/1"
LATER = "costguard.later/1"
_SUBJECT_LIMIT = 99  # SNS refuses 100 characters, and anything but printable ASCII may be lost


class NoticeStage(Enum):
    """What a notice is about."""

    WOULD_STOP = "would-stop"
    WARNING = "warning"
    STOPPED = "stopped"
    ALL_CLEAR = "all-clear"
    HELD_BACK = "held-back"
    FAILED = "failed"


class Said(Enum):
    """What a message is about: the stages of a notice, and what the guard says of money."""

    WOULD_STOP = "would-stop"
    WARNING = "warning"
    STOPPED = "stopped"
    ALL_CLEAR = "all-clear"
    HELD_BACK = "held-back"
    FAILED = "failed"
    BUDGET = "budget"
    SUMMARY = "summary"


_STAGES = [said.value for said in (Said.ALL_CLEAR, *(s for s in Said if s is not Said.ALL_CLEAR))]
"""Of one resource at one moment, what has ended is said before what begins."""


@dataclass(frozen=True, slots=True)
class Point:
    """One finding as a notice names it."""

    rule: str
    reason: str
    remedy: str
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message on the alerts topic; DESIGN 5 fixes the fields up to `cost`. Times are UTC."""

    schema: str
    id: str
    time: str
    account: str
    region: str
    stage: str
    rule: str  # several are joined by commas
    resource: Mapping[str, Any]
    owner: Mapping[str, str | None]
    reason: str
    remedy: str
    deadline: str | None
    cost: Mapping[str, Any]
    audience: str  # owner, or admins
    findings: tuple[Mapping[str, Any], ...]
    stops: int  # how often it was stopped before and with this
    kept: str | None = None  # what a stop keeps, loses, and how to start again
    lost: str | None = None
    restart: str | None = None
    resources: tuple[Mapping[str, Any], ...] = ()  # where a notice is about several

    @property
    def attributes(self) -> dict[str, str]:
        """The message attributes that a subscription can filter on."""
        return {
            "stage": self.stage,
            "rule": self.rule,
            "kind": str(self.resource["kind"]),
            "owner": single_line(self.owner["name"] or "") or "unknown",
        }

    @property
    def log_keys(self) -> dict[str, str]:
        """Name it and what it is about, for the log."""
        return {
            "notice": self.id,
            "resource": f"{self.resource['kind']}/{self.resource['name']}",
            "owner": self.owner["name"] or "",
            "rule": self.rule,
        }

    @property
    def subject(self) -> str:
        """One line of printable ASCII that SNS accepts."""
        line = single_line(f"Costguard {self.stage}: {self.resource['name']} ({self.rule})", 200)
        return line.encode("ascii", "replace").decode()[:_SUBJECT_LIMIT]

    def as_dict(self) -> dict[str, Any]:
        """Turn it into the body, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeferredMessage:
    """Say what waits for somebody, or remind somebody of a warning, once it is `due`."""

    due: datetime
    to: str | None = None  # a recipient's key
    remind: Notice | None = None

    def dump(self) -> str:
        """Write it as a message."""
        notice = self.remind.as_dict() if self.remind else None
        body = {"schema": LATER, "due": self.due.isoformat(), "to": self.to, "remind": notice}
        return json.dumps(body, ensure_ascii=False)


def sort_key(said: Notice | DeferredMessage) -> str:
    """Give what its place in the line is told by."""
    if isinstance(said, DeferredMessage):
        return said.due.isoformat()
    return f"{said.time}#{_STAGES.index(said.stage)}#{said.id}"


def subject_key(said: Notice | DeferredMessage) -> str:
    """Name what must be told of in order: a resource."""
    if isinstance(said, DeferredMessage):
        return f"later#{said.to}#{said.due.isoformat()}"
    return str(said.resource["arn"] or said.resource["name"] or said.id).lower()
