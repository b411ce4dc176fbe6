"""Event buses of several accounts and Regions: their policies, and rules that forward to them.

An event comes with the account (PutPermission) and the Region (a guess) that it is of, and goes no
further: what has come from another bus is not sent on to a third (eb-cross-account).
"""

from collections.abc import Callable
from typing import Any

from ministack.core.iam_evaluator import (
    EvalContext,
    evaluate_resource_policy,
    evaluate_trust_policy,
)
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import eventbridge, iam
from ministack.services.cloudformation import provisioners

from local.ministack.roles import may

POLICY = "AWS::Events::EventBusPolicy"
_FORWARDED = "_Forwarded"

type Properties = dict[str, Any]

_invoke_target: Callable[..., None] = eventbridge._invoke_target


def install() -> None:
    """Forward events to other accounts and Regions, and let a stack have a bus's policy."""
    eventbridge._invoke_target = _deliver
    provisioners._RESOURCE_HANDLERS[POLICY] = {
        "create": lambda _name, properties, *_: _put(properties),
        "update": lambda _id, _old, properties, *_, **__: _put(properties),
        "delete": _remove,
    }


def uninstall() -> None:
    """Leave MiniStack as it was."""
    eventbridge._invoke_target = _invoke_target
    del provisioners._RESOURCE_HANDLERS[POLICY]


def _put(properties: Properties) -> tuple[str, Properties]:
    bus, sid = properties.get("EventBusName", "default"), properties["StatementId"]
    statement = {**properties["Statement"], "Sid": sid}
    others = [each for each in _statements(bus) if each["Sid"] != sid]
    eventbridge._event_bus_policies[bus] = {
        "Version": "2012-10-17",
        "Statement": [*others, statement],
    }
    return f"{bus}|{sid}", {}


def _remove(physical_id: str, _properties: Properties) -> None:
    bus, sid = physical_id.split("|")
    eventbridge._remove_permission({"EventBusName": bus, "StatementId": sid})


def _statements(bus: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (eventbridge._event_bus_policies.get(bus) or {}).get(
        "Statement", []
    )
    return found


def _deliver(target: Properties, event: Properties, rule: Properties, view: Any = None) -> None:
    """Deliver to a bus elsewhere if both sides allow it, to anything else as MiniStack does."""
    parts = target["Arn"].split(":")
    here = parts[3:5] == [get_region(), get_account_id()]
    if here or parts[2] != "events" or not parts[5].startswith("event-bus/"):
        _invoke_target(target, event, rule, view)
    elif _FORWARDED not in event and _may_send(target, event, rule):
        region, account, bus = parts[3], parts[4], parts[5].partition("/")[2]
        with request_scope(account, region):
            eventbridge._dispatch_event({**event, "EventBusName": bus, _FORWARDED: True})


def _may_send(target: Properties, event: Properties, rule: Properties) -> bool:
    """Tell whether the rule's role may put events there, and the bus there takes them of it."""
    bus, role = target["Arn"], target["RoleArn"]
    trusted = _is_trusted(role, rule["Arn"])
    return trusted and may(role, "events", "events:PutEvents", bus) and _takes(bus, role, event)


def _is_trusted(role: str, rule: str) -> bool:
    """Tell whether a role trusts EventBridge on behalf of a rule."""
    account, name = role.split(":")[4], role.rpartition("/")[2]
    found = iam._roles.get_scoped(account, None, name) or {}
    context = _context(f"arn:aws:iam::{account}:root", account, "sts:AssumeRole", role)
    context.service_context.update({"aws:sourceaccount": account, "aws:sourcearn": rule})
    document = found.get("AssumeRolePolicyDocument", "{}")
    return "events.amazonaws.com" in str(document) and evaluate_trust_policy(
        document, context.principal_arn, context
    )


def _takes(bus: str, role: str, event: Properties) -> bool:
    region, account, name = bus.split(":", 5)[3:]
    sender = role.split(":")[4]
    if sender == account:
        return True
    with request_scope(account, region):
        statements = _statements(name.partition("/")[2])
    session = f"arn:aws:sts::{sender}:assumed-role/{role.rpartition('/')[2]}/events"
    context = _context(session, sender, "events:PutEvents", bus)
    context.service_context.update(
        {"events:source": [event["Source"]], "events:detail-type": [event["DetailType"]]}
    )
    allowed: bool = evaluate_resource_policy({"Statement": statements}, context).decision == "Allow"
    return allowed


def _context(principal: str, account: str, action: str, resource: str) -> Any:
    return EvalContext(
        principal_arn=principal,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=get_region(),
        service_context={},
    )
