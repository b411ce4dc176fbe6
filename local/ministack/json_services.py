"""Services of AWS that MiniStack lacks and that speak plain AWS JSON 1.1, put beside it."""

import json
from typing import Any, Protocol

from ministack import app
from ministack.core import iam_actions, router

# MiniStack adds to the headers it is given: each answer gets its own.
_TYPE = {"Content-Type": "application/x-amz-json-1.1"}


class JsonService(Protocol):
    """One service: its name in IAM and in a signature, and how its requests begin."""

    name: str
    target: str

    def answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer a request; raise ValueError for one that AWS would refuse."""


class Service:
    """What MiniStack expects of a service module."""

    def __init__(self, neighbour: JsonService) -> None:
        self._neighbour = neighbour

    async def handle_request(
        self,
        _method: str,
        _path: str,
        headers: dict[str, str],
        body: bytes,
        _query: dict[str, Any],
    ) -> tuple[int, dict[str, str], bytes]:
        """Answer one request."""
        operation = headers.get("x-amz-target", "").removeprefix(self._neighbour.target)
        try:
            given = self._neighbour.answer(operation, json.loads(body or b"{}"))
        except ValueError as error:
            refusal = {"__type": "ValidationException", "message": str(error)}
            return 400, dict(_TYPE), json.dumps(refusal).encode()
        return 200, dict(_TYPE), json.dumps(given).encode()

    def reset(self) -> None:
        """Keep nothing."""

    def get_state(self) -> None:
        """Keep nothing beyond the process."""

    def load_persisted_state(self, _state: object) -> None:
        """Have nothing to restore."""


def install(neighbour: JsonService) -> None:
    """Serve it; again, it takes the place of the one before."""
    name, service = neighbour.name, Service(neighbour)
    app.SERVICE_REGISTRY[name] = {"module": name}
    app.SERVICE_HANDLERS[name] = service.handle_request
    app._loaded_modules[name] = service
    router.SERVICE_PATTERNS[name] = {
        "target_prefixes": [neighbour.target],
        "host_patterns": [],
        "credential_scope": name,
    }
    iam_actions.SERVICE_TO_IAM_NAMESPACE[name] = name
