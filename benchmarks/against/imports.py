"""What importing `watch` takes: our own modules alone, and with all that they load."""

import json
from collections import defaultdict
from statistics import median
from typing import Any

from benchmarks.against.pair import EVENT, Beside, Pair
from benchmarks.builds import Build
from benchmarks.processes import announce

HALF = 0.5
OWN, ALL = "import of our own modules", "import of watch with all that it loads"
CLOCKS = {"processor": ", processor time", "wall": ""}

type Taken = dict[tuple[str, Build, str], list[float]]


def measure(pair: Pair) -> list[Beside]:
    """Interleave; the first turn is not counted. Other packages are loaded beforehand."""
    announce("imports")
    surveys = {build: pair.program(build, "survey", EVENT).said for build in pair}
    taken: Taken = defaultdict(list)
    late = dict[Build, list[str]]()
    for turn in range(pair.lab.times(25, 7) + 1):
        for build in pair:
            for what, others in ((OWN, surveys[build]["others"]), (ALL, [])):
                said = pair.program(build, "own_import", json.dumps(others)).said
                if what == OWN:
                    late[build] = said["others"]
                for clock in CLOCKS if turn else ():
                    taken[what, build, clock].append(said[clock])
    detail = {
        build.name: {
            "own modules": surveys[build]["own"],
            "own modules by the first answer": surveys[build]["own"] + surveys[build]["late"],
            "not ours, and yet loaded within": late[build],
        }
        for build in pair
    }
    return [_row(pair, taken, what, clock, detail) for what in (OWN, ALL) for clock in CLOCKS]


def _row(pair: Pair, taken: Taken, what: str, clock: str, detail: dict[str, Any]) -> Beside:
    return Beside(
        what=what + CLOCKS[clock],
        unit="ms",
        now=median(taken[what, pair.now, clock]),
        then=median(taken[what, pair.then, clock]),
        most=HALF if what == OWN else None,
        detail=detail if what == OWN else {},
    )
