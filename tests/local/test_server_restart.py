import os
import socket

import pytest

from local.account import ACCOUNT, LocalAws, utc
from local.ministack.server import HOST, PortTakenError


def test_a_second_account_in_the_same_process_starts_empty(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    with LocalAws(port=0) as aws:
        aws.client("sqs").create_queue(QueueName="first")
        assert "AWS_PROFILE" not in os.environ
    assert os.environ["AWS_PROFILE"] == "mine"
    with LocalAws(port=0, start=utc(2026, 1, 1), frozen=True) as aws:
        sqs = aws.client("sqs")
        assert not sqs.list_queues().get("QueueUrls")
        assert sqs.create_queue(QueueName="second")["QueueUrl"].startswith(aws.endpoint)


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"{port} is taken"):
            LocalAws(port=port).__enter__()
    with LocalAws(port=0) as aws:
        assert aws.client("sts").get_caller_identity()["Account"] == ACCOUNT
