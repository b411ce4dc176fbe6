"""The outcomes of an evaluation or a stop, as log, audit and handlers name them."""

from enum import StrEnum

from msgspec import Struct


class WatchOutcome(StrEnum):
    """The outcome of one event."""

    IGNORED_DETAIL_TYPE = "ignored-detail-type"  # of an unknown kind
    IGNORED_STATUS = "ignored-status"  # a status of no interest
    IGNORED_CALL = "ignored-call"  # a call of no interest
    TOLD = "told"  # a call whose cost nothing watches
    TOLD_BEFORE = "told-before"  # another one of the same caller, within a day
    GONE = "gone"
    UNKNOWN_NAME = (
        "unknown-name"  # the ARN has the name in lower case, and no resource has that name
    )
    EVALUATED = "looked"
    OVERTAKEN = "overtaken"  # another writer saved first
    ENQUEUED = "due"
    NOT_GUARDED = "ignored-place"  # it is of a place that is neither home nor a spoke
    WAITS = "waits"  # events have used up `max_stops`: the next sweep decides


class UnknownFinding(Struct, frozen=True):
    """A rule that could not be evaluated. `fault`: the rule itself raised an error."""

    rule: str
    fact: str
    fault: bool = False
    loud: bool = True


class StopOutcome(StrEnum):
    """The outcome of one requested stop."""

    ACCEPTED = "accepted"
    GONE = "gone"
    NOT_RUNNING = "not-running"
    NOT_DUE = "not-due"
    HELD = "held"  # by `max_stops`, until a sweep releases it
    OVERTAKEN = "overtaken"  # another writer saved first
