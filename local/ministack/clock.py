"""MiniStack's services on the simulated clock: event times, queue delays, alarms, expiry."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import cloudwatch, dynamodb, eventbridge, iam, scheduler, sns, sqs, sts

from local.clock import Clock

SERVICES = (cloudwatch, dynamodb, eventbridge, iam_evaluator, scheduler, sns, sqs, sts)
POLL = 0.02  # seconds between two looks of a long poll


class ServiceTime:
    """Python's `time` as a service sees it: the moment is the clock's, all else is real."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def time(self) -> float:
        """Give the clock's moment as seconds since 1970."""
        return self._clock.now().timestamp()

    def __getattr__(self, name: str) -> Any:
        """Give all else of the module."""
        return getattr(time, name)


def install(clock: Clock) -> None:
    """Let the services that keep time keep this clock's."""
    for service in SERVICES:
        service.time = ServiceTime(clock)
    sqs._HANDLERS["ReceiveMessage"] = _receive_in_real_seconds
    sts._future = lambda seconds: _written(clock.now() + timedelta(seconds=seconds))


def uninstall() -> None:
    """Give the services their real time back."""
    for service in SERVICES:
        service.time = time
    sqs._HANDLERS["ReceiveMessage"] = sqs._act_receive_message
    sts._future = iam._future


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


async def _receive_in_real_seconds(data: dict[str, Any], url: str) -> dict[str, Any]:
    """Long-poll in real time: with the clock frozen, a simulated second never ends."""
    receive: Callable[..., Any] = sqs._act_receive_message
    queue = sqs._get_q(data.get("QueueUrl", url), "sqs:ReceiveMessage")
    default = queue["attributes"].get("ReceiveMessageWaitTimeSeconds", "0")
    end = time.monotonic() + int(data.get("WaitTimeSeconds", default))
    while True:
        response: dict[str, Any] = await receive({**data, "WaitTimeSeconds": 0}, url)
        if response or time.monotonic() >= end:
            return response
        await asyncio.sleep(POLL)
