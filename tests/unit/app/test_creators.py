"""The creators of evaluated resources."""

from copy import replace

from costguard.app.creators import with_creators
from tests.factories import arn, at, policy, processing_job, training_job
from tests.scenarios.account import Account


def test_a_child_was_created_by_whoever_created_its_parent() -> None:
    parent = arn("hyper-parameter-tuning-job", "Tune-1")
    child = training_job("Tune-1-001-0fbd6d2a", parent=parent)
    stray = training_job("stray", parent=arn("study", "x"))
    account = Account(policy())
    tuner = replace(training_job("Tune-1"), kind="hyper-parameter-tuning-job")
    account.marks.record_creator(tuner.ref, "jane", at(0))
    account.marks.record_creator(stray.ref, "john", at(0))
    rule = processing_job("tune-1-loss", belongs_to=parent)
    found = with_creators(account.sweep_ports, (child, rule, stray, training_job("other")))
    assert [each.creator for each in found] == ["jane", "jane", "john", None]


def test_without_a_roster_nobody_asks() -> None:
    account = Account(replace(policy(), people=()), training_job("x"))
    account.marks.record_creator(training_job("x").ref, "jane", at(0))
    assert with_creators(account.sweep_ports, (training_job("x"),))[0].creator is None
