"""Several stops in one message: evaluated again together, each decided by itself."""

from copy import replace

import pytest

from costguard.idleness.keep_until import TAG
from costguard.policy.model import RuleSettings
from costguard.resources.activity import Activity, JupyterActivity, Kernel, Shell
from costguard.resources.model import Resource, ResourceStatus
from costguard.rules import RULES
from tests.factories import GOOD_TAGS, at, notebook, policy
from tests.fakes import Refused
from tests.scenarios.account import Account

UNTAGGED, MISNAMED, GOOD = "DoeJane-Explore", "mybox", "DoeJohn-Explore"
FLEET = (notebook(UNTAGGED, tags={}), notebook(MISNAMED, tags=GOOD_TAGS))


def due(*more: Resource) -> Account:
    """Warn them all, and hand them over at the deadline."""
    account = Account(policy(), *FLEET, *more)
    account.sweep(at(0))
    account.sweep(at(4))
    account.described.clear()
    account.tags_asked.clear()
    account.inventory_calls = 0
    return account


def idle() -> Account:
    """Hand over the others, and one whose kernel has been idle for hours."""
    rules = policy()
    settings = RuleSettings(options=RULES["idle"].options)
    account = Account(
        replace(rules, rules={**rules.rules, "idle": settings}),
        *FLEET,
        notebook(GOOD, started=at(0)),
    )
    account.activity[GOOD] = Activity(
        jupyter=JupyterActivity(seen=at(1), kernels=(Kernel("idle", at(0.8), shell=Shell.FREE),))
    )
    account.sweep(at(0))
    account.sweep(at(3.9))
    account.sweep(at(4.2))
    return account


def test_a_sweep_hands_over_all_that_is_due_in_one_message() -> None:
    account = due()
    assert (len(account.queue), account.queued_stops) == (1, [UNTAGGED, MISNAMED])


def test_several_are_looked_at_in_one_go_and_only_the_untagged_asked_for_its_tags() -> None:
    account = due()
    assert account.enforce() == ["accepted", "accepted"]
    assert (account.inventory_calls, account.described) == (1, [])
    assert account.tags_asked == [UNTAGGED]


def test_one_is_looked_at_alone_because_seconds_cost_money() -> None:
    account = due()
    [(refs, when)] = account.queue
    account.queue = [(refs[:1], when)]
    assert account.enforce() == ["accepted"]
    assert (account.inventory_calls, account.described) == (0, [UNTAGGED])


def test_a_repair_that_the_index_does_not_know_yet_is_seen() -> None:
    account = due()
    account.change(UNTAGGED, tags=GOOD_TAGS)
    account.indexed[UNTAGGED] = {"Project": "sinkorswim"}
    assert account.enforce() == ["not-due", "accepted"]
    assert account.stopped == [MISNAMED]
    assert account.new_notices()[-1] == ("all-clear", UNTAGGED)


@pytest.mark.parametrize("status", [ResourceStatus.STOPPING, ResourceStatus.STOPPED])
def test_what_its_owner_stops_in_the_meantime_is_not_stopped_again(status: ResourceStatus) -> None:
    account = due()
    account.change(UNTAGGED, status=status)
    assert account.enforce() == ["not-due", "accepted"]
    assert account.stopped == [MISNAMED]


def test_what_is_gone_in_the_meantime_holds_nobody_up() -> None:
    account = due()
    account.delete(UNTAGGED)
    assert account.enforce() == ["gone", "accepted"]


def test_a_stop_that_fails_is_told_after_the_others_had_their_turn_and_tried_again_alone() -> None:
    account = due()
    account.stop_results = [Refused("throttled")]
    message = account.queue[0]
    with pytest.raises(Refused):
        account.enforce()
    account.queue = [message]  # SQS delivers all of it again
    assert account.enforce() == ["accepted", "not-due"]
    assert account.stopped == [UNTAGGED, MISNAMED, UNTAGGED]


def test_all_that_fails_is_told_at_once_and_what_was_stopped_is_counted() -> None:
    account = due(notebook("another", tags=GOOD_TAGS))
    account.stop_results = [Refused("throttled"), "accepted", Refused("denied")]
    with pytest.raises(ExceptionGroup, match="2 of 3 could not be looked at again or stopped"):
        account.enforce()
    assert account.counted[-1] == {"StopsAccepted": 1, "StopsNotDue": 0}


def test_where_the_fleet_cannot_be_read_only_what_depends_on_it_waits() -> None:
    account = idle()
    assert account.queued_stops == [UNTAGGED, MISNAMED, GOOD]
    account.inventory_errors = (Refused("ListTrainingJobs"),)
    with pytest.raises(ExceptionGroup, match="cannot look at the whole fleet"):
        account.enforce(at(4.2))
    assert account.stopped == [UNTAGGED, MISNAMED]


def test_an_idle_one_among_several_is_asked_anew_what_it_does_and_for_its_tags() -> None:
    account = idle()
    account.observed.clear()
    account.tags_asked.clear()
    assert account.enforce(at(4.2)) == ["accepted", "accepted", "accepted"]
    assert (account.observed, account.tags_asked) == ([GOOD], [UNTAGGED, GOOD])


def test_a_wish_to_keep_it_that_the_index_does_not_know_yet_is_seen() -> None:
    account = idle()
    account.indexed[GOOD] = GOOD_TAGS
    account.change(GOOD, tags=GOOD_TAGS | {TAG: "2026-11-23T22:00Z"})
    assert account.enforce(at(4.2)) == ["accepted", "accepted", "not-due"]
    assert GOOD not in account.stopped
