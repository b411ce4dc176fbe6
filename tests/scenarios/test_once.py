"""The admins get each notice about the account once, whatever happens to a sweep."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from costguard.app.silence import WOKE
from costguard.app.sweep import sweep
from costguard.app.telling import IN_HAND
from costguard.enforcement.case import Case
from costguard.notifications.notice import Notice, NoticeStage
from costguard.policy.model import Exemption
from tests.factories import GOOD_TAGS, at, notebook, policy
from tests.fakes import Refused, override
from tests.scenarios.account import Account
from tests.scenarios.test_money import NAME, account, budget

MINUTE = timedelta(minutes=1)

type Change = tuple[Case, Case | None]


def nearly_spent() -> Account:
    """Give an account with a budget that is used up, and an exemption that has ended."""
    rules = budget("per_project = { sinkorswim = 0.1 }")
    world = account(notebook(NAME))
    world.sweep(at(20))  # the meter begins
    world.policy = rules
    ended = Exemption(names=("x",), why="paper", by="prof", until=at(1))
    world.policy = replace(world.policy, exemptions=(ended,))
    return world


def told(world: Account) -> list[str]:
    """Name what the admins were told of the account, in order."""
    texts = [text.split(maxsplit=4)[:3] for text in world.summaries]
    budgets = [n.stage for n in world.notices if n.resource["kind"] == "budget"]
    return sorted([*(" ".join(words) for words in texts), *budgets])


def run(world: Account, when: datetime, **changed: Callable[..., Any]) -> None:
    """Sweep with other marks; what fails is only collected."""
    ports = world.sweep_ports
    try:
        sweep(replace(ports, marks=override(ports.marks, **changed)), now=when)
    except ExceptionGroup:
        return


def test_sweeps_that_overlap_tell_once() -> None:
    world = nearly_spent()
    world.sweep(at(24))
    once = told(world)
    assert "budget" in once

    other = nearly_spent()
    inner = other.sweep_ports
    seen = override(inner.marks, last_time=lambda _word: None)  # neither sees the other's mark

    def tell_twice() -> None:
        sweep(replace(inner, marks=seen), now=at(24) + MINUTE)

    def last_time(word: str) -> datetime | None:
        if not word.startswith("swept"):
            return None
        return inner.marks.last_time(word)

    run(other, at(24), last_time=last_time)
    tell_twice()
    assert told(other) == once


def test_where_the_ledger_takes_no_writes_nobody_is_told_again_and_again() -> None:
    world = nearly_spent()

    def refuse(*_asked: object) -> None:
        raise Refused("PutItem")

    for hours in range(20):
        run(world, at(24 + hours), mark_time=refuse, take_in_hand=refuse)
    assert told(world) == []
    world.sweep(at(44))
    assert len(told(world)) == len(set(told(world))) > 0


def test_where_only_the_mark_is_refused_it_is_told_once_a_day_and_no_more() -> None:
    world = nearly_spent()

    def refuse(*_asked: object) -> None:
        raise Refused("PutItem")

    for hours in range(20):
        run(world, at(24 + hours), mark_time=refuse)
    once = told(world)
    assert len(once) == len(set(once)) > 0
    run(world, at(24) + IN_HAND + MINUTE, mark_time=refuse)
    assert len(told(world)) == 2 * len(once)


def test_what_could_not_be_told_is_told_by_the_next_sweep() -> None:
    world = nearly_spent()
    world.sns_fails = True
    with pytest.raises(ExceptionGroup):
        world.sweep(at(24))
    world.sns_fails = False
    world.sweep(at(24) + 10 * MINUTE)
    assert told(world).count("budget") == 1


def test_a_budget_told_twice_is_one_notice_for_its_readers() -> None:
    world = nearly_spent()

    def refuse(*_asked: object) -> None:
        raise Refused("PutItem")

    run(world, at(24), mark_time=refuse)
    run(world, at(24) + IN_HAND + MINUTE, mark_time=refuse)
    first, second = [n for n in world.notices if n.resource["kind"] == "budget"]
    assert (first.id, first.time) == (second.id, second.time)


# --- two decisions of one moment


@pytest.mark.parametrize("started_again", [False, True])
def test_a_restored_ledger_builds_the_same_notice_of_a_stop(
    started_again: bool,  # noqa: FBT001
) -> None:
    world = Account(policy(), notebook(NAME, tags={}))
    world.run(at(0))
    world.sweep(at(4))
    world.enforce()
    before = dict(world.ledger)  # the stop was asked for, and is not confirmed
    world.settle(at(4.1))
    world.ledger |= before
    world.markers[WOKE] = at(5)
    if started_again:
        world.change(NAME, tags=GOOD_TAGS)
        world.start(NAME, at(4.5))
    world.run(at(5))
    world.run(at(5.1))
    stopped = [n for n in world.published if n.stage is NoticeStage.STOPPED]
    assert len(stopped) == 2
    assert len({(n.id, n.time) for n in stopped}) == 1


def test_a_warning_an_all_clear_and_a_warning_of_one_moment_are_three_in_order() -> None:
    world = account(notebook(NAME, tags={}))
    for given in ({}, GOOD_TAGS, {}):
        world.change(NAME, tags=given)
        world.event(NAME, at(1))
    stages = [notice.stage for notice in world.notices]
    ids = {notice.id for notice in world.notices}
    assert stages == ["warning", "all-clear", "warning"]
    assert len(ids) == 3
    keys = [(n.time, getattr(n, "version", 0)) for n in world.notices]
    assert keys == sorted(keys)
    assert len({version for _, version in keys}) == 3


def many(number: int = 30) -> Account:
    """Give an account with so many notebooks without tags."""
    return Account(policy(), *(notebook(f"DoeJohn-N{each}", tags={}) for each in range(number)))


def warned(world: Account) -> list[str]:
    """Name what was warned about, in order."""
    return sorted(name for stage, name in world.new_notices() if stage == "warning")


def test_a_notice_that_is_refused_is_told_later_and_its_neighbours_now_and_once() -> None:
    world = many()
    publish_each, refused = world.publish_each, list[str]()

    def pick(notices: Sequence[Notice]) -> Mapping[str, Exception]:
        refused.extend(each.resource.name for each in notices[1:2])
        kept = [each for each in notices if each is not notices[1]]
        return {**publish_each(kept), notices[1].id: Refused("SNS: InternalError")}

    ports = world.sweep_ports
    with pytest.raises(ExceptionGroup):
        sweep(replace(ports, notices=override(ports.notices, publish_each=pick)), now=at(0))
    first = warned(world)
    assert refused
    assert not {*first} & {*refused}
    assert all(bool(world.case(name).outbox) is (name in refused) for name in [*first, *refused])
    world.sweep(at(0.1))
    assert warned(world) == sorted(refused)
    world.sweep(at(0.2))
    assert warned(world) == []


def test_a_case_that_cannot_be_written_hinders_none_of_those_written_with_it() -> None:
    world = many()
    ports, bad = world.sweep_ports, "notebook-instance/doejohn-n7"

    def refuse_one(changes: Iterable[Change], now: datetime) -> Sequence[bool]:
        changes = list(changes)
        if any(new.ref.key == bad for new, _ in changes):
            raise Refused("ValidationException: item size")
        return ports.cases.save_each(changes, now)

    cases = override(ports.cases, save_each=refuse_one)
    with pytest.raises(ExceptionGroup) as caught:
        sweep(replace(ports, cases=cases), now=at(0))
    assert [str(error) for error in caught.value.exceptions] == ["ValidationException: item size"]
    assert len(warned(world)) == 29


def test_an_error_of_one_change_alone_is_told_once() -> None:
    world = many(1)

    def refuse(*_: object) -> Sequence[bool]:
        raise Refused("PutItem")

    ports = world.sweep_ports
    with pytest.raises(ExceptionGroup) as caught:
        sweep(replace(ports, cases=override(ports.cases, save_each=refuse)), now=at(0))
    assert [str(error) for error in caught.value.exceptions] == ["PutItem"]


def test_what_another_writer_has_changed_is_left_and_the_others_are_written() -> None:
    world = many()
    world.concurrent_write = lambda: world.event("DoeJohn-N3", at(0))
    world.sweep(at(0))
    assert warned(world) == sorted(f"DoeJohn-N{each}" for each in range(30))
