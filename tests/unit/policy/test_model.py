"""A table by kind, for a kind that it leaves out."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.policy.loader import parse_policy
from costguard.resources.registry import KINDS
from costguard.rules import RULES
from costguard.rules.base import PASS, EvaluationContext
from tests.factories import at, notebook, on

KIND_SETS = st.sets(st.sampled_from([*KINDS, "*"]))


def table(kinds: set[str]) -> str:
    return "{ " + ", ".join(f'"{kind}" = "90s"' for kind in sorted(kinds)) + " }"


@given(KIND_SETS, KIND_SETS)
def test_no_kind_loses_its_grace_by_being_left_out(whole: set[str], own: set[str]) -> None:
    rules = "".join(f"[rules.{rule}]\ngrace = {table(own)}\n" for rule in RULES)
    policy = parse_policy(f"grace = {table(whole)}\n{rules}")
    graces = {policy.grace_of(rule, kind) for rule in RULES for kind in KINDS}
    assert min(graces) >= timedelta(seconds=90)


ONLY_JOBS = "{ training-job = %s }"


@pytest.mark.parametrize(
    ("rule", "setting"),
    [
        ("missing-tags", "required = " + ONLY_JOBS % '["Team"]'),
        ("naming", "patterns = " + ONLY_JOBS % '["x-{Team}"]'),
        ("instance-type", "allowed = " + ONLY_JOBS % '["ml.t3.*"]'),
        ("too-many", "per_job = " + ONLY_JOBS % "0"),
        ("long-running", "ran = " + ONLY_JOBS % '"1s"'),
    ],
)
def test_a_kind_that_a_table_of_limits_leaves_out_is_free(rule: str, setting: str) -> None:
    policy = parse_policy(f"[rules.{rule}]\n{setting}")
    ctx = EvaluationContext(now=at(99), directory=policy.directory)
    big = notebook(tags={}, **on("ml.p3.16xlarge"))
    assert RULES[rule].check(big, policy.rules[rule].options, ctx) is PASS
