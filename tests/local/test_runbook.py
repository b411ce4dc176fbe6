"""Each command of the runbook is run, and does what the runbook says."""

import json
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local import sam
from tests.local import runbook
from tests.local.guard import NOTEBOOK, TAGS, Guard, machines
from tests.local.logs_insights import query
from tests.local.watching import physical_ids, without_policy

FUNCTIONS = ("Watch", "Sweep", "Probe", "Enforce", "Report", "Notify")
SERVICES = {  # what the stack could leave behind: how it is listed, and where in the answer
    "lambda": ("list_functions", "Functions"),
    "events": ("list_rules", "Rules"),
    "scheduler": ("list_schedules", "Schedules"),
    "sns": ("list_topics", "Topics"),
    "dynamodb": ("list_tables", "TableNames"),
    "logs": ("describe_log_groups", "logGroups"),
    "iam": ("list_roles", "Roles"),
    "sqs": ("list_queues", "QueueUrls"),
    "s3": ("list_buckets", "Buckets"),
    "cloudwatch": ("describe_alarms", "MetricAlarms"),
}


def do(guard: Guard, anchor: str, *blocks: int) -> str:
    return runbook.run(guard.aws, anchor, *blocks)


def left(guard: Guard) -> list[str]:
    """List everything in the account that bears the stack's name."""
    found = list[str]()
    for service, (operation, where) in SERVICES.items():
        answer = getattr(guard.aws.client(service), operation)()
        found += [json.dumps(each, default=str) for each in answer.get(where, [])]
    return [each for each in found if "costguard" in each and sam.BUCKET not in each]


@pytest.mark.parametrize(
    "anchor",
    ["no-sweep", "stuck-stops", "a-function-fails", "a-function-is-throttled"],
)
def test_what_to_look_at_can_be_looked_at(guard: Guard, anchor: str) -> None:
    assert do(guard, anchor, 0)


def test_a_sweep_and_a_report_can_be_asked_for(guard: Guard) -> None:
    assert '"ResourcesEvaluated"' in do(guard, "no-sweep", 1)
    assert '"usd"' in do(guard, "no-report", 0)


@pytest.fixture(scope="module")
def lines(guard: Guard) -> list[dict[str, Any]]:
    """Play what the queries ask for; give what the functions wrote."""
    guard.open("DoeJohn-ExploreSageMaker")
    guard.create("TrainingJob", "unsaid", TAGS, ResourceConfig=machines(None))
    guard.wait(minutes=90)
    assert guard.invoke("Report", {"time": "2026-11-23T12:00:00Z", "period": "never"})
    return [event for function in FUNCTIONS for event in guard.log_events(function)]


def ask(lines: list[dict[str, Any]], anchor: str) -> list[dict[str, Any]]:
    [text] = runbook.queries(anchor)
    return query(text, lines)


def test_a_query_tells_what_happened_to_one_resource(lines: list[dict[str, Any]]) -> None:
    found = ask(lines, "what-happened-to-one-resource")
    told = [(row["message"], row["outcome"]) for row in found]
    story = [
        ("notice published", "warning"),
        ("stop enqueued", "due"),
        ("stop decided", "accepted"),
        ("notice published", "stopped"),
    ]
    assert [each for each in told if each in story] == story
    assert ("notice delivery", "unreachable") in told
    assert {row["owner"] for row in found if "owner" in row} == {"John Doe"}
    assert {row["function"].split("-")[1] for row in found} == {
        *("Watch", "Sweep", "Enforce", "Notify")
    }


def test_a_query_lists_the_stops_with_owner_and_rule(lines: list[dict[str, Any]]) -> None:
    [stop] = [row for row in ask(lines, "all-stops") if "ExploreSageMaker" in row["resource"]]
    assert (stop["owner"], stop["rule"]) == ("John Doe", "missing-tags")


def test_a_query_tells_what_was_not_evaluated_and_why(lines: list[dict[str, Any]]) -> None:
    rows = ask(lines, "what-was-not-evaluated")
    assert {(row["resource"], row["owner"]) for row in rows} == {
        ("training-job/unsaid", "John Doe")
    }
    assert {row["rule"]: row["why"] for row in rows} == {
        "instance-type": "the instance type is not known",
        "too-many": "the number of instances is not known",
    }


def test_a_query_finds_the_notices_that_reached_nobody(lines: list[dict[str, Any]]) -> None:
    found = ask(lines, "notices-that-reached-nobody")
    [row] = [r for r in found if r["resource"].endswith("ExploreSageMaker")][-1:]
    assert (row["recipient"], row["rule"]) == ("johndoe", "missing-tags")
    assert row["why"] == "no channel is set up for them"


def test_a_query_counts_errors_and_retries_by_function(lines: list[dict[str, Any]]) -> None:
    [row] = [r for r in ask(lines, "errors-and-retries") if "Report" in r["source"]]
    assert (row["lines"], row["outcome"]) == (1, "error")


