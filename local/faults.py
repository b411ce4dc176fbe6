"""A seeded plan of faults, for the local AWS and for the soak.

The fault of a call depends on the seed, its subject and its number among the calls about that
subject, never on the order of threads, so a run can be repeated. Besides single faults there are
outages: an hour in which one service refuses most calls.
"""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from random import Random


class Fault(Enum):
    """A fault of one call."""

    THROTTLED = "throttled"
    BROKEN = "server errors"  # 5xx
    TIMEOUT = "timeouts"  # no answer, nothing done
    LOST_ANSWER = "lost answers"  # done, and no answer
    DENIED = "access denied"
    CONFLICT = "write conflicts"  # DynamoDB: somebody else was first
    STALE = "stale reads"
    SHORT_PAGE = "partial pages"
    SLOW = "slow Jupyter"
    KILLED_BEFORE = "killed before a call"  # the function, by Lambda
    KILLED_AFTER = "killed after a call"


REFUSALS = (Fault.THROTTLED, Fault.BROKEN, Fault.TIMEOUT, Fault.DENIED)
"""Faults that any call may meet; each service has its own errors for them."""

ERRORS: Mapping[str, Mapping[Fault, tuple[int, str, str]]] = {
    "sagemaker": {
        Fault.THROTTLED: (400, "ThrottlingException", "Rate exceeded"),
        Fault.BROKEN: (500, "InternalFailure", "An internal failure occurred."),
    },
    "resourcegroupstaggingapi": {
        Fault.THROTTLED: (
            400,
            "ThrottledException",
            "The request was denied to limit the frequency of submitted requests.",
        ),
        Fault.BROKEN: (500, "InternalServiceException", "The service failed. Try again."),
    },
    "dynamodb": {
        Fault.THROTTLED: (
            400,
            "ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput for the table was exceeded.",
        ),
        Fault.BROKEN: (500, "InternalServerError", "Internal server error"),
        Fault.CONFLICT: (
            400,
            "ConditionalCheckFailedException",
            "The conditional request failed",
        ),
    },
    "sns": {
        Fault.THROTTLED: (429, "Throttled", "Rate exceeded"),
        Fault.BROKEN: (500, "InternalError", "Internal error"),
    },
    "sqs": {
        Fault.THROTTLED: (403, "RequestThrottled", "Request throttled"),
        Fault.BROKEN: (500, "InternalFailure", "We encountered an internal error."),
    },
    "sesv2": {
        Fault.THROTTLED: (429, "TooManyRequestsException", "Maximum sending rate exceeded."),
        Fault.BROKEN: (500, "InternalServiceErrorException", "Service is unavailable"),
    },
    "lambda": {
        Fault.THROTTLED: (429, "TooManyRequestsException", "Rate Exceeded."),
        Fault.BROKEN: (500, "ServiceException", "An error occurred. Try again."),
    },
    "cloudwatch": {
        Fault.THROTTLED: (400, "Throttling", "Rate exceeded"),
        Fault.BROKEN: (500, "InternalServiceError", "Internal service fault"),
    },
}
"""HTTP status, code and message, as botocore's service models and AWS's own pages have them."""

DENIED = (400, "AccessDeniedException", "User is not authorized to perform this action")

_WRITES = (
    "Publish",
    "PublishBatch",
    "SendMessage",
    "SendEmail",
    "PutItem",
    "TransactWriteItems",
    "chat.postMessage",
)
_ONE_CALL: Mapping[Fault, float] = {
    Fault.THROTTLED: 0.006,
    Fault.BROKEN: 0.004,
    Fault.TIMEOUT: 0.003,
    Fault.DENIED: 0.001,
    Fault.LOST_ANSWER: 0.01,
    Fault.CONFLICT: 0.01,
    Fault.STALE: 0.15,
    Fault.SHORT_PAGE: 0.1,
    Fault.SLOW: 0.15,
    Fault.KILLED_BEFORE: 0.001,
    Fault.KILLED_AFTER: 0.001,
}
OUTAGE_MINUTES = 60
_OUTAGE_CHANCE = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRates:
    """The rates of faults, from 0 to 1; there are none outside `hours` of the day, in UTC."""

    calls: Mapping[Fault, float] = field(default_factory=lambda: _ONE_CALL)
    outages: float = 0.05  # of a service's hours
    hours: tuple[int, int] = (0, 24)

    def is_quiet(self, now: datetime) -> bool:
        """Whether there are no faults at this hour."""
        return not self.hours[0] <= now.hour < self.hours[1]


class FaultPlan:
    """The faults of one seed; `injected` counts them. Safe from any thread."""

    def __init__(self, seed: int, rates: FaultRates | None = None) -> None:
        self.seed = seed
        self.rates = rates or FaultRates()
        self.injected: Counter[str] = Counter()
        self._calls: Counter[str] = Counter()
        self._lock = threading.Lock()

    def fault_of(self, service: str, operation: str, subject: str, now: datetime) -> Fault | None:
        """Return the fault of this call, if any."""
        if self.rates.is_quiet(now):
            return None
        rng = self.random(f"{service}/{operation}/{subject}")
        fault = self._outage(service, now, rng) or self._single(operation, rng)
        return self.count(fault) if fault else None

    def random(self, subject: str) -> Random:
        """Return the random generator of the next call about a subject."""
        with self._lock:
            self._calls[subject] += 1
            number = self._calls[subject]
        return Random(f"{self.seed}/{subject}/{number}")  # noqa: S311 - chance, not secrets

    def count(self, fault: Fault) -> Fault:
        """Count a fault."""
        with self._lock:
            self.injected[fault.value] += 1
        return fault

    def _outage(self, service: str, now: datetime, rng: Random) -> Fault | None:
        slot = int(now.timestamp()) // (OUTAGE_MINUTES * 60)
        hour_rng = Random(f"{self.seed}/{service}/{slot}")  # noqa: S311 - chance, not secrets
        if hour_rng.random() >= self.rates.outages:
            return None
        kind = hour_rng.choice(REFUSALS)
        return kind if rng.random() < _OUTAGE_CHANCE else None

    def _single(self, operation: str, rng: Random) -> Fault | None:
        for fault, chance in self.rates.calls.items():
            if rng.random() < chance and _may(fault, operation):
                return fault
        return None


def _may(fault: Fault, operation: str) -> bool:
    """Whether a fault can happen to this operation."""
    reads = operation.startswith(("List", "Describe", "Get", "BatchGet", "Query"))
    match fault:
        case Fault.LOST_ANSWER:
            return operation in _WRITES or operation.startswith("Stop")
        case Fault.CONFLICT:
            return operation == "PutItem"
        case Fault.STALE:
            return operation.startswith("Describe") or operation == "GetResources"
        case Fault.SHORT_PAGE:
            return reads and not operation.startswith(("Describe", "GetItem"))
        case Fault.SLOW:
            return operation == "Invoke"
        case _:
            return True
