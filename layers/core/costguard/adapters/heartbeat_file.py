"""The heartbeat's own file on a notebook, read through its session with Jupyter.

Only users of the notebook can write this file, so it counts for that notebook. Metrics do not,
because anybody may send them.
"""

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from costguard.adapters.jupyter_session import JupyterSession
from costguard.adapters.kernel_sorts import ANSWERS_IN_TURN
from costguard.common.observed import elements, mapping, moment, number

HEARTBEAT_FILE = "costguard-heartbeat.json"
"""Where lifecycle/heartbeat.py writes, in the directory that Jupyter serves."""
_BEATS, _KERNELS = 1000, 100
_DAYS = 40 * 86400
_MEASURED = (
    "busy_kernels",
    "working_terminals",
    "cpu",
    "gpu",
    "since_input",
    "detached",
    "threads",
)


class HeartbeatFile(Struct, frozen=True):
    """The content: beats, and the kernels' `last_activity` before the heartbeat asked them."""

    beats: tuple[Mapping[str, float], ...] = ()
    before: Mapping[tuple[str, str], str] = MappingProxyType({})  # by kernel, and as it is now


def read_heartbeat_file(session: JupyterSession) -> HeartbeatFile:
    """Read it; most notebooks have none. Raises NoAnswerError."""
    answer = session.api(f"contents/{HEARTBEAT_FILE}?type=file&format=text&content=1")
    content = mapping(answer.json()).get("content")
    if answer.sent is None or not isinstance(content, str):
        return HeartbeatFile()
    told = mapping(_parsed(content))
    beats, kernels = list(_beats(told, answer.sent)), mapping(told.get("kernels"))
    if beats and not beats[-1].get("busy_kernels") and not _answer_in_turn(kernels):
        beats[-1].pop("busy_kernels", None)  # it was told that they are free, which proves nothing
    return HeartbeatFile(tuple(beats), dict(_before(kernels)))


def _answer_in_turn(kernels: Mapping[str, Any]) -> bool:
    """Return whether each kernel found free is of a sort whose answer proves it.

    An earlier heartbeat says `true` where a later one names the sort.
    """
    told = (mapping(raw).get("free") for raw in kernels.values())
    return all(sort in ANSWERS_IN_TURN for sort in told if isinstance(sort, str))


def _beats(told: Mapping[str, Any], sent: float) -> Iterator[dict[str, float]]:
    """Read each beat by its distance from the notebook's own clock."""
    for raw in elements(told.get("beats"))[-_BEATS:]:
        beat = mapping(raw)
        at = number(beat.get("at"), 10**11)
        if at is None or not -60 <= sent - at < _DAYS:  # noqa: PLR2004 - a minute's rounding
            continue
        measured = {name: number(beat.get(name), 10**9) for name in _MEASURED}
        known = {name: value for name, value in measured.items() if value is not None}
        yield {"ago": max(0.0, sent - at), **known}


def _before(kernels: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
    for id_, raw in list(kernels.items())[:_KERNELS]:
        last, moved = moment(mapping(raw).get("last")), moment(mapping(raw).get("moved"))
        if last and moved and last <= moved:
            yield (id_, moved.isoformat()), last.isoformat()


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
