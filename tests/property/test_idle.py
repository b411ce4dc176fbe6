"""Laws of the rule `idle`, for any sequence of activity."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from costguard.resources.activity import Activity, Heartbeat, JupyterActivity, Kernel
from costguard.resources.model import ResourceStatus
from costguard.rules import RULES
from tests.factories import at, notebook
from tests.scenarios.account import Account
from tests.scenarios.test_idle import NAME, idle_policy

STEP = timedelta(minutes=10)
OPTIONS = RULES["idle"].options
GRACE = timedelta(minutes=15)


@dataclass(frozen=True)
class Look:
    """What one sweep may see: somebody works, nobody does, or nobody can tell."""

    works: bool
    jupyter: bool
    heartbeat: bool


SELDOM = st.integers(0, 9).map(lambda one: one == 0)
LOOKS = st.lists(
    st.builds(Look, works=SELDOM, jupyter=st.booleans(), heartbeat=st.booleans()),
    min_size=20,
    max_size=90,
)


@dataclass(frozen=True)
class Story:
    """When somebody worked and was seen to, when it was warned, and when stopped."""

    worked: tuple[datetime, ...]
    warned: tuple[datetime, ...]
    stopped: datetime | None


def play(looks: list[Look]) -> Story:
    account = Account(idle_policy(), notebook(NAME, started=at(0)))
    worked, warned = [at(0)], []
    for number, look in enumerate(looks):
        now = at(0) + number * STEP
        if look.works and (look.jupyter or look.heartbeat):
            worked.append(now)
        account.activity[NAME] = _seen(look, max(worked), now)
        told = len(account.notices)
        account.run(now)
        warned += [now for notice in account.notices[told:] if notice.stage == "warning"]
        if account.named(NAME).status is ResourceStatus.STOPPED:
            return Story(tuple(worked), tuple(warned), now)
    return Story(tuple(worked), tuple(warned), None)


def _seen(look: Look, last: datetime, now: datetime) -> Activity:
    state = "busy" if look.works else "idle"
    jupyter = JupyterActivity(seen=now, kernels=(Kernel(state, last),))
    beat = Heartbeat(
        at=now, busy_kernels=float(look.works), since_input=(now - last).total_seconds()
    )
    return Activity(
        jupyter=jupyter if look.jupyter else None, heartbeats=(beat,) if look.heartbeat else ()
    )


@given(LOOKS)
@settings(max_examples=60, deadline=None)
def test_no_stop_without_an_earlier_warning_and_an_elapsed_grace(looks: list[Look]) -> None:
    story = play(looks)
    if story.stopped:
        assert any(story.stopped - warned >= GRACE for warned in story.warned)


@given(LOOKS)
@settings(max_examples=60, deadline=None)
def test_no_stop_within_after_of_any_activity_before_the_maximum_age(looks: list[Look]) -> None:
    story = play(looks)
    if story.stopped and story.stopped - at(0) < OPTIONS.max_age:
        assert all(story.stopped - worked >= OPTIONS.after for worked in story.worked)


@given(LOOKS, st.integers(0, 89))
@settings(max_examples=60, deadline=None)
def test_more_activity_never_makes_a_stop_earlier(looks: list[Look], place: int) -> None:
    less, place = play(looks), place % len(looks)
    more = play([*looks[:place], Look(True, True, True), *looks[place + 1 :]])  # noqa: FBT003
    if more.stopped:
        assert less.stopped is not None
        assert more.stopped >= less.stopped


@given(LOOKS)
@settings(max_examples=30, deadline=None)
def test_nobody_runs_longer_than_the_maximum_age_and_two_looks(looks: list[Look]) -> None:
    story = play(looks)
    if len(looks) * STEP > OPTIONS.max_age + GRACE + 2 * STEP:
        assert story.stopped
