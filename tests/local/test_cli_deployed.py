"""The command line beside a deployed guard: its policy, its ledger, its health. It only reads."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import botocore
import pytest

from tests.cli.command import run
from tests.local.guard import COMPLETE, START, Guard, machines

BIG = {"ResourceConfig": machines("ml.p4d.24xlarge")}
NAME = "RoeJane-Baseline"


@pytest.fixture(scope="module", autouse=True)
def warned(guard: Guard) -> Guard:
    """A notebook without tags, whose owner was warned."""
    guard.open(NAME)
    guard.next_sweep()
    return guard


def answer(*arguments: object) -> tuple[int, Any]:
    done = run(*arguments, "--local", "--json")
    return done.code, json.loads(done.out)


def ledger(guard: Guard) -> list[Any]:
    table = guard.outputs["LedgerTableName"]
    rows: list[Any] = guard.aws.client("dynamodb").scan(TableName=table)["Items"]
    return sorted(rows, key=lambda row: (row["pk"]["S"], row["sk"]["S"]))


def test_the_audit_judges_by_the_deployed_policy_and_ledger(guard: Guard) -> None:
    before = ledger(guard)
    code, told = answer("audit")
    assert (code, told["policy"]) == (1, "deployed with the stack costguard")
    [row] = [r for r in told["resources"] if r["resource"]["name"] == NAME]
    [warning] = guard.notices_about(NAME)
    assert row["stops_at"] == warning["deadline"].replace("Z", "+00:00")
    assert ledger(guard) == before


def test_explain_tells_the_history_and_the_next_step() -> None:
    code, told = answer("explain", NAME)
    assert code == 1
    assert [each["what"] for each in told["history"]] == ["told-warning"]
    assert "was warned" in told["next"]


def event(guard: Guard, path: Path, **changes: Any) -> Path:
    last = [e for e in guard.changes(NAME) if "NotebookInstanceStatus" in e["detail"]][-1]
    path.write_text(json.dumps(last | changes))
    return path


def test_replay_against_the_deployed_stack_changes_nothing(guard: Guard, tmp_path: Path) -> None:
    late = (START + timedelta(hours=9)).isoformat()
    before, stops = ledger(guard), guard.stops(NAME)
    code, [told] = answer("replay", "--deployed", event(guard, tmp_path / "e.json", time=late))
    assert (code, told["stops"]) == (1, [{"kind": "notebook-instance", "name": NAME}])
    guard.aws.settle()
    assert (ledger(guard), guard.stops(NAME)) == (before, stops)


def beat(guard: Guard, functions: Mapping[str, float]) -> None:
    """Let functions be well, so many minutes ago."""
    data = [
        {
            "MetricName": "Invocations",
            "Value": 1,
            "Timestamp": guard.aws.clock.now() - timedelta(minutes=ago),
            "Dimensions": [
                {"Name": "FunctionName", "Value": guard.outputs[f"{function}FunctionName"]}
            ],
        }
        for function, ago in functions.items()
    ]
    guard.aws.client("cloudwatch").put_metric_data(Namespace="AWS/Lambda", MetricData=data)


def says(told: Any, part: str) -> dict[str, str]:
    return {each["name"]: each["says"] for each in told[part]}


def test_status_tells_what_works(guard: Guard) -> None:
    beat(guard, {"Sweep": 2, "Report": 60})
    _, [told] = answer("status")
    assert told["could_not_look"] == []
    assert says(told, "functions")["Sweep"].startswith("last heartbeat")
    assert says(told, "queues")["dead letters"] == "none"
    assert told["modes"]["naming"] == "enforce"
    assert says(told, "alarms").keys() >= {"NoSweep", "DeadLetters"}
    assert says(told, "alarms")["NoReport"] == "no data yet; the stack is new"
    assert told["versions"]["PolicyLayer"].startswith("version ")
    assert told["versions"]["SDK"].startswith(f"botocore {botocore.__version__}, ")


def test_status_is_not_fine_when_something_failed_for_good(guard: Guard) -> None:
    url = guard.outputs["DeadLetterQueueUrl"]
    guard.aws.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    code, [told] = answer("status")
    assert (code, told["works"]) == (1, False)
    assert says(told, "queues")["dead letters"] == "1 that failed after all retries"
    guard.dead_letters()


def test_what_is_fixed_is_fine_to_explain(guard: Guard) -> None:
    guard.open("DoeJohn-Explore", COMPLETE)
    code, told = answer("explain", "DoeJohn-Explore")
    assert (code, told["outcome"], told["findings"]) == (0, "fine", [])
    assert told["owner"] == {"name": "John Doe", "known": True}


def test_a_stop_is_part_of_the_history(guard: Guard) -> None:
    guard.create("TrainingJob", "churn", COMPLETE, **BIG)
    guard.wait(minutes=3)
    _, told = answer("explain", "churn")
    assert "stop-accepted" in [each["what"] for each in told["history"]]
    assert "only running resources are evaluated" in told["next"]


def test_a_launch_is_priced_and_judged_before_it_is_made(guard: Guard, tmp_path: Path) -> None:
    code, told = answer("price", "ml.p4d.24xlarge", "--count", 2, "--hours", 3)
    assert (code, list(told["broken"])) == (1, ["instance-type"])
    assert told["usd_at_most"] is not None
    request = tmp_path / "job.json"
    asked = {"TrainingJobName": "sinkorswim-RoeJane-Train-1", **BIG, "Tags": []}
    request.write_text(json.dumps(asked))
    code, told = answer("price", request)
    assert code == 1
    assert {"instance-type", "missing-tags"} <= set(told["broken"])
    done = run("price", "ml.m5.large", "--hours", 3, "--local")
    assert (done.code, "The policy allows it." in done.words) == (0, True)
    assert guard.stops("sinkorswim-RoeJane-Train-1") == []
