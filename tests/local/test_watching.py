"""Each part of the guard is broken; its alarm rings, says what to do, and ends with the fault."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from local.account import ACCOUNT
from tests.local.guard import COMPLETE, NOTEBOOK, POLICY, TAGS, Guard, machines, sources_with
from tests.local.watching import (
    alarms_raised,
    deliver_call,
    invoke_async,
    physical_ids,
    queue_paused,
    schedules_disabled,
    states,
    tampering_notices,
    unsubscribed,
    without_concurrency,
    without_grant,
    without_policy,
)

RANG = set[str]()
OURS = "costguard-Thing-1A2B3C"
CALLS: list[tuple[str, dict[str, Any]]] = [  # an event's name and source, and what it is about
    ("UpdateFunctionCode20150331v2 lambda.amazonaws.com", {"functionName": OURS}),
    (
        "DeleteFunction20150331 lambda.amazonaws.com",
        {"functionName": f"arn:aws:lambda:us-east-2:{ACCOUNT}:function:{OURS}"},
    ),
    ("DeleteRule events.amazonaws.com", {"name": OURS}),
    ("RemoveTargets events.amazonaws.com", {"rule": OURS}),
    ("DeleteSchedule scheduler.amazonaws.com", {"name": OURS}),
    ("PutRolePolicy iam.amazonaws.com", {"roleName": OURS}),
    ("DeleteTable dynamodb.amazonaws.com", {"tableName": OURS}),
    ("DeleteAlarms monitoring.amazonaws.com", {"alarmNames": [OURS]}),
    ("DeleteQueue sqs.amazonaws.com", {"queueUrl": f"https://sqs/{ACCOUNT}/{OURS}"}),
    ("DeleteTopic sns.amazonaws.com", {"topicArn": f"arn:aws:sns:us-east-2:{ACCOUNT}:{OURS}"}),
    (
        "Unsubscribe sns.amazonaws.com",
        {"subscriptionArn": f"arn:aws:sns:us-east-2:{ACCOUNT}:{OURS}:1"},
    ),
    ("DeleteStack cloudformation.amazonaws.com", {"stackName": "costguard"}),
]


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ask notebooks what they are doing, too, and stop nobody for it."""
    text = POLICY.read_text(encoding="utf-8") + '\n[rules.idle]\nmode = "observe"\n'
    return sources_with(text, tmp_path_factory.mktemp("watched"))


def rings(guard: Guard, *alarms: str) -> None:
    """See alarms ring, and read in the admins' mail what to do about each."""
    assert alarms_raised(guard) >= set(alarms)
    RANG.update(alarms)
    for alarm in alarms:
        name = physical_ids(guard, "AWS::CloudWatch::Alarm")[alarm]
        said = [json.loads(text) for text in guard.summaries(name) if text.startswith("{")]
        assert any("docs/runbook.md#" in each["AlarmDescription"] for each in said), alarm


def refusals(guard: Guard) -> list[str]:
    """Return what the admins read of refused probes, beside the alarm."""
    found = guard.summaries("is not allowed to ask")
    return [text for text in found if text.startswith("Costguard is not")]


def a_day_without_sweeps(guard: Guard) -> None:
    """Let a day pass and an hour of sweeps: a hundred and fifty more of them would see the same."""
    with schedules_disabled(guard, "SweepClock"):
        guard.wait(hours=24)
    guard.wait(hours=1)


def stop(guard: Guard, name: str) -> None:
    """Stop a notebook, as its owner does."""
    guard.sagemaker.stop_notebook_instance(NotebookInstanceName=name)
    guard.wait(minutes=20)


def test_while_all_is_well_no_alarm_rings(guard: Guard) -> None:
    guard.invoke("Report", {"time": guard.aws.clock.now().isoformat(), "period": "day"})
    guard.wait(minutes=20)
    assert alarms_raised(guard) == set()


