"""What was seen of notebooks while this container lives: it decides who is asked again.

Asking costs money, of CloudWatch (a metric each) as of Lambda: nobody is asked before the answer
can matter. Before a stop there is no next check, and everybody is asked everything.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field

from costguard.app.ports import NextCheck
from costguard.resources.activity import Activity, Heartbeat, JupyterActivity
from costguard.resources.model import Resource

AGAIN_IN_VAIN = timedelta(minutes=30)
"""Who gave no answer, or has no heartbeat, is asked again after this long."""


class ActivityMemory(Struct):
    """The last activity that was seen of each notebook, and since when none was heard from."""

    _known: dict[str, tuple[datetime, Activity]] = field(default_factory=dict)
    _silent: dict[str, datetime] = field(default_factory=dict)

    def to_ask(
        self, notebooks: Iterable[Resource], now: datetime, next_check: NextCheck | None
    ) -> list[Resource]:
        """Choose the notebooks of which what was seen before says too little by now."""
        return [
            n for n in notebooks if next_check is None or not self._suffices(n, now, next_check)
        ]

    def to_listen(
        self,
        asked: Iterable[Resource],
        seen: Mapping[str, Activity],
        now: datetime,
        next_check: NextCheck | None,
    ) -> list[Resource]:
        """Choose among them those whose heartbeat can matter now, and may be there."""
        if next_check is None:
            return list(asked)
        return [
            n
            for n in asked
            if next_check(n, seen[n.ref.key]) <= now
            and not _lately(self._silent.get(n.ref.key), now)
        ]

    def remember(
        self, seen: Mapping[str, Activity], silent: Iterable[Resource], now: datetime
    ) -> None:
        """Keep what was seen now, and who had no heartbeat."""
        self._known.update((key, (now, activity)) for key, activity in seen.items())
        self._silent.update((n.ref.key, now) for n in silent)

    def of(self, notebooks: Iterable[Resource]) -> dict[str, Activity]:
        """Answer the last activity that was seen of each."""
        return {n.ref.key: self._known[n.ref.key][1] for n in notebooks}

    def _suffices(self, notebook: Resource, now: datetime, next_check: NextCheck) -> bool:
        """Tell whether what was seen before still says enough."""
        at, known = self._known.get(notebook.ref.key, (None, Activity()))
        in_vain = not known.heartbeats and (
            known.jupyter is None or known.jupyter.problem is not None
        )
        if at is None or (notebook.started and at < notebook.started):
            return False
        return _lately(at, now) if in_vain else now < next_check(notebook, known)


def join_activity(
    notebooks: Sequence[Resource],
    jupyter: Mapping[str, JupyterActivity],
    heartbeats: Mapping[str, tuple[Heartbeat, ...]],
) -> dict[str, Activity]:
    """Put together what was seen of each notebook; of its heartbeats, only those of this run."""
    return {
        n.ref.key: Activity(
            jupyter=jupyter.get(n.name),
            heartbeats=tuple(
                beat
                for beat in heartbeats.get(n.name, ())
                if n.started is None or beat.at > n.started
            ),
        )
        for n in notebooks
    }


def _lately(at: datetime | None, now: datetime) -> bool:
    return at is not None and now - at < AGAIN_IN_VAIN
