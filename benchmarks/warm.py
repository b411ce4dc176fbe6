"""A warm function, from the event to the decision, with AWS answered in the process."""

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from benchmarks import custodian, ours
from benchmarks.processes import announce, percentile
from benchmarks.rows import Lab, Row
from local.paths import PROJECT

EVENT = PROJECT / "events" / "create-notebook-instance.json"
TIMES = 10
CLOCKS = ("wall", "processor", "first wall")
MODE = {
    "type": "cloudtrail",
    "events": [
        {
            "source": "sagemaker.amazonaws.com",
            "event": "CreateNotebookInstance",
            "ids": "responseElements.notebookInstanceArn",
        }
    ],
}


def measure(lab: Lab) -> list[Row]:
    """Send both the same event, of a notebook that obeys; interleaved, in halves."""
    announce("warm events")
    number, turns = (200, 1) if lab.quick else (500, 2)
    env, folder = {**ours.NOWHERE, **ours.SETTINGS}, lab.tmp / "warm"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(_lambda_policy()))
    found: dict[str, defaultdict[str, list[float]]] = {
        who: defaultdict(list) for who in ("ours", "custodian")
    }
    for _ in range(turns):
        asked = (str(EVENT), str(number), "tagged")
        took: dict[str, Any] = {
            "ours": ours.program("warm_watch", *asked, env=env, policy=None).said,
            "custodian": custodian.program("warm_custodian", *asked, env=env, cwd=folder).said,
        }
        for who, said in took.items():
            for clock in CLOCKS:
                found[who][clock] += said.get(clock, [])
    first = Row(
        what="the first event of a notebook, p50",
        unit="ms",
        ours=percentile(found["ours"]["first wall"], 50),
        custodian=percentile(found["custodian"]["wall"], 50),  # it remembers nothing
    )
    same = [_row(found, "wall", percent) for percent in (50, 99)]
    return [*same, _row(found, "processor", 50), first]


def _row(found: Mapping[str, Mapping[str, list[float]]], clock: str, percent: int) -> Row:
    mine = percentile(found["ours"][clock], percent)
    theirs = percentile(found["custodian"][clock], percent)
    of = {"wall": "", "processor": ", processor time"}[clock]
    return Row(
        what=f"warm event to decision, p{percent}{of}",
        unit="ms",
        ours=mine,
        custodian=theirs,
        goal="≤ 1/10" if clock == "wall" else "",
        holds=mine * TIMES <= theirs if clock == "wall" else None,
        detail={"events": len(found["ours"][clock])},
    )


def _lambda_policy() -> dict[str, Any]:
    policy = custodian.policy() | {"mode": MODE}
    return {"execution-options": {"account_id": "123456789012"}, "policies": [policy]}
