"""The rules that may stop a kind under the present policy."""

from copy import replace
from datetime import timedelta

import pytest

from costguard.enforcement.enforced import is_enforced, longest_grace
from costguard.policy.loader import parse_policy
from costguard.policy.model import Mode

_POLICY = parse_policy('mode = "enforce"\n[rules.naming]\nmode = "warn"\n[rules.missing-tags]')


@pytest.mark.parametrize(
    ("rule", "kind", "enforced"),
    [
        ("missing-tags", "notebook-instance", True),
        ("naming", "notebook-instance", False),  # its own mode
        ("idle", "notebook-instance", False),  # off
        ("a-rule-of-yesterday", "notebook-instance", False),
        ("missing-tags", "a-kind-of-yesterday", False),
    ],
)
def test_a_rule_stops_what_the_policy_of_now_lets_it_stop(
    rule: str, kind: str, *, enforced: bool
) -> None:
    assert is_enforced(_POLICY, rule, kind) is enforced


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.WARN])
def test_below_enforce_no_rule_stops_anything(mode: Mode) -> None:
    lowered = _POLICY.with_ceiling(mode)
    assert not is_enforced(lowered, "missing-tags", "notebook-instance")


def test_the_longest_grace_is_that_of_any_rule_and_kind() -> None:
    text = 'grace = "1h"\n[rules.naming]\ngrace = { training-job = "200d", "*" = "2h" }\n'
    assert longest_grace(parse_policy(text)) == timedelta(days=200)
    assert longest_grace(replace(parse_policy(text), rules={})) == timedelta()
