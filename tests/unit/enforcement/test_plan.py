"""The ladder's table, the case it is written in, and the corners that no story visits."""

import json
from copy import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from costguard.enforcement.brake import plan_fleet
from costguard.enforcement.case import (
    Case,
    FindingState,
    decode_case,
    encode_case,
    open_case,
    without_sent,
)
from costguard.enforcement.evaluation import evaluate
from costguard.enforcement.hearing import Hearing
from costguard.enforcement.transition import TRANSITIONS, Transition
from costguard.policy.model import Mode, Policy, RuleOverrides
from costguard.resources.model import ResourceStatus
from costguard.resources.per_kind import for_all
from costguard.rules import RULES
from tests.factories import at, case, mark, notebook, policy, published, step, training_job, waiting


def test_the_table_of_moves_has_an_answer_for_every_mode_and_stage() -> None:
    assert TRANSITIONS.keys() == set(product(Mode, FindingState))


def test_only_enforce_stops_and_only_after_a_warning() -> None:
    stops = {key for key, move in TRANSITIONS.items() if move is Transition.STOP}
    assert stops == {(Mode.ENFORCE, FindingState.DUE), (Mode.ENFORCE, FindingState.STOPPED)}


def test_observe_never_speaks_to_an_owner() -> None:
    moves = {move for (mode, _), move in TRANSITIONS.items() if mode is Mode.OBSERVE}
    assert moves == {Transition.OBSERVE, Transition.LOWER, Transition.NOTHING}


def full() -> Case:
    return case(
        notebook(),
        findings={
            "naming": mark(FindingState.WARNED, at(4)),
            "too-many": mark(FindingState.STOPPED),
        },
        stopping=at(1),
        asked=at(2),
        run=at(0),
        stops=3,
        stuck_told=True,
        held=True,
        gaps=("instance-type",),
        outbox=(waiting("a"), waiting("b")),
        updated=at(3),
    )


@pytest.mark.parametrize("written", [full(), open_case(notebook()), open_case(training_job())])
def test_a_case_is_read_as_it_was_written(written: Case) -> None:
    assert decode_case(encode_case(written)) == written


def test_a_case_that_a_later_version_wrote_is_read_after_a_way_back() -> None:
    written = case(notebook(), returns={"missing-tags": 2})
    assert decode_case(json.dumps(json.loads(encode_case(written)) | {"new": "a word"})) == written


def test_a_case_holds_nothing_that_has_no_form() -> None:
    unwritable: Any = object()
    with pytest.raises(TypeError):
        encode_case(replace(full(), run=unwritable))


def test_what_was_told_leaves_the_outbox() -> None:
    assert [notice.id for notice in without_sent(full(), [waiting("a"), waiting("x")]).outbox] == [
        "b"
    ]


@pytest.mark.parametrize(
    ("changes", "is_open"),
    [
        ({}, False),
        ({"stops": 2, "held": True}, False),
        ({"findings": {"naming": mark(FindingState.NOTIFIED)}}, True),
        ({"stopping": at(0)}, True),
        ({"gaps": ("naming",)}, True),
    ],
)
def test_a_case_is_open_while_something_is_left_to_watch(
    changes: dict[str, Any], *, is_open: bool
) -> None:
    assert case(notebook(), **changes).is_open is is_open


@pytest.mark.parametrize(("created", "same"), [(at(-1), True), (at(5), False), (None, True)])
def test_another_creation_time_is_another_resource(created: Any, *, same: bool) -> None:
    assert case(notebook()).is_about(notebook(created=created)) is same


def test_a_status_without_a_meaning_is_told_once_and_changes_no_finding() -> None:
    left = case(notebook(), findings={"naming": mark(FindingState.WARNED, at(1))})
    odd = notebook(status=ResourceStatus.UNKNOWN, status_word="InMaintenance")
    unknown = step(odd, left, policy(), at(9))
    assert unknown.after == replace(left, gaps=("status",), interrupted=odd.started)
    assert unknown.due == ()
    [told] = unknown.notices
    assert "AWS reports the status InMaintenance" in told.findings[0].reason
    assert not step(odd, unknown.after, policy(), at(9)).changes


