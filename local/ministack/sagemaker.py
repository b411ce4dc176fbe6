"""SageMaker inside MiniStack: its route, its IAM actions and resources, its events.

MiniStack reads its settings when it is imported: import this once they are in the environment.
Installing again, with another account, takes the place of what was installed before.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from ministack import app
from ministack.core import iam_actions, responses, router
from ministack.core.iam_evaluator import request_caller_arn
from ministack.services import eventbridge

from local.ministack import invocations, tagging
from local.ministack.json_services import resource_of_request
from local.sagemaker import json_protocol, model
from local.sagemaker.account import Account
from local.sagemaker.condition_keys import keys_of
from local.sagemaker.errors import AwsError
from local.sagemaker.event_delivery import Event
from local.sagemaker.iam_resources import resource_of
from local.sagemaker.identity import Caller
from local.sagemaker.resource import Place

NAME = "sagemaker"

type Response = tuple[int, dict[str, str], bytes]

_denied_response: Callable[..., Response] = iam_actions.access_denied_response
_tag_context: Callable[..., dict[str, Any]] = iam_actions.request_tag_context


def install(accounts: Sequence[Account]) -> None:
    """Serve these accounts' SageMaker; one signed for another account or region is empty."""
    service = Service(accounts)
    app.SERVICE_REGISTRY[NAME] = {"module": NAME}
    app.SERVICE_HANDLERS[NAME] = service.handle_request
    app._loaded_modules[NAME] = service
    router.SERVICE_PATTERNS[NAME] = {
        "target_prefixes": [json_protocol.TARGET],
        "host_patterns": [r"sagemaker\."],
        "credential_scope": NAME,
    }
    iam_actions.SERVICE_TO_IAM_NAMESPACE[NAME] = NAME
    iam_actions.extract_resource_arn = _resource_of_request
    iam_actions.access_denied_response = service.denied
    iam_actions.request_tag_context = _context_of_request
    tagging.install(service.current_account)
    iam_actions._tag_operations(NAME)  # reads the SDK's model now, not in the first request
    model.service()


def emit(event: Event) -> None:
    """Put an event on the default bus of its account and region, with its own id and time.

    `PutEvents` refuses sources of AWS, and gives every event a new id and the real time.
    """
    record = {
        "EventId": event["id"],
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Detail": json.dumps(event["detail"]),
        "EventBusName": "default",
        "Time": event["time"],
        "Resources": event["resources"],
        "Account": event["account"],
        "Region": event["region"],
    }
    with responses.request_scope(event["account"], event["region"]):
        eventbridge._events_log_list().append(record)
        view = eventbridge._pattern_event_view(record)
        eventbridge._dispatch_event(record, view)
        eventbridge._archive_event(record, view)


class Service:
    """What MiniStack expects of a service module: a handler, and state it may reset or keep."""

    def __init__(self, accounts: Sequence[Account]) -> None:
        self._given = {account.place: account for account in accounts}
        self._accounts = dict(self._given)
        self._clock = accounts[0].clock

    def current_account(self) -> Account:
        """Return the account that the current request was signed for."""
        place = Place(responses.get_region(), responses.get_account_id())
        if place not in self._accounts:
            self._accounts[place] = Account(
                self._clock,
                emit,
                region=place.region,
                account_id=place.account_id,
            )
        return self._accounts[place]

    async def handle_request(
        self,
        _method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, Any],
    ) -> Response:
        """Respond to a request without waiting for what its events trigger."""
        if name := invocations.invoked(path):
            return invocations.invoke(self.current_account(), name, headers, body)
        caller = _caller(request_caller_arn(headers, query), headers)
        response = json_protocol.respond(
            self.current_account(), headers.get("x-amz-target", ""), body, caller
        )
        return response.status, response.headers, response.body

    def denied(
        self,
        service: str,
        action: str,
        principal_arn: str,
        request_id: str,
        **options: Any,
    ) -> Response:
        """Refuse as SageMaker does, with HTTP 400 and the resource, and record it in CloudTrail."""
        if service != NAME or options.get("error_code"):
            return _denied_response(service, action, principal_arn, request_id, **options)
        message = iam_actions.identity_denial_message(
            action,
            principal_arn,
            options.get("resource_arn", "*"),
            options.get("explicit_deny", False),
        )
        caller = _caller(principal_arn, options.get("headers") or {})
        self.current_account().deny(action.partition(":")[2], message, caller=caller)
        response = json_protocol.error_response(AwsError("AccessDeniedException", message))
        return response.status, response.headers, response.body

    def reset(self) -> None:
        """Forget the accounts that requests have created."""
        self._accounts = dict(self._given)

    def get_state(self) -> None:
        """Keep nothing beyond the process."""

    def load_persisted_state(self, _state: object) -> None:
        """Have nothing to restore."""


def _resource_of_request(  # noqa: PLR0913, PLR0917 - MiniStack's own signature
    service: str,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    query: dict[str, Any],
    region: str,
    account_id: str,
) -> str:
    if service == "iam" and (group := query.get("GroupName")):  # MiniStack: a policy, if it has one
        return f"arn:aws:iam::{account_id}:group/{group[0] if isinstance(group, list) else group}"
    if service != NAME:
        return resource_of_request(service, method, path, headers, body, query, region, account_id)
    return resource_of(
        Place(region, account_id), json_protocol.operation_of(headers), _request(body)
    )


def _context_of_request(
    service: str, action: str, body: bytes, parameters: dict[str, Any]
) -> dict[str, Any]:
    """Give IAM a request's tags, as MiniStack does, and the keys of SageMaker and IAM."""
    tags = _tag_context(service, action, body, parameters)
    if service == "iam" and "PolicyArn" in parameters:  # of what attaches and detaches a policy
        arn = parameters["PolicyArn"]
        return {**tags, "iam:PolicyARN": arn[0] if isinstance(arn, list) else arn}
    return tags | keys_of(action.partition(":")[2], _request(body)) if service == NAME else tags


def _request(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return {}
    return request if isinstance(request, dict) else {}


def _caller(arn: str, headers: dict[str, str]) -> Caller:
    return Caller(
        arn=arn,
        source_ip=responses.get_request_client_ip(),
        user_agent=headers.get("user-agent", ""),
    )
