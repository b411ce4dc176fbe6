"""Log lines as JSON, through Powertools: the decision, its resource, and its cause.

Addresses, tokens and queries of URLs are removed from each line, whatever code wrote it. A line is
ASCII, so that a user's text cannot start another line.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TextIO

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.logging.formatter import RESERVED_LOG_ATTRS, LambdaPowertoolsFormatter

from costguard.common.sanitize import single_line

_LONGEST = 500  # characters of one key
_SECRETS = (  # each is searched only if its sign occurs
    ("@", re.compile(r"[^\s@<>\"'(),;:/]+@[^\s@<>\"'(),;:/]+"), "[address]"),
    ("xox", re.compile(r"xox[a-z]-[\w-]+"), "[token]"),
    ("hooks.slack.com", re.compile(r"(hooks\.slack\.com/)\S+"), r"\1[token]"),
    ("://", re.compile(r"(https?://[^\s?/]+/)[a-z2-7]{32}\b"), r"\1[token]"),
    ("://", re.compile(r"(https?://[^\s?]+)\?\S*"), r"\1?[query]"),
)
_SIGNS = {sign for sign, _, _ in _SECRETS}
_json = json.JSONEncoder(separators=(",", ":"), default=str)

# No line tells its caller, its thread or its process: Python's logging guide says how not to look
# them up.
logging._srcfile = None  # noqa: SLF001 - the name in the guide
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
logging.logAsyncioTasks = False  # type: ignore[attr-defined] # not in the stubs


class _Stdout(logging.StreamHandler[TextIO]):
    """Write to the present `sys.stdout`: Lambda and the tests replace it."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override] # a plain attribute there, set by __init__
        """The stream of the line."""
        return sys.stdout


class _Formatter(LambdaPowertoolsFormatter):
    """Makes the same line as Powertools, which takes half of the time of a line to make it."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record; one with an error as Powertools does."""
        if record.exc_info:
            return super().format(record)
        line = {
            **self.log_format,
            "timestamp": self.formatTime(record),
            "level": record.levelname,
            "message": record.getMessage(),
        }
        line |= {name: v for name, v in vars(record).items() if name not in RESERVED_LOG_ATTRS}
        return _serialize({name: value for name, value in line.items() if value is not None})


def _serialize(line: Mapping[str, Any]) -> str:
    """Write a line as ASCII JSON without secrets; nearly always there is none."""
    text = _json.encode(
        {n: v if isinstance(v, str | int | float) else str(v) for n, v in line.items()}
    )
    if any(sign in text for sign in _SIGNS):
        text = _json.encode({name: _public(value) for name, value in line.items()})
    return text


def _public(value: object) -> object:
    """Remove secrets and addresses from a text."""
    if isinstance(value, int | float):
        return value
    text = str(value)
    for sign, pattern, instead in _SECRETS:
        if sign in text:
            text = pattern.sub(instead, text)
    return text


logger = Logger(
    service="costguard",
    level="INFO",  # unless the function's LoggingConfig says otherwise
    logger_handler=_Stdout(),
    logger_formatter=_Formatter(
        json_serializer=_serialize,
        json_deserializer=str,  # a message is a text, even if it looks like JSON
        log_record_order=["timestamp", "level", "message"],
        utc=True,
        use_rfc3339=True,
        serialize_stacktrace=False,  # the traceback is in the line already, as text
        location=None,  # it would name this module
        xray_trace_id=None,  # tracing is off
    ),
)


def log_decision(decision: str, /, **keys: str) -> None:
    """Log a decision; each key fits on one line."""
    fitted = {name: single_line(value, _LONGEST) for name, value in keys.items() if value}
    logger.info(decision, extra=fitted)


def logged[E, A](handler: Callable[[E, object], A]) -> Callable[[E, object], A]:
    """Add the correlation id to each line of an invocation, and log its error once."""

    @wraps(handler)
    def answer(event: E, context: object) -> A:
        this = correlation_id(event)
        logger.structure_logs(
            function=os.environ.get("AWS_LAMBDA_FUNCTION_NAME"),
            function_request_id=getattr(context, "aws_request_id", None),
            correlation_id=this,
            cause=_cause(event),
        )
        try:
            return handler(event, context)
        except Exception:
            logger.exception("invocation failed: %s", this, extra={"outcome": "error"})
            raise
        finally:
            logger.structure_logs()  # the next invocation starts clean

    return answer


def correlation_id(event: object) -> str | None:
    """Return the id of the event, or of the only message; None for a batch of several."""
    match event:
        case {"Records": [{"messageId": str(name)}]} | {"id": str(name)}:
            return single_line(name)
        case _:
            return None


def _cause(event: object) -> str | None:
    """Read the correlation id of the invocation that enqueued a stop."""
    match event:
        case {"Records": [{"body": str(body)}]} if '"cause"' in body:
            try:
                name = json.loads(body)["cause"]
            except (ValueError, KeyError, TypeError):
                return None
            return single_line(name) if isinstance(name, str) else None
        case _:
            return None
