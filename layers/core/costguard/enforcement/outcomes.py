"""What came of a look or of a stop, in the words of the log, the audit and the handlers."""

from enum import StrEnum


class WatchOutcome(StrEnum):
    """What came of one event."""

    IGNORED_DETAIL_TYPE = "ignored-detail-type"  # none of our kinds
    IGNORED_STATUS = "ignored-status"  # a status of no interest
    IGNORED_CALL = "ignored-call"  # a call of no interest
    TOLD = "told"  # a call whose cost nothing watches
    TOLD_BEFORE = "told-before"  # another one of the same caller, within a day
    GONE = "gone"
    UNKNOWN_NAME = "unknown-name"  # the ARN spells it in lower case, and nothing is called so
    EVALUATED = "looked"
    OVERTAKEN = "overtaken"  # another writer was first
    ENQUEUED = "due"
    WAITS = "waits"  # events have stopped as many as they may: the next sweep sees it


class StopOutcome(StrEnum):
    """What came of one stop that was asked for."""

    ACCEPTED = "accepted"
    GONE = "gone"
    NOT_RUNNING = "not-running"
    NOT_DUE = "not-due"
    HELD = "held"  # by the brake, until a sweep lets it go
    OVERTAKEN = "overtaken"  # another writer was first
