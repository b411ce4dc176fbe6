"""What AWS does in a role of the account: a service's session in it, and what it may do there."""

from ministack.core.iam_evaluator import enforce, pin_request_origin
from ministack.services import sts


def open_session(role: str, service: str) -> str:
    """Open a service's session in a role; return its key. Secret and token are `none`."""
    account, name = role.split(":")[4], role.rsplit("/", 1)[-1]
    key = f"ASIA{service.upper()}{name}"
    session = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/{service}",
        "UserId": f"{name}:{service}",
        "SecretAccessKey": "none",
        "SessionToken": "none",
    }
    sts.register_session(key, session)
    return key


def may(role: str, service: str, action: str, resource: str) -> bool:
    """Whether the policies of a role let a service do something in it."""
    called, region = action.partition(":")[0], resource.split(":")[3]
    key = open_session(role, service)
    pin_request_origin(f"{service}.amazonaws.com", secure_transport=True)
    try:
        return enforce(key, action, called, region, resource_arn=resource) is None
    finally:
        sts._sessions.pop(key, None)
