"""IAM's simulator with the context that a caller gives it, which MiniStack leaves out."""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Any
from xml.sax.saxutils import escape

from ministack.core.iam_evaluator import EvalContext, evaluate
from ministack.core.responses import get_region
from ministack.services import iam

_simulate = iam._simulate_principal_policy
_results = iam._build_simulate_results_real
_given: ContextVar[Mapping[str, Any]] = ContextVar("given")
_DECISIONS = {"Allow": "allowed", "Deny": "explicitDeny"}


def install() -> None:
    """Answer in MiniStack's place."""
    iam._IAM_HANDLERS["SimulatePrincipalPolicy"] = _with_context
    iam._build_simulate_results_real = _evaluated


def uninstall() -> None:
    """Leave MiniStack as it was."""
    iam._IAM_HANDLERS["SimulatePrincipalPolicy"] = _simulate
    iam._build_simulate_results_real = _results


def _with_context(parameters: dict[str, Any]) -> Any:
    _given.set(dict(_entries(parameters)))
    return _simulate(parameters)


def _entries(parameters: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    number = 1
    while name := iam._p(parameters, f"ContextEntries.member.{number}.ContextKeyName"):
        values, at = list[str](), f"ContextEntries.member.{number}.ContextKeyValues.member"
        while value := iam._p(parameters, f"{at}.{len(values) + 1}"):
            values.append(value)
        yield name.lower(), values
        number += 1


def _evaluated(
    actions: Iterable[str], resource: str, principal: str, account: str, policies: Any
) -> str:
    """Write the result of each action."""
    found = ""
    for action in actions:
        asked = EvalContext(
            principal_arn=principal,
            principal_type="AssumedRole",
            principal_account=account,
            action=action,
            resource_arn=resource,
            region=get_region(),
            secure_transport=True,
            service_context=dict(_given.get({})),
        )
        decision = _DECISIONS.get(evaluate(asked, policies).decision, "implicitDeny")
        found += (
            f"<member><EvalActionName>{escape(action)}</EvalActionName>"
            f"<EvalResourceName>{escape(resource)}</EvalResourceName>"
            f"<EvalDecision>{decision}</EvalDecision></member>"
        )
    return found
