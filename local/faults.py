"""What goes wrong, and when: one seeded plan for the local AWS and for the soak. Pure.

The fate of a call depends on the seed, what it is about and its place among the calls about that,
never on the order of threads, so a run can be repeated. Besides single faults there are storms:
an hour in which one service answers hardly anybody.
"""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from random import Random


class Fault(Enum):
    """What can go wrong with one call."""

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
"""What any call may meet; each service has its own words for it."""

WORDS: Mapping[str, Mapping[Fault, tuple[int, str, str]]] = {
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

_WRITES = ("Publish", "SendMessage", "SendEmail", "PutItem")
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
STORM_MINUTES = 60
_IN_A_STORM = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """How often things go wrong, from 0 to 1; none do outside `hours` of the day, in UTC."""

    calls: Mapping[Fault, float] = field(default_factory=lambda: _ONE_CALL)
    storms: float = 0.05  # of a service's hours
    hours: tuple[int, int] = (0, 24)

    def is_calm(self, now: datetime) -> bool:
        """Tell whether nothing goes wrong at this hour."""
        return not self.hours[0] <= now.hour < self.hours[1]


class Plan:
    """The faults of one seed; `injected` counts those that came to be. Safe from any thread."""

    def __init__(self, seed: int, weather: Weather | None = None) -> None:
        self.seed = seed
        self.weather = weather or Weather()
        self.injected: Counter[str] = Counter()
        self._calls: Counter[str] = Counter()
        self._lock = threading.Lock()

    def of_call(self, service: str, operation: str, subject: str, now: datetime) -> Fault | None:
        """Answer what goes wrong with this call, if anything."""
        if self.weather.is_calm(now):
            return None
        dice = self.dice(f"{service}/{operation}/{subject}")
        fault = self._storm(service, now, dice) or self._single(operation, dice)
        return self.count(fault) if fault else None

    def dice(self, subject: str) -> Random:
        """Give the dice of the next thing that happens to a subject."""
        with self._lock:
            self._calls[subject] += 1
            turn = self._calls[subject]
        return Random(f"{self.seed}/{subject}/{turn}")  # noqa: S311 - chance, not secrets

    def count(self, fault: Fault) -> Fault:
        """Count a fault."""
        with self._lock:
            self.injected[fault.value] += 1
        return fault

    def _storm(self, service: str, now: datetime, dice: Random) -> Fault | None:
        slot = int(now.timestamp()) // (STORM_MINUTES * 60)
        sky = Random(f"{self.seed}/{service}/{slot}")  # noqa: S311 - chance, not secrets
        if sky.random() >= self.weather.storms:
            return None
        kind = sky.choice(REFUSALS)
        return kind if dice.random() < _IN_A_STORM else None

    def _single(self, operation: str, dice: Random) -> Fault | None:
        for fault, chance in self.weather.calls.items():
            if dice.random() < chance and _may(fault, operation):
                return fault
        return None


def _may(fault: Fault, operation: str) -> bool:
    """Tell whether a fault can happen to this operation."""
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
