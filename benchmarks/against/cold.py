"""From a fresh interpreter to `watch` ready, beside the SDK and its clients alone."""

from copy import replace

from benchmarks.against.pair import EVENT, Beside, Pair, Runs
from benchmarks.processes import announce

MOST = 1.10
READY, ANSWERED, FLOOR, BOTO3 = "ready", "first answer", "floor", "floor with boto3"


def measure(pair: Pair) -> list[Beside]:
    """Interleave; a first turn is not counted. A floor makes the clients that its build makes."""
    announce("cold starts")
    made = {build: pair.program(build, "survey", EVENT).said["clients"] for build in pair}
    runs = Runs(pair, "ms")
    for turn in range(pair.lab.times(25, 7) + 1):
        for build in pair:
            taken = {
                READY: pair.program(build, "cold_function"),
                FLOOR: pair.program(build, "cold_floor", "botocore", *made[build]),
                ANSWERED: pair.program(build, "cold_function", EVENT),
                BOTO3: pair.program(build, "cold_floor", "boto3", *made[build]),
            }
            for what, run in taken.items() if turn else ():
                runs.add(what, build, run)
    worked, *others = _rows(runs)
    told = {build.name: {"SDK": build.sdk, "clients": made[build]} for build in pair}
    return [replace(worked, detail={**worked.detail, **told}), *others]


def _rows(runs: Runs) -> list[Beside]:
    cold, first = "cold start of watch", "cold start with its first answer"
    return [
        runs.row(f"{cold}, processor time", READY, "processor", floor=FLOOR, most=MOST),
        runs.row(cold, READY, "seconds", floor=FLOOR, most=MOST),
        runs.row(f"{cold}, floor with boto3, processor time", READY, "processor", floor=BOTO3),
        runs.row(f"{cold}, floor with boto3", READY, "seconds", floor=BOTO3),
        runs.row(f"{first}, processor time", ANSWERED, "processor"),
        runs.row(first, ANSWERED, "seconds"),
        runs.row("memory of watch, ready", READY, "memory", floor=FLOOR),
    ]