def test_a_sweep_that_does_not_come_rings_after_two_intervals_until_it_does(guard: Guard) -> None:
    with schedules_disabled(guard, "SweepClock"):
        guard.wait(minutes=19)
        assert "NoSweep" not in alarms_raised(guard)
        guard.wait(minutes=3)
        rings(guard, "NoSweep")
    guard.wait(minutes=11)
    assert "NoSweep" not in alarms_raised(guard)
    assert guard.summaries("DISABLED") == []  # what was asked for is not read out
    assert any("UpdateSchedule of scheduler" in said for said in guard.summaries("Somebody"))


def test_a_report_that_does_not_come_rings_after_a_day_until_it_does(guard: Guard) -> None:
    with schedules_disabled(guard, "SweepClock", "ReportDaily", "ReportWeekly"):
        guard.wait(hours=27)
        rings(guard, "NoReport")
    guard.invoke("Report", {"time": guard.aws.clock.now().isoformat(), "period": "day"})
    guard.wait(minutes=11)
    assert "NoReport" not in alarms_raised(guard)


@pytest.mark.parametrize(
    ("function", "event"),
    [("Watch", {"source": "nobody"}), ("Report", {"period": "never"}), ("Probe", {})],
)
def test_a_function_that_fails_rings_and_its_event_is_a_dead_letter(
    guard: Guard, function: str, event: dict[str, Any]
) -> None:
    invoke_async(guard, function, event)
    if function == "Probe":  # which nobody calls without waiting
        rings(guard, "ProbeFails")
    guard.wait(minutes=4)
    if function != "Probe":
        rings(guard, "DeadLetters")
        [letter] = guard.dead_letters()
        assert letter["requestPayload"] == event
    guard.wait(minutes=6)
    assert alarms_raised(guard) & {"ProbeFails", "DeadLetters"} == set()


def test_a_stop_reference_that_cannot_be_read_rings(guard: Guard) -> None:
    guard.aws.client("sqs").send_message(
        QueueUrl=guard.outputs["StopQueueUrl"], MessageBody="not a reference"
    )
    guard.wait(minutes=30)
    rings(guard, "DeadLetters")
    guard.aws.client("sqs").purge_queue(QueueUrl=guard.outputs["DeadLetterQueueUrl"])
    assert any("PurgeQueue" in said for said in guard.summaries("Somebody"))
    guard.wait(minutes=5)
    assert alarms_raised(guard) == set()


def test_without_its_policy_the_guard_does_nothing_and_says_so(guard: Guard) -> None:
    with without_policy(guard, "Sweep", "Notify"):
        guard.wait(minutes=22)
        guard.open("DoeJohn-Lawless", TAGS)
        guard.wait(minutes=1)
        rings(guard, "NoSweep", "SweepFails", "NotifyFails")
        assert '"PolicyUnreadable"' in guard.log("Sweep")
    guard.dead_letters()
    guard.wait(minutes=20)
    assert alarms_raised(guard) & {"NoSweep", "SweepFails", "NotifyFails"} == set()
    guard.tag("DoeJohn-Lawless", COMPLETE)


@pytest.mark.parametrize(
    ("name", "kept_from"),
    [("DoeJohn-Due", queue_paused), ("DoeJohn-Throttled", without_concurrency)],
)
def test_what_is_due_and_is_not_stopped_rings_after_an_hour(
    guard: Guard, name: str, kept_from: Callable[[Guard, str], AbstractContextManager[None]]
) -> None:
    with kept_from(guard, "Enforce"):
        guard.open(name)
        guard.wait(minutes=150)
        assert guard.status(NOTEBOOK, name) == "InService"
        rings(guard, "StuckStops")
    guard.wait(minutes=11)
    assert guard.stages_of(name)[-1] == "stopped"
    rings(guard, "Unreached")  # no channel of owners is set up here
    guard.wait(minutes=61)
    assert alarms_raised(guard) == set()


def test_notices_that_nobody_takes_ring_and_are_told_once_somebody_does(guard: Guard) -> None:
    name = "DoeJohn-Waiting"
    with queue_paused(guard, "Notify"):
        guard.open(name)
        assert guard.stages_of(name) == ["warning"]
        guard.wait(minutes=12)
        rings(guard, "NoticesWait")
    guard.wait(minutes=2)
    assert "NoticesWait" not in alarms_raised(guard)
    guard.tag(name, COMPLETE)
    assert [said for said in guard.summaries(name) if not said.startswith("{")]
    stop(guard, name)


