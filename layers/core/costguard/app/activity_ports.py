"""What may be asked of the world about the activity of notebooks."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct, field

from costguard.idleness.job_attribution import EndedJob
from costguard.resources.activity import Activity, LookBack, WorkMemory
from costguard.resources.model import Resource, ResourceRef

type NextCheck = Callable[[Resource, Activity], datetime]
"""Answers when a notebook can be idle for long enough at the earliest: not asked before."""


class ObservedActivity(Struct, frozen=True, kw_only=True):
    """What was seen of notebooks' activity, by key; `errors` is what could not be read at all."""

    activity: Mapping[str, Activity] = field(default_factory=dict)
    ended: tuple[EndedJob, ...] = ()
    errors: tuple[Exception, ...] = ()


class ActivityObserver(Protocol):
    """What notebooks are doing."""

    def observe(
        self,
        notebooks: Sequence[Resource],
        now: datetime,
        next_check: NextCheck | None,
        look_back: LookBack,
        /,
    ) -> ObservedActivity:
        """Observe each; without `next_check`, before a stop, every kernel is asked anew."""

    def remember(
        self,
        notebooks: Mapping[str, Resource],
        works: Mapping[str, WorkMemory],
        now: datetime,
        /,
    ) -> tuple[Exception, ...]:
        """Keep what follows from this look, by key; answer what could not be kept."""


class WorkLedger(Protocol):
    """What is remembered of notebooks' activity, longer than a container lives."""

    def recall(self, notebooks: Sequence[Resource], /) -> Mapping[str, WorkMemory]:
        """Answer what is remembered of each, by key."""

    def keep(self, ref: ResourceRef, work: WorkMemory, now: datetime, /) -> None:
        """Keep what is to be remembered of one."""
