"""From SageMaker's event to the Stop call, through the deployed stack with IAM enforced."""

import re
from pathlib import Path

from benchmarks.processes import announce, percentile
from benchmarks.rows import Lab, Row
from local import sam
from local.account import utc
from local.demo.environment import DemoEnvironment, seconds_to_stop

START = utc(2026, 11, 23, 9)
POLICY = Path(__file__).parent.parent / "tests" / "local" / "guard.toml"
TAGS = {"Project": "sinkorswim", "Name": "John Doe", "Purpose": "Workshop"}
TOO_BIG = "ml.p4d.24xlarge"
MOST = 1.0


def measure(lab: Lab) -> list[Row]:
    """Launch jobs that are stopped at once, one after the other; some meet new processes."""
    with DemoEnvironment(port=0, start=START, frozen=True) as stage:
        stage.open()
        unbraked = lab.tmp / "unbraked.toml"  # events stop max_stops between two sweeps
        text = POLICY.read_text(encoding="utf-8")
        unbraked.write_text(re.sub(r"max_stops = \d+", "max_stops = 1000", text), encoding="utf-8")
        root = sam.copy_sources(unbraked, lab.tmp / "chain")
        announce("chain: deploying")
        sam.deploy(stage, root=root, parameters={"Mode": "enforce"})
        announce("chain: launching jobs")
        cold = [_cold(stage, f"cold-{number}") for number in range(lab.times(10, 2))]
        warm = [_one(stage, f"warm-{number}") for number in range(lab.times(200, 20))]
    return [
        *(
            Row(
                what=f"event to stop call, {name}, p{percent}",
                unit="s",
                ours=percentile(values, percent),
                goal=goal if (name, percent) == ("warm", 99) else "",
                holds=percentile(values, percent) <= MOST
                if (name, percent) == ("warm", 99)
                else None,
                detail={"jobs": len(values)},
            )
            for name, values, goal in (("warm", warm, "≤ 1 s"), ("cold", cold, ""))
            for percent in (50, 99)
        )
    ]


def _cold(stage: DemoEnvironment, name: str) -> float:
    """End the functions' processes first, so that new ones answer."""
    from ministack.core import lambda_runtime

    lambda_runtime.reap_idle_workers(0.0)
    return _one(stage, name)


def _one(stage: DemoEnvironment, name: str) -> float:
    begun = len(stage.delivered)
    stage.train("John Doe", name, TAGS, TOO_BIG)
    stage.settle()
    took = seconds_to_stop(stage.delivered[begun:], "StopTrainingJob", "trainingJobName", name)
    if took is None:
        raise RuntimeError(f"{name} was not stopped")
    return took
