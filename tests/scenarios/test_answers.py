"""Answers to a notice as stories: keep it for a while, stop it now, and who is first."""

from collections.abc import Callable
from copy import replace
from datetime import timedelta
from typing import Any

import pytest

from costguard.enforcement.answers import (
    Answered,
    Responder,
    answer_with_keep,
    answer_with_stop,
)
from costguard.enforcement.case import Case
from costguard.policy.model import Mode, Policy
from costguard.resources.model import Resource, ResourceStatus
from costguard.rules import RULES
from tests.factories import at, notebook, policy
from tests.scenarios.account import Account
from tests.scenarios.test_idle import MINUTE, NAME, account, jupyter, run

JOHN = Responder(name="John Doe", key="johndoe")
JANE = Responder(name="Jane Roe", key="janeroe")
type Answer = Callable[[Case, Resource, Policy], Answered]


def keep(hours: float, when: float, by: Responder = JOHN) -> Answer:
    wanted = timedelta(hours=hours)
    return lambda case, on, rules: answer_with_keep(case, on, rules, by, wanted, at(when))


def stop(when: float, by: Responder = JOHN, recipients: tuple[str, ...] = (JOHN.key,)) -> Answer:
    return lambda case, on, rules: answer_with_stop(case, on, rules, by, recipients, at(when))


def give(guard: Account, answer: Answer, when: float, name: str = NAME) -> str:
    """Answer, write it down, and have the resource evaluated again."""
    case = guard.case(name)
    answered = answer(case, guard.named(name), guard.policy)
    if answered.case:
        assert guard.cases.save(answered.case, case, at(when))
    guard.stop_requests.enqueue([case.ref], at(when))
    guard.enforce(at(when))
    guard.settle(at(when))
    return answered.says


def warned(**options: Any) -> Account:
    guard = account(**options)
    guard.activity[NAME] = jupyter(1)
    assert run(guard, 2, 2.1) == [("warning", "16:00")]
    return guard


def untagged(*names: str, **changes: Any) -> Account:
    rules = replace(policy(), **changes)
    guard = Account(rules, *(notebook(name, tags={"Name": "John Doe"}) for name in names))
    guard.sweep(at(0))
    return guard


def test_a_kept_notebook_is_not_stopped_until_then_and_its_owner_reads_who_keeps_it() -> None:
    guard = warned()
    assert give(guard, keep(2, 2.1), 2.1) == f"{NAME} is kept until Mon 23 Nov 2026 12:06 CST."
    cleared = guard.notices[-1]
    assert cleared.stage == "all-clear"
    assert "John Doe keeps it until Mon 23 Nov 2026 12:06 CST" in cleared.reason
    assert "Thank you" not in cleared.reason
    assert run(guard, 2.2, 4) == []
    assert run(guard, 4.2, 5) == [("warning", "18:12"), ("stopped", "18:27")]


def test_a_second_click_is_the_same_answer_and_is_counted_once() -> None:
    guard = warned()
    first = give(guard, keep(2, 2.1), 2.1)
    kept = guard.case(NAME).kept
    guard.activity[NAME] = jupyter(1)
    assert len(kept) == 1
    again = answer_with_keep(
        replace(guard.case(NAME), findings=warned().case(NAME).findings),
        guard.named(NAME),
        guard.policy,
        JOHN,
        timedelta(hours=2),
        at(2.15),
    )
    assert (again.says, again.done, again.case) == (first, True, None)


@pytest.mark.parametrize(
    ("hours", "why"),
    [(13, "at most 12 h are allowed"), (0, "a time to come"), (-1, "a time to come")],
)
def test_a_time_outside_the_limits_is_refused(hours: float, why: str) -> None:
    guard = warned()
    assert why in give(guard, keep(hours, 2.1), 2.1)
    assert guard.case(NAME).kept == ()
    assert run(guard, 2.25, 3)[-1] == ("stopped", "16:15")


def test_answers_and_values_of_the_tag_share_one_limit() -> None:
    limits = replace(RULES["idle"].options.keep, times=1, within=timedelta(days=1))
    guard = warned(keep=limits)
    give(guard, keep(0.5, 2.1), 2.1)
    assert run(guard, 2.6, 2.65)[0] == ("warning", "16:36")
    assert "kept 1 times in 1 d already" in give(guard, keep(1, 2.7), 2.7)


def test_keeping_is_for_one_run_and_for_idleness_alone() -> None:
    guard = warned()
    give(guard, keep(6, 2.1), 2.1)
    guard.change(NAME, status=ResourceStatus.STOPPED)
    guard.start(NAME, at(2.5))
    guard.activity[NAME] = jupyter(2.5)
    assert run(guard, 2.5, 4)[0] == ("warning", "17:30")
    other = untagged(NAME)
    says = give(other, keep(2, 0.1), 0.1)
    assert says == (
        f"{NAME} is not kept, because what was reported is not idleness but: "
        "required tags are missing or not known."
    )
    assert other.case(NAME).kept == ()


def test_no_answer_extends_the_longest_run() -> None:
    guard = account(max_age=timedelta(hours=2))
    guard.activity[NAME] = jupyter(1, "busy")
    run(guard, 2, 2.1)
    assert "Keeping it does not extend this: it has run for" in give(guard, keep(2, 2.1), 2.1)
    assert run(guard, 2.25, 3)[-1] == ("stopped", "16:15")


