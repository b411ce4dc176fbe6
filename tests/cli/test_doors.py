"""The audit says which roles may still call what Costguard could not stop."""

from collections.abc import Iterable
from typing import Any

import pytest

from costguard.resources.coverage import COVERAGE
from costguard_cli.analysis.doors import ask_doors
from tests.integration.aws import scripted

ACCOUNT = "123456789012"
ACTIONS = sorted(COVERAGE.unstoppable())
ROLE = "arn:aws:iam::123456789012:role/ml-use"


def simulated(arn: str, allowed: Iterable[str]) -> Any:
    """Make an IAM that simulates one principal, 50 actions at once."""
    iam, script = scripted("iam")
    for start in range(0, len(ACTIONS), 50):
        some = ACTIONS[start : start + 50]
        results = [
            {
                "EvalActionName": action,
                "EvalDecision": "allowed" if action in allowed else "explicitDeny",
            }
            for action in some
        ]
        asked = {"PolicySourceArn": arn, "ActionNames": some}
        script.add_response("simulate_principal_policy", {"EvaluationResults": results}, asked)
    return iam


def test_what_a_role_may_call_is_said_by_name() -> None:
    open_ = [action for action in ACTIONS if action.endswith(("CreateCluster", "CreateProject"))]
    [note], unseen = ask_doors(simulated(ROLE, open_), ACCOUNT, ["ml-use"])
    assert note.startswith(f"ml-use may call 2 of the {len(ACTIONS)} operations that Costguard")
    assert "CreateCluster, CreateProject; `costguard guardrail --only-watched`" in note
    assert unseen == ()


def test_where_all_is_denied_that_is_said() -> None:
    user = "arn:aws:iam::123456789012:user/jane"
    [note], _ = ask_doors(simulated(user, ()), ACCOUNT, [user])
    assert note.startswith(f"{user} may call none of the {len(ACTIONS)} operations")


def test_what_was_not_asked_is_not_called_closed() -> None:
    [note], unseen = ask_doors(None, ACCOUNT, ())
    assert "was not asked" in note
    assert unseen == ()


@pytest.mark.parametrize("code", ["NoSuchEntity", "AccessDenied"])
def test_a_role_that_iam_does_not_answer_for_could_not_be_looked_at(code: str) -> None:
    iam, script = scripted("iam")
    script.add_client_error("simulate_principal_policy", code, "no", http_status_code=403)
    notes, [gone] = ask_doors(iam, ACCOUNT, ["gone"])
    assert notes == ()
    assert gone.what == "what gone may call"
