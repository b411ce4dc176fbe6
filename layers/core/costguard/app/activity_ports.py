"""Ports for the activity of notebooks, and for the use of other resources."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct, field

from costguard.idleness.job_attribution import EndedJob
from costguard.resources.activity import Activity, LookBack, WorkMemory
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.use import MeasuredUse

type NextCheck = Callable[[Resource, Activity], datetime]
"""Answers when a notebook can be idle for long enough at the earliest: not asked before."""


class ObservedActivity(Struct, frozen=True, kw_only=True):
    """The observed activity of notebooks, by key; `errors` are the failed reads."""

    activity: Mapping[str, Activity] = field(default_factory=dict)
    ended: tuple[EndedJob, ...] = ()
    errors: tuple[Exception, ...] = ()


class ActivityObserver(Protocol):
    """Observes the activity of notebooks."""

    def observe(
        self,
        notebooks: Sequence[Resource],
        now: datetime,
        next_check: NextCheck | None,
        look_back: LookBack,
        /,
    ) -> ObservedActivity:
        """Observe each; without `next_check`, before a stop, every kernel is asked again."""

    def remember(
        self,
        notebooks: Mapping[str, Resource],
        works: Mapping[str, WorkMemory],
        now: datetime,
        /,
    ) -> tuple[Exception, ...]:
        """Store the results of this observation, by key; return the errors."""


class UseMeter(Protocol):
    """What AWS measures of the use of resources."""

    def measure(
        self, resources: Sequence[Resource], since: datetime, now: datetime, /
    ) -> tuple[Mapping[str, MeasuredUse], tuple[Exception, ...]]:
        """Read the metrics of each since then, by key; and answer what could not be read."""


class WorkLedger(Protocol):
    """Remembered activity of notebooks that outlives a container."""

    def recall(self, notebooks: Sequence[Resource], /) -> Mapping[str, WorkMemory]:
        """Return the remembered activity of each, by key."""

    def keep(self, ref: ResourceRef, work: WorkMemory, now: datetime, /) -> None:
        """Store the remembered activity of one."""