def test_what_else_is_wrong_is_not_kept_and_the_answer_says_so() -> None:
    guard = account()
    guard.activity[NAME] = jupyter(1)
    guard.change(NAME, tags={"Name": "John Doe"})
    run(guard, 2, 2.1)
    says = give(guard, keep(2, 2.1), 2.1)
    assert says.endswith("This does not change: required tags are missing or not known.")
    assert set(guard.case(NAME).findings) == {"missing-tags"}


def test_nothing_reported_is_nothing_to_keep() -> None:
    guard = untagged(NAME)
    nothing = replace(guard.case(NAME), findings={})
    says = keep(1, 0.1)(nothing, guard.named(NAME), guard.policy).says
    assert says == f"{NAME} is not kept, because nothing was reported."
    off = {rule: each for rule, each in guard.policy.rules.items() if rule != "idle"}
    without = replace(guard.policy, rules=off)
    assert not keep(1, 0.1)(nothing, guard.named(NAME), without).done


def test_an_owner_stops_it_before_the_deadline_and_the_notice_says_who() -> None:
    guard = untagged(NAME)
    assert give(guard, stop(0.1), 0.1) == (
        f"{NAME} is being stopped, for: required tags are missing or not known."
    )
    assert guard.stopped == [NAME]
    stopped = guard.notices[-1]
    assert stopped.stage == "stopped"
    assert "; John Doe asked to stop it now" in stopped.reason


def test_a_second_press_of_stop_now_asks_for_no_second_stop() -> None:
    guard = untagged(NAME)
    case = guard.case(NAME)
    answered = stop(0.1)(case, guard.named(NAME), guard.policy)
    assert answered.case is not None
    again = stop(0.2)(answered.case, guard.named(NAME), guard.policy)
    assert (again.done, again.case) == (True, None)


def test_what_was_fixed_meanwhile_is_not_stopped() -> None:
    guard = untagged(NAME)
    guard.change(NAME, tags=notebook().tags)
    give(guard, stop(0.1), 0.1)
    assert guard.stopped == []
    assert guard.notices[-1].stage == "all-clear"


def test_one_of_two_recipients_waives_only_their_own_grace() -> None:
    tags = {"Name": "John Doe / Jane Roe"}
    guard = Account(policy(), notebook("Both-Demo", tags=tags))
    guard.sweep(at(0))
    both = (JANE.key, JOHN.key)
    says = give(guard, stop(0.1, JOHN, both), 0.1, "Both-Demo")
    assert says == "Both-Demo is stopped when Jane Roe asks for it too, or at the deadline."
    assert guard.stopped == []
    give(guard, stop(0.2, JANE, both), 0.2, "Both-Demo")
    assert guard.stopped == ["Both-Demo"]


def test_a_waiver_ends_with_its_finding() -> None:
    guard = untagged(NAME)
    case = guard.case(NAME)
    answered = stop(0.1)(case, guard.named(NAME), guard.policy)
    assert answered.case is not None
    assert guard.cases.save(answered.case, case, at(0.1))
    guard.change(NAME, tags=notebook().tags)
    guard.run(at(0.2))
    guard.change(NAME, tags={"Name": "John Doe"})
    guard.run(at(0.3))
    guard.run(at(0.4))
    assert guard.stopped == []


@pytest.mark.parametrize(
    ("changes", "by"),
    [({"mode": Mode.WARN}, JOHN), ({"mode": Mode.OBSERVE}, JOHN), ({}, JANE)],
    ids=["warn", "observe", "somebody else"],
)
def test_what_the_guard_may_not_stop_is_not_stopped_by_an_answer(
    changes: dict[str, Mode], by: Responder
) -> None:
    guard = untagged(NAME, **changes)
    says = give(guard, stop(0.1, by), 0.1)
    assert says.startswith(f"Costguard may not stop {NAME} now. ")
    assert guard.stopped == []


@pytest.mark.parametrize("answer", [keep(2, 2.3), stop(2.3)], ids=["keep", "stop"])
def test_an_answer_after_the_stop_is_told_the_truth(answer: Answer) -> None:
    guard = warned()
    guard.sweep(at(2.3))
    guard.enforce(at(2.3))
    assert guard.stopped == [NAME]
    asked = answer(guard.case(NAME), guard.named(NAME), guard.policy)
    assert asked == Answered(done=False, says=f"It is too late: {NAME} is already being stopped.")
    guard.settle(at(2.4))
    asked = answer(guard.case(NAME), guard.named(NAME), guard.policy)
    assert asked == Answered(done=False, says=f"{NAME} does not run, so there is nothing to do.")


def test_an_answer_just_before_the_stop_wins() -> None:
    guard = warned()
    guard.sweep(at(2.3))
    before = guard.case(NAME)
    answered = keep(2, 2.3)(before, guard.named(NAME), guard.policy)
    assert answered.case is not None
    changed = answered.case
    guard.concurrent_write = lambda: guard.cases.save(changed, before, at(2.3))
    assert guard.enforce(at(2.3 + MINUTE)) == ["overtaken"]
    assert guard.stopped == []
    assert run(guard, 2.4, 4) == [("all-clear", "16:24")]
