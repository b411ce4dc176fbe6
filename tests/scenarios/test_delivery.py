"""Events come twice, late, in the wrong order, or not at all."""

from copy import replace

import pytest

from costguard.app.enforce import enforce
from costguard.app.watch import watch
from costguard.common.errors import EventInvalid
from costguard.resources.model import Resource, ResourceRef, ResourceStatus
from tests.factories import GOOD_TAGS, at, notebook, on, policy, training_job
from tests.fakes import override
from tests.scenarios.account import Account

NAME = "DoeJohn-ExploreSageMaker"


def untagged() -> Account:
    return Account(policy(), notebook(NAME, tags={}))


def test_the_same_event_ten_times_is_one_warning() -> None:
    account = untagged()
    for _ in range(10):
        account.event(NAME, at(1))
    assert account.new_notices() == [("warning", NAME)]


def test_the_same_event_ten_times_is_one_stop() -> None:
    account = Account(policy(), training_job("big", **on("ml.p4d.24xlarge")))
    for _ in range(10):
        account.event("big", at(1))
    account.enforce()
    account.settle(at(1.1))
    assert account.stopped == ["big"]
    assert account.new_notices() == [("stopped", "big")]


def test_two_events_of_one_change_with_different_ids_are_one_warning() -> None:
    account = untagged()
    account.event(NAME, at(1), id="one")
    account.event(NAME, at(1), id="two")
    assert account.new_notices() == [("warning", NAME)]


def test_what_an_event_says_of_the_state_is_not_believed() -> None:
    account = untagged()
    old = account.state_change_event(NAME, at(1))
    account.change(NAME, status=ResourceStatus.STOPPED)
    account.event(NAME, at(2))
    account.event(NAME, at(3), **old)
    assert account.notices == []


def test_old_tags_in_a_late_event_do_not_pardon() -> None:
    account = untagged()
    account.event(NAME, at(1))
    tagged = account.state_change_event(NAME, at(0.5))
    tagged["detail"]["Tags"] = GOOD_TAGS
    account.event(NAME, at(2), **tagged)
    assert account.new_notices() == [("warning", NAME)]


def test_old_tags_in_the_index_do_not_pardon() -> None:
    account = untagged()
    account.event(NAME, at(1))
    account.indexed[NAME] = GOOD_TAGS
    account.run(at(2))
    account.run(at(5))
    assert account.new_notices() == [("warning", NAME), ("stopped", NAME)]


@pytest.mark.parametrize("tags", [{}, None, [], [{"Key": "Project", "Value": ""}]])
def test_missing_or_empty_tags_in_an_event_are_confirmed_before_they_count(tags: object) -> None:
    account = Account(policy(), notebook(NAME))
    event = account.state_change_event(NAME, at(1))
    event["detail"]["Tags"] = tags
    account.event(NAME, at(1), **event)
    assert account.tags_asked == [NAME]
    assert account.notices == []


def test_the_tags_of_a_compliant_notebook_are_not_asked_for() -> None:
    account = Account(policy(), notebook(NAME))
    account.event(NAME, at(1))
    account.sweep(at(2))
    assert account.tags_asked == []


def test_a_never_tagged_notebook_is_absent_from_the_index_and_found() -> None:
    account = Account(policy(), notebook(NAME, tags=None))
    account.sweep(at(1))
    assert account.new_notices() == [("warning", NAME)]


def test_an_index_that_lags_behind_does_not_warn() -> None:
    account = Account(policy(), notebook(NAME))
    account.indexed[NAME] = {}
    account.sweep(at(1))
    assert account.notices == []
    assert account.tags_asked == [NAME]


def test_a_lost_event_is_made_good_by_the_sweep() -> None:
    account = untagged()
    account.sweep(at(1))
    assert account.new_notices() == [("warning", NAME)]


def test_an_event_hours_late_does_not_shorten_the_grace() -> None:
    account = untagged()
    account.clock = at(10)
    account.event(NAME, at(1))
    assert account.case(NAME).findings["missing-tags"].deadline == at(14)


def test_an_event_of_something_gone_is_nothing() -> None:
    account = untagged()
    event = account.state_change_event(NAME, at(1))
    account.delete(NAME)
    account.resources["notebook-instance/other"] = notebook("other")
    assert account.event("other", at(1), **event) == "gone"
    assert account.notices == []


def test_an_event_of_no_kind_of_ours_is_ignored_and_counted_as_such() -> None:
    account = untagged()
    word = "SageMaker Model State Change"
    assert account.event(NAME, at(1), **{"detail-type": word}) == "ignored-detail-type"


def test_an_event_that_cannot_be_read_is_raised() -> None:
    with pytest.raises(EventInvalid, match="time: expected"):
        untagged().event(NAME, at(1), time="yesterday")


def test_a_lower_cased_arn_finds_the_case_of_the_name() -> None:
    account = untagged()
    account.event(NAME, at(1))
    account.change(NAME, tags=GOOD_TAGS)
    asked = {"resourceArn": account.named(NAME).arn, "tags": []}
    call = {"eventSource": "sagemaker.amazonaws.com", "eventName": "AddTags"}
    tagged = {
        "detail-type": "AWS API Call via CloudTrail",
        "detail": call | {"requestParameters": asked},
    }
    assert account.event(NAME, at(2), **tagged) == "looked"
    assert account.new_notices() == [("warning", NAME), ("all-clear", NAME)]


def test_another_writer_in_between_makes_no_second_notice() -> None:
    account = untagged()
    account.concurrent_write = lambda: account.event(NAME, at(1))
    assert account.event(NAME, at(1)) == "overtaken"
    assert account.new_notices() == [("warning", NAME)]


def test_whoever_writes_while_an_event_looks_is_first() -> None:
    account = untagged()
    ports = account.watch_ports

    def slowly(ref: ResourceRef) -> Resource | None:
        found = ports.inventory.describe(ref)
        account.event(NAME, at(1))
        return found

    slow = replace(ports, inventory=override(ports.inventory, describe=slowly))
    assert watch(slow, account.state_change_event(NAME, at(1)), now=at(1)) == "overtaken"
    assert account.new_notices() == [("warning", NAME)]


def test_two_hands_at_once_stop_once() -> None:
    account = Account(policy(), training_job("big", **on("ml.p4d.24xlarge")))
    account.event("big", at(1))
    [(refs, when)] = account.queue
    account.concurrent_write = lambda: enforce(account.enforce_ports, refs, now=when)
    assert account.enforce() == ["overtaken"]
    assert account.stopped == ["big"]


def test_a_case_is_closed_the_next_day_although_nobody_told_of_the_deletion() -> None:
    account = untagged()
    account.sweep(at(1))
    account.change(NAME, status=ResourceStatus.STOPPED)
    account.sweep(at(2))
    account.delete(NAME)
    account.sweep(at(3))
    assert account.case(NAME).is_open
    account.sweep(at(11))  # midnight in UTC has passed
    assert not account.case(NAME).is_open


def test_a_stopped_notebook_keeps_its_case_however_often_it_is_looked_at() -> None:
    account = untagged()
    account.sweep(at(1))
    account.change(NAME, status=ResourceStatus.STOPPED)
    for hours in (2, 26, 50):
        account.sweep(at(hours))
    assert account.case(NAME).is_open
    assert account.new_notices() == [("warning", NAME)]
