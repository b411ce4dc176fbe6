"""An answer by a link in a notice, through the URL that anybody can reach."""

from typing import Any

from costguard.adapters.logs import logged
from costguard.adapters.metrics import alive
from costguard.app.public_door import PublicRequest, plain_response, route


@logged
@alive
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take one request of the public URL; it is nobody's until its link or signature says whose."""
    return route(event, slack=_nothing_here, web=_nothing_here)


def _nothing_here(_request: PublicRequest) -> dict[str, Any]:
    return plain_response(404, "There is nothing here.")
