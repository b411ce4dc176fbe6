"""Laws for any resource, case and policy."""

import unicodedata
from copy import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from costguard.enforcement.brake import FleetPlan, plan_fleet
from costguard.enforcement.case import Case, Finding, FindingState, decode_case, encode_case
from costguard.enforcement.evaluation import Evaluation, evaluate
from costguard.enforcement.hearing import Hearing
from costguard.enforcement.outcomes import UnknownFinding
from costguard.enforcement.plan import plan_resource
from costguard.enforcement.run import not_enforced
from costguard.notifications.notice import Notice
from costguard.ownership.fleet import Fleet
from costguard.policy.model import Mode, Policy
from costguard.resources.model import Resource, ResourceStatus
from costguard.resources.naming import NamePattern
from costguard.resources.per_kind import for_all
from costguard.resources.registry import KINDS
from costguard.rules import RULES
from costguard.rules.base import PASS, EvaluationContext, Fail
from tests.factories import OWNER, PEOPLE, at, heard_at_once, published, step
from tests.factories import resource as resource_of
from tests.property.strategies import cases, hostile, kinds, moments, names, policies, resources

NOW = at(1)
World = tuple[list[tuple[Resource, Case | None]], Policy]


@st.composite
def worlds(draw: st.DrawFn, /, **how: Any) -> World:
    """Draw a few resources with their cases, and a policy."""
    status = how.pop("status", None)
    fleet = draw(
        st.lists(resources(status), max_size=4, unique_by=lambda resource: resource.ref.key)
    )
    return [(each, draw(cases(each))) for each in fleet], draw(policies(**how))


def plan(world: World, now: datetime = NOW) -> FleetPlan:
    fleet = Fleet(tuple(resource for resource, _ in world[0]), world[1].directory)
    judged = [
        (evaluate(r, world[1], now=now, fleet=fleet), case, heard_at_once(case))
        for r, case in world[0]
    ]
    return plan_fleet(judged, world[1], now=now)


def notices(of: FleetPlan) -> list[Notice]:
    return [notice for each in of.plans for notice in each.notices]


graced = st.sampled_from([timedelta(minutes=5), timedelta(hours=4)]).map(for_all)


@given(worlds(mode=Mode.ENFORCE, grace=graced, status=ResourceStatus.RUNNING))
def test_where_there_is_grace_nothing_is_stopped_without_an_elapsed_warning(world: World) -> None:
    for each in plan(world).plans:
        left = each.before.findings if each.before else {}
        for rule, _ in each.due:
            finding = left[rule]
            warned = finding.is_warning and finding.deadline and finding.deadline <= NOW
            assert warned or finding.state is FindingState.STOPPED


@given(worlds(mode=Mode.ENFORCE))
def test_never_more_stops_than_max_stops_at_once(world: World) -> None:
    assert sum(bool(each.due) for each in plan(world).plans) <= world[1].max_stops


@given(worlds(mode=Mode.ENFORCE))
def test_what_the_brake_held_is_told_or_was(world: World) -> None:
    found = plan(world)
    held = [s for s in found.plans if s.after.held and s.resource.status is ResourceStatus.RUNNING]
    fresh = [s for s in held if not (s.before and s.before.held)]
    assert not fresh or (found.held and found.held in notices(found))


@given(worlds(mode=Mode.OBSERVE))
def test_observe_stops_nothing_and_speaks_to_admins_only(world: World) -> None:
    found = plan(world)
    assert not any(each.due for each in found.plans)
    said = {n.stage for n in notices(found) if n.audience == "owner"}
    assert said <= {"all-clear", "stopped"}  # about what was done before


@given(worlds(mode=Mode.WARN))
def test_warn_stops_nothing(world: World) -> None:
    assert not any(each.due for each in plan(world).plans)


@given(worlds())
def test_only_what_runs_is_stopped(world: World) -> None:
    due = [each for each in plan(world).plans if each.due]
    assert all(each.resource.status is ResourceStatus.RUNNING for each in due)
    assert all(each.resource.parent is None for each in due)


