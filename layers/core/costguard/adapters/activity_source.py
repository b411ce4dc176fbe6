"""What notebooks are doing: Jupyter through `probe`, the heartbeat's metrics, jobs that ended."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct, field

from costguard.adapters.clients import AWS_ERRORS
from costguard.adapters.heartbeats import read_heartbeats
from costguard.adapters.probe_client import Ask, ask_all
from costguard.adapters.sagemaker.inventory import SageMakerInventory
from costguard.app.activity_memory import ActivityMemory, join_activity
from costguard.app.ports import NextCheck, ObservedActivity
from costguard.common.errors import IncompleteDataError
from costguard.resources.model import Resource

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

ENDED_WITHIN = timedelta(hours=2)


class NotebookObserver(Struct, frozen=True):
    """Asks with what it is given; `ask` is None where the probe is turned off.

    Who is asked at all, its memory decides.
    """

    inventory: SageMakerInventory
    cloudwatch: "Callable[[], CloudWatchClient]"
    ask: Ask | None
    memory: ActivityMemory = field(default_factory=ActivityMemory)

    def observe(
        self, notebooks: Sequence[Resource], now: datetime, next_check: NextCheck | None
    ) -> ObservedActivity:
        """See what there is of each; one that does not answer is a problem of its own."""
        to_ask = self.memory.to_ask(notebooks, now, next_check)
        try:
            ended = tuple(self.inventory.ended(now - ENDED_WITHIN, now))
            jupyter = ask_all(self.ask, to_ask, now) if self.ask else {}
            seen = join_activity(to_ask, jupyter, {})
            to_listen = self.memory.heartbeats_to_read(to_ask, seen, now, next_check)
            names = [notebook.name for notebook in to_listen]
            heartbeats = read_heartbeats(self.cloudwatch(), names, now) if names else {}
        except (*AWS_ERRORS, IncompleteDataError) as error:
            return ObservedActivity(errors=(error,))
        silent = (notebook for notebook in to_listen if notebook.name not in heartbeats)
        self.memory.remember(join_activity(to_ask, jupyter, heartbeats), silent, now)
        return ObservedActivity(activity=self.memory.of(notebooks), ended=ended)
