"""A warning that was not delivered: the topic refuses it, or a function dies before."""

import pytest

from costguard.resources.model import ResourceStatus
from tests.factories import GOOD_TAGS, at, notebook, on, policy, training_job
from tests.scenarios.account import Account

NAME = "DoeJohn-ExploreSageMaker"
BIG = on("ml.p4d.24xlarge")  # fifteen minutes of grace


def refused(account: Account, hours: float) -> None:
    """Sweep while SNS refuses everything."""
    account.sns_fails = True
    with pytest.raises(ExceptionGroup):
        account.sweep(at(hours))
    account.sns_fails = False


def unheard() -> Account:
    account = Account(policy(), notebook(NAME, **BIG))
    refused(account, 1)
    refused(account, 1.2)
    return account


def test_what_nobody_was_warned_of_is_not_stopped() -> None:
    account = unheard()
    refused(account, 1.4)
    account.enforce()
    assert account.stopped == []


def test_who_hears_late_has_the_whole_grace_left() -> None:
    account = unheard()
    account.run(at(2))
    account.run(at(2.2))
    assert (account.new_notices(), account.stopped) == ([("warning", NAME)], [])
    account.run(at(2.25))
    assert account.stopped == [NAME]


def test_a_stop_reference_does_not_come_before_its_warning() -> None:
    account = unheard()
    account.queue = [([account.named(NAME).ref], at(1.5))]
    assert account.enforce() == ["not-due"]


def test_what_has_no_grace_is_stopped_while_nobody_can_be_told() -> None:
    account = Account(policy(), training_job("big", **BIG))
    account.sns_fails = True
    account.sweep(at(1))
    account.enforce()
    assert account.stopped == ["big"]


def test_what_was_left_is_told_before_what_is_new() -> None:
    account = unheard()
    account.change(NAME, **on("ml.t3.medium"))
    account.event(NAME, at(2))
    assert account.new_notices() == [("warning", NAME), ("all-clear", NAME)]
    account.sweep(at(3))
    assert account.new_notices() == []


def test_what_another_has_told_meanwhile_is_not_told_again() -> None:
    account = unheard()
    account.change(NAME, tags={})
    account.run(at(2))
    assert account.new_notices() == [("warning", NAME), ("warning", NAME)]
    account.run(at(2.1))
    assert account.new_notices() == []


def test_a_notice_outlives_the_resource_and_the_next_of_its_name() -> None:
    account = unheard()
    account.change(NAME, created=at(1.5), tags=GOOD_TAGS, **on("ml.t3.medium"))
    account.sweep(at(2))
    account.sweep(at(2.1))
    assert ("warning", NAME) in account.new_notices()


def test_each_finding_waits_for_its_own_warning_to_be_heard() -> None:
    account = Account(policy(), notebook(NAME, tags={}))
    account.event(NAME, at(1))
    account.change(NAME, **BIG)
    refused(account, 1.5)
    refused(account, 2)
    for hours in (2.1, 2.3):
        account.run(at(hours))
    assert account.case(NAME).findings["missing-tags"].deadline == at(5)
    assert account.stopped == []
    account.run(at(2.36))
    assert account.stopped == [NAME]
    assert account.notices[-1].rule == "instance-type"


def test_a_stop_waits_for_nobody_to_hear_of_something_else() -> None:
    account = Account(policy(), notebook(NAME, tags={}))
    account.event(NAME, at(1))
    account.change(NAME, status=ResourceStatus.STOPPED)
    account.start(NAME, at(2))
    account.run(at(5))
    assert account.stopped == [NAME]
