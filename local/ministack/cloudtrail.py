"""A CloudTrail trail: each management call that changes something becomes an event on the bus.

CloudFormation's own calls come by no wire here, as on AWS they come with its name as their source.
What moves data (messages, items, metrics) is no management call (logging-data-events).
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from ministack import app
from ministack.core.responses import get_account_id, get_region
from ministack.services import sts

from local.ministack import sagemaker
from local.ministack.server import ROOT

type ManagementCall = tuple[str, dict[str, Any]]  # the event's name and the request's parameters

SERVICES = ("lambda", "events", "scheduler", "sqs", "sns", "dynamodb")
_CHANGES = re.compile("Add|Create|Delete|Disable|Enable|Purge|Put|Remove|Set|Tag|Un|Update")
_DATA = re.compile("(Put|Update|Delete)(Item|Events|Message)")
_KEY = re.compile(r"Credential=([^/]+)/")
_REST = {  # what has no name in its request: method, path, and the name of its event
    ("DELETE", r".*/functions/(?P<functionName>[^/]+)"): "DeleteFunction20150331",
    ("PUT", r".*/functions/(?P<functionName>[^/]+)/configuration"): (
        "UpdateFunctionConfiguration20150331v2"
    ),
    ("PUT", r".*/functions/(?P<functionName>[^/]+)/concurrency"): "PutFunctionConcurrency20171031",
    ("DELETE", r"/schedules/(?P<name>[^/]+)"): "DeleteSchedule",
    ("PUT", r"/schedules/(?P<name>[^/]+)"): "UpdateSchedule",
}


class Trail:
    """Records calls after `install`; `now` gives the time of the events."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._handlers: dict[str, Any] = {}

    def install(self) -> None:
        """Listen at every service."""
        self._handlers = {name: app.SERVICE_HANDLERS[name] for name in SERVICES}
        for name in SERVICES:
            app.SERVICE_HANDLERS[name] = partial(self._handle, name)

    def uninstall(self) -> None:
        """Leave MiniStack as it was."""
        app.SERVICE_HANDLERS.update(self._handlers)

    async def _handle(self, service: str, *request: Any) -> Any:
        response = await self._handlers[service](*request)
        if response[0] < 300 and (call := _management_call(*request)):  # noqa: PLR2004 - an HTTP status
            self._emit(service, call, request[2])
        return response

    def _emit(self, service: str, call: ManagementCall, headers: Mapping[str, str]) -> None:
        moment = self._now().strftime("%Y-%m-%dT%H:%M:%SZ")
        sagemaker.emit(
            {
                "id": str(uuid4()),
                "source": f"aws.{service}",
                "detail-type": "AWS API Call via CloudTrail",
                "account": get_account_id(),
                "region": get_region(),
                "time": moment,
                "resources": [],
                "detail": {
                    "eventName": call[0],
                    "eventSource": f"{service}.amazonaws.com",
                    "eventTime": moment,
                    "requestParameters": call[1],
                    "sourceIPAddress": "192.0.2.1",
                    "userIdentity": {"arn": self._caller_arn(headers)},
                },
            }
        )

    def _caller_arn(self, headers: Mapping[str, str]) -> str:
        found = _KEY.search(headers.get("authorization", ""))
        key = found[1] if found else ROOT
        session = sts._sessions.get(key) or {}
        return str(session.get("Arn") or f"arn:aws:iam::{get_account_id()}:root")


def _management_call(
    method: str, path: str, headers: Mapping[str, str], body: bytes, _query: Any
) -> ManagementCall | None:
    """Return the call's name and parameters, if it is a management call that changes something."""
    if target := headers.get("x-amz-target"):
        name = target.rpartition(".")[2]
        parameters = json.loads(body or b"{}") if _is_change(name) else {}
    elif b"Action=" in body:
        parameters = dict(parse_qsl(body.decode()))
        name = parameters.pop("Action")
    else:
        return _rest(method, path)
    if not _is_change(name):
        return None
    return name, {key[0].lower() + key[1:]: value for key, value in parameters.items()}


def _is_change(name: str) -> bool:
    return bool(_CHANGES.match(name)) and not _DATA.match(name)


def _rest(method: str, path: str) -> ManagementCall | None:
    for (verb, form), name in _REST.items():
        if verb == method and (found := re.fullmatch(form, path)):
            return name, found.groupdict()
    return None
