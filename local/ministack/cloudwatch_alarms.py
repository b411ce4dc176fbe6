"""CloudWatch alarms as AWS evaluates them, and the queue depths that they use.

MiniStack mixes all dimensions of a metric, keeps an alarm's state when data is missing, and
measures no queues.
"""

from operator import ge, gt, le, lt
from typing import Any

from ministack.services import cloudwatch, sqs

_COMPARE = {
    "GreaterThanOrEqualToThreshold": ge,
    "GreaterThanThreshold": gt,
    "LessThanOrEqualToThreshold": le,
    "LessThanThreshold": lt,
}
_MISSING = {"notBreaching": "OK", "breaching": "ALARM", "missing": "INSUFFICIENT_DATA"}
_original = cloudwatch._evaluate_alarm

type Alarm = dict[str, Any]


def install() -> None:
    """Evaluate every alarm this way."""
    cloudwatch._evaluate_alarm = _evaluate


def uninstall() -> None:
    """Leave MiniStack as it was."""
    cloudwatch._evaluate_alarm = _original


def evaluate_all() -> bool:
    """Measure the queues and evaluate every alarm; return whether a state changed."""
    _measure_queues()
    before = _states()
    cloudwatch._evaluate_all_alarms()
    return _states() != before


def _states() -> dict[str, str]:
    return {alarm["AlarmName"]: alarm["StateValue"] for alarm in cloudwatch._alarms.values()}


def _measure_queues() -> None:
    for queue in sqs._queues.values():
        visible = sum(m.get("visible_at", 0) <= sqs.time.time() for m in list(queue["messages"]))
        dimensions = {"QueueName": queue["name"]}
        name = "ApproximateNumberOfMessagesVisible"
        if visible or _points("AWS/SQS", name, dimensions)[-1:] != []:
            cloudwatch.record_metric("AWS/SQS", name, visible, "Count", dimensions)


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
    dimensions = {d["Name"]: d["Value"] for d in alarm.get("Dimensions") or []}
    window = alarm.get("Period", 60) * alarm.get("EvaluationPeriods", 1)
    since = cloudwatch.time.time() - window
    points = _points(alarm["Namespace"], alarm["MetricName"], dimensions)
    recent = [point for point in points if point["Timestamp"] >= since]
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic", "Average")
    value = cloudwatch._stat_value(cloudwatch._calc_stats(recent), statistic, recent)
    if not recent or value is None:
        missing = alarm.get("TreatMissingData", "missing")
        state = _MISSING.get(missing) or str(alarm["StateValue"])
        return state, f"No data in {window:.0f} s, treated as {missing}"
    compare = alarm["ComparisonOperator"]
    breaching = _COMPARE[compare](value, alarm["Threshold"])
    words = f"{statistic} {value:g} {compare} {alarm['Threshold']:g}"
    return (
        "ALARM" if breaching else "OK"
    ), f"Threshold {'' if breaching else 'not '}crossed: {words}"
