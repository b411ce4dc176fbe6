"""Every function on its own sample event: memory at the peak, and what more memory would buy."""

import json
from typing import Any

from benchmarks import account, ours
from benchmarks.counting import CountingAws
from benchmarks.processes import Run, announce
from benchmarks.rows import Lab, Row
from local.account import utc
from local.jupyter.proxy import jupyter_backend
from local.sagemaker.event_delivery import Faults
from tests.contract.template import EVERYTHING, TEMPLATE

START = utc(2026, 11, 23, 9)
NAME = "DoeJohn-ExploreSageMaker"
EVENTS = {
    "Watch": "notebook-instance-in-service",
    "Sweep": "schedule",
    "Probe": "probe",
    "Enforce": "stop-reference",
    "Report": "report",
    "Notify": "notices",
}
TO_SPARE = 1 / 1.4  # 40 % more than the peak
VCPU = 1769  # MB at which Lambda gives one whole processor (configuration-memory)
USD_PER_GB_SECOND = 0.0000133334
SIZES = (128, 192, 256, 384, 512, 1024, 1769)
A_CALL = 0.015  # seconds that a call waits on AWS: an assumption, not measured here


def measure(lab: Lab) -> list[Row]:
    """Run each cold, then warm; the sweep in an account of 500 notebooks."""
    rows = []
    with CountingAws(start=START) as aws:
        announce("functions")
        account.fill(aws, 500, every=10)
        _one_more(aws)
        stage = ours.stage(aws, "functions")
        aws.client("s3").create_bucket(
            Bucket=stage.table, CreateBucketConfiguration={"LocationConstraint": aws.region}
        )
        for function, name in EVENTS.items():
            event = ours.event(name)
            if function in {"Sweep", "Report"}:
                event["time"] = aws.clock.now().isoformat()
            with aws.counting() as counted:
                run = ours.program(
                    "function",
                    json.dumps(event),
                    str(lab.times(6, 3)),
                    env=stage.env,
                    function=function,
                    policy=None,
                )
            calls = counted.of(ours.CLIENT) / lab.times(6, 3)
            rows.append(_row(function, run, calls))
    return rows


def _one_more(aws: CountingAws) -> None:
    """Make the notebook that the sample events name, with a Jupyter that answers."""
    aws.account.faults = Faults(lose=1.0)
    aws.notebooks.backends[NAME] = jupyter_backend([("idle", START)])
    given = {"InstanceType": "ml.t3.medium", "RoleArn": account.ROLE, "NotebookInstanceName": NAME}
    aws.account.call("CreateNotebookInstance", given)
    aws.clock.advance(account.SETTLED)


def _row(function: str, run: Run, calls: float) -> Row:
    size = EVERYTHING.functions[function].get("MemorySize", _every()["MemorySize"])
    took, worked = run.said["took"], run.said["worked"]
    warm = sorted(worked[1:])[len(worked[1:]) // 2] / 1e3
    return Row(
        what=f"memory of {function.lower()}",
        unit="MB",
        ours=run.memory,
        goal=f"≤ {size} MB with 40 % to spare",
        holds=run.memory <= size * TO_SPARE,
        detail={
            "cold ms": took[0],
            "warm ms": sorted(took[1:])[len(took[1:]) // 2],
            "warm processor ms": warm * 1e3,
            "calls": calls,
            "curve": {str(memory): _at(memory, warm, calls) for memory in SIZES},
        },
    )


def _at(memory: int, worked: float, calls: float) -> dict[str, float]:
    """Answer a warm call's milliseconds, and USD of a million, at a size."""
    seconds = worked / min(1.0, memory / VCPU) + calls * A_CALL
    return {
        "ms": seconds * 1e3,
        "USD per million": seconds * memory / 1024 * USD_PER_GB_SECOND * 1e6,
    }


def _every() -> dict[str, Any]:
    return dict(TEMPLATE["Globals"]["Function"])
