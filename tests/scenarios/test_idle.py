"""Idle notebooks as stories: warned with the facts, evaluated again, stopped; never one in use."""

from copy import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from costguard.common.calendar import WorkingHours
from costguard.costs.by_price import ByPrice, PriceRange, for_any_price
from costguard.costs.prices import Price, Prices
from costguard.idleness.keep_until import TAG
from costguard.policy.model import Exemption, Policy, RuleSettings
from costguard.resources.activity import Activity, JupyterActivity, Kernel, Shell
from costguard.resources.model import InstanceGroup, ResourceStatus
from costguard.rules import RULES
from costguard.rules.idle import Outside
from tests.factories import GOOD_TAGS, at, notebook, policy, training_job
from tests.fakes import Refused
from tests.scenarios.account import Account

NAME = "DoeJohn-ExploreSageMaker"
MINUTE = 1 / 60


def idle_policy(**options: Any) -> Policy:
    """Give a policy by which it is enough to look from outside, unless an option says otherwise."""
    base = policy()
    known = {"after_unseen": timedelta(0)} | options
    if isinstance(after := known.get("after"), timedelta):
        known["after"] = for_any_price(after)
    settings = RuleSettings(options=replace(RULES["idle"].options, **known))
    return replace(base, rules={**base.rules, "idle": settings})


def account(**options: Any) -> Account:
    return Account(idle_policy(**options), notebook(NAME, started=at(0)))


def jupyter(last: float, state: str = "idle") -> Activity:
    """Give a kernel that is busy, or was asked and is free."""
    kernel = Kernel(state, at(last), shell=Shell.FREE if state == "idle" else None)
    return Activity(jupyter=JupyterActivity(seen=at(last), kernels=(kernel,)))


def run(given: Account, start: float, end: float) -> list[tuple[str, str]]:
    """Sweep every five minutes, both ends included, and list the stages told and when."""
    before, hours = len(given.notices), start
    while hours <= end + 1e-9:
        given.run(at(hours))
        hours += 5 * MINUTE
    return [(n.stage, n.time[11:16]) for n in given.notices[before:]]


def test_an_idle_notebook_is_warned_with_the_facts_then_stopped() -> None:
    guard = account()
    guard.activity[NAME] = jupyter(1)
    assert run(guard, 0, 3) == [("warning", "16:00"), ("stopped", "16:15")]
    assert guard.stopped == [NAME]
    warning = guard.notices[0]
    assert "since Mon 09:00: no kernel busy, no terminal, no job" in warning.reason
    assert warning.deadline == "2026-11-23T16:15:00Z"
    assert "packages installed outside /home/ec2-user/SageMaker" in str(warning.lost)
    assert f"Key={TAG},Value=2026-11-23T13:00-06:00" in warning.remedy


def test_activity_before_the_deadline_withdraws_the_warning() -> None:
    guard = account()
    guard.activity[NAME] = jupyter(1)
    assert run(guard, 2, 2.1) == [("warning", "16:00")]
    guard.activity[NAME] = jupyter(2.15)
    assert run(guard, 2.2, 3.1) == [("all-clear", "16:12")]
    assert guard.stopped == []


def test_somebody_who_comes_back_between_sweep_and_stop_is_seen() -> None:
    guard = account()
    guard.activity[NAME] = jupyter(1)
    run(guard, 2, 2.1)
    guard.sweep(at(2.25))
    guard.activity[NAME] = jupyter(2.25, "busy")
    assert guard.enforce(at(2.26)) == ["not-due"]
    assert guard.stopped == []


def test_the_second_look_is_through_the_same_facts() -> None:
    guard = account()
    guard.activity[NAME] = jupyter(1)
    run(guard, 2, 2.1)
    guard.sweep(at(2.25))
    guard.activity_errors = (Refused("GetMetricData"),)
    with pytest.raises(ExceptionGroup):
        guard.enforce(at(2.26))
    assert guard.stopped == []


