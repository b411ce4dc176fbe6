"""One sweep over 1,000 notebooks, half in violation: calls and time of Costguard and Custodian."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks import account, custodian, ours
from benchmarks.counting import CountingAws
from benchmarks.functions import START
from benchmarks.processes import Run, announce, middle
from benchmarks.rows import Lab, Row

NUMBER, HALF = 1_000, 2
FEW, OTHERS = 10, {0: 0, 250: 2, 500: 1}  # one of so many violators has no tags
LOOKING = ("sagemaker", "tagging")
QUARTER = 0.25

type Calls = dict[str, dict[str, int]]


def measure(lab: Lab) -> list[Row]:
    """Interleave both on one account; Costguard begins each time with an empty ledger."""
    theirs, runs = list[Run](), dict[str, list[Run]]()
    calls: Calls = {}
    policy = ours.policy(lab.tmp / "sweeps", account.POLICY)
    with CountingAws(start=START) as aws:
        account.fill(aws, NUMBER, every=HALF, untagged_of=FEW)
        for turn in range(lab.times(5, 1)):
            announce(f"a sweep of {NUMBER} notebooks, turn {turn + 1}")
            with aws.counting() as counted:
                theirs.append(custodian.sweep(aws, lab.tmp / "custodian"))
            calls["custodian"] = counted.by_operation(custodian.CLIENT)
            account.start_again(aws)
            for name, (run, found) in _looks(aws, policy, f"sweeps-{turn}").items():
                runs.setdefault(name, []).append(run)
                calls[name] = found
            account.start_again(aws)
    ran = {name: middle(each) for name, each in runs.items()}
    mixes = {} if lab.quick else {name: _mix(policy, of) for name, of in OTHERS.items()}
    return _rows(middle(theirs), ran, calls, mixes)


def _looks(aws: CountingAws, policy: Path, name: str) -> dict[str, tuple[Run, dict[str, int]]]:
    """Take three looks at what Custodian does in one, and the stops.

    The first warns, `notify` sends the warnings, a later one finds nothing new, one at the deadline
    hands 500 stops over, and `enforce` looks again at each.
    """
    stage = ours.stage(aws, name)

    def look(function: str) -> tuple[Run, dict[str, int]]:
        with aws.counting() as counted:
            run = ours.look(stage, function, policy=policy)
        return run, counted.by_operation(ours.CLIENT)

    looks = {"first": look("Sweep"), "heard": look("Notify")}
    aws.clock.advance(timedelta(minutes=5))
    looks["quiet"] = look("Sweep")
    aws.clock.advance(account.GRACE)
    return {**looks, "due": look("Sweep"), "stops": look("Enforce")}


def _mix(policy: Path, untagged_of: int) -> int:
    """Count the calls with the stops where more or fewer of the violators have no tags."""
    announce("the calls with other violators")
    with CountingAws(start=START) as aws:
        account.fill(aws, NUMBER, every=HALF, untagged_of=untagged_of)
        looks = _looks(aws, policy, "mix")
    return sum(_of(looks[name][1], *LOOKING) for name in ("due", "stops"))


def _rows(theirs: Run, ran: dict[str, Run], calls: Calls, mixes: dict[int, int]) -> list[Row]:
    looks = {name: _of(counted, *LOOKING) for name, counted in calls.items()}
    other = {name: sum(counted.values()) - looks[name] for name, counted in calls.items()}
    whole = looks["due"] + looks["stops"]
    seconds = {name: run.seconds for name, run in ran.items()}
    both = seconds["due"] + seconds["stops"]
    detail: dict[str, Any] = {"calls": calls, "ledger, topics and queue": other}
    parts = {"sweep": looks["due"], "enforce": looks["stops"], "first": looks["first"]}
    return [
        Row(
            what="SageMaker calls to look at 1,000 notebooks again",
            unit="calls",
            ours=looks["quiet"],
            custodian=looks["custodian"] - calls["custodian"]["sagemaker:StopNotebookInstance"],
            goal="≤ 1/4",
            holds=looks["quiet"] <= QUARTER * looks["custodian"],
            detail=detail,
        ),
        Row(
            what="the same when 500 are due, 50 of them untagged, with the stops",
            unit="calls",
            ours=whole,
            custodian=looks["custodian"],
            goal="≤ 1/4",
            holds=whole <= QUARTER * looks["custodian"],
            detail=parts,
        ),
        *(
            Row(
                what=f"the same with {number} of them untagged",
                unit="calls",
                ours=mix,
                custodian=looks["custodian"],
            )
            for number, mix in mixes.items()
        ),
        Row(
            what="a sweep, cold process, when 500 are due",
            unit="s",
            ours=seconds["due"],
            custodian=theirs.seconds,
            goal="≤ 1/4",
            holds=seconds["due"] <= QUARTER * theirs.seconds,
            detail={name: run.took for name, run in {**ran, "custodian": theirs}.items()},
        ),
        Row(
            what="the same in processor time",
            unit="s",
            ours=ran["due"].processor,
            custodian=theirs.processor,
        ),
        Row(
            what="the same with the 500 stops",
            unit="s",
            ours=both,
            custodian=theirs.seconds,
        ),
    ]


def _of(counted: dict[str, int], *services: str) -> int:
    return sum(n for call, n in counted.items() if call.partition(":")[0] in services)
