"""Laws of the rule `idle`, for any sequence of facts and any policy."""

from copy import replace
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from costguard.costs.by_price import ByPrice, PriceRange, for_any_price
from costguard.costs.prices import Price, Prices
from costguard.resources.activity import Activity, Heartbeat, JupyterActivity, Kernel, Shell
from costguard.resources.model import ResourceStatus
from costguard.rules.base import EvaluationContext, Fail
from costguard.rules.idle import Options, check
from tests.factories import PEOPLE, at, notebook
from tests.scenarios.account import Account
from tests.scenarios.test_idle import NAME, idle_policy

GRACE = timedelta(minutes=15)
MINUTE, WEEK = timedelta(minutes=1), timedelta(days=7)
QUARTER, HOURS = timedelta(minutes=15), timedelta(hours=9)


@dataclass(frozen=True)
class Look:
    """What one sweep may see, and who works: in a cell, or where only a heartbeat sees it."""

    cell: bool = False
    hidden: bool = False  # the cell is listed idle all the same
    let_go: bool = False
    jupyter: bool = True
    asked: bool = True
    inside: bool = True  # a heartbeat whose file is read
    sent: bool = False  # metrics that somebody sent, and that say that nothing works

    @property
    def is_seen(self) -> bool:
        """Tell whether somebody sees the work."""
        from_outside = self.jupyter and self.cell and (self.asked or not self.hidden)
        from_inside = self.jupyter and self.inside and (self.cell or self.let_go)
        return from_outside or from_inside


@dataclass(frozen=True)
class Times:
    """What the policy says."""

    after: timedelta  # as it holds for the price of the notebook
    after_unseen: timedelta
    table: ByPrice[timedelta]
    usd: Decimal | None = None  # the price of an hour; None: no table has it

    @property
    def step(self) -> timedelta:
        return self.after / 4

    @property
    def max_age(self) -> timedelta:
        return self.after * 12

    @property
    def unseen(self) -> timedelta:
        return max(self.after, self.after_unseen)


SELDOM = st.integers(0, 9).map(lambda one: one == 0)
MOSTLY = st.integers(0, 9).map(lambda one: one != 0)
LOOK = st.builds(
    Look,
    cell=SELDOM,
    hidden=st.booleans(),
    let_go=SELDOM,
    jupyter=MOSTLY,
    asked=MOSTLY,
    inside=st.booleans(),
    sent=st.booleans(),
)
LOOKS = st.lists(LOOK, min_size=12, max_size=44)
CHEAP, DEAR = PriceRange(is_above=False, usd=Decimal(1)), PriceRange(is_above=True, usd=Decimal(2))
SPANS = st.timedeltas(MINUTE, WEEK)
TABLES = st.builds(
    lambda rest, cheap, dear: ByPrice(rest, {CHEAP: cheap, DEAR: dear}), SPANS, SPANS, SPANS
)


def _times(table: ByPrice[timedelta], usd: Decimal | None, part: float) -> Times:
    return Times(table.of(usd), table.of(usd) * part, table, usd)


TIMES = st.builds(
    _times,
    SPANS.map(for_any_price) | TABLES,
    st.sampled_from([None, *map(Decimal, ("0.5", "1", "1.5", "2", "3"))]),
    st.sampled_from([0, 0.5, 1, 2, 3]),
)


@dataclass(frozen=True)
class Story:
    """When somebody was seen to work, when it was warned, and when and in which look stopped."""

    worked: tuple[datetime, ...]
    warned: tuple[datetime, ...]
    stopped: datetime | None
    last: Look


def play(looks: list[Look], times: Times) -> Story:
    policy = idle_policy(
        after=times.table,
        after_unseen=times.after_unseen,
        after_job=timedelta(0),
        max_age=times.max_age,
    )
    alone = replace(policy, rules={"idle": policy.rules["idle"]})
    account = Account(alone, notebook(NAME, started=at(0)))
    account.prices = _prices(times.usd)
    worked, warned, cell = [at(0)], [], at(0)
    for number, look in enumerate(looks):
        now = at(0) + number * times.step
        cell = now if look.cell else cell
        account.activity[NAME] = _seen(look, cell, now)
        told, looked = len(account.notices), len(account.observed)
        account.run(now)
        if look.is_seen and len(account.observed) > looked:  # a young one is not looked at
            worked.append(now)
        warned += [now for notice in account.notices[told:] if notice.stage == "warning"]
        if account.named(NAME).status is ResourceStatus.STOPPED:
            return Story(tuple(worked), tuple(warned), now, look)
    return Story(tuple(worked), tuple(warned), None, looks[-1])


def _prices(usd: Decimal | None) -> Prices:
    key = ("us-east-2", "notebook", "ml.t3.medium")
    return Prices({} if usd is None else {key: Price(usd, "a test", "2026-11-23")})


def _seen(look: Look, cell: datetime, now: datetime) -> Activity:
    listed = "busy" if look.cell and not look.hidden else "idle"
    answer = Shell.BUSY if look.cell else Shell.FREE
    shell = answer if look.asked and listed == "idle" else None
    works = float(look.cell or look.let_go)
    beats = (Heartbeat(at=now, busy_kernels=works),) if look.inside else ()
    jupyter = JupyterActivity(
        seen=now, kernels=(Kernel(listed, cell, id="one", shell=shell),), beats=beats
    )
    sent = (Heartbeat(at=now, busy_kernels=0, working_terminals=0, cpu=0),) if look.sent else ()
    return Activity(jupyter=jupyter if look.jupyter else None, heartbeats=sent)