def test_a_line_names_what_it_answers_and_holds_no_address(lines: list[dict[str, Any]]) -> None:
    ours = [json.loads(e["message"]) for e in lines if '"service":"costguard"' in e["message"]]
    assert ours
    assert all(datetime.fromisoformat(line["timestamp"]).tzinfo for line in ours)
    asked = {line["function"].split("-")[1] for line in ours if "correlation_id" in line}
    assert asked >= {"Watch", "Sweep", "Enforce", "Notify"}
    [stop] = [
        line
        for line in ours
        if line["message"] == "stop decided" and "ExploreSageMaker" in line["resource"]
    ]
    assert stop["cause"] in {line.get("correlation_id") for line in ours} - {stop["correlation_id"]}
    assert "@example.org" not in json.dumps(ours)


def test_the_kill_switch_stops_every_stop_at_once_and_changes_nothing_else(guard: Guard) -> None:
    guard.open("DoeJohn-Switched")
    before = guard.config("Enforce")["Environment"]["Variables"]
    do(guard, "kill-switch", 0)
    assert "UPDATE_COMPLETE" in do(guard, "kill-switch", 1)
    assert guard.config("Enforce")["Environment"]["Variables"] == before | {"MODE": "observe"}
    guard.wait(minutes=80)
    assert guard.stops("DoeJohn-Switched") == []
    assert guard.status(NOTEBOOK, "DoeJohn-Switched") == "InService"


def test_the_fast_switch_holds_the_hands(guard: Guard) -> None:
    do(guard, "kill-switch", 2)
    name = guard.outputs["EnforceFunctionName"]
    functions = guard.aws.client("lambda")
    assert (
        functions.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 0
    )
    functions.delete_function_concurrency(FunctionName=name)


def test_dead_letters_are_read_without_harm_and_sent_on_their_way_again(guard: Guard) -> None:
    guard.create("TrainingJob", "sinkorswim-letters", TAGS)
    event = guard.changes("sinkorswim-letters")[-1]
    with without_policy(guard, "Watch"):
        guard.redeliver(event)
        guard.wait(minutes=4)
    before = guard.metric_sum("Watch", "EventsReceived")
    assert "1 dead letters" in do(guard, "dead-letters", 0)
    assert "1 dead letters" in do(guard, "dead-letters", 1)
    assert guard.metric_sum("Watch", "EventsReceived") == before + 1
    assert guard.dead_letters() == []


def test_a_ledger_that_was_deleted_comes_back_under_its_own_name(guard: Guard) -> None:
    guard.open("DoeJohn-Kept")
    table, dynamodb = guard.outputs["LedgerTableName"], guard.aws.client("dynamodb")
    rows = guard.rows("DoeJohn-Kept")
    assert rows
    dynamodb.create_backup(TableName=table, BackupName=f"{table}$DeletedTableBackup")
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName=table)
    do(guard, "restore-the-ledger", 0, 1)
    assert guard.rows("DoeJohn-Kept") == rows
    guard.wait(minutes=11)
    assert len(guard.stages_of("DoeJohn-Kept")) == 1


def test_rows_that_are_wrong_are_put_right_from_before(guard: Guard) -> None:
    table, dynamodb = guard.outputs["LedgerTableName"], guard.aws.client("dynamodb")
    do(guard, "restore-the-ledger", 2)
    rows = guard.rows("DoeJohn-Kept")
    for row in rows:
        dynamodb.put_item(TableName=table, Item={"pk": row["pk"], "sk": row["sk"]})
    assert guard.rows("DoeJohn-Kept") != rows
    do(guard, "restore-the-ledger", 3)
    assert guard.rows("DoeJohn-Kept") == rows
    assert f"{table}-before" not in dynamodb.list_tables()["TableNames"]


def test_an_empty_ledger_is_filled_by_a_sweep(guard: Guard) -> None:
    table, dynamodb = guard.outputs["LedgerTableName"], guard.aws.client("dynamodb")
    for row in dynamodb.scan(TableName=table)["Items"]:
        dynamodb.delete_item(TableName=table, Key={"pk": row["pk"], "sk": row["sk"]})
    guard.wait(minutes=11)
    assert len(guard.stages_of("DoeJohn-Kept")) == 2
    assert guard.rows("DoeJohn-Kept")


def test_a_bad_policy_is_rolled_back_and_nothing_is_forgotten(guard: Guard) -> None:
    page, before = guard.root / "layers" / "policy" / "policy.toml", dict(guard.outputs)
    good = page.read_text(encoding="utf-8")
    bad = good.replace('["ml.t3.*", "ml.m5.*"]', '["ml.p5.*"]')
    for policy, found in ((bad, True), (good, False)):
        page.write_text(policy, encoding="utf-8")
        assert sam.deploy(guard.aws, root=guard.root) == before
        guard.wait(minutes=11)
        [case] = [row for row in guard.rows("DoeJohn-Kept") if row["pk"]["S"].startswith("case")]
        assert ("instance-type" in str(case)) is found
        assert "missing-tags" in str(case)


def test_after_the_uninstall_nothing_is_left(guard: Guard) -> None:
    assert physical_ids(guard, "AWS::Lambda::Function")
    heartbeat = {"NotebookInstanceLifecycleConfigName": guard.outputs["HeartbeatConfigName"]}
    assert guard.sagemaker.describe_notebook_instance_lifecycle_config(**heartbeat)
    do(guard, "uninstall")
    assert left(guard) == []
    with pytest.raises(ClientError, match="RecordNotFound"):
        guard.sagemaker.describe_notebook_instance_lifecycle_config(**heartbeat)
