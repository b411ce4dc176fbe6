"""A warm `watch`, from the event to the decision, with its logs and its metrics."""

from collections.abc import Mapping
from statistics import median
from typing import Any

from benchmarks.against.pair import EVENT, Beside, Pair
from benchmarks.builds import Build
from benchmarks.processes import announce, percentile

MOST, OWN = 0.85, 1 / 3
ROWS = (
    ("warm event, p50", "wall", 50, MOST),
    ("warm event, p99", "wall", 99, MOST),
    ("warm event, p50, processor time", "processor", 50, MOST),
    ("warm event, p50, processor time without the SDK's calls", "own", 50, OWN),
    ("the first event of a notebook, p50", "first wall", 50, None),
    ("the first event of a notebook, p50, processor time", "first processor", 50, None),
)


def measure(pair: Pair) -> list[Beside]:
    """Interleave fresh processes, each with some hundred events of a notebook that obeys.

    A percentile is taken of each process, and the median of those: what else the machine did
    during one of them does not count.
    """
    announce("warm events")
    number, turns = pair.lab.times(300, 200), pair.lab.times(25, 8)
    taken: dict[Build, list[dict[str, Any]]] = {build: [] for build in pair}
    for _ in range(turns):
        for build in pair:
            run = pair.program(build, "warm_watch", EVENT, str(number), "tagged")
            taken[build].append(run.said)
    return [
        Beside(
            what=what,
            unit="ms",
            now=median(found[pair.now]),
            then=median(found[pair.then]),
            most=most,
            detail={
                "events": number,
                "of each": {build.name: taken[build][0]["each"] for build in pair},
                "of each process": {build.name: found[build] for build in pair},
            },
        )
        for what, clock, percent, most in ROWS
        for found in [_each(taken, clock, percent)]
    ]


def _each(
    taken: Mapping[Build, list[dict[str, Any]]], clock: str, percent: int
) -> dict[Build, list[float]]:
    """Take the percentile of each process."""
    return {
        build: [percentile(said[clock], percent) for said in runs] for build, runs in taken.items()
    }
