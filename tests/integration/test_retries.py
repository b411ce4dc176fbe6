"""How often AWS made a call wait is counted, for the heartbeat."""

from io import BytesIO
from typing import Any

from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from costguard.adapters.clients import clients_of, retries


def answer(status: int, body: bytes) -> AWSResponse:
    class Raw(BytesIO):
        def stream(self, **_: Any) -> Any:
            yield self.read()

    return AWSResponse("https://sqs", status, HTTPHeaders(), Raw(body))


def test_tries_that_aws_throttled_are_counted_once() -> None:
    throttled = answer(400, b'{"__type": "ThrottlingException", "message": "slow"}')
    answers = [throttled, answer(200, b'{"QueueUrls": []}')]
    sqs: Any = clients_of("us-west-1")("sqs")
    sqs.meta.events.register("choose-signer", lambda **_: UNSIGNED)
    sqs.meta.events.register("before-send", lambda **_: answers.pop(0))
    retries()
    sqs.list_queues()
    assert (retries(), retries()) == (1, 0)