def test_notices_that_never_come_to_notify_ring(guard: Guard) -> None:
    name = "DoeJohn-Untaken"
    with unsubscribed(guard):
        guard.open(name)
        guard.wait(minutes=31)
        rings(guard, "NoticesUntaken")
    guard.tag(name, COMPLETE)
    stop(guard, name)
    a_day_without_sweeps(guard)
    assert "NoticesUntaken" not in alarms_raised(guard)


def test_a_notice_that_is_not_ours_rings_and_is_told_to_nobody(guard: Guard) -> None:
    moment = guard.aws.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    forged = {
        "schema": "costguard.notice/1",
        "id": "f" * 32,
        "time": moment,
        "stage": "stopped",
        "rule": "naming",
        "resource": {"kind": "notebook-instance", "name": "DoeJohn-Forged"},
        "owner": {"name": "John Doe", "email": "evil@example.org"},
        "findings": [{"rule": "naming", "reason": "Pay at http://evil.example", "remedy": ""}],
    }
    guard.aws.client("sqs").send_message(
        QueueUrl=guard.outputs["NotifyQueueUrl"], MessageBody=json.dumps(forged)
    )
    guard.aws.client("sns").publish(
        TopicArn=guard.outputs["AlertsTopicArn"], Message=json.dumps(forged | {"id": "e" * 32})
    )
    guard.aws.settle()
    rings(guard, "NoticesNotOurs")
    guard.wait(hours=4)
    assert guard.summaries("evil.example") == []
    assert len(guard.dead_letters()) == 2
    guard.wait(minutes=16)
    assert "NoticesNotOurs" not in alarms_raised(guard)


def test_admins_whose_topic_takes_nothing_from_notify_hear_of_it_by_the_alarm(guard: Guard) -> None:
    name = "DoeJohn-Untold"
    with without_grant(guard, "NotifyRole", "TellAdmins"):
        guard.open(name)
        guard.wait(minutes=11)
        rings(guard, "AdminsNotReached")
        stop(guard, name)
    guard.wait(hours=2)
    assert guard.summaries(name)  # they were kept, and told once the topic took them
    guard.wait(minutes=61)
    assert "AdminsNotReached" not in alarms_raised(guard)


@pytest.mark.parametrize(("role", "sid"), [("ProbeRole", "Open"), ("SweepRole", "Ask")])
def test_a_probe_that_is_refused_rings_and_the_admins_read_it_at_once(
    guard: Guard, role: str, sid: str
) -> None:
    name = f"DoeJohn-{sid}ed"
    with without_grant(guard, role, sid):
        guard.open(name, COMPLETE)
        guard.wait(hours=2)
        rings(guard, "ProbeRefusedToSweep")
        [*_, told] = refusals(guard)
        assert name in told
        assert "docs/runbook.md#the-probe-is-refused" in told
        already = len(refusals(guard))
        guard.wait(minutes=30)
        assert len(refusals(guard)) == already  # daily, not with each sweep
    stop(guard, name)
    a_day_without_sweeps(guard)  # by then it would be told again
    assert "ProbeRefusedToSweep" not in alarms_raised(guard)


def test_a_probe_that_is_refused_to_enforce_rings(guard: Guard) -> None:
    name = "DoeJohn-Enforced"
    guard.open(name, COMPLETE)
    guard.wait(hours=1)
    with without_grant(guard, "EnforceRole", "Ask"):
        guard.enqueue_stop("notebook-instance", name)
        rings(guard, "ProbeRefusedToEnforce")
    assert guard.status(NOTEBOOK, name) == "InService"
    stop(guard, name)


def test_a_probe_that_is_kept_waiting_rings(guard: Guard) -> None:
    with without_concurrency(guard, "Probe"):
        invoke_async(guard, "Probe", {"notebook": "none"})
        rings(guard, "ProbeThrottled")
    guard.wait(minutes=6)
    assert "ProbeThrottled" not in alarms_raised(guard)


