"""From a fresh interpreter to a ready handler: Costguard, the floor, Custodian."""

import json
from collections.abc import Mapping

from benchmarks import custodian, ours
from benchmarks.processes import Run, announce, middle
from benchmarks.rows import Lab, Row

MOST = 1.25
CLIENTS = ("sagemaker", "dynamodb", "sns", "sqs")
OF_RESPOND = ("sagemaker", "dynamodb", "sqs")


def measure(lab: Lab) -> list[Row]:
    """Interleave; one turn first, uncounted, so that the files are in memory.

    The floor of `respond` has no boto3: it is the stricter one.
    """
    names = ("ours", "floor", "custodian", "respond", "least")
    runs: dict[str, list[Run]] = {name: [] for name in names}
    env, policy = {**ours.NOWHERE, **ours.SETTINGS}, json.dumps(custodian.policy())
    announce("cold starts")
    for turn in range(lab.times(15, 3) + 1):
        taken = {
            "ours": ours.program("cold_function", env=env, policy=None),
            "floor": ours.program("cold_floor", "boto3", *CLIENTS, env=env, policy=None),
            "custodian": custodian.program("cold_custodian", policy, env=env),
            "respond": ours.program("cold_function", env=env, policy=None, function="Respond"),
            "least": ours.program("cold_floor", "botocore", *OF_RESPOND, env=env, policy=None),
        }
        for name, run in taken.items() if turn else ():
            runs[name].append(run)
    took = {name: middle(each) for name, each in runs.items()}
    return [*_of_watch(took), _of_respond(took["respond"], took["least"])]


def _of_watch(took: Mapping[str, Run]) -> list[Row]:
    share = took["ours"].processor / took["floor"].processor
    return [
        Row(
            what="cold start of watch",
            unit="ms",
            ours=took["ours"].seconds * 1e3,
            custodian=took["custodian"].seconds * 1e3,
            floor=took["floor"].seconds * 1e3,
        ),
        Row(
            what="the same in processor time",
            unit="ms",
            ours=took["ours"].processor * 1e3,
            custodian=took["custodian"].processor * 1e3,
            floor=took["floor"].processor * 1e3,
            goal="≤ 1.25 x floor",
            holds=share <= MOST,
            detail={"share of the floor": share},
        ),
        Row(
            what="memory of watch, ready",
            unit="MB",
            ours=took["ours"].memory,
            custodian=took["custodian"].memory,
            floor=took["floor"].memory,
        ),
    ]


def _of_respond(run: Run, floor: Run) -> Row:
    share = run.processor / floor.processor
    return Row(
        what="cold start of respond in processor time",
        unit="ms",
        ours=run.processor * 1e3,
        floor=floor.processor * 1e3,
        goal=f"≤ {MOST} x floor",
        holds=share <= MOST,
        detail={"share of the floor": share, "floor": "without boto3"},
    )
