"""What notebooks are doing: Jupyter through `probe`, the heartbeat's metrics, jobs that ended."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from costguard.adapters.clients import AWS_ERRORS
from costguard.adapters.heartbeats import read_heartbeats
from costguard.adapters.probe_client import Ask, ask_all
from costguard.adapters.sagemaker.inventory import Inventory
from costguard.app.ports import NextCheck, ObservedActivity
from costguard.common.errors import IncompleteDataError
from costguard.resources.activity import Activity, Heartbeat, JupyterActivity
from costguard.resources.model import Resource

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

ENDED_WITHIN = timedelta(hours=2)
_AGAIN_IN_VAIN = timedelta(minutes=30)
"""Who gave no answer, or has no heartbeat, is asked again after this long."""


@dataclass(frozen=True, slots=True)
class ActivitySource:
    """Looks with what it is given; `ask` is None where the probe is turned off.

    What it has seen it remembers for as long as its container lives: nobody is asked again before
    the answer can matter. Asking costs money, of CloudWatch (a metric each) as of Lambda. Without
    `earliest`, before a stop, everybody is asked everything.
    """

    inventory: Inventory
    cloudwatch: "Callable[[], CloudWatchClient]"
    ask: Ask | None
    _known: dict[str, tuple[datetime, Activity]] = field(default_factory=dict)
    _silent: dict[str, datetime] = field(default_factory=dict)  # since when no heartbeat is heard

    def observe(
        self, notebooks: Sequence[Resource], now: datetime, earliest: NextCheck | None
    ) -> ObservedActivity:
        """See what there is of each; one that does not answer is a problem of its own."""
        fresh = [n for n in notebooks if not earliest or not self._suffices(n, now, earliest)]
        try:
            ended = tuple(self.inventory.ended(now - ENDED_WITHIN, now))
            asked = ask_all(self.ask, fresh, now) if self.ask else {}
            seen = _joined(fresh, asked, {})
            quiet = [n for n in fresh if not earliest or earliest(n, seen[n.ref.key]) <= now]
            silent = {n.name for n in quiet if _lately(self._silent.get(n.ref.key), now)}
            told = [n.name for n in quiet if not earliest or n.name not in silent]
            beats = read_heartbeats(self.cloudwatch(), told, now) if told else {}
        except (*AWS_ERRORS, IncompleteDataError) as error:
            return ObservedActivity(errors=(error,))
        self._silent.update((n.ref.key, now) for n in quiet if n.name in {*told} - beats.keys())
        seen = _joined(fresh, asked, beats)
        self._known.update((key, (now, activity)) for key, activity in seen.items())
        return ObservedActivity(
            activity={n.ref.key: self._known[n.ref.key][1] for n in notebooks}, ended=ended
        )

    def _suffices(self, notebook: Resource, now: datetime, earliest: NextCheck) -> bool:
        """Tell whether what was seen before still says enough."""
        at, known = self._known.get(notebook.ref.key, (None, Activity()))
        in_vain = not known.heartbeats and (
            known.jupyter is None or known.jupyter.problem is not None
        )
        if at is None or (notebook.started and at < notebook.started):
            return False
        return _lately(at, now) if in_vain else now < earliest(notebook, known)


def _lately(at: datetime | None, now: datetime) -> bool:
    return at is not None and now - at < _AGAIN_IN_VAIN


def _joined(
    notebooks: Sequence[Resource],
    asked: Mapping[str, JupyterActivity],
    beats: Mapping[str, tuple[Heartbeat, ...]],
) -> dict[str, Activity]:
    """Keep of a heartbeat only this run's."""
    return {
        n.ref.key: Activity(
            jupyter=asked.get(n.name),
            heartbeats=tuple(
                b for b in beats.get(n.name, ()) if n.started is None or b.at > n.started
            ),
        )
        for n in notebooks
    }