def test_a_run_whose_start_is_not_known_is_no_new_run() -> None:
    stopping = case(notebook(), stopping=at(0), asked=at(0), run=at(0))
    waiting = step(notebook(started=None), stopping, policy(), at(0.01))
    assert waiting.after.stopping == at(0)


def test_the_first_of_several_deadlines_is_the_one_that_is_told() -> None:
    bad = notebook("x", instances=3)
    [told] = step(bad, None, policy(), at(0)).notices
    assert told.rule == "naming,too-many"
    assert published(told).deadline == "2026-11-23T14:15:00Z"


def test_a_due_finding_is_not_preceded_by_a_warning_about_another() -> None:
    warned = case(notebook(), findings={"too-many": mark(FindingState.WARNED, at(1))})
    due = step(notebook("x", instances=3), warned, policy(), at(2))
    assert [rule for rule, _ in due.due] == ["too-many"]
    assert due.notices == ()
    assert "naming" not in due.after.findings


def test_a_stop_without_grace_beside_a_rule_that_only_observes() -> None:
    rules = policy()
    observed = replace(rules.rules["naming"], overrides=RuleOverrides(mode=Mode.OBSERVE))
    rules = replace(rules, grace=for_all(timedelta(0)), rules={**rules.rules, "naming": observed})
    both = step(notebook("x", tags={}), None, rules, at(0))
    assert [rule for rule, _ in both.due] == ["missing-tags"]
    assert [(notice.stage, notice.rule) for notice in both.notices] == [("would-stop", "naming")]


def test_nothing_due_is_no_flood() -> None:
    good = evaluate(notebook(), policy(), now=at(0))
    plan = plan_fleet([(good, None, Hearing())], policy(max_stops=0), now=at(0))
    assert plan.held is None


def test_a_rule_that_breaks_leaves_a_gap_and_the_others_alone() -> None:
    rules = policy()
    broken = replace(rules.rules["too-many"], options=None)
    rules = replace(rules, rules={**rules.rules, "too-many": broken})
    said = evaluate(notebook("x"), rules, now=at(0))
    [gap] = said.unknowns
    assert (gap.rule, gap.fault) == ("too-many", True)
    assert said.violations.keys() == {"naming"}
    assert said.unanswered == {"too-many"}


def test_a_gap_neither_stops_nor_pardons() -> None:
    warned = case(training_job(), findings={"instance-type": mark(FindingState.WARNED, at(1))})
    blind = step(training_job(groups=None), warned, policy(), at(9))
    assert blind.due == ()
    assert blind.after.findings == warned.findings
    assert [notice.stage for notice in blind.notices] == ["failed"]


def test_a_gap_that_closes_may_open_again_and_is_told_again() -> None:
    known = case(training_job(), gaps=("instance-type",))
    closed = step(training_job(), known, policy(), at(1))
    assert closed.after.gaps == ()
    again = step(training_job(groups=None), closed.after, policy(), at(2))
    assert [notice.stage for notice in again.notices] == ["failed"]


def test_what_does_not_run_is_not_asked() -> None:
    said = evaluate(notebook("x", status=ResourceStatus.STOPPED), Policy(), now=at(0))
    assert not said.violations
    assert said.deferred == RULES.keys()


def test_a_zero_grace_in_warn_mode_still_stops_nothing() -> None:
    rules: Policy = policy(mode=Mode.WARN)
    told = step(training_job(instances=9), None, rules, at(0))
    assert told.due == ()
    assert told.after.findings["too-many"].state is FindingState.NOTIFIED


def test_a_grace_that_was_raised_later_keeps_the_old_deadline() -> None:
    warned = case(notebook("x"), findings={"naming": mark(FindingState.WARNED, at(4))})
    assert step(notebook("x"), warned, policy(), at(4)).due
    assert not step(notebook("x"), warned, policy(), at(4) - timedelta(seconds=1)).due
