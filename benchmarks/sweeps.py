"""One sweep over 1,000 notebooks, half in violation: calls and time, ours and Custodian's."""

from datetime import timedelta
from typing import Any

from benchmarks import account, custodian, ours
from benchmarks.counting import CountingAws
from benchmarks.processes import Run, announce, middle
from benchmarks.rows import Lab, Row
from local.server import utc

NUMBER, HALF = 1_000, 2
LOOKING = ("sagemaker", "tagging")
GRACE = timedelta(minutes=15)
QUARTER = 0.25


def measure(lab: Lab) -> list[Row]:
    """Interleave both on one account; ours meets it anew each time, with an empty ledger.

    Ours takes three looks at what Custodian does in one: the first warns, a later one finds
    nothing new, one at the deadline hands 500 stops over, and `enforce` looks again at each.
    """
    theirs, runs, calls = list[Run](), dict[str, list[Run]](), dict[str, dict[str, int]]()
    policy = ours.policy(lab.tmp / "sweeps", account.POLICY)
    with CountingAws(start=utc(2026, 11, 23, 9)) as aws:
        account.fill(aws, NUMBER, every=HALF)
        for turn in range(lab.times(5, 1)):
            announce(f"a sweep of {NUMBER} notebooks, turn {turn + 1}")
            with aws.counting() as counted:
                theirs.append(custodian.sweep(aws, lab.tmp / "custodian"))
            calls["custodian"] = counted.by_operation(custodian.CLIENT)
            account.start_again(aws)
            stage = ours.stage(aws, f"sweeps-{turn}")

            def look(name: str, program: str, *, stage: ours.Stage = stage) -> None:
                with aws.counting() as counted:
                    now, function = aws.clock.now().isoformat(), program.title()
                    run = ours.program(
                        program, now, env=stage.env, policy=policy, function=function
                    )
                runs.setdefault(name, []).append(run)
                calls[name] = counted.by_operation(ours.CLIENT)

            look("first", "sweep")
            aws.clock.advance(timedelta(minutes=5))
            look("quiet", "sweep")
            aws.clock.advance(GRACE)
            look("due", "sweep")
            look("stops", "enforce")
            account.start_again(aws)
    ran = {name: middle(each) for name, each in runs.items()}
    return _rows(middle(theirs), ran, calls)


def _rows(theirs: Run, ran: dict[str, Run], calls: dict[str, dict[str, int]]) -> list[Row]:
    looks = {name: _of(counted, *LOOKING) for name, counted in calls.items()}
    other = {name: sum(counted.values()) - looks[name] for name, counted in calls.items()}
    whole = looks["due"] + looks["stops"]
    seconds = {name: run.seconds for name, run in ran.items()}
    both = seconds["due"] + seconds["stops"]
    detail: dict[str, Any] = {"calls": calls, "ledger, topics and queue": other}
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
            what="the same when 500 are due, with the stops",
            unit="calls",
            ours=whole,
            custodian=looks["custodian"],
            goal="≤ 1/4",
            holds=whole <= QUARTER * looks["custodian"],
            detail={"sweep": looks["due"], "enforce": looks["stops"], "first": looks["first"]},
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
            what="the same with the 500 stops, one after the other",
            unit="s",
            ours=both,
            custodian=theirs.seconds,
        ),
    ]


def _of(counted: dict[str, int], *services: str) -> int:
    return sum(n for call, n in counted.items() if call.partition(":")[0] in services)