def test_a_controller_that_waits_for_its_job_is_left_alone_until_after_the_job() -> None:
    guard = account()
    guard.activity[NAME] = jupyter(0.1)
    job = training_job(f"{NAME}-train", started=at(0.2))
    guard.resources[job.ref.key] = job
    assert run(guard, 0.25, 3.2) == []
    del guard.resources[job.ref.key]
    guard.ended.append((replace(job, status=ResourceStatus.STOPPED), at(3.2)))
    assert run(guard, 3.25, 5) == [("warning", "17:45"), ("stopped", "18:15")]
    assert "its last job ended at Mon 11:12" in guard.notices[0].reason


def test_a_job_that_is_found_by_its_owner_is_activity() -> None:
    guard = account()
    guard.activity[NAME] = jupyter(0.1)
    job = training_job("churn", started=at(0.2))
    guard.resources[job.ref.key] = job
    assert run(guard, 1, 3) == []


def test_a_look_that_could_not_read_all_jobs_judges_nobody_idle() -> None:
    guard = account()
    guard.activity[NAME] = jupyter(0.1)
    guard.inventory_errors = (Refused("ListTrainingJobs"),)
    with pytest.raises(ExceptionGroup):
        guard.sweep(at(3))
    assert (guard.observed, guard.notices) == ([], [])


def test_a_look_at_activity_that_fails_is_a_failure_and_judges_nobody() -> None:
    guard = account()
    guard.activity[NAME] = jupyter(0.1)
    guard.activity_errors = (Refused("GetMetricData"),)
    with pytest.raises(ExceptionGroup):
        guard.sweep(at(3))
    assert guard.notices == []
    assert guard.counted[-1]["TaskFailures"] == 1


def test_nothing_known_is_never_idle_but_the_maximum_age_holds() -> None:
    guard = account()
    assert run(guard, 1, 11.9) == []
    assert guard.counted[-1]["Unobservable"] == 1
    assert run(guard, 12, 13) == [("warning", "02:00"), ("stopped", "02:15")]
    assert "no run may last longer than 12 h, whatever it does" in guard.notices[0].reason


def test_the_admins_hear_once_a_week_how_many_notebooks_are_blind() -> None:
    guard = account(max_age=timedelta(days=30))
    for day in range(8):
        guard.run(at(24 * day + 2))
    assert len(guard.summaries) == 2
    assert guard.summaries[0].startswith(
        "Costguard cannot tell whether 1 of 1 notebooks are in use."
    )
    assert NAME in guard.summaries[0]


def test_many_blind_notebooks_are_not_all_listed() -> None:
    many = [notebook(f"DoeJohn-{number}", started=at(0)) for number in range(25)]
    guard = Account(idle_policy(), *many)
    guard.run(at(2))
    assert "DoeJohn-19 and 5 more." in guard.summaries[0]
    assert guard.notices == []


def test_a_keep_alive_loop_meets_the_maximum_age() -> None:
    guard = account()
    guard.activity[NAME] = jupyter(0.1, "busy")
    assert run(guard, 1, 13) == [("warning", "02:00"), ("stopped", "02:15")]


def test_a_warning_for_idleness_is_not_one_for_age() -> None:
    guard = account()
    guard.activity[NAME] = jupyter(10.9)
    assert run(guard, 11.9, 11.9) == [("warning", "01:54")]
    assert run(guard, 12.1, 12.1) == [("warning", "02:06")]
    assert run(guard, 12.2, 12.3) == []
    assert run(guard, 12.4, 12.4) == [("stopped", "02:24")]


def test_a_restarted_notebook_begins_anew() -> None:
    guard = account()
    guard.activity[NAME] = jupyter(1)
    run(guard, 2, 2.3)
    guard.start(NAME, at(5))
    guard.event(NAME, at(5))
    guard.activity[NAME] = jupyter(5.5)
    assert run(guard, 5, 6.4) == []
    guard.activity[NAME] = jupyter(6.45, "busy")
    assert run(guard, 6.5, 9) == []
    assert guard.named(NAME).status is ResourceStatus.RUNNING