def test_a_sweep_that_is_kept_waiting_rings(guard: Guard) -> None:
    with without_concurrency(guard, "Sweep"):
        guard.wait(minutes=22)
        rings(guard, "NoSweep", "DeadLetters")
    guard.dead_letters()
    guard.wait(minutes=11)
    assert alarms_raised(guard) & {"NoSweep", "DeadLetters"} == set()


def test_events_and_reports_that_wait_too_long_ring_and_are_kept(guard: Guard) -> None:
    moment = guard.aws.clock.now().isoformat()
    with without_concurrency(guard, "Watch"), without_concurrency(guard, "Report"):
        for function in ("Watch", "Report"):
            invoke_async(guard, function, {"time": moment, "of": function})
        guard.wait(hours=6)
        rings(guard, "DeadLetters")
    kept = {letter["requestPayload"].get("of") for letter in guard.dead_letters()}
    assert kept >= {"Watch", "Report"}


def test_notices_that_are_kept_waiting_ring(guard: Guard) -> None:
    name = "DoeJohn-Kept"
    with without_concurrency(guard, "Notify"):
        guard.open(name)
        guard.wait(minutes=31)
        rings(guard, "NoticesUntaken")
    guard.tag(name, COMPLETE)
    stop(guard, name)
    guard.dead_letters()


def test_what_runs_without_a_price_rings_until_it_ends(guard: Guard) -> None:
    with queue_paused(guard, "Enforce"):
        guard.create("TrainingJob", "sinkorswim-odd", TAGS, ResourceConfig=machines("ml.t3.medium"))
        guard.wait(minutes=11)
        rings(guard, "UnpricedTypes")
    guard.sagemaker.stop_training_job(TrainingJobName="sinkorswim-odd")
    guard.wait(minutes=30)
    assert "UnpricedTypes" not in alarms_raised(guard)


def test_a_sweep_that_aws_makes_wait_rings(guard: Guard) -> None:
    of_sweep = {"Stack": "costguard", "Function": guard.outputs["SweepFunctionName"]}
    datum = {
        "MetricName": "Retries",
        "Dimensions": [{"Name": name, "Value": value} for name, value in of_sweep.items()],
        "Value": 101,
    }
    guard.aws.client("cloudwatch").put_metric_data(Namespace="Costguard", MetricData=[datum])
    rings(guard, "SlowedDown")


def test_whoever_changes_the_guard_past_its_stack_is_named_to_the_admins(guard: Guard) -> None:
    events, rules = guard.aws.client("events"), physical_ids(guard, "AWS::Events::Rule")
    events.disable_rule(Name=rules["WatchStateChange"])
    told = tampering_notices(guard)[-1]
    events.enable_rule(Name=rules["WatchStateChange"])
    assert f"DisableRule of events.amazonaws.com on {rules['WatchStateChange']}" in told
    assert f"by arn:aws:iam::{ACCOUNT}:root" in told
    assert "docs/runbook.md#costguard-was-changed" in told


@pytest.mark.parametrize(("call", "asked"), CALLS)
def test_a_call_that_could_silence_the_guard_is_told(
    guard: Guard, call: str, asked: dict[str, Any]
) -> None:
    before = len(tampering_notices(guard))
    deliver_call(guard, call, asked, "192.0.2.1")
    [told] = tampering_notices(guard)[before:]
    assert str(next(iter(asked.values()))).strip("[]'") in told


def test_what_the_stacks_own_deployments_change_is_not_told(guard: Guard) -> None:
    before = len(tampering_notices(guard))
    for call, asked in CALLS:
        deliver_call(guard, call, asked, "cloudformation.amazonaws.com")
    assert tampering_notices(guard)[before:] == []


def test_what_is_not_the_guards_is_nobodys_business(guard: Guard) -> None:
    before = len(tampering_notices(guard))
    for call, asked in CALLS:
        others = json.loads(json.dumps(asked).replace("costguard", "other"))
        deliver_call(guard, call, others, "192.0.2.1")
    assert tampering_notices(guard)[before:] == []


def test_there_is_no_alarm_that_was_not_heard(guard: Guard) -> None:
    assert states(guard).keys() == RANG
