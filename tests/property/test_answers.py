"""Answers to notices, whatever people press: within the limits, and at nobody else's cost."""

from copy import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from costguard.enforcement.answers import Responder, answer_with_stop
from costguard.idleness.keep_until import KeepLimits, answer_keep, decide_keep
from costguard.resources.activity import KeepRequest
from tests.factories import GOOD_TAGS, at, notebook, policy
from tests.scenarios.account import Account

NAME = "Both-Demo"
OWNERS = (Responder(name="Jane Roe", key="janeroe"), Responder(name="John Doe", key="johndoe"))
KEYS = tuple(each.key for each in OWNERS)
GRACE = 4  # hours, of a notebook in the tests' policy
LIMITS = KeepLimits(at_most=timedelta(hours=6), times=2, within=timedelta(days=1))
PRESSES = st.lists(st.tuples(st.floats(0, 72), st.floats(-1, 9), st.booleans()), max_size=8).map(
    sorted
)


@given(PRESSES)
def test_no_presses_keep_more_than_the_limits_allow(
    presses: list[tuple[float, float, bool]],
) -> None:
    kept: tuple[KeepRequest, ...] = ()
    for when, wanted, by_tag in presses:
        until = (at(when) + timedelta(hours=wanted)).isoformat()
        if by_tag:
            kept = (*kept, KeepRequest(until, at(when)))
            continue
        answer = KeepRequest(until, at(when), "Jane Roe")
        kept, _ = answer_keep(kept, LIMITS, answer, zone=UTC, run=at(0))
    granted = [each for each in kept if each.by]
    for each in granted:
        assert datetime.fromisoformat(each.value) - each.seen <= LIMITS.at_most
        near = [k for k in granted if each.seen - LIMITS.within < k.seen <= each.seen]
        assert len(near) <= LIMITS.times
    ends = [datetime.fromisoformat(each.value) for each in granted]
    for hour in range(0, 90, 3):
        decided = decide_keep(None, kept, LIMITS, zone=UTC, now=at(hour), run=at(0))
        assert decided.until is None or decided.until in ends
        later = decide_keep(None, kept, LIMITS, zone=UTC, now=at(hour), run=at(100))
        assert later.until is None  # another run is not kept


@given(
    who=st.sets(st.sampled_from(OWNERS)),
    pressed=st.floats(0.1, 1),
    looked=st.floats(1, 6),
    is_fixed=st.booleans(),
)
def test_nobody_loses_a_grace_that_another_has_waived(
    who: set[Responder], pressed: float, looked: float, *, is_fixed: bool
) -> None:
    rules = {"missing-tags": policy().rules["missing-tags"]}
    guard = Account(
        replace(policy(), rules=rules), notebook(NAME, tags={"Name": "John Doe / Jane Roe"})
    )
    guard.sweep(at(0))
    for by in sorted(who, key=lambda each: each.key):
        case = guard.case(NAME)
        answered = answer_with_stop(case, guard.named(NAME), guard.policy, by, KEYS, at(pressed))
        assert answered.case is not None
        assert guard.cases.save(answered.case, case, at(pressed))
    if is_fixed:
        guard.change(NAME, tags=GOOD_TAGS | {"Name": "John Doe / Jane Roe"})
    guard.sweep(at(looked))
    guard.enforce(at(looked))
    may_stop = len(who) == len(OWNERS) or looked >= GRACE
    breaks = "missing-tags" in guard.case(NAME).findings
    assert breaks is not is_fixed
    assert guard.stopped == ([NAME] if may_stop and breaks else [])
