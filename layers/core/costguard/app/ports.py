"""The world as plain functions: what the jobs may ask of it and do to it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from costguard.app.event_context import Memory
from costguard.app.metering import Meter
from costguard.common.concurrency import Together
from costguard.enforcement.case import Case
from costguard.idleness.job_attribution import Ended
from costguard.notifications.notice import Notice
from costguard.policy.model import Policy
from costguard.resources.activity import Activity
from costguard.resources.events import Sighting
from costguard.resources.model import Ref, Resource

type Earliest = Callable[[Resource, Activity], datetime]
"""When it can be idle for long enough at the earliest: until then it need not be asked again."""
type Look = Callable[[Sequence[Resource], datetime, Earliest | None], Seen]
"""Without `earliest` nothing remembered counts: the look before a stop is a new one."""

type Tags = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The world, as functions. `bootstrap/guard.py` binds them; tests pass lambdas and lists."""

    policy: Policy
    place: tuple[str, str]  # account and region
    look: Callable[[Ref], Resource | None]  # Describe; None when it does not exist
    running: Callable[[datetime], tuple[tuple[Resource, ...], tuple[Exception, ...]]]
    tags: Callable[[str], Tags]  # ListTags by ARN
    activity: Look  # what notebooks are doing
    remembered: Callable[[Sighting], Memory]  # all that an event needs to know, read at once
    case: Callable[[Ref], Case | None]
    cases: Callable[[], Iterable[Case]]
    save: Callable[[Case, Case | None, datetime], bool]  # new, old; False when another was first
    audit: Callable[[str, Resource, datetime, Mapping[str, object]], None]
    recall: Callable[[str], datetime | None]  # when this word was last noted in the ledger
    note: Callable[[str, datetime], None]
    created_by: Callable[[Ref, str, datetime], None]  # who made it, as CloudTrail tells
    tell: Callable[[Notice], None]
    summarise: Callable[[str], None]
    take_place: Callable[[Ref, datetime, int], bool]  # since then; False where all are taken
    hand_over: Callable[[Sequence[Ref], datetime], None]  # to the stop queue
    stop: Callable[[Resource], str]  # the Stop call; the outcome in a word
    count: Callable[[Mapping[str, int]], None]  # metrics
    meter: Meter
    together: Together  # several tasks at once, where they wait for answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of notebooks' activity, by key; `errors` is what could not be read at all."""

    activity: Mapping[str, Activity] = field(default_factory=dict)
    ended: tuple[Ended, ...] = ()
    errors: tuple[Exception, ...] = ()
