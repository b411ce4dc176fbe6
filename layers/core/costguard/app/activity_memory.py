"""Observed activity of notebooks, kept while the container lives; it decides which are polled.

Polling costs money, of CloudWatch (a metric each) as of Lambda: a notebook is polled only once the
answer can matter. Before a stop there is no next check, and all of them are polled for everything.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field

from costguard.app.ports import NextCheck
from costguard.resources.activity import Activity, Heartbeat, JupyterActivity
from costguard.resources.model import Resource

AGAIN_IN_VAIN = timedelta(minutes=30)
"""A notebook without an answer, or without a heartbeat, is polled again after this long."""


class ActivityMemory(Struct):
    """The last observed activity of each notebook, and when it had no heartbeat."""

    _known: dict[str, tuple[datetime, Activity]] = field(default_factory=dict)
    _silent: dict[str, datetime] = field(default_factory=dict)

    def to_ask(
        self, notebooks: Iterable[Resource], now: datetime, next_check: NextCheck | None
    ) -> list[Resource]:
        """Choose the notebooks whose remembered activity is too old to rely on."""
        return [
            n for n in notebooks if next_check is None or not self._suffices(n, now, next_check)
        ]

    def heartbeats_to_read(
        self,
        asked: Iterable[Resource],
        seen: Mapping[str, Activity],
        now: datetime,
        next_check: NextCheck | None,
    ) -> list[Resource]:
        """Choose the notebooks whose heartbeat can matter now, and may exist."""
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
        """Keep the activity observed now, and which notebooks had no heartbeat."""
        self._known.update((key, (now, activity)) for key, activity in seen.items())
        self._silent.update((n.ref.key, now) for n in silent)

    def of(self, notebooks: Iterable[Resource]) -> dict[str, Activity]:
        """Answer the last observed activity of each notebook."""
        return {n.ref.key: self._known[n.ref.key][1] for n in notebooks}

    def _suffices(self, notebook: Resource, now: datetime, next_check: NextCheck) -> bool:
        """Tell whether the remembered activity is recent enough to rely on."""
        at, known = self._known.get(notebook.ref.key, (None, Activity()))
        in_vain = not known.heartbeats and (
            known.jupyter is None or known.jupyter.problem is not None
        )
        if at is None or (notebook.started and at < notebook.started):
            return False
        if known.jupyter and known.jupyter.partly:
            return False
        return _lately(at, now) if in_vain else now < next_check(notebook, known)


def join_activity(
    notebooks: Sequence[Resource],
    jupyter: Mapping[str, JupyterActivity],
    heartbeats: Mapping[str, tuple[Heartbeat, ...]],
) -> dict[str, Activity]:
    """Join Jupyter's answer and the heartbeats of each notebook; only heartbeats of this run."""
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
