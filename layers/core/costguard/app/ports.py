"""The world as plain functions: what the jobs may ask of it and do to it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct, field

from costguard.app.event_context import EventContext
from costguard.app.metering import Meter
from costguard.common.concurrency import Together
from costguard.common.decisions import DecisionLog
from costguard.enforcement.case import Case
from costguard.idleness.job_attribution import EndedJob
from costguard.notifications.notice import Notice
from costguard.policy.model import Policy
from costguard.resources.activity import Activity
from costguard.resources.events import ResourceEvent
from costguard.resources.model import Resource, ResourceRef

type NextCheck = Callable[[Resource, Activity], datetime]
"""When it can be idle for long enough at the earliest: until then it need not be asked again."""
type ObserveActivity = Callable[[Sequence[Resource], datetime, NextCheck | None], ObservedActivity]
"""Without `earliest` nothing remembered counts: the look before a stop is a new one."""

type Tags = Mapping[str, str]


class Ports(Struct, frozen=True, kw_only=True):
    """The world, as functions. `bootstrap/guard.py` binds them; tests pass lambdas and lists."""

    policy: Policy
    place: tuple[str, str]  # account and region
    describe: Callable[[ResourceRef], Resource | None]  # Describe; None when it does not exist
    running: Callable[[datetime], tuple[tuple[Resource, ...], tuple[Exception, ...]]]
    tags: Callable[[str], Tags]  # ListTags by ARN
    observe_activity: ObserveActivity  # what notebooks are doing
    event_context: Callable[
        [ResourceEvent], EventContext
    ]  # all that an event needs to know, read at once
    case: Callable[[ResourceRef], Case | None]
    cases: Callable[[], Iterable[Case]]
    save: Callable[[Case, Case | None, datetime], bool]  # new, old; False when another was first
    audit: Callable[[str, Resource, datetime, Mapping[str, object]], None]
    last_time: Callable[[str], datetime | None]  # when this word was last noted in the ledger
    mark_time: Callable[[str, datetime], None]
    record_creator: Callable[[ResourceRef, str, datetime], None]  # who made it, as CloudTrail tells
    publish_notice: Callable[[Notice], None]
    publish_text: Callable[[str], None]
    acquire_stop_slot: Callable[
        [ResourceRef, datetime, int], bool
    ]  # since then; False where all are taken
    enqueue_stops: Callable[[Sequence[ResourceRef], datetime], None]  # to the stop queue
    stop: Callable[[Resource], str]  # the Stop call; the outcome in a word
    count: Callable[[Mapping[str, int]], None]  # metrics
    log: DecisionLog
    meter: Meter
    together: Together  # several tasks at once, where they wait for answers


class ObservedActivity(Struct, frozen=True, kw_only=True):
    """What was seen of notebooks' activity, by key; `errors` is what could not be read at all."""

    activity: Mapping[str, Activity] = field(default_factory=dict)
    ended: tuple[EndedJob, ...] = ()
    errors: tuple[Exception, ...] = ()
