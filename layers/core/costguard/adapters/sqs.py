"""The two queues: references of due stops, and waiting notices."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import batched
from math import ceil
from typing import TYPE_CHECKING

from msgspec import UNSET, Struct

from costguard.adapters.logs import logger
from costguard.app.stop_request import StopRequest
from costguard.common.codec import encode
from costguard.common.errors import GuardError
from costguard.notifications.notice import DeferredMessage
from costguard.notifications.schema import encode_deferred
from costguard.resources.model import ResourceRef
from costguard.resources.registry import KINDS

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_LONGEST_DELAY = 900  # seconds
_AT_A_TIME = 250
"""References in one message: at five stops a second, half of the time that `enforce` has."""


class SqsStopQueue(Struct, frozen=True):
    """Sends stops to `enforce`, and deletions to `park`: references, not plans."""

    sqs: "SQSClient"
    url: str
    park_url: str | None = None

    def enqueue(self, refs: Iterable[ResourceRef], now: datetime) -> None:
        """Request another evaluation, with a stop if still due."""
        known = tuple(refs)
        self._send(self.url, (ref for ref in known if not KINDS[ref.kind].is_deleted), now)
        self._send(self.park_url, (ref for ref in known if KINDS[ref.kind].is_deleted), now)

    def _send(self, url: str | None, refs: Iterable[ResourceRef], now: datetime) -> None:
        for some in batched(refs, _AT_A_TIME, strict=False):
            if url is None:  # the deployed policy lets nothing of these kinds become due
                msg = f"nothing is deployed that deletes {some[0].key}"
                raise GuardError(msg)
            cause = logger.get_correlation_id() or UNSET  # only for the log of who takes it
            body = encode(StopRequest(time=now, resources=some, cause=cause))
            self.sqs.send_message(QueueUrl=url, MessageBody=body)


class SqsNotifyQueue(Struct, frozen=True):
    """The function's own queue: deferred messages come back, failed ones are hidden for a while."""

    sqs: "SQSClient"
    url: str

    def defer(self, later: DeferredMessage, now: datetime) -> None:
        """Send a message to this queue, delayed until it is due; later deliveries hide it again.

        SQS delays for 15 minutes at most. Without a delay it would come back at once.
        """
        seconds = min(max(0, ceil((later.due - now).total_seconds())), _LONGEST_DELAY)
        body = encode_deferred(later)
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body, DelaySeconds=seconds)

    def hide(self, receipt: str, wait: timedelta) -> None:
        """Bring a message back after a while; SQS counts whole seconds, twelve hours at most."""
        seconds = max(1, int(wait.total_seconds()))
        self.sqs.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=receipt, VisibilityTimeout=seconds
        )
