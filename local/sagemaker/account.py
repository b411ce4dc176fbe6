"""One account in one region: its calls, its scenario, and its events."""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from local.clock import Clock
from local.sagemaker import (
    debugger,
    endpoints,
    job_lifecycle,
    jobs,
    model,
    models,
    notebooks,
    other_jobs,
    pipelines,
    presigned_urls,
    request_rules,
    standing,
    studio,
    tags,
    training_updates,
    tuning,
)
from local.sagemaker.errors import AwsError, unsupported
from local.sagemaker.event_delivery import Event, EventDelivery, Faults
from local.sagemaker.events import READ_ONLY, api_call
from local.sagemaker.identity import Caller
from local.sagemaker.other_kinds import EVERY_KIND
from local.sagemaker.resource import Place, Resource
from local.sagemaker.store import Operation, Store
from local.sagemaker.timings import ScriptedJob, Timings
from local.sagemaker.validation import accept

OPERATIONS: dict[str, Operation] = {
    **notebooks.OPERATIONS,
    **presigned_urls.OPERATIONS,
    **jobs.OPERATIONS,
    **models.OPERATIONS,
    **training_updates.OPERATIONS,
    **tuning.OPERATIONS,
    **other_jobs.OPERATIONS,
    **pipelines.OPERATIONS,
    **standing.OPERATIONS,
    **endpoints.OPERATIONS,
    **studio.OPERATIONS,
    **tags.OPERATIONS,
}


SECRET = frozenset({"CreatePresignedNotebookInstanceUrl"})
"""Calls whose response CloudTrail does not record."""


def _ignore(_event: Event) -> None:
    return


class Account:
    """SageMaker as one account sees it. Safe to call from any thread; events go out unlocked."""

    def __init__(  # noqa: PLR0913 - what an account is made of
        self,
        clock: Clock,
        emit: Callable[[Event], None] = _ignore,
        *,
        region: str = "us-east-1",
        account_id: str = "123456789012",
        pace: Timings | None = None,
        faults: Faults | None = None,
        default_caller: Caller | None = None,
    ) -> None:
        self.clock = clock
        self.place = Place(region, account_id)
        self.default_caller = default_caller or Caller.person(account_id, "doe.john@example.com")
        self._delivery = EventDelivery(clock, emit, faults or Faults())
        self._store = Store(self.place, clock, pace or Timings(), self._delivery)
        self._store.reactions = (
            job_lifecycle.react,
            debugger.react,
            tuning.react,
            other_jobs.react,
            pipelines.react,
        )
        self._failures: dict[str, deque[AwsError]] = {}
        self._calls = count(1)

    def call(
        self,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        caller: Caller | None = None,
    ) -> dict[str, Any]:
        """Make an API call; raise `AwsError` as AWS would refuse it."""
        request: Mapping[str, Any] = parameters
        try:
            request = self._accepted(operation, parameters)
            with self._store.transaction():
                response = OPERATIONS[operation](self._store, dict(request))
        except AwsError as error:
            self._record(operation, request, error, caller)
            raise
        self._record(operation, request, {} if operation in SECRET else response, caller)
        return response

    def deny(self, operation: str, message: str, *, caller: Caller) -> None:
        """Record a call that IAM has refused before it came here."""
        self._record(operation, {}, AwsError("AccessDenied", message), caller)

    @property
    def events(self) -> list[Event]:
        """Return every event in order, lost ones included."""
        return self._delivery.events

    @property
    def sent(self) -> list[Event]:
        """Return the events as delivered: without the lost ones, with the repeated ones."""
        return self._delivery.sent

    @property
    def fault_counts(self) -> Mapping[str, int]:
        """Return the number of lost, doubled and late events."""
        return self._delivery.fault_counts

    @property
    def faults(self) -> Faults:
        """The faults of event delivery; may be set at any time."""
        return self._delivery.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._delivery.faults = faults

    @property
    def pace(self) -> Timings:
        """The timings of SageMaker's changes; may be set at any time."""
        return self._store.pace

    @pace.setter
    def pace(self, pace: Timings) -> None:
        self._store.pace = pace

    def lose_next(self, matches: Callable[[Event], bool]) -> None:
        """Lose the next event that `matches` accepts."""
        self._delivery.lose_next(matches)

    def fail_next(self, operation: str, error: AwsError, *, times: int = 1) -> None:
        """Let the next calls of an operation fail, such as with ThrottlingException."""
        self._failures.setdefault(operation, deque()).extend([error] * times)

    def script_job(
        self,
        prefix: str,
        *,
        for_: timedelta,
        fails: str | None = None,
        waits: timedelta | None = None,
    ) -> None:
        """Script the jobs whose name starts with `prefix`: their run time, wait, and failure."""
        script = ScriptedJob(prefix=prefix, run=for_, failure_reason=fails, waits=waits)
        self._store.scripted_jobs.append(script)

    def exhaust(self, *types: str) -> None:
        """Let some instance types have no capacity: a preference for them is passed over."""
        self._store.exhausted = frozenset(types)

    def use_presigner(self, presign: Callable[[str, int], str | None]) -> None:
        """Use a proxy to presign the URLs of its notebooks, by name and seconds."""
        self._store.presign = presign

    def stick(self, name: str) -> None:
        """Keep a resource from moving on by itself, as when a notebook hangs in Stopping."""
        self._store.stick(name)

    def release(self, name: str) -> None:
        """Let a stuck resource take the steps it has missed."""
        self._store.release(name)

    def resources(self) -> list[Resource]:
        """Return every resource in the account."""
        return [resource for kind in EVERY_KIND for resource in self._store.all(kind)]

    def tagged(self) -> dict[str, list[dict[str, str]]]:
        """Return the tags of every resource that is or was tagged, by ARN."""
        known = sorted(self.resources(), key=lambda r: r.arn)
        return {r.arn: tags.as_list(r.tags) for r in known if r.tags is not None}

    def _accepted(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        shape = model.input_shape(operation)
        if shape is None or operation not in OPERATIONS:
            raise unsupported(operation, known=shape is not None)
        if waiting := self._failures.get(operation):
            raise waiting.popleft()
        request = accept(shape, parameters)
        request_rules.check(request)
        return request

    def _record(
        self,
        operation: str,
        request: Mapping[str, Any],
        outcome: Mapping[str, Any] | AwsError,
        caller: Caller | None,
    ) -> None:
        """Publish the CloudTrail event of a call that changes something, or tried to."""
        if operation.startswith(READ_ONLY) or operation not in OPERATIONS:
            return
        unique = f"{self.place.account_id}/{self.place.region}/{next(self._calls)}"
        event = api_call(
            self.place,
            operation,
            request,
            outcome,
            caller=caller or self.default_caller,
            now=self.clock.now(),
            request_id=str(uuid5(NAMESPACE_URL, unique)),
        )
        self._delivery.publish(event)
