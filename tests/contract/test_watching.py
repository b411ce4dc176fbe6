"""The guard's alarms: each says what to do, and uses a metric that is really published."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from costguard.adapters.metrics import HEARTBEAT, NAMESPACE, WATCHED, alive, emit_metrics
from costguard.app.outbox import NOTICE_METRICS
from costguard.app.sweep import sweep
from costguard.bootstrap.policy import load_policy as read_policy
from costguard.common.pings import PING
from costguard.costs.prices import Prices, bundled_prices
from costguard.notifications.batch import BatchResult
from tests.contract.calls import recording_calls
from tests.contract.template import (
    EVERYTHING,
    FUNCTIONS,
    RESOURCES,
    TEMPLATE,
    USUAL,
    Deployment,
    of_type,
)
from tests.contract.test_events import fleet, handler, sample
from tests.factories import at, policy
from tests.local.runbook import sections
from tests.scenarios.account import Account

ALARMS = of_type("AWS::CloudWatch::Alarm")
WITH_A_DASHBOARD = Deployment({**EVERYTHING.given, "Dashboard": "yes"})
SAID = re.compile(r"What to do: docs/runbook\.md#([a-z-]+)$")
RATE = re.compile(TEMPLATE["Parameters"]["SweepEvery"]["AllowedPattern"])
OF_AWS = {  # metrics that AWS keeps of its own accord
    "AWS/SQS": {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"},
    "AWS/Lambda": {"Errors", "Throttles", "Duration", "Url5xxCount"},
    "AWS/States": {"ExecutionsFailed"},
}


def board() -> list[dict[str, Any]]:
    text = WITH_A_DASHBOARD.resources["Overview"]["Properties"]["DashboardBody"]["Fn::Sub"]
    widgets: list[dict[str, Any]] = json.loads(text)["widgets"]
    return [widget["properties"] for widget in widgets]


def shown() -> Iterator[tuple[str, str]]:
    """Yield the namespace and name of every metric that the dashboard or an alarm looks at."""
    for alarm in ALARMS.values():
        yield alarm["Namespace"], alarm["MetricName"]
    for row in (row for widget in board() for row in widget.get("metrics", ())):
        if isinstance(row[0], str):
            yield row[0], row[1]
        else:
            found = re.search(r"\{([\w/]+),.*MetricName=\"(\w+)\"", row[0]["expression"])
            assert found
            yield found[1], found[2]


def printed(text: str) -> set[str]:
    lines = (json.loads(line) for line in text.splitlines() if '"Stack"' in line)
    return {name for line in lines for name, value in line.items() if isinstance(value, int | list)}


def test_nothing_is_no_metric_but_the_number_that_an_alarm_waits_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    emit_metrics("a-stack", "sweep", {"ResourcesEvaluated": 0, "Unknowns": 0, "Retries": 2})
    line = json.loads(capsys.readouterr().out)
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert [metric["Name"] for metric in directive["Metrics"]] == ["ResourcesEvaluated", "Retries"]
    assert line["Unknowns"] == 0


def test_what_no_alarm_uses_is_logged_and_is_no_metric(capsys: pytest.CaptureFixture[str]) -> None:
    emit_metrics("a-stack", "watch", {"EventsReceived": 1})
    line = json.loads(capsys.readouterr().out)
    assert line == {"Stack": "a-stack", "Function": "watch", "EventsReceived": 1}


def test_what_an_alarm_uses_is_published_and_without_a_dashboard_nothing_else() -> None:
    used = {a["MetricName"] for a in ALARMS.values() if a["Namespace"] == NAMESPACE}
    assert used == WATCHED | {HEARTBEAT}
    by_default = USUAL.of_type("AWS::CloudWatch::Alarm").values()
    assert HEARTBEAT not in {a["MetricName"] for a in by_default}


def test_only_a_heartbeat_that_an_alarm_waits_for_is_published(
    capsys: pytest.CaptureFixture[str],
) -> None:
    beat = alive(lambda _event, _context: None)
    for event, published in (({"Records": [{"body": PING}]}, True), ({"Records": []}, False)):
        beat(event, None)
        assert ("_aws" in json.loads(capsys.readouterr().out)) is published


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_dashboard_has_all_its_metrics(function: str) -> None:
    assert EVERYTHING.environment(function)["METRICS"] == "alarms"
    assert WITH_A_DASHBOARD.environment(function)["METRICS"] == "all"


def emitted(capsys: pytest.CaptureFixture[str]) -> set[str]:
    """Run the code that counts, and collect the names."""
    account = Account(policy(), *fleet())
    account.prices = Prices(bundled_prices().table, fetched=at(0))
    sweep(account.sweep_ports, now=at(1))
    handler("enforce", account)(sample("stop-reference"), None)
    handler("watch", account)(sample("training-job-in-progress"), None)
    with recording_calls(EVERYTHING.environment("Report")) as recorder:
        recorder.record(lambda: handler("report")(sample("report"), None))
    with pytest.raises(ModuleNotFoundError):  # there is no policy layer here
        read_policy()
    names = {name for numbers in account.counted for name in numbers}
    return (
        names
        | printed(capsys.readouterr().out)
        | set(NOTICE_METRICS.values())
        | BatchResult().numbers.keys()
    )


def test_every_metric_that_is_looked_at_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    ours = emitted(capsys)
    for namespace, name in shown():
        assert name in (ours if namespace == NAMESPACE else OF_AWS[namespace])


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_ends_with_where_the_runbook_says_what_to_do(alarm: str) -> None:
    found = SAID.search(ALARMS[alarm]["AlarmDescription"])
    assert found
    assert len(sections()[found[1]]) > 200


def test_what_is_told_of_changes_to_the_guard_names_the_runbook_too() -> None:
    [target] = RESOURCES["Tampered"]["Properties"]["Targets"]
    text = target["InputTransformer"]["InputTemplate"]["Fn::Sub"]
    [anchor] = re.findall(r"docs/runbook\.md#([a-z-]+)", text)
    assert anchor in sections()
    used = set(re.findall(r"<(\w+)>", text))
    assert used == target["InputTransformer"]["InputPathsMap"].keys()


def test_the_links_inside_the_runbook_lead_somewhere() -> None:
    linked = {a for text in sections().values() for a in re.findall(r"\]\(#([a-z-]+)\)", text)}
    assert linked <= sections().keys()
    assert linked


def letters(function: str) -> set[str]:
    """Return the dead-letter queues of what calls a function without waiting for it."""
    given = FUNCTIONS[function]
    kept = given.get("EventInvokeConfig", {}).get("DestinationConfig", {}).get("OnFailure", {})
    found = {kept["Destination"]["Fn::GetAtt"][0]} if kept else set[str]()
    for event in given.get("Events", {}).values():
        if event["Type"] == "SQS":
            queue = RESOURCES[event["Properties"]["Queue"]["Fn::GetAtt"][0]]["Properties"]
            found.add(queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0])
    return found


def read_from(alarm: Mapping[str, Any]) -> str:
    [dimension] = alarm["Dimensions"]
    return str(dimension["Value"]["Fn::GetAtt"][0])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_a_function_fails_at_or_waits_too_long_for_is_heard(function: str) -> None:
    """Only what is asked and waited for has no dead letter: those functions have their own."""
    of_queues = [a for a in ALARMS.values() if a["Namespace"] == "AWS/SQS"]
    if kept := letters(function):
        assert kept <= {read_from(a) for a in of_queues if a["Statistic"] == "Maximum"}
        return
    assert function in {"Probe", "Respond", "Door"}
    fails = "Url5xxCount" if function == "Door" else "Errors"  # it answers even then
    for suffix, metric in (("Fails", fails), ("Throttled", "Throttles")):
        alarm = ALARMS[f"{function}{suffix}"]
        assert alarm["MetricName"] == metric
        assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": function}}]
        raw = TEMPLATE["Resources"]
        assert raw[f"{function}{suffix}"].get("Condition") == raw[function].get("Condition")


@pytest.mark.parametrize(("rate", "minutes"), [("rate(1 minute)", "1"), ("rate(9 minutes)", "9")])
def test_no_sweep_means_two_intervals_whatever_the_interval(rate: str, minutes: str) -> None:
    deployment = Deployment({**EVERYTHING.given, "SweepEvery": rate})
    given = deployment.resources["NoSweep"]["Properties"]
    assert deployment.text(given["EvaluationPeriods"]) == minutes
    assert given["Period"] == 2 * 60
    assert given["TreatMissingData"] == "breaching"


@pytest.mark.parametrize("rate", ["rate(1 minute)", "rate(5 minutes)", "rate(60 minutes)"])
def test_a_rate_that_the_alarm_can_follow_is_accepted(rate: str) -> None:
    assert RATE.fullmatch(rate)


@pytest.mark.parametrize(
    "rate", ["rate(1 minutes)", "rate(0 minutes)", "rate(61 minutes)", "rate(1 hour)", "cron(0)"]
)
def test_a_rate_that_the_alarm_cannot_follow_is_refused(rate: str) -> None:
    assert not RATE.fullmatch(rate)


def test_the_pattern_of_changes_is_short_enough_for_eventbridge() -> None:
    pattern = json.dumps(RESOURCES["Tampered"]["Properties"]["EventPattern"])
    long = re.sub(r"\{\"Fn::Sub\": (\".*?\")}|\{\"Ref\": (\".*?\")}", r"\1\2", pattern)
    assert len(EVERYTHING.text({"Fn::Sub": long.replace("AWS::StackId", "AWS::StackName")})) < 2048


def test_a_heartbeat_comes_after_success_alone(capsys: pytest.CaptureFixture[str]) -> None:
    def halve(event: int, _context: object) -> float:
        return 1 / event

    beat = alive(halve)
    assert beat(1, None) == 1
    assert printed(capsys.readouterr().out) == {"Heartbeat", "Retries"}
    with pytest.raises(ZeroDivisionError):
        beat(0, None)
    assert capsys.readouterr().out == ""
