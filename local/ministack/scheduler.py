"""EventBridge Scheduler on the simulated clock: each schedule fires at its simulated time."""

import logging
import re
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from ministack import app
from ministack.core.responses import request_scope
from ministack.services import eventbridge, scheduler

from local.clock import Clock
from local.ministack.roles import may

type Schedule = dict[str, Any]
type Key = tuple[str, str, str]

_ACTIONS = {
    "lambda": "lambda:InvokeFunction",
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "states": "states:StartExecution",
}
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_AT = re.compile(r"at\((.+)\)")
_log = logging.getLogger("local.scheduler")


def next_time(schedule: Schedule, after: datetime, since: datetime) -> datetime | None:
    """Say when a schedule is due next after a moment; a rate counts from `since`.

    A local time that the clocks skip comes an hour later; one they repeat comes once.
    """
    expression = str(schedule["ScheduleExpression"]).strip()
    zone = ZoneInfo(schedule.get("ScheduleExpressionTimezone") or "UTC")
    if rate := _RATE.fullmatch(expression):
        step = timedelta(**{f"{rate[2]}s": int(rate[1])})
        return since + ((after - since) // step + 1) * step
    if at := _AT.fullmatch(expression):
        when = datetime.fromisoformat(at[1]).replace(tzinfo=zone).astimezone(UTC)
        return when if when > after else None
    fields = eventbridge._parse_cron_fields(expression)
    if fields is None:
        raise ValueError(f"not a schedule expression: {expression}")
    local = after.astimezone(zone).replace(tzinfo=UTC)
    while found := eventbridge._cron_next_fire(fields, local):
        due: datetime = found.replace(tzinfo=zone).astimezone(UTC)
        if due > after:
            return due
        local = found
    return None


def first_time(schedule: Schedule, since: datetime) -> datetime | None:
    """Say when a new schedule is due first: a rate at once, or at its start date.

    "If you do not provide a StartDate for a rate-based schedule, your schedule starts invoking the
    target immediately" (EventBridge Scheduler, schedule types).
    """
    if not _RATE.fullmatch(str(schedule["ScheduleExpression"]).strip()):
        return next_time(schedule, since, since)
    start = scheduler._to_epoch(schedule.get("StartDate"))
    return max(since, datetime.fromtimestamp(start, UTC)) if start else since


class Schedules:
    """Fires the account's schedules in place of MiniStack's real-time ticker."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._armed: dict[Key, Schedule] = {}
        self._refreshing = threading.Lock()
        self._handler = app.SERVICE_HANDLERS["scheduler"]

    def install(self) -> None:
        """Notice every call that may change a schedule."""

        async def handle(*request: Any) -> Any:
            answer = await self._handler(*request)
            self.refresh()
            return answer

        app.SERVICE_HANDLERS["scheduler"] = handle

    def uninstall(self) -> None:
        """Leave MiniStack as it was."""
        app.SERVICE_HANDLERS["scheduler"] = self._handler

    def refresh(self) -> None:
        """Look at what schedules there are, and wait for those that changed."""
        with self._refreshing:
            for key, schedule in list(scheduler._schedules._data.items()):
                known = self._armed.get(key)
                if known != schedule:
                    armed, now = dict(schedule), self._clock.now()
                    self._armed[key] = armed
                    due = next_time(armed, now, now) if known else first_time(armed, now)
                    self._arm(key, armed, due or now, due)

    def _arm(self, key: Key, schedule: Schedule, since: datetime, due: datetime | None) -> None:
        if due and schedule.get("State") == "ENABLED":
            self._clock.call_at(due, partial(self._fire, key, schedule, since, due))

    def _fire(self, key: Key, schedule: Schedule, since: datetime, due: datetime) -> None:
        if self._armed.get(key) is not schedule or key not in scheduler._schedules._data:
            return
        if _within(schedule, due):
            account, region, _ = key
            with request_scope(account, region):
                _invoke(schedule, due)
        self._arm(key, schedule, since, next_time(schedule, due, since))


def _within(schedule: Schedule, due: datetime) -> bool:
    """Whether a moment is within the schedule's start and end dates."""
    start, end = (scheduler._to_epoch(schedule.get(date)) for date in ("StartDate", "EndDate"))
    now = due.timestamp()
    return bool((start is None or start <= now) and (end is None or now <= end))


def _invoke(schedule: Schedule, due: datetime) -> None:
    """Send the schedule's input to its target, as the schedule's role."""
    target = dict(schedule["Target"])
    action = _ACTIONS[target["Arn"].split(":")[2]]
    if not may(target["RoleArn"], "scheduler", action, target["Arn"]):
        _log.error("%s may not call %s", target["RoleArn"], target["Arn"])
        return
    for name, value in {
        "scheduled-time": due.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "execution-id": str(uuid4()),
        "schedule-arn": schedule["Arn"],
        "attempt-number": "1",
    }.items():
        target["Input"] = target.get("Input", "{}").replace(f"<aws.scheduler.{name}>", value)
    event = {"Source": "aws.scheduler", "DetailType": "Scheduled Event", "Detail": "{}"}
    eventbridge._invoke_target(target, event, schedule)
