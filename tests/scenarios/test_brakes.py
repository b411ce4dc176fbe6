"""More stops than `max_stops`: none is done, and the admins are notified."""

import pytest

from costguard.policy.loader import parse_policy
from costguard.resources.model import Resource
from tests.factories import POLICY, at, notebook, on, policy, training_job
from tests.scenarios.account import Account

NAMES = ["big-1", "big-2", "big-3", "big-4"]


def flood() -> Account:
    """Make an account with one job more than may be stopped at once."""
    return Account(policy(), *(training_job(name, **on("ml.p4d.24xlarge")) for name in NAMES))


def test_as_many_stops_as_allowed_are_taken() -> None:
    account = flood()
    account.delete("big-4")
    account.run(at(1))
    assert account.stopped == NAMES[:3]


def test_one_stop_too_many_stops_none_and_tells_the_admins_once() -> None:
    account = flood()
    for hours in (1, 2, 3):
        account.run(at(hours))
    assert account.stopped == []
    assert account.new_notices() == [("held-back", "4 resources")]
    assert account.notices[0].audience == "admins"
    assert [r["name"] for r in account.notices[0].resources] == NAMES


def test_the_sweep_counts_what_it_held_back() -> None:
    assert flood().sweep(at(1))["StopsHeld"] == 4


def test_one_more_in_the_flood_is_told_again() -> None:
    account = flood()
    account.run(at(1))
    fifth = training_job("big-5", **on("ml.p4d.24xlarge"))
    account.resources[fifth.ref.key] = fifth
    account.run(at(2))
    assert account.new_notices() == [("held-back", "4 resources"), ("held-back", "5 resources")]


def test_an_event_does_not_sneak_a_held_one_through() -> None:
    account = flood()
    account.sweep(at(1))
    assert account.event("big-1", at(1.1)) == "looked"
    assert account.queue == []


def test_a_stop_reference_from_before_does_not_sneak_it_through_either() -> None:
    account = flood()
    account.event("big-1", at(0.9))
    account.sweep(at(1))
    assert account.enforce() == ["held"]
    assert account.stopped == []


def test_when_the_number_falls_the_rest_is_released() -> None:
    account = flood()
    account.run(at(1))
    account.delete("big-4")
    account.run(at(2))
    assert account.stopped == NAMES[:3]
    assert [stage for stage, _ in account.new_notices()] == ["held-back", *["stopped"] * 3]


def test_what_an_event_decides_in_the_meantime_is_not_released_with_the_rest() -> None:
    account = flood()
    account.run(at(1))
    account.delete("big-4")

    def shrink() -> None:
        account.change("big-1", **on("ml.m5.large"))
        account.event("big-1", at(2))

    account.concurrent_write = shrink
    account.sweep(at(2))
    assert account.queued_stops == NAMES[1:3]


def test_a_held_one_that_is_no_longer_due_is_free_again() -> None:
    account = flood()
    account.run(at(1))
    account.change("big-1", **on("ml.m5.large"))
    account.event("big-1", at(1.5))
    assert not account.case("big-1").held


def test_warnings_are_told_while_stops_are_held_back() -> None:
    account = flood()
    untagged = notebook("DoeJohn-Explore", tags={})
    account.resources[untagged.ref.key] = untagged
    account.run(at(1))
    assert set(account.new_notices()) == {
        ("held-back", "4 resources"),
        ("warning", "DoeJohn-Explore"),
    }


def test_the_word_about_a_flood_is_not_lost_when_telling_fails() -> None:
    account = flood()
    account.sns_fails = True
    with pytest.raises(ExceptionGroup):
        account.sweep(at(1))
    account.sns_fails = False
    account.run(at(2))
    assert account.new_notices() == [("held-back", "4 resources")]


def exempting(resource: Resource, until: str) -> Account:
    text = f'names = ["{resource.name[:4]}*"]\nwhy = "paper"\nby = "prof"\nuntil = {until}'
    extra = f'[[exemptions]]\n{text}\nrules = ["instance-type"]\n'
    return Account(parse_policy(POLICY.replace("[[people]]", f"{extra}\n[[people]]", 1)), resource)


def test_an_exemption_holds_until_its_moment() -> None:
    account = exempting(training_job("big", **on("ml.p4d.24xlarge")), "2026-11-23T18:00:00Z")
    account.run(at(3.99))
    assert (account.stopped, account.notices, account.summaries) == ([], [], [])
    account.run(at(4))
    assert account.stopped == ["big"]


def test_an_exemption_that_is_over_is_reported_once() -> None:
    account = exempting(training_job("fine"), "2026-11-23T18:00:00Z")
    for hours in (3, 4, 5, 6):
        account.run(at(hours))
    [said] = account.summaries
    assert "fine*" in said
    assert "Mon 23 Nov 2026 12:00 CST" in said


def test_an_exemption_of_one_rule_leaves_the_others_in_force() -> None:
    account = exempting(notebook("bad-name", **on("ml.p3.2xlarge")), "2026-12-24T18:00:00Z")
    account.run(at(1))
    assert [notice.rule for notice in account.notices] == ["naming"]


def test_an_exemption_given_after_the_warning_clears_it() -> None:
    account = Account(policy(), notebook("big-one", **on("ml.p3.2xlarge")))
    account.run(at(0))
    account.policy = exempting(account.named("big-one"), "2026-12-24T18:00:00Z").policy
    account.run(at(1))
    assert account.stopped == []
    assert "instance-type" not in account.case("big-one").findings


@pytest.mark.parametrize("tag", ["costguard-exempt", "CostguardExempt", "exempt", "AutoStop"])
def test_a_tag_that_a_user_sets_exempts_nothing(tag: str) -> None:
    job = training_job("big", tags={tag: "true", "Project": "exempt"}, **on("ml.p4d.24xlarge"))
    account = Account(policy(), job)
    account.run(at(1))
    assert account.stopped == ["big"]


def test_events_stop_no_more_than_allowed_between_two_sweeps() -> None:
    account = flood()
    assert [account.event(name, at(1)) for name in NAMES] == ["due", "due", "due", "waits"]
    account.enforce()
    assert account.stopped == NAMES[:3]


def test_what_waits_is_stopped_by_the_next_sweep() -> None:
    account = flood()
    for name in NAMES:
        account.event(name, at(1))
    account.enforce()
    account.run(at(1.1))
    assert account.stopped == NAMES


def test_the_same_event_ten_times_takes_one_place() -> None:
    account = flood()
    for _ in range(10):
        account.event("big-1", at(1))
    assert account.event("big-2", at(1)) == "due"
