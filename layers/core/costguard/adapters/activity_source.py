"""The activity of notebooks: Jupyter through `probe`, the heartbeat's metrics, ended jobs."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct, field

from costguard.adapters.clients import AWS_ERRORS
from costguard.adapters.heartbeats import read_heartbeats
from costguard.adapters.probe_client import ENOUGH, Ask, ask_all
from costguard.adapters.sagemaker.inventory import SageMakerInventory
from costguard.app.activity_memory import (
    ActivityMemory,
    join_activity,
    to_question,
    with_answer,
)
from costguard.app.activity_ports import NextCheck, ObservedActivity, WorkLedger
from costguard.common.errors import IncompleteDataError
from costguard.resources.activity import Activity, LookBack, WorkMemory
from costguard.resources.model import Resource

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_LOOK_BACK = LookBack()


class NotebookObserver(Struct, frozen=True):
    """Reads all sources of activity; `ask` is None if the probe is turned off.

    Its memory decides which notebooks are asked; without a `ledger` it is not kept for long.
    """

    inventory: SageMakerInventory
    cloudwatch: "Callable[[], CloudWatchClient]"
    ask: Ask | None
    memory: ActivityMemory = field(default_factory=ActivityMemory)
    ledger: WorkLedger | None = None

    def observe(
        self,
        notebooks: Sequence[Resource],
        now: datetime,
        next_check: NextCheck | None,
        look_back: LookBack = _LOOK_BACK,
    ) -> ObservedActivity:
        """Observe each notebook; one that does not answer does not affect the others."""
        to_ask = self.memory.to_ask(notebooks, now, next_check)
        ends = time.monotonic() + ENOUGH
        try:
            ended = tuple(self.inventory.ended(now - look_back.jobs, now))
            known = self.ledger.recall(to_ask) if self.ledger and to_ask else {}
            jupyter = ask_all(self.ask, to_ask, now) if self.ask else {}
            seen = join_activity(to_ask, jupyter, {}, known)
            to_listen = self.memory.heartbeats_to_read(to_ask, seen, now, next_check)
            names = [notebook.name for notebook in to_listen]
            cloudwatch, back = self.cloudwatch, look_back.activity
            heartbeats = read_heartbeats(cloudwatch(), names, now, back) if names else {}
        except (*AWS_ERRORS, IncompleteDataError) as error:
            return ObservedActivity(errors=(error,))
        seen = join_activity(to_ask, jupyter, heartbeats, known)
        seen |= self._questioned(to_question(to_ask, seen, now, next_check), seen, now, ends)
        silent = (notebook for notebook in to_listen if notebook.name not in heartbeats)
        self.memory.remember(seen, silent, now)
        return ObservedActivity(activity=self.memory.of(notebooks), ended=ended)

    def remember(
        self, notebooks: Mapping[str, Resource], works: Mapping[str, WorkMemory], now: datetime
    ) -> tuple[Exception, ...]:
        """Store the results of this observation, by key; return the errors of the ledger."""
        self.memory.keep(works)
        if self.ledger is None:
            return ()
        errors = list[Exception]()
        for key, work in works.items():
            try:
                self.ledger.keep(notebooks[key].ref, work, now)
            except AWS_ERRORS as error:
                errors.append(error)
        return tuple(errors)

    def _questioned(
        self,
        notebooks: Sequence[Resource],
        seen: Mapping[str, Activity],
        now: datetime,
        ends: float,
    ) -> dict[str, Activity]:
        """Ask the kernels of notebooks whose decision depends on it; return the answers by key."""
        if self.ask is None or not notebooks:
            return {}
        answers = ask_all(self.ask, notebooks, now, kernels=True, ends=ends)
        return {n.ref.key: with_answer(n, seen[n.ref.key], answers[n.name]) for n in notebooks}
