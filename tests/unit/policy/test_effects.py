"""What a policy may delete: remarks about what has no effect, and about what is in use."""

import pytest

from costguard.policy.loader import check_policy
from costguard.policy.model import Mode, Policy, RuleOverrides, RuleSettings
from costguard.policy.park import may_delete, with_park
from costguard.resources.per_kind import PerKind
from costguard.resources.registry import KINDS
from costguard.rules import RULES
from tests.factories import POLICY

ENDPOINT, APP = KINDS["endpoint"], KINDS["app"]


def parked(**named: bool) -> Policy:
    overrides = RuleOverrides(park=PerKind(named))
    rules = {r.id: RuleSettings(options=r.options, overrides=overrides) for r in RULES.values()}
    return with_park(Policy(mode=Mode.ENFORCE, rules=rules))


def said(rule: str, park: str) -> list[str]:
    reading = check_policy(POLICY.replace(f"[rules.{rule}]", f"[rules.{rule}]\npark = {park}"))
    return [str(each) for each in reading.remarks if "park" in each.path]


@pytest.mark.parametrize("rule", RULES)
def test_an_endpoint_is_deleted_for_idleness_alone_unless_the_policy_names_it(rule: str) -> None:
    usual, named, kept = parked(), parked(endpoint=True), parked(endpoint=False)
    assert (usual.mode_of(rule, ENDPOINT) is Mode.ENFORCE) is (rule == "idle")
    assert named.mode_of(rule, ENDPOINT) is Mode.ENFORCE
    assert kept.mode_of(rule, ENDPOINT) is Mode.WARN
    assert usual.mode_of(rule, APP) is Mode.ENFORCE


def test_without_park_no_policy_deletes_anything() -> None:
    named = Policy(mode=Mode.ENFORCE, rules=parked(endpoint=True).rules)
    assert named.mode_of("idle", ENDPOINT) is Mode.WARN
    assert not may_delete(named, "idle", KINDS["training-job"])
    assert not may_delete(named, "idle", KINDS["space"])


def test_the_rules_that_a_kind_names_exist() -> None:
    named = {rule for k in KINDS.values() if k.api.stop for rule in k.api.stop.for_rules or ()}
    assert named <= RULES.keys()


def test_what_would_delete_one_in_use_is_worth_a_look() -> None:
    [says] = said("naming", "{ endpoint = true }")
    assert "with Park=yes an endpoint is deleted for it, also one in use" in says
    assert said("naming", "{ app = true, endpoint = false }") == []
    assert len(said("naming", "true")) == 1


def test_what_is_never_deleted_is_worth_a_look() -> None:
    [says] = said("naming", "{ training-job = true }")
    assert "nothing deletes a training job, so this has no effect" in says
    [says] = said("naming", "{ endpoints = true }")
    assert "expected a kind" in says
