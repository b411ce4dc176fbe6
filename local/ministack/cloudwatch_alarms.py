"""CloudWatch alarms as AWS evaluates them, and the queue depths that they use.

MiniStack mixes all dimensions of a metric, keeps an alarm's state when data is missing, and
measures no queues.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from operator import ge, gt, le, lt
from typing import Any
from uuid import uuid4

from ministack.services import cloudwatch, sqs

_COMPARE = {
    "GreaterThanOrEqualToThreshold": ge,
    "GreaterThanThreshold": gt,
    "LessThanOrEqualToThreshold": le,
    "LessThanThreshold": lt,
}
_MISSING = {"notBreaching": "OK", "breaching": "ALARM", "missing": "INSUFFICIENT_DATA"}
_original = cloudwatch._evaluate_alarm
_act = cloudwatch._dispatch_alarm_actions
_VISIBLE = "ApproximateNumberOfMessagesVisible"
_depths: dict[str, tuple[float, int]] = {}
"""When each queue was last looked at, and how many messages were visible then."""

type Alarm = dict[str, Any]


def install(emit: Callable[[Mapping[str, Any]], None]) -> None:
    """Evaluate every alarm this way, and emit an event of each change of its state."""

    def act(alarm: Alarm, before: str, after: str, reason: str) -> None:
        _act(alarm, before, after, reason)
        emit(_event(alarm, before, after, reason))

    cloudwatch._evaluate_alarm = _evaluate
    cloudwatch._dispatch_alarm_actions = act


def uninstall() -> None:
    """Leave MiniStack as it was."""
    cloudwatch._evaluate_alarm = _original
    cloudwatch._dispatch_alarm_actions = _act
    _depths.clear()


def evaluate_all() -> bool:
    """Measure the queues and evaluate every alarm; return whether a state changed."""
    _measure_queues()
    before = _states()
    cloudwatch._evaluate_all_alarms()
    return _states() != before


def _event(alarm: Alarm, before: str, after: str, reason: str) -> dict[str, Any]:
    """Write the event of a change (Alarm events and EventBridge, CloudWatch user guide)."""
    _, _, _, region, account, *_ = str(alarm["AlarmArn"]).split(":")
    moment = datetime.fromtimestamp(cloudwatch.time.time(), UTC)
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": account,
        "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [alarm["AlarmArn"]],
        "detail": {
            "alarmName": alarm["AlarmName"],
            "configuration": {"description": alarm.get("AlarmDescription", "")},
            "previousState": {"value": before},
            "state": {"value": after, "reason": reason, "timestamp": moment.isoformat()},
        },
    }


def _states() -> dict[str, str]:
    return {alarm["AlarmName"]: alarm["StateValue"] for alarm in cloudwatch._alarms.values()}


def _measure_queues() -> None:
    """Measure every queue, as AWS does each minute of one that is used.

    Between two looks nothing happens, so the minutes in between saw what the last look saw.
    """
    now = sqs.time.time()
    for queue in sqs._queues.values():
        visible = sum(m.get("visible_at", 0) <= now for m in list(queue["messages"]))
        dimensions = {"QueueName": queue["name"]}
        looked, before = _depths.get(queue["name"], (now, 0))
        if before:
            for minute in range(int(looked // 60) + 1, int(now // 60) + 1):
                _record(minute * 60.0, before, dimensions)
        if visible or before:
            _record(now, visible, dimensions)
        _depths[queue["name"]] = (now, visible)


def _record(when: float, visible: int, dimensions: dict[str, str]) -> None:
    key = ("AWS/SQS", _VISIBLE, cloudwatch._dims_key(dimensions))
    point = {"Timestamp": when, "Value": float(visible), "Unit": "Count", "Dimensions": dimensions}
    cloudwatch._metric_bucket(key).append(point)


def _points(namespace: str, name: str, dimensions: dict[str, str]) -> list[Any]:
    key = (namespace, name, cloudwatch._dims_key(dimensions))
    return list(cloudwatch._metrics.get(key) or [])


def _evaluate(alarm: Alarm) -> None:
    """Move an alarm to the state its metric, with exactly its dimensions, calls for."""
    before, (state, reason) = alarm["StateValue"], _evaluate_state(alarm)
    if state == before:
        return
    alarm["StateValue"], alarm["StateReason"] = state, reason
    alarm["StateUpdatedTimestamp"] = int(cloudwatch.time.time())
    cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def _evaluate_state(alarm: Alarm) -> tuple[str, str]:
    """Judge each of the last periods; so many of them have to breach the threshold."""
    dimensions = {d["Name"]: d["Value"] for d in alarm.get("Dimensions") or []}
    points = _points(alarm["Namespace"], alarm["MetricName"], dimensions)
    period, count = float(alarm.get("Period") or 60), int(alarm.get("EvaluationPeriods") or 1)
    values, now = list[float | None](), cloudwatch.time.time()
    for number in range(count):
        until = now - number * period
        last = number == count - 1  # what lies on its edge is of the window
        values.append(_statistic(alarm, points, until - period, until, last=last))
    missing = alarm.get("TreatMissingData", "missing")
    compare, threshold = _COMPARE[alarm["ComparisonOperator"]], alarm["Threshold"]
    known = [compare(value, threshold) for value in values if value is not None]
    if not known:
        state = _MISSING.get(missing) or str(alarm["StateValue"])
        return state, f"No data in {count * period:.0f} s, treated as {missing}"
    absent = (len(values) - len(known)) * (missing == "breaching")
    needed = int(alarm.get("DatapointsToAlarm") or count)
    needed = min(needed, len(known)) if missing in ("missing", "ignore") else needed
    crossed = sum(known) + absent >= needed
    words = f"{sum(known) + absent} of {count} periods breach {threshold:g}"
    return ("ALARM" if crossed else "OK"), f"Threshold {'' if crossed else 'not '}crossed: {words}"


def _statistic(
    alarm: Alarm, points: list[Any], since: float, until: float, *, last: bool
) -> float | None:
    """Give the alarm's statistic of one period; None where nothing was measured."""
    recent = [
        point
        for point in points
        if since < point["Timestamp"] <= until or (last and point["Timestamp"] == since)
    ]
    if not recent:
        return None
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic", "Average")
    found = cloudwatch._stat_value(cloudwatch._calc_stats(recent), statistic, recent)
    return None if found is None else float(found)
