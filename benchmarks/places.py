"""20,000 resources in 50 account-Regions, swept by one stack: calls, time, memory, and the month.

AWS is answered in the process of the function (`programs/places.py`) and waits as long as
`functions.py` assumes of a call. One in ten notebooks is in violation, and one resource in ten is
a job that runs.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks import account, ours
from benchmarks.cost import SWEEPS, Line
from benchmarks.functions import A_CALL, VCPU
from benchmarks.growth import MEMORY, SECONDS
from benchmarks.processes import Run, announce
from benchmarks.rows import Lab, Row

PLACES, NOTEBOOKS, JOBS = 50, 360, 40
REGIONS = ("us-east-2", "us-east-1", "us-west-2", "eu-west-1", "eu-central-1")
AT_ONCE = 8  # places that are read together
MOMENTS = ("2026-11-23T15:00:00+00:00", "2026-11-23T15:05:00+00:00")


def measure(lab: Lab) -> list[Row]:
    """Sweep them for the first time, and again; both in one process, as Lambda would."""
    places = 5 if lab.quick else PLACES
    announce(f"places: {places} account-Regions")
    policy = ours.policy(lab.tmp / "places", account.POLICY)
    return rows_of(_swept(places, policy), places)


def rows_of(run: Run, places: int) -> list[Row]:
    """Put what two sweeps took into rows."""
    first, quiet = run.said
    number = f"{places * (NOTEBOOKS + JOBS):,} resources in {places} account-Regions"
    lines = [*_lines(quiet)]
    return [
        *_times(f"a first sweep of {number}", first),
        *_times(f"the next sweep of {number}", quiet),
        Row(
            what=f"calls of the next sweep of {number}",
            unit="calls",
            ours=sum(quiet["calls"].values()),
            detail={"first": first["calls"], "next": quiet["calls"]},
        ),
        Row(
            what=f"memory of both, with what answers them, {number}",
            unit="MB",
            ours=run.memory,
            goal=f"< {MEMORY} MB",
            holds=run.memory < MEMORY,
        ),
        Row(
            what=f"a month of sweeps of {number}",
            unit="USD",
            ours=sum(line.usd for line in lines),
            detail={
                line.what: {"number": line.number, "USD": round(line.usd, 4)} for line in lines
            },
        ),
    ]


def spokes(places: int) -> str:
    """Name the places besides home, as the template does: five Regions of each account."""
    named = (f"{200_000_000_000 + n // 5}/{REGIONS[n % 5]}" for n in range(5, places))
    return ",".join((*(f"123456789012/{region}" for region in REGIONS[1:places]), *named))


def _swept(places: int, policy: Path) -> Run:
    env = {
        **ours.SETTINGS,
        **ours.NOWHERE,
        "SPOKES": spokes(places),
        "SPOKE_EXTERNAL_ID": "bench",
    }
    told = map(json.dumps, (MOMENTS, (NOTEBOOKS, JOBS), A_CALL))
    return ours.program("places", *told, env=env, function="Sweep", policy=policy)


def _times(what: str, took: Mapping[str, Any]) -> Iterator[Row]:
    processor = took["processor"] * VCPU / MEMORY
    for kind, seconds in (
        (f"{what}, each call of {A_CALL * 1e3:.0f} ms", took["seconds"]),
        (f"{what}, its processor time at {MEMORY} MB's share", processor),
    ):
        goal, holds = f"< {SECONDS} s", seconds < SECONDS
        yield Row(what=kind, unit="s", ours=seconds, goal=goal, holds=holds)


def _lines(quiet: Mapping[str, Any]) -> Iterator[Line]:
    """Bill a month of sweeps that find nothing new."""
    calls = sum(quiet["calls"].values()) * A_CALL / AT_ONCE
    seconds = quiet["processor"] * VCPU / MEMORY + calls
    spent = SWEEPS * seconds * MEMORY / 1024
    yield Line(f"{SWEEPS:,} sweeps of {seconds:.0f} s", spent, "Lambda, GB-second (arm64)")
    yield Line("invocations", SWEEPS, "Lambda, million requests")
    yield Line("ledger, reads", SWEEPS * quiet["reads"], "DynamoDB, million reads of 4 KB")
    yield Line("ledger, writes", SWEEPS * quiet["writes"], "DynamoDB, million writes of 1 KB")
    yield Line("logs", SWEEPS * quiet["printed"] / 1e9, "CloudWatch, GB of logs")
    yield Line("schedules", SWEEPS, "Scheduler, million")
