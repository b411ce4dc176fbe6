"""The notify queue: a deferred message does not come back before it is due."""

from datetime import timedelta
from typing import Any

import pytest

from costguard.adapters.sqs import SqsNotifyQueue
from costguard.notifications.notice import DeferredMessage
from costguard.notifications.schema import encode_deferred
from tests.factories import at
from tests.integration.aws import scripted


@pytest.mark.parametrize(
    ("left", "delay"),
    [
        (timedelta(hours=-1), 0),
        (timedelta(), 0),
        (timedelta(seconds=0.1), 1),
        (timedelta(minutes=5), 300),
        (timedelta(minutes=15), 900),
        (timedelta(days=2), 900),  # the most that SQS delays a message
    ],
)
def test_a_deferred_message_is_delayed_until_it_is_due(left: timedelta, delay: int) -> None:
    sqs, script = scripted("sqs")
    later = DeferredMessage(due=at(3) + left, to="johndoe")
    sent: dict[str, Any] = {"MessageBody": encode_deferred(later), "DelaySeconds": delay}
    script.add_response("send_message", {}, {"QueueUrl": "notices", **sent})
    SqsNotifyQueue(sqs, "notices").defer(later, at(3))
    script.assert_no_pending_responses()
