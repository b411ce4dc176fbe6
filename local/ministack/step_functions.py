"""State machines as AWS runs them: calls in the machine's role, waits on the simulated clock.

MiniStack calls its services past IAM, of a few services only, and waits in real time.
"""

import threading
from datetime import datetime, timedelta
from typing import Any

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError
from ministack.core.responses import request_scope
from ministack.services import stepfunctions

from local.clock import Clock
from local.ministack.roles import open_session

_task = stepfunctions._execute_task
_call = stepfunctions._invoke_aws_sdk_integration
_sleep = stepfunctions._scaled_sleep
_running = threading.local()
_NAMES = {"sfn": "stepfunctions", "eventbridge": "events", "cloudwatchlogs": "logs"}
"""Services that the SDK for Java names as botocore does not."""


class StateMachines:
    """Runs the tasks of executions through the account's own front door."""

    def __init__(self, clock: Clock, endpoint: str) -> None:
        self._clock = clock
        self._endpoint = endpoint
        self._waiting = 0
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def install(self) -> None:
        """Take the place of MiniStack's own calls and waits."""
        stepfunctions._execute_task = _in_execution
        stepfunctions._invoke_aws_sdk_integration = self._invoke
        stepfunctions._scaled_sleep = self._wait

    def uninstall(self) -> None:
        """Leave MiniStack as it was; what still waits goes on."""
        stepfunctions._execute_task = _task
        stepfunctions._invoke_aws_sdk_integration = _call
        stepfunctions._scaled_sleep = _sleep
        self._closed.set()

    @property
    def running(self) -> int:
        """How many executions are at work now; those that wait for the clock are not."""
        executions = list(stepfunctions._executions._data.values())
        return len([e for e in executions if e["status"] == "RUNNING"]) - self._waiting

    def _wait(self, seconds: float) -> None:
        over = threading.Event()
        with self._lock:
            self._waiting += 1

        def end() -> None:
            with self._lock:
                self._waiting -= 1
            over.set()

        self._clock.call_in(timedelta(seconds=seconds), end)
        while not (over.wait(0.05) or self._closed.is_set()):
            pass

    def _invoke(self, resource: str, parameters: dict[str, Any]) -> Any:
        """Call a service by the ARN of an SDK integration, in the role of the state machine."""
        *_, service, operation = resource.split(":")
        session = self._session(_running.execution["stateMachineArn"])
        client = session.client(_NAMES.get(service, service), endpoint_url=self._endpoint)
        method = xform_name(operation[0].upper() + operation[1:])
        try:
            answer = getattr(client, method)(**parameters)
        except ClientError as error:
            raise stepfunctions._ExecutionError(
                _error(client, service, error), str(error)
            ) from None
        return _plain({k: value for k, value in answer.items() if k != "ResponseMetadata"})

    def _session(self, machine: str) -> Any:
        """Open a session as the service has it, whom the role trusts."""
        _, _, _, region, account, *_ = machine.split(":")
        with request_scope(account, region):
            key = open_session(stepfunctions._state_machines[machine]["roleArn"], "states")
        return boto3.Session(key, "none", "none", region_name=region)


def _in_execution(state: Any, given: Any, execution: Any, context: Any) -> Any:
    _running.execution = execution
    return _task(state, given, execution, context)


def _error(client: Any, service: str, error: ClientError) -> str:
    """Name an error as Step Functions does: the service, and the exception of the SDK for Java."""
    code = error.response["Error"]["Code"]
    shape = client.meta.service_model.shape_for_error_code(code)
    name = shape.name if shape else code
    ending = "" if name.endswith("Exception") else "Exception"
    return f"{service.capitalize()}.{name}{ending}"


def _plain(value: Any) -> Any:
    """Write what a client answers as JSON has it."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value
