"""An answer by a link in a notice, through the URL that anybody can reach."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from costguard.adapters.logs import logged
from costguard.adapters.metrics import alive
from costguard.app.link_door import open_link
from costguard.app.public_door import PublicRequest, plain_response, route
from costguard.bootstrap.responder import door_ports


@logged
@alive
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take one request of the public URL; it is nobody's until its link or signature says whose."""
    now = datetime.now(UTC)
    return route(event, slack=_nothing_here, web=partial(_open_link, now=now))


def _open_link(request: PublicRequest, now: datetime) -> dict[str, Any]:
    return open_link(door_ports(), request, now=now)


def _nothing_here(_request: PublicRequest) -> dict[str, Any]:
    return plain_response(404, "There is nothing here.")
