import json

import pytest

from costguard.common.pings import PING, is_pinged, without_pings


def test_a_ping_is_left_out_and_everything_else_stays() -> None:
    said = {"body": '{"schema": "costguard.stop/2"}'}
    like_it = {"body": json.dumps({"schema": "costguard.ping/2"})}
    assert without_pings([{"body": PING}, said, like_it]) == [said, like_it]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"Records": [{"body": "{}"}, {"body": PING}]}, True),
        ({"Records": [{"body": "{}"}, "odd", {}]}, False),
        ({"Records": None}, False),
        ({"id": PING}, False),
        (PING, False),
    ],
)
def test_a_ping_is_found_in_an_event_of_any_shape(event: object, expected: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert is_pinged(event) is expected
