"""The guard's alarms: each says what to do, and uses a metric that is really published."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from costguard.adapters.metrics import NAMESPACE, alive, emit_metrics
from costguard.app.apply import NOTICE_METRICS
from costguard.app.sweep import sweep
from costguard.bootstrap.policy import load_policy as read_policy
from costguard.costs.prices import Prices, bundled_prices
from costguard.notifications.batch import BatchResult
from tests.contract.calls import recording_calls
from tests.contract.template import EVERYTHING, FUNCTIONS, RESOURCES, TEMPLATE, Deployment, of_type
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
    "AWS/Lambda": {"Errors", "Throttles", "Duration"},
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
    lines = (json.loads(line) for line in text.splitlines() if "_aws" in line)
    return {name for line in lines for name, value in line.items() if isinstance(value, int | list)}


def test_nothing_is_no_metric_but_the_number_that_an_alarm_waits_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    emit_metrics("a-stack", "sweep", {"ResourcesEvaluated": 0, "Unknowns": 0, "StopsDue": 2})
    line = json.loads(capsys.readouterr().out)
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert [metric["Name"] for metric in directive["Metrics"]] == ["ResourcesEvaluated", "StopsDue"]
    assert line["Unknowns"] == 0


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


@pytest.mark.parametrize("function", FUNCTIONS)
def test_of_each_function_is_watched_whether_it_fails_or_is_kept_waiting(function: str) -> None:
    for suffix, metric in (("Fails", "Errors"), ("Throttled", "Throttles")):
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
