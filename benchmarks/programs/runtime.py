"""What Lambda's runtime puts around a handler: a context, and every log record as a line of JSON.

As `awslambdaric` does it where the function's LogFormat is JSON: one handler at the root logger,
and an output that is flushed at every write, so that each line costs its write to the pipe.
"""

import json
import logging
import os
import sys
from datetime import UTC, datetime, tzinfo
from typing import Any, TextIO

NOT_OURS = {
    "id": "7d0f2a11-5c1e-4b8f-9d34-ffffffffffff",
    "source": "aws.ec2",
    "detail-type": "EC2 Instance State-change Notification",
    "time": "2026-11-23T14:00:00Z",
    "account": "123456789012",
    "region": "us-east-2",
    "resources": [],
    "detail": {"state": "running"},
}
"""An event that no function handles: a function is ready before it can tell."""
STANDARD = set(vars(logging.makeLogRecord({})))


class Context:
    """The invocation's context for a handler."""

    def __init__(self, request: str = "7d0f2a11-5c1e-4b8f-9d34-000000000000") -> None:
        name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.aws_request_id = request
        self.function_name = name
        self.function_version = "$LATEST"
        self.memory_limit_in_mb = "256"
        self.invoked_function_arn = f"arn:aws:lambda:us-east-2:123456789012:function:{name}"
        self.log_group_name, self.log_stream_name = f"/aws/lambda/{name}", "bench"
        self.identity = self.client_context = self.tenant_id = None

    def get_remaining_time_in_millis(self) -> int:
        """Leave enough."""
        return 60_000


class Output:
    """A stream that is flushed at every write, and counts its lines."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self.lines = stream, 0

    def __getattr__(self, name: str) -> Any:
        """Be the stream in everything else."""
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, and let it go."""
        written = self._stream.write(text)
        self._stream.flush()
        self.lines += text.count("\n")
        return written


class JsonLines(logging.Handler):
    """Every record as one line of JSON."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record with its extra fields."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line = {
            "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": "7d0f2a11-5c1e-4b8f-9d34-000000000000",
        }
        line |= {name: value for name, value in vars(record).items() if name not in STANDARD}
        if record.exc_info:
            line["stackTrace"] = logging.Formatter().formatException(record.exc_info)
        sys.stdout.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")


def start(output: TextIO | None = None) -> None:
    """Set up what is there before a handler is imported; `output` is where its lines go."""
    sys.stdout = Output(output or sys.stdout)
    root = logging.getLogger()
    root.addHandler(JsonLines())
    root.setLevel(os.environ.get("AWS_LAMBDA_LOG_LEVEL", "WARNING"))


def follow(handler: Any) -> None:
    """Give the handler the account's time, where there is an account; it has the clock's else."""
    if moment := os.environ.get("BENCH_NOW"):
        now = datetime.fromisoformat(moment)

        class Then(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return now.astimezone(tz)

        handler.datetime = Then


def say(answer: Any) -> None:
    """Print the program's own answer, as the last line."""
    sys.__stdout__.write(json.dumps(answer) + "\n")
    sys.__stdout__.flush()


def end() -> None:
    """End at once, as Lambda ends a function: no interpreter tidies up, which takes 50 to 70 ms."""
    sys.stdout.flush()
    os._exit(0)
