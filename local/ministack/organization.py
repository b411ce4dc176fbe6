"""The organization that accounts belong to, and how a condition names who calls.

`aws:PrincipalArn` is the ARN of a session's role, not of the session, and `aws:PrincipalOrgID` is
the caller's organization (reference_policies_condition-keys). MiniStack knows no members.
"""

from collections.abc import Collection
from typing import Any, Final

from ministack.core import iam_evaluator
from ministack.services import iam

ORGANIZATION: Final = "o-local00001"

_resolve = iam_evaluator._resolve_condition_key
_organization_of = iam_evaluator._principal_org_id


def install(members: Collection[str]) -> None:
    """Let these accounts be the organization's; any other is in none."""

    def organization_of(account: str) -> str | None:
        return ORGANIZATION if account in members else None

    iam_evaluator._principal_org_id = organization_of
    iam_evaluator._resolve_condition_key = _value


def uninstall() -> None:
    """Leave MiniStack as it was."""
    iam_evaluator._principal_org_id = _organization_of
    iam_evaluator._resolve_condition_key = _resolve


def _value(key: str, context: Any) -> Any:
    arn = context.principal_arn
    if key.lower() != "aws:principalarn" or ":assumed-role/" not in arn:
        return _resolve(key, context)
    account, session = arn.split(":", 5)[4:]
    name = session.split("/")[1]
    role = iam._roles.get_scoped(account, None, name) or {}
    return role.get("Arn", f"arn:aws:iam::{account}:role/{name}")
