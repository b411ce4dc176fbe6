import json

from costguard.common.pings import PING, without_pings


def test_a_ping_is_left_out_and_everything_else_stays() -> None:
    said = {"body": '{"schema": "costguard.stop/2"}'}
    like_it = {"body": json.dumps({"schema": "costguard.ping/2"})}
    assert without_pings([{"body": PING}, said, like_it]) == [said, like_it]