@given(st.data(), resources(ResourceStatus.RUNNING), policies(), st.sets(st.sampled_from([*RULES])))
def test_a_gap_alone_neither_stops_nor_pardons(
    data: st.DataObject, resource: Resource, rules: Policy, unsure: set[str]
) -> None:
    before = data.draw(cases(resource).filter(lambda c: c is None or not c.stopping))
    gaps = tuple(UnknownFinding(rule, "something is not known") for rule in sorted(unsure))
    blind = Evaluation(resource=resource, unknowns=gaps, deferred=frozenset(RULES) - unsure)
    [after] = plan_fleet([(blind, before, heard_at_once(before))], rules, now=NOW).plans
    assert after.due == ()
    began = resource.started
    restarted = KINDS[resource.kind].lifecycle.restartable and began is not None
    lowered = not_enforced(before, rules, NOW) if before else frozenset()
    kept = {
        rule: replace(m, state=FindingState.NOTIFIED, deadline=None) if rule in lowered else m
        for rule, m in (before.findings.items() if before else ())
    }
    ours = any(m.state is FindingState.STOPPED for m in kept.values())

    def is_stale(rule: str, finding: Finding) -> bool:  # of an earlier run: forgotten
        if not restarted or began is None or finding.since >= began:
            return False
        own_stop = finding.is_warning and not ours
        return RULES[rule].of_run or (own_stop and RULES[rule].ends_with_stop)

    assert after.after.findings == {r: m for r, m in kept.items() if not is_stale(r, m)}


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_resources_changes_nothing(world: World, chance: Any) -> None:
    shuffled = list(world[0])
    chance.shuffle(shuffled)
    one, other = plan(world), plan((shuffled, world[1]))
    for each in one.plans:
        twin = next(s for s in other.plans if s.resource == each.resource)
        assert (each.after, each.due) == (twin.after, twin.due)


@given(worlds())
def test_the_same_world_gives_the_same_plan(world: World) -> None:
    assert plan(world) == plan(world)


@given(worlds(), moments)
def test_looking_twice_says_nothing_twice(world: World, now: datetime) -> None:
    first = plan(world, now)
    again: list[tuple[Resource, Case | None]] = [(s.resource, s.after) for s in first.plans]
    said = {notice.stage for notice in notices(plan((again, world[1]), now))}
    assert not said & {"would-stop", "warning", "failed", "stopped", "all-clear", "held-back"}


@given(worlds())
def test_every_case_can_be_written_and_read(world: World) -> None:
    for each in plan(world).plans:
        full = replace(each.after, outbox=each.notices)
        assert encode_case(decode_case(encode_case(full))) == encode_case(full)


def harmless(text: str) -> bool:
    return all(unicodedata.category(c)[0] != "C" for c in text if c != "\n")


@given(worlds())
def test_hostile_text_never_reaches_a_notice(world: World) -> None:
    for notice in notices(plan(world)):
        body = published(notice)
        assert harmless(body.reason + body.remedy)
        assert harmless(body.owner["name"] or "")
        assert all(harmless(value) for value in notice.attributes.values())


@given(worlds(), hostile)
def test_a_subject_is_one_short_line_of_printable_ascii(world: World, name: str) -> None:
    for notice in notices(plan(world)):
        odd = replace(notice, resource=replace(notice.resource, name=name * 3))
        for subject in (notice.subject, odd.subject):
            assert len(subject) <= 99
            assert all(" " <= c <= "~" for c in subject)


@given(worlds())
def test_attributes_are_never_empty(world: World) -> None:
    for notice in notices(plan(world)):
        assert all(notice.attributes.values())


FORMS = (
    NamePattern("{Team}-{LastnameFirstname}-{Purpose}"),
    NamePattern("{LastnameFirstname}-{Purpose}"),
)


@given(names, kinds, st.lists(names, max_size=2))
def test_a_name_that_is_offered_is_always_a_good_one(
    name: str, kind: str, teams: list[str]
) -> None:
    rule = RULES["naming"]
    options = replace(rule.options, patterns=for_all(FORMS))
    context = EvaluationContext(now=NOW, directory=replace(PEOPLE, teams=tuple(teams)))
    answer = rule.check(resource_of(kind, name), options, context)
    if isinstance(answer, Fail) and "Did you mean " in answer.reason:
        good = answer.reason.rpartition("Did you mean ")[2].rstrip("?")
        assert len(good) <= 63
        assert rule.check(resource_of(kind, good), options, context) is PASS


@given(resources(ResourceStatus.RUNNING), policies(mode=Mode.ENFORCE), st.integers(0, 3600))
def test_a_warning_that_has_run_out_stops_if_nothing_changed(
    resource: Resource, rules: Policy, seconds: int
) -> None:
    first = step(resource, None, rules, NOW)
    ends = [m.deadline for m in first.after.findings.values() if m.deadline]
    if not ends or first.due:
        return
    later = max(ends) + timedelta(seconds=seconds)
    assume(resource.started is None or resource.started <= NOW)  # else it is another run
    assert step(resource, first.after, rules, later).due


@given(
    resources(ResourceStatus.RUNNING),
    policies(mode=Mode.ENFORCE, grace=graced),
    st.integers(0, 300),
)
def test_a_warning_that_nobody_has_heard_stops_nothing(
    resource: Resource, rules: Policy, hours: int
) -> None:
    first = step(resource, None, rules, NOW)
    now = NOW + timedelta(hours=hours)
    deaf = Hearing(recipients=(OWNER,))
    evaluation = evaluate(resource, rules, now=now)
    assert not plan_resource(evaluation, first.after, rules, hearing=deaf, now=now).due
