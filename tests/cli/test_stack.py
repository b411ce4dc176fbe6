"""A policy is judged as the stack that was deployed with it limits it."""

import pytest

from costguard.policy.model import Mode
from costguard_cli.aws.stack import Stack
from tests.factories import at, policy


@pytest.mark.parametrize("given", [{}, {"Park": "no"}, {"Park": "yes"}])
def test_a_policy_deletes_only_where_its_stack_does(given: dict[str, str]) -> None:
    stack = Stack(
        name="costguard",
        status="CREATE_COMPLETE",
        outputs={},
        parameters={"Mode": "warn", **given},
        created=at(0),
        changed=at(0),
    )
    limited = stack.limited(policy(mode=Mode.ENFORCE))
    assert (limited.mode, limited.parks) == (Mode.WARN, "yes" in given.values())
    assert stack.limited(policy(), Mode.OBSERVE).mode is Mode.OBSERVE