def is_of_idleness(story: Story, times: Times) -> bool:
    """Tell a stop before the maximum age, which holds whatever happens."""
    return story.stopped is not None and story.stopped - at(0) < times.max_age


@given(LOOKS, TIMES)
@settings(max_examples=30, deadline=None)
def test_no_stop_without_an_earlier_warning_and_an_elapsed_grace(
    looks: list[Look], times: Times
) -> None:
    story = play(looks, times)
    if story.stopped:
        assert any(story.stopped - warned >= GRACE for warned in story.warned)


@given(LOOKS, TIMES)
@settings(max_examples=50, deadline=None)
def test_no_stop_within_after_of_any_work_that_was_seen(looks: list[Look], times: Times) -> None:
    story = play(looks, times)
    if story.stopped and is_of_idleness(story, times):
        assert all(story.stopped - worked >= times.after for worked in story.worked)


@given(LOOKS, TIMES)
@settings(max_examples=50, deadline=None)
def test_where_nobody_looks_from_inside_the_longer_time_has_passed_since_any_work(
    looks: list[Look], times: Times
) -> None:
    story = play(looks, times)
    if story.stopped and is_of_idleness(story, times) and not story.last.inside:
        assert all(story.stopped - worked >= times.unseen for worked in story.worked)


@given(
    st.lists(MOSTLY, min_size=8, max_size=90),
    st.timedeltas(MINUTE, HOURS),
    st.timedeltas(MINUTE, HOURS),
)
@settings(max_examples=100, deadline=None)
def test_the_longer_time_has_passed_since_the_heartbeat_was_silent(
    beating: list[bool], after: timedelta, after_unseen: timedelta
) -> None:
    now = at(0) + QUARTER * len(beating)
    beats = tuple(
        Heartbeat(at=at(0) + QUARTER * number + MINUTE * 5 * part, busy_kernels=0)
        for number, beats_then in enumerate([True, *beating, True], -1)
        for part in (0, 1, 2)
        if beats_then
    )
    seen = JupyterActivity(seen=now, beats=tuple(beat for beat in beats if beat.at <= now))
    limits = Options(after=for_any_price(after), after_unseen=after_unseen, max_age=WEEK)
    box = notebook(NAME, started=at(-1), activity=Activity(jupyter=seen))
    stops = isinstance(check(box, limits, EvaluationContext(now=now, directory=PEOPLE)), Fail)
    silent = [number for number, beats_then in enumerate(beating) if not beats_then]
    if stops:
        assert all(now - at(0) - QUARTER * number >= max(after, after_unseen) for number in silent)
    elif not silent:
        assert now - at(-1) < after


@given(LOOKS, TIMES)
@settings(max_examples=50, deadline=None)
def test_no_stop_for_idleness_without_an_answer_of_its_kernels_or_of_the_heartbeat(
    looks: list[Look], times: Times
) -> None:
    unasked = [replace(look, asked=False, inside=False) for look in looks]
    assert not is_of_idleness(play(unasked, times), times)
    unanswered = [replace(look, jupyter=False) for look in looks]
    assert not is_of_idleness(play(unanswered, times), times)


@given(LOOKS, TIMES, st.integers(0, 55))
@settings(max_examples=25, deadline=None)
def test_more_work_never_makes_a_stop_earlier(looks: list[Look], times: Times, place: int) -> None:
    less, place = play(looks, times), place % len(looks)
    for work in (Look(cell=True), Look(cell=True, hidden=True), Look(let_go=True)):
        more = play([*looks[:place], work, *looks[place + 1 :]], times)
        if more.stopped:
            assert less.stopped is not None
            assert more.stopped >= less.stopped


@given(LOOKS, TIMES)
@settings(max_examples=25, deadline=None)
def test_what_somebody_else_sends_never_makes_a_stop_earlier(
    looks: list[Look], times: Times
) -> None:
    honest = play([replace(look, sent=False) for look in looks], times)
    forged = play([replace(look, sent=True) for look in looks], times)
    if forged.stopped:
        assert honest.stopped is not None
        assert forged.stopped >= honest.stopped


@given(LOOKS, TIMES)
@settings(max_examples=20, deadline=None)
def test_nobody_runs_longer_than_the_maximum_age_and_two_looks(
    looks: list[Look], times: Times
) -> None:
    story = play(looks, times)
    if len(looks) * times.step > times.max_age + GRACE + 2 * times.step:
        assert story.stopped


@given(TABLES, st.sampled_from([None, Decimal("0.5"), Decimal("1.5"), Decimal(3)]))
@settings(max_examples=40, deadline=None)
def test_an_idle_notebook_is_warned_by_its_own_price_and_never_by_that_of_others(
    table: ByPrice[timedelta], usd: Decimal | None
) -> None:
    times = _times(table, usd, 0)
    story = play([Look(inside=True)] * 12, times)
    (warned,) = story.warned
    assert times.after <= warned - at(0) <= times.after + times.step