def test_left_alone_again_after_a_restart_it_is_warned_again_first() -> None:
    guard = account()
    guard.activity[NAME] = jupyter(1)
    run(guard, 2, 2.3)
    guard.start(NAME, at(5))
    guard.activity[NAME] = Activity()
    run(guard, 5, 6)  # an hour in which nobody could see
    guard.activity[NAME] = jupyter(5)
    assert run(guard, 6.1, 7) == [("warning", "20:06"), ("stopped", "20:21")]
    assert guard.notices[-1].stops == 2


def test_a_warning_of_an_earlier_run_is_not_this_runs() -> None:
    guard = account()
    guard.activity[NAME] = jupyter(1)
    run(guard, 2, 2.1)
    guard.change(NAME, status=ResourceStatus.STOPPED)
    guard.start(NAME, at(4))
    guard.activity[NAME] = jupyter(4)
    assert run(guard, 5, 5.1) == [("warning", "19:00")]
    assert guard.stopped == []


def test_an_owner_may_keep_a_notebook_for_a_while() -> None:
    guard = account()
    guard.activity[NAME] = jupyter(1)
    guard.change(NAME, tags=GOOD_TAGS | {TAG: "2026-11-23T20:00Z"})
    assert run(guard, 1, 5.95) == []
    assert run(guard, 6, 7) == [("warning", "20:00"), ("stopped", "20:15")]


def test_a_keep_comes_in_time_after_the_warning_and_is_counted() -> None:
    guard = account()
    guard.activity[NAME] = jupyter(1)
    run(guard, 2, 2.1)
    guard.change(NAME, tags=GOOD_TAGS | {TAG: "2026-11-23T18:00Z"})
    assert run(guard, 2.2, 3.9) == [("all-clear", "16:12")]
    assert [k.value for k in guard.case(NAME).kept] == ["2026-11-23T18:00Z"]


def test_a_keep_that_is_repeated_too_often_is_refused_in_the_next_notice() -> None:
    guard = account(keep=replace(RULES["idle"].options.keep, times=2), max_age=timedelta(days=2))
    guard.activity[NAME] = jupyter(1)
    for hour in (4, 6, 8):
        guard.change(NAME, tags=GOOD_TAGS | {TAG: f"{at(hour):%Y-%m-%dT%H:%M}Z"})
        run(guard, hour - 2, hour - 0.1)
    assert [n.stage for n in guard.notices] == ["warning", "stopped"]
    assert "was kept 2 times in 7 d already" in guard.notices[0].reason


def test_a_keep_delays_neither_caps_nor_tags_nor_the_maximum_age() -> None:
    guard = account()
    guard.activity[NAME] = jupyter(1)
    guard.change(NAME, tags={TAG: "2026-11-24T03:00Z"})
    assert run(guard, 1, 1.1) == [("warning", "15:00")]
    assert guard.notices[0].rule == "missing-tags"
    guard.change(NAME, tags=GOOD_TAGS | {TAG: "2026-11-24T03:00Z"})
    assert run(guard, 12, 12.4)[-2:] == [("warning", "02:00"), ("stopped", "02:15")]


def test_outside_working_hours_the_policy_may_be_stricter() -> None:
    guard = account(
        office=WorkingHours(), outside=Outside(after=for_any_price(timedelta(minutes=30)))
    )
    guard.activity[NAME] = jupyter(9.5)  # Monday 17:30 in Chicago
    assert run(guard, 9.9, 9.95) == []
    assert run(guard, 10, 10.1) == [("warning", "00:00")]
    assert guard.notices[0].deadline == "2026-11-24T00:15:00Z"


BY_PRICE = ByPrice(
    timedelta(hours=1),
    {
        PriceRange.parse("below $0.10/h"): timedelta(hours=4),
        PriceRange.parse("above $1/h"): timedelta(minutes=20),
    },
)


