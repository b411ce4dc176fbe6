"""Which roles may still call what Costguard could not stop: IAM's own simulator is asked."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import batched
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from costguard.common.formatting import pluralize
from costguard.resources.coverage import COVERAGE
from costguard_cli.analysis.assessment import Unreadable
from costguard_cli.errors import is_fatal, why_refused

_AT_ONCE = 50
_REMEDY = "`costguard guardrail --only-watched` writes policies that deny them"


def principal_arn(account: str, name: str) -> str:
    """Write the ARN of a role that is named; another principal is given by its ARN."""
    return name if name.startswith("arn:") else f"arn:aws:iam::{account}:role/{name}"


def ask_doors(
    iam: Any, account: str, names: Sequence[str], *, parks: bool = False
) -> tuple[tuple[str, ...], tuple[Unreadable, ...]]:
    """Say of each role what it may call, and of which IAM did not answer; of none, that."""
    actions = sorted(COVERAGE.unstoppable(parks=parks))
    many = pluralize(len(actions), "operation")
    if not names:
        return (f"who may call the {many} that Costguard could not stop was not asked: --door",), ()
    notes, unseen = list[str](), list[Unreadable]()
    for name in names:
        try:
            allowed = list(_allowed(iam, principal_arn(account, name), actions))
        except (ClientError, BotoCoreError) as error:
            if is_fatal(error):
                raise
            unseen.append(Unreadable(f"what {name} may call", why_refused(error)))
            continue
        notes.append(_said(name, allowed, many))
    return tuple(notes), tuple(unseen)


def _said(name: str, allowed: Sequence[str], many: str) -> str:
    said = f"{name} may call {len(allowed) or 'none'} of the {many} that Costguard could not stop"
    listed = ", ".join(action.partition(":")[2] for action in allowed)
    return f"{said}: {listed}; {_REMEDY}" if allowed else said


def _allowed(iam: Any, arn: str, actions: Iterable[str]) -> Iterator[str]:
    """List the actions that IAM would allow without any condition's context."""
    pages = iam.get_paginator("simulate_principal_policy")
    for some in batched(actions, _AT_ONCE, strict=False):
        for page in pages.paginate(PolicySourceArn=arn, ActionNames=list(some)):
            for result in page["EvaluationResults"]:
                if result["EvalDecision"] == "allowed":
                    yield result["EvalActionName"]
