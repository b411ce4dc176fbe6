"""Asynchronous Lambda invocations as Lambda runs them, with their retries on the simulated clock.

A function that fails is tried again after one minute and after two more; then the event goes to
the function's OnFailure destination, sent with the function's own role
(invocation-async-error-handling, invocation-async-retain-records).
"""

import json
import logging
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from subprocess import Popen
from typing import Any
from uuid import uuid4

from ministack.core import lambda_runtime
from ministack.core.responses import request_scope
from ministack.services import eventbridge, lambda_svc, sns

from local.clock import Clock
from local.ministack.lambda_destinations import failure, send

type Record = dict[str, Any]

RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=2))
AT_ONCE = 2  # a function's process costs a second to start; those that wait find one warm
THROTTLED_AGAIN_AFTER, AT_MOST = timedelta(seconds=1), timedelta(minutes=5)
"""Twice as long each time, up to five minutes (invocation-async-error-handling)."""
_log = logging.getLogger("local.lambda_async")


@dataclass(slots=True)
class Invocation:
    """One event for one function, through all its tries."""

    function: Record
    event: Any
    since: datetime
    id: str = field(default_factory=lambda: str(uuid4()))
    tries: int = 0
    throttled: int = 0  # times

    @property
    def config(self) -> Record:
        """The function's configuration."""
        config: Record = self.function["config"]
        return config

    @property
    def settings(self) -> Record:
        """The function's EventInvokeConfig, of the qualifier invoked."""
        configs = self.function.get("event_invoke_configs") or {}
        _, qualifier = lambda_svc._resolve_name_and_qualifier(self.config["FunctionArn"])
        return configs.get(qualifier or "$LATEST") or configs.get("") or {}


class Invoker:
    """Runs functions asynchronously, and counts those still running."""

    def __init__(self, clock: Clock, endpoint: str) -> None:
        self._clock = clock
        self._endpoint = endpoint
        self._running = 0
        self._ended = threading.Condition()
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._collect = lambda_runtime._collect
        self._original = (
            lambda_svc.invoke_async_with_retry,
            eventbridge._dispatch_to_lambda,
            sns._deliver_to_lambda,
        )

    def install(self) -> None:
        """Take the place of MiniStack's own asynchronous invocations."""
        lambda_svc.invoke_async_with_retry = self.submit
        eventbridge._dispatch_to_lambda = self._from_eventbridge
        sns._deliver_to_lambda = self._from_sns
        lambda_runtime._collect = self._collect_wholly

    def uninstall(self) -> None:
        """Give MiniStack its own back."""
        (
            lambda_svc.invoke_async_with_retry,
            eventbridge._dispatch_to_lambda,
            sns._deliver_to_lambda,
        ) = self._original
        lambda_runtime._collect = self._collect

    @property
    def running(self) -> int:
        """How many invocations run now; those waiting for a retry wait on the clock."""
        return self._running

    def wait_for_one(self, seconds: float) -> None:
        """Wait until one of those that run has ended, if any runs."""
        with self._ended:
            if self._running:
                self._ended.wait(seconds)

    def submit(self, function: Record, event: Any) -> None:
        """Accept an event for a function."""
        record = {**function, "config": function.get("config") or function}
        self._start(Invocation(record, event, self._clock.now()))

    def _from_eventbridge(self, arn: str, payload: str) -> None:
        self._deliver(arn, json.loads(payload))

    def _from_sns(self, endpoint: str, envelope: str, _topic: str, arn: str, *_: object) -> None:
        self._deliver(endpoint, {"Records": [_sns_record(arn, json.loads(envelope))]})

    def _deliver(self, arn: str, event: Any) -> None:
        function, config, name = lambda_svc._get_func_record_for_ref(arn)
        if function and config:
            self.submit(lambda_svc._execution_record_for_config(function, config), event)
        else:
            _log.error("no function %s to deliver to", name)

    def _collect_wholly(self, process: Popen[str] | None, deadline: float) -> None:
        """Close the pipes too of a function's process that has ended."""
        self._collect(process, deadline)
        pipes = (process.stdin, process.stdout, process.stderr) if process else ()
        for pipe in filter(None, pipes):
            with suppress(OSError):
                pipe.close()

    def _start(self, invocation: Invocation) -> None:
        with self._ended:
            self._running += 1
        threading.Thread(target=self._run, args=(invocation,), daemon=True).start()

    def _run(self, invocation: Invocation) -> None:
        try:
            if invocation.throttled:
                _refresh(invocation)
            with self._places:
                result = lambda_svc._execute_function_with_config_scope(
                    invocation.function, invocation.event
                )
            self._conclude(invocation, result)
        except Exception:  # noqa: BLE001 - a thread has nobody to raise to
            _log.exception("invocation of %s", invocation.config["FunctionName"])
        finally:
            with self._ended:
                self._running -= 1
                self._ended.notify_all()

    def _conclude(self, invocation: Invocation, result: Record) -> None:
        if result.get("throttle"):
            delay = min(THROTTLED_AGAIN_AFTER * 2 ** min(invocation.throttled, 10), AT_MOST)
            invocation.throttled += 1
            self._again(invocation, delay, result)
            return
        invocation.tries += 1
        if not result.get("error"):
            return
        retries = invocation.settings.get("MaximumRetryAttempts")
        if invocation.tries <= (len(RETRY_AFTER) if retries is None else retries):
            self._again(invocation, RETRY_AFTER[invocation.tries - 1], result)
        else:
            self._give_up(invocation, result, "RetriesExhausted")

    def _again(self, invocation: Invocation, delay: timedelta, result: Record) -> None:
        age = timedelta(seconds=invocation.settings.get("MaximumEventAgeInSeconds") or 21600)
        if self._clock.now() + delay - invocation.since > age:
            self._give_up(invocation, result, "EventAgeExceeded")
        else:
            self._clock.call_in(delay, lambda: self._start(invocation))

    def _give_up(self, invocation: Invocation, result: Record, condition: str) -> None:
        destinations = invocation.settings.get("DestinationConfig") or {}
        target = (destinations.get("OnFailure") or {}).get("Destination")
        if target is None:
            return
        message = failure(invocation.config, invocation.event, result, self._clock.now())
        message["requestContext"] |= {
            "requestId": invocation.id,
            "condition": condition,
            "approximateInvokeCount": invocation.tries,
        }
        credentials = lambda_runtime.execution_credentials(invocation.config)
        send(target, json.dumps(message), self._endpoint, credentials)


def _refresh(invocation: Invocation) -> None:
    """Try again under the concurrency that the function has by then."""
    arn = invocation.config["FunctionArn"]
    _, _, _, region, account, *_ = arn.split(":")
    with request_scope(account, region):
        function, config, _ = lambda_svc._get_func_record_for_ref(arn)
        if function and config:
            invocation.function = lambda_svc._execution_record_for_config(function, config)


def _sns_record(subscription: str, envelope: Record) -> Record:
    return {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
        "Sns": envelope,
    }
