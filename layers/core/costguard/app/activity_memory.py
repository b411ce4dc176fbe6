"""Observed activity of notebooks: kept while the container lives, and summarized in the ledger.

Polling costs money in CloudWatch (for each metric) and Lambda, so a notebook is polled only when
the answer can matter. Before a stop, every notebook is polled for everything. `idleness.memory`
defines what the ledger keeps; a new container that lacks the rest causes no stop.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from msgspec import Struct, field

from costguard.app.activity_ports import NextCheck
from costguard.idleness.kernels import has_unasked_kernels
from costguard.idleness.memory import of_run
from costguard.resources.activity import Activity, Heartbeat, JupyterActivity, WorkMemory
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

    def keep(self, works: Mapping[str, WorkMemory]) -> None:
        """Add what follows from the last look, as the ledger remembers it, by key."""
        for key, work in works.items():
            if key in self._known:
                at, activity = self._known[key]
                self._known[key] = at, replace(activity, remembered=work)

    def of(self, notebooks: Iterable[Resource]) -> dict[str, Activity]:
        """Answer the last observed activity of each notebook."""
        return {n.ref.key: self._known[n.ref.key][1] for n in notebooks}

    def _suffices(self, notebook: Resource, now: datetime, next_check: NextCheck) -> bool:
        """Tell whether the remembered activity is recent enough to rely on."""
        at, known = self._known.get(notebook.ref.key, (None, Activity()))
        in_vain = not known.heartbeats and (known.jupyter is None or _kept_back(known.jupyter))
        if at is None or (notebook.started and at < notebook.started):
            return False
        if known.jupyter and known.jupyter.partly:
            return False
        return _lately(at, now) if in_vain else now < next_check(notebook, known)


def to_question(
    asked: Iterable[Resource],
    seen: Mapping[str, Activity],
    now: datetime,
    next_check: NextCheck | None,
) -> list[Resource]:
    """Choose the notebooks whose kernels must be asked now."""
    return [
        n
        for n in asked
        if has_unasked_kernels(seen[n.ref.key], anew=next_check is None)
        and (next_check is None or next_check(n, seen[n.ref.key]) <= now)
    ]


def join_activity(
    notebooks: Sequence[Resource],
    jupyter: Mapping[str, JupyterActivity],
    heartbeats: Mapping[str, tuple[Heartbeat, ...]],
    remembered: Mapping[str, WorkMemory] = MappingProxyType({}),
) -> dict[str, Activity]:
    """Join the known facts of each notebook; heartbeats and memories only of this run."""
    return {
        n.ref.key: Activity(
            jupyter=_of_run(jupyter.get(n.name), n),
            heartbeats=_beats_of_run(heartbeats.get(n.name, ()), n),
            remembered=of_run(remembered.get(n.ref.key, WorkMemory()), n.started),
        )
        for n in notebooks
    }


def with_answer(notebook: Resource, seen: Activity, answer: JupyterActivity) -> Activity:
    """Add the kernels' answers; if none could be asked, keep the observed activity."""
    if answer.problem and seen.jupyter:
        return replace(seen, jupyter=replace(seen.jupyter, why_unasked=answer.problem))
    return replace(seen, jupyter=_of_run(answer, notebook))


def _of_run(jupyter: JupyterActivity | None, notebook: Resource) -> JupyterActivity | None:
    """Leave out the beats of an earlier run: their file stays on the notebook's volume."""
    if jupyter is None or not jupyter.beats:
        return jupyter
    return replace(jupyter, beats=_beats_of_run(jupyter.beats, notebook))


def _beats_of_run(beats: Iterable[Heartbeat], notebook: Resource) -> tuple[Heartbeat, ...]:
    start = notebook.started
    return tuple(beat for beat in beats if start is None or beat.at > start)


def _kept_back(jupyter: JupyterActivity) -> bool:
    """Return whether the server did not answer, or refused questions to its kernels."""
    return jupyter.problem is not None or jupyter.why_unasked is not None


def _lately(at: datetime | None, now: datetime) -> bool:
    return at is not None and now - at < AGAIN_IN_VAIN
