"""Add services that MiniStack lacks and that use plain AWS JSON 1.1."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ministack import app
from ministack.core import iam_actions, router

# MiniStack adds to the headers it is given: each answer gets its own.
_TYPE = {"Content-Type": "application/x-amz-json-1.1"}


_action: Callable[..., str | None] = iam_actions.extract_iam_action
_resource: Callable[..., str] = iam_actions.extract_resource_arn
_NAMED = {"sns:PublishBatch": "sns:Publish"}
"""IAM's names of actions that are not the operations': of each service's own, and SNS's (Service
Authorization Reference: SNS has one action to publish with)."""
_RESOURCES: dict[str, str] = {}
EVERY_OPERATION: Mapping[str, str] = {}


def _action_of_request(*request: Any) -> str | None:
    """Name the action that IAM checks for a request."""
    found = _action(*request)
    return _NAMED.get(found or "", found)


def resource_of_request(*request: Any) -> str:
    """Write the ARN that IAM checks for a request; its first part is the service."""
    return _RESOURCES.get(request[0]) or _resource(*request)


class JsonService(Protocol):
    """One service: its name in IAM and in a signature, and how its requests begin."""

    name: str
    target: str

    def answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Answer a request; raise ValueError for one that AWS would refuse."""


class ServiceModule:
    """What MiniStack expects of a service module."""

    def __init__(self, service: JsonService) -> None:
        self._service = service

    async def handle_request(
        self,
        _method: str,
        _path: str,
        headers: dict[str, str],
        body: bytes,
        _query: dict[str, Any],
    ) -> tuple[int, dict[str, str], bytes]:
        """Answer one request."""
        operation = headers.get("x-amz-target", "").removeprefix(self._service.target)
        try:
            output = self._service.answer(operation, json.loads(body or b"{}"))
        except ValueError as error:
            error_body = {"__type": "ValidationException", "message": str(error)}
            return 400, dict(_TYPE), json.dumps(error_body).encode()
        return 200, dict(_TYPE), json.dumps(output).encode()

    def reset(self) -> None:
        """Do nothing: the service has no state."""

    def get_state(self) -> None:
        """Keep nothing beyond the process."""

    def load_persisted_state(self, _state: object) -> None:
        """Have nothing to restore."""


def install(
    service: JsonService, *, actions: Mapping[str, str] = EVERY_OPERATION, resource: str = "*"
) -> None:
    """Serve a service in place of an earlier one of its name.

    `actions` are IAM's names where they are not the operations'; `resource` is what it checks.
    """
    name, module = service.name, ServiceModule(service)
    _NAMED.update({f"{name}:{each}": f"{name}:{action}" for each, action in actions.items()})
    _RESOURCES[name] = resource
    iam_actions.extract_iam_action = _action_of_request
    app.SERVICE_REGISTRY[name] = {"module": name}
    app.SERVICE_HANDLERS[name] = module.handle_request
    app._loaded_modules[name] = module
    router.SERVICE_PATTERNS[name] = {
        "target_prefixes": [service.target],
        "host_patterns": [],
        "credential_scope": name,
    }
    iam_actions.SERVICE_TO_IAM_NAMESPACE[name] = name
