"""Which notebooks are asked again, by their earlier observations."""

from copy import replace
from datetime import datetime, timedelta

import pytest

from costguard.app.activity_memory import (
    AGAIN_IN_VAIN,
    ActivityMemory,
    join_activity,
    to_question,
    with_answer,
)
from costguard.resources.activity import (
    Activity,
    Heartbeat,
    JupyterActivity,
    Kernel,
    Shell,
    WorkMemory,
)
from costguard.resources.model import Resource
from tests.factories import at, notebook

ONE = notebook("one", started=at(0))
BUSY = JupyterActivity(seen=at(1), kernels=(Kernel("busy", at(1)),))
DUMB = JupyterActivity(seen=at(1), problem="timeout")
LISTED = JupyterActivity(seen=at(1), kernels=(Kernel("idle", at(0.5), id="one"),))
REFUSED = replace(LISTED, why_unasked="its web socket was refused (HTTP 403)")
THIS_RUN = WorkMemory(run=at(0))
BEAT = Heartbeat(at=at(1), cpu=5.0)


def in_four_hours(_notebook: Resource, _known: Activity) -> datetime:
    return at(4)


@pytest.mark.parametrize(
    ("seen", "now", "asked"),
    [
        (Activity(jupyter=BUSY), at(3.99), False),
        (Activity(jupyter=BUSY), at(4), True),
        (Activity(heartbeats=(BEAT,)), at(3.99), False),
        (Activity(jupyter=DUMB), at(1) + AGAIN_IN_VAIN / 2, False),
        (Activity(jupyter=DUMB), at(1) + AGAIN_IN_VAIN, True),
        (Activity(jupyter=replace(DUMB, partly=True)), at(1), True),
        (Activity(jupyter=REFUSED), at(1) + AGAIN_IN_VAIN / 2, False),
        (Activity(jupyter=REFUSED), at(1) + AGAIN_IN_VAIN, True),
        (Activity(), at(1) + AGAIN_IN_VAIN, True),
        (None, at(1), True),
    ],
)
def test_nobody_is_asked_again_before_the_answer_can_matter(
    seen: Activity | None, now: datetime, *, asked: bool
) -> None:
    memory = ActivityMemory()
    if seen:
        memory.remember({ONE.ref.key: seen}, (), at(1))
    assert memory.to_ask([ONE], now, in_four_hours) == [ONE] * asked
    assert memory.to_ask([ONE], now, None) == [ONE]


def test_what_was_seen_of_an_earlier_run_says_nothing_of_this_one() -> None:
    memory = ActivityMemory()
    memory.remember({ONE.ref.key: Activity(jupyter=BUSY)}, (), at(1))
    again = notebook("one", started=at(2))
    assert memory.to_ask([again], at(2), in_four_hours) == [again]


def test_heartbeats_are_read_where_they_can_matter_and_may_be_there() -> None:
    memory, seen = ActivityMemory(), {ONE.ref.key: Activity()}
    assert memory.heartbeats_to_read([ONE], seen, at(3), in_four_hours) == []
    assert memory.heartbeats_to_read([ONE], seen, at(4), in_four_hours) == [ONE]
    memory.remember(seen, [ONE], at(4))
    assert memory.heartbeats_to_read([ONE], seen, at(4.4), in_four_hours) == []
    assert memory.heartbeats_to_read([ONE], seen, at(4.4), None) == [ONE]
    assert memory.heartbeats_to_read([ONE], seen, at(4.5), in_four_hours) == [ONE]
    assert memory.of([ONE]) == seen


def test_a_heartbeat_of_an_earlier_run_is_left_out() -> None:
    late = Heartbeat(at=at(0) + timedelta(minutes=5))
    beats = {"one": (Heartbeat(at=at(0)), late), "two": (Heartbeat(at=at(-9)),)}
    two = notebook("two", started=None)
    assert join_activity([ONE, two], {"one": BUSY}, beats) == {
        ONE.ref.key: Activity(jupyter=BUSY, heartbeats=(late,), remembered=THIS_RUN),
        two.ref.key: Activity(heartbeats=beats["two"]),
    }


def test_beats_of_an_earlier_run_are_left_out_of_the_file_too() -> None:
    late = Heartbeat(at=at(0) + timedelta(minutes=5))
    seen = replace(BUSY, beats=(Heartbeat(at=at(-9)), late))
    [activity] = join_activity([ONE], {"one": seen}, {}).values()
    assert activity.jupyter == replace(BUSY, beats=(late,))


def test_what_is_remembered_of_this_run_is_joined() -> None:
    work = WorkMemory(run=at(0), worked=at(1))
    for known in (work, WorkMemory(run=at(-5), worked=at(-4))):
        [activity] = join_activity([ONE], {}, {}, {ONE.ref.key: known}).values()
        assert activity.remembered == (work if known is work else THIS_RUN)


def test_kernels_are_asked_just_before_something_depends_on_it() -> None:
    seen = {ONE.ref.key: Activity(jupyter=LISTED)}
    assert to_question([ONE], seen, at(3.9), in_four_hours) == []
    assert to_question([ONE], seen, at(4), in_four_hours) == [ONE]
    assert to_question([ONE], seen, at(1), None) == [ONE]
    assert to_question([ONE], {ONE.ref.key: Activity(jupyter=BUSY)}, at(4), None) == []


def test_an_answer_takes_the_place_of_a_look_and_a_refusal_stands_beside_it() -> None:
    looked = Activity(jupyter=LISTED)
    free = replace(LISTED, kernels=(Kernel("idle", at(0.5), id="one", shell=Shell.FREE),))
    assert with_answer(ONE, looked, free).jupyter == free
    late = JupyterActivity(seen=at(1), problem="timeout")
    assert with_answer(ONE, looked, late).jupyter == replace(LISTED, why_unasked="timeout")


def test_what_follows_from_a_look_is_kept_with_it() -> None:
    memory = ActivityMemory()
    memory.remember({ONE.ref.key: Activity(jupyter=BUSY)}, (), at(1))
    memory.keep({ONE.ref.key: THIS_RUN, "notebook-instance/other": THIS_RUN})
    assert memory.of([ONE]) == {ONE.ref.key: Activity(jupyter=BUSY, remembered=THIS_RUN)}