def priced(types: str, **rates: str) -> Account:
    """Give a notebook of a type, and a price list of the types that have a rate."""
    rules = idle_policy(after=BY_PRICE)
    guard = Account(
        replace(rules, rules={"idle": rules.rules["idle"]}),
        notebook(NAME, started=at(0), groups=(InstanceGroup(types, 1),)),
    )
    guard.prices = Prices(
        {
            ("us-east-2", "notebook", f"ml.{size}"): Price(Decimal(usd), "a test", "2026-11-23")
            for size, usd in rates.items()
        }
    )
    guard.activity[NAME] = jupyter(0)
    return guard


def test_a_dear_notebook_stops_sooner_and_the_notice_says_its_price_and_the_time() -> None:
    guard = priced("ml.g5", g5="1.408")
    assert run(guard, 0, 1)[:2] == [("warning", "14:20"), ("stopped", "14:35")]
    says = "At $1.41 an hour by list price it counts as idle after 20 min"
    assert says in guard.notices[0].reason


def test_a_cheap_notebook_is_left_in_peace_for_longer() -> None:
    assert run(priced("ml.t3", t3="0.05"), 0, 5) == [("warning", "18:00"), ("stopped", "18:15")]


def test_a_notebook_without_a_price_has_the_time_of_all_others_and_that_is_said() -> None:
    guard = priced("ml.new", t3="0.05")
    assert run(guard, 0, 1.1) == [("warning", "15:00")]
    says = "Its price is not known, so it counts as idle after 1 h"
    assert says in guard.notices[0].reason


def test_an_event_of_a_dear_notebook_clears_nothing_that_its_price_found() -> None:
    guard = priced("ml.g5", g5="1.408")
    run(guard, 0, 0.35)
    guard.event(NAME, at(0.4))
    assert [notice.stage for notice in guard.notices] == ["warning"]


def test_prices_that_cannot_be_read_neither_warn_nor_clear_nor_stop() -> None:
    guard = priced("ml.g5", g5="1.408")
    run(guard, 0, 0.35)
    guard.meter.refuses = True
    for hours in (0.6, 1, 2):
        with pytest.raises(ExceptionGroup):
            guard.sweep(at(hours))
    assert [notice.stage for notice in guard.notices] == ["warning"]
    guard.meter.refuses = False
    assert run(guard, 2.1, 2.1) == [("stopped", "16:06")]


def test_no_notebook_is_asked_that_is_too_young_or_that_no_rule_asks_about() -> None:
    guard = account()
    guard.run(at(0.5))
    assert guard.observed == []
    without = Account(policy(), notebook(NAME, started=at(0)))
    without.run(at(5))
    assert without.observed == []


def test_what_is_exempt_is_not_even_asked() -> None:
    guard = account()
    exemption = Exemption(names=("doejohn-*",), why="paper", by="admin", until=at(5))
    guard.policy = replace(guard.policy, exemptions=(exemption,))
    guard.activity[NAME] = jupyter(1)
    assert run(guard, 2, 4.9) == []
    assert guard.observed == []
    assert run(guard, 5, 5.1) == [("warning", "19:00")]


def test_a_stop_for_another_rule_needs_no_look_at_activity() -> None:
    guard = account()
    guard.activity[NAME] = jupyter(1, "busy")
    guard.change(NAME, tags={})
    guard.run(at(0.5))
    guard.run(at(4.6))
    assert guard.stopped == [NAME]


CLASS = """
[[courses]]
name = "CS229"
start = 2026-11-01
end = 2026-12-18
class_hours = [{ days = ["mon"], hours = "08:30-11:30" }]
[[courses.people]]
name = "John Doe"
email = "john.doe@example.org"
"""


def test_a_student_may_listen_in_class_and_is_stopped_soon_after_it() -> None:
    guard = account()
    guard.policy = replace(guard.policy, courses=policy(CLASS).courses)
    guard.activity[NAME] = jupyter(1)
    assert run(guard, 0, 5) == [("warning", "17:40"), ("stopped", "17:55")]
