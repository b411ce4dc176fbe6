"""An answer by a link or a button in a notice, through the URL that anybody can reach."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from costguard.adapters.logs import logged
from costguard.adapters.metrics import alive
from costguard.app.link_door import open_link
from costguard.app.public_door import PublicRequest, answered, route
from costguard.app.slack_door import NOTHING_HERE, signed_press, take_press
from costguard.app.slack_request import may_be_signed
from costguard.bootstrap.responder import door_ports, press_ports, slack_members


@answered
@logged
@alive
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take one request of the public URL; it is nobody's until its link or signature says whose."""
    now = datetime.now(UTC)
    return route(event, slack=partial(_take_press, now=now), web=partial(_open_link, now=now))


def _open_link(request: PublicRequest, now: datetime) -> dict[str, Any]:
    return open_link(door_ports, request, now=now)


def _take_press(request: PublicRequest, now: datetime) -> dict[str, Any]:
    press = signed_press(slack_members(), request) if may_be_signed(request, now) else None
    return take_press(press_ports(), press, now=now) if press else NOTHING_HERE
