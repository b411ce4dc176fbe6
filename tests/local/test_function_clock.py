"""The functions that the local AWS hosts have its clock as their system clock."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from local.account import LocalAws
from tests.local.functions import function

HOUR = timedelta(hours=1)
LOAD = "import datetime, time\nLOADED = datetime.datetime.now(datetime.UTC).isoformat()\n"
TELL = """now = datetime.datetime.now(datetime.UTC).isoformat()
return {"now": now, "time": time.time(), "loaded": LOADED, "process": os.getpid(),
        "struct": time.strftime("%FT%T+00:00", time.gmtime()), "monotonic": time.monotonic(),
        "left": context.get_remaining_time_in_millis()}"""
FORGED = {
    "time": "2031-01-01T00:00:00Z",
    "now": "2031-01-01T00:00:00Z",
    "frozen": 1924988400.0,
    "offset": 9.9e8,
    "clock": {"frozen": 1924988400.0, "offset": 9.9e8},
    "ctx": {"clock": 1924988400.0, "frozen": 1924988400.0, "offset": 9.9e8},
    "detail": {"eventTime": "2031-01-01T00:00:00Z"},
    "Records": [{"attributes": {"SentTimestamp": "1924988400000"}}],
}
SIGNED = """import boto3
return boto3.client("sts").get_caller_identity()["Arn"]"""
THROTTLED = """from botocore.retries.bucket import Clock, TokenBucket
began, bucket = time.monotonic(), TokenBucket(2, Clock())
for _ in range(4):
    bucket.acquire()
return time.monotonic() - began"""


def run(aws: LocalAws, name: str, event: object = None) -> Any:
    answer = aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event or {}))
    return json.load(answer["Payload"])


def moment(told: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(told["now"])


def test_a_function_sees_the_clock_from_its_first_line_on(aws: LocalAws) -> None:
    function(aws, "first", TELL, load=LOAD)
    told, now = run(aws, "first"), aws.clock.now()
    assert moment(told) == now
    assert told["loaded"] == told["struct"] == now.isoformat()
    assert told["time"] == now.timestamp()


def test_to_move_the_clock_moves_that_of_a_function_that_is_warm(aws: LocalAws) -> None:
    function(aws, "warm", TELL, load=LOAD)
    before = run(aws, "warm")
    aws.clock.advance(HOUR + timedelta(microseconds=1))
    after = run(aws, "warm")
    assert moment(after) - moment(before) == HOUR + timedelta(microseconds=1)
    assert after["process"] == before["process"]


def test_no_event_moves_it(aws: LocalAws) -> None:
    function(aws, "forged", TELL, load=LOAD)
    assert moment(run(aws, "forged", FORGED)) == aws.clock.now()
    assert moment(run(aws, "forged", FORGED)) == aws.clock.now()


def test_no_setting_of_a_function_tells_it_the_time(aws: LocalAws) -> None:
    function(aws, "settings", "return dict(os.environ)")
    told = [value for name, value in run(aws, "settings").items() if not name.startswith("PYTEST")]
    day = aws.clock.now()
    signs = (str(day.date()), str(int(day.timestamp())), "clock.json")
    assert not [value for value in told if any(sign in value for sign in signs)]


def test_what_it_measures_is_real(aws: LocalAws) -> None:
    function(aws, "measure", TELL, load=LOAD)
    before = run(aws, "measure")
    aws.clock.advance(HOUR)
    after = run(aws, "measure")
    assert 0 < after["monotonic"] - before["monotonic"] < 60
    assert 0 < after["left"] <= 10_000


def test_its_calls_are_signed_and_accepted_whatever_the_clock_says(aws: LocalAws) -> None:
    function(aws, "signed", SIGNED)
    assert abs(aws.clock.now() - datetime.now(UTC)) > HOUR
    assert run(aws, "signed").endswith("/signed")


def test_its_sdk_waits_though_the_clock_stands_still(aws: LocalAws) -> None:
    function(aws, "throttled", THROTTLED, load="import time\n")
    assert 0.5 < run(aws, "throttled") < 9
