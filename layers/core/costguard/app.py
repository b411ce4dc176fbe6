"""The three jobs, with every port as a plain function: watch, sweep, enforce.

They share one way: look, evaluate, plan, write, tell, and hand over or carry out the stop.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from costguard import bulletins, metering
from costguard.budget import Money
from costguard.carry import carry_and_hand_over, carry_out, hand_over_one, resend, stop
from costguard.case import Case
from costguard.evaluate import Judgement, evaluate
from costguard.events import Ignored, parse
from costguard.kinds import KINDS, kind_of
from costguard.lookout import is_blind, watched
from costguard.model import Ref, Resource, Status
from costguard.plan import Plan, closed, plan_all, plan_one
from costguard.ports import Ports
from costguard.rules import RULES

SWEPT = "swept"


def watch(ports: Ports, event: Mapping[str, object]) -> str:
    """Look at the one resource that an event names. Answers what came of it, in a word."""
    seen = parse(event)
    if isinstance(seen, Ignored):
        return f"ignored-{seen.why}"
    if seen.creator:
        ports.created_by(seen.ref, seen.creator, seen.time)
    ref, swept = _known_ref(ports, seen.ref), ports.recall(SWEPT)
    now = max(seen.time, swept or seen.time)  # an event may come hours late
    itself = ports.look(ref)
    if itself is None:
        return _gone(ports, ref, now) if seen.exact or ref != seen.ref else "unknown-name"
    itself = replace(itself, tags=seen.tags)
    resource = _of_its_parent(ports, itself)
    if resource is not itself:
        metering.saw(ports.meter, itself, ports.policy, swept=swept, now=now)
    if resource is None:
        return "gone"
    case = ports.case(resource.ref)
    money = metering.money(ports.meter, ports.policy, now=now)
    judgement = judge(ports, resource, now=now, money=money, confirm=_has_marks(case))
    metering.saw(ports.meter, judgement.resource, ports.policy, swept=swept, now=now)
    step = plan_one(judgement, case, ports.policy, now=now)
    if not carry_out(ports, step, now):
        return "overtaken"
    due = step.due and not step.after.held
    return hand_over_one(ports, resource.ref, swept, now) if due else "looked"


def sweep(ports: Ports, *, now: datetime) -> Mapping[str, int]:
    """Look at everything that runs or has an open case. Raises what went wrong, at the end."""
    cases = {case.ref.key: case for case in ports.cases()}
    everything, failures = ports.running(now)
    fleet = _judged(everything)
    errors = list(failures)
    if not failures:  # a job that could not be read may be a notebook's work
        fleet, failures = watched(fleet, ports.policy, ports.activity, cases=cases, now=now)
        errors += failures
    swept, counted = ports.recall(SWEPT), list[Money | None]()
    errors += _attempt(
        lambda: counted.append(metering.count_up(ports.meter, ports.policy, now=now))
    )
    money = counted[0] if counted else None
    seen = {resource.ref.key for resource in fleet}
    others: list[Resource] = []
    for case in cases.values():
        if _to_look_at(case, swept, now) and case.ref.key not in seen:
            errors += _attempt(partial(_look_again, ports, case, others, now))
    judged: list[tuple[Judgement, Case | None]] = []
    for resource in (*fleet, *others):
        case_of_it = cases.get(resource.ref.key)
        confirm = _has_marks(case_of_it)
        ask = partial(judge, ports, resource, now=now, fleet=fleet, money=money, confirm=confirm)
        errors += _attempt(partial(_judge_into, judged, ask, case_of_it))
    told = {judgement.resource.ref.key: judgement.resource for judgement, _ in judged}
    metered = [told.get(r.ref.key, r) for r in everything]
    for task in metering.sweep(
        ports.meter, ports.look, metered, ports.policy, swept=swept, now=now
    ):
        errors += _attempt(task)
    plan = plan_all(judged, ports.policy, now=now)
    for step in plan.steps:
        errors += _attempt(partial(carry_and_hand_over, ports, step, now))
    for case in cases.values():
        errors += _attempt(partial(resend, ports, case, now))
    errors += _attempt(partial(bulletins.ended_exemptions, ports, now))
    errors += _attempt(partial(ports.note, SWEPT, now))
    errors += _attempt(partial(bulletins.blind_notebooks, ports, [j for j, _ in judged], now))
    if money:
        errors += _attempt(partial(bulletins.budgets, ports, money, now))
    numbers = _numbers(plan, judged, errors)
    ports.count(numbers)
    if errors:
        msg = f"the sweep could not do {len(errors)} of its tasks"
        raise ExceptionGroup(msg, errors)
    return numbers


def enforce(ports: Ports, ref: Ref, *, now: datetime) -> str:
    """Look again, plan again, stop it only if it is still due. Answers the outcome in a word."""
    now = max(now, ports.recall(SWEPT) or now)  # a reference may wait long in its queue
    resource = ports.look(ref)
    if resource is None:
        return "gone"
    case = ports.case(ref)
    money = metering.money(ports.meter, ports.policy, now=now)
    judgement = judge(ports, resource, now=now, money=money, confirm=True)
    step = plan_one(judgement, case, ports.policy, now=now)
    if not step.due and judgement.unasked and resource.status is Status.RUNNING:
        everything, errors = ports.running(now)
        if errors:
            raise ExceptionGroup("cannot look at the whole fleet", list(errors))
        fleet = _judged(everything)
        resource = _with_activity(ports, judgement.resource, fleet, case, now)
        judgement = evaluate(resource, ports.policy, now=now, fleet=fleet, money=money)
        step = plan_one(judgement, case, ports.policy, now=now)
    if not step.due:
        carry_out(ports, step, now)
        return "not-due"
    return "held" if step.after.held else stop(ports, step, now)


def judge(
    ports: Ports,
    resource: Resource,
    *,
    now: datetime,
    fleet: tuple[Resource, ...] | None = None,
    money: Money | None = None,
    confirm: bool = False,
) -> Judgement:
    """Evaluate; what would fail for its tags is asked for them once more before it counts.

    `confirm` asks in any case: an event or an index may be old, and must not pardon either.
    """
    if not confirm:
        judgement = evaluate(resource, ports.policy, now=now, fleet=fleet, money=money)
        doubtful = judgement.findings.keys() | {gap.rule for gap in judgement.gaps}
        if not doubtful or not any(RULES[rule].reads_tags for rule in doubtful if rule in RULES):
            return judgement
    if resource.status is Status.RUNNING and not resource.tags_confirmed:
        resource = replace(resource, tags=ports.tags(resource.arn), tags_confirmed=True)
    return evaluate(resource, ports.policy, now=now, fleet=fleet, money=money)


def _has_marks(case: Case | None) -> bool:
    return case is not None and bool(case.marks)


def _to_look_at(case: Case, swept: datetime | None, now: datetime) -> bool:
    """Tell whether a case of something that does not run must be looked at.

    A stop waits for its confirmation and a job for its end; a stopped notebook only waits, and is
    looked at once a day: nobody may have told that it was deleted.
    """
    daily = swept is None or swept.date() != now.date()
    return bool(case.stopping) or (case.is_open and (daily or not KINDS[case.kind].restartable))


def _gone(ports: Ports, ref: Ref, now: datetime) -> str:
    """End the usage and close the case of what no longer exists."""
    metering.gone(ports.meter, ref, now=now)
    case = ports.case(ref)
    if case is not None and case.is_open:
        ports.save(closed(case), case, now)
    return "gone"


def _known_ref(ports: Ports, ref: Ref) -> Ref:
    """Give the name its own case back, where an ARN had lower-cased it."""
    case = ports.case(ref) if ref.name.islower() else None
    return case.ref if case else ref


def _of_its_parent(ports: Ports, resource: Resource | None) -> Resource | None:
    """Look at the parent instead: a child that is stopped would only be launched again.

    The parent's ARN may spell its name in lower case; a child's name begins with the right one.
    """
    if resource is None or resource.parent is None or (kind := kind_of(resource.parent)) is None:
        return resource
    tail = resource.parent.rsplit("/", 1)[-1]
    begin = resource.name[: len(tail)]
    name = begin if begin.lower() == tail.lower() else tail
    return ports.look(Ref(kind.name, name))


def _look_again(ports: Ports, case: Case, found: list[Resource], now: datetime) -> None:
    """Look at something with an open case that no longer runs; close the case if it is gone."""
    resource = ports.look(case.ref)
    if resource is None:
        ports.save(closed(case), case, now)
    else:
        found.append(resource)


def _judge_into(
    judged: list[tuple[Judgement, Case | None]], ask: Callable[[], Judgement], case: Case | None
) -> None:
    judged.append((ask(), case))


def _judged(everything: Iterable[Resource]) -> tuple[Resource, ...]:
    """Leave out the children whose parent is judged."""
    return tuple(r for r in everything if r.parent is None or kind_of(r.parent) is None)


def _with_activity(
    ports: Ports, resource: Resource, fleet: tuple[Resource, ...], case: Case | None, now: datetime
) -> Resource:
    """Look again at what one notebook is doing, through the same facts as the sweep."""
    cases = {resource.ref.key: case} if case else {}
    others = tuple(r for r in fleet if r.ref != resource.ref)
    seen, errors = watched(
        (*others, resource), ports.policy, ports.activity, cases=cases, now=now, only=resource
    )
    if errors:
        raise ExceptionGroup("cannot look at its activity", list(errors))
    return seen[-1]


def _numbers(
    plan: Plan, judged: list[tuple[Judgement, Case | None]], errors: list[Exception]
) -> dict[str, int]:
    return {
        "Looked": len(judged),
        "Found": sum(bool(j.findings) for j, _ in judged),
        "Gaps": sum(len(j.gaps) for j, _ in judged),
        "Blind": sum(is_blind(j) for j, _ in judged),
        "Due": sum(bool(step.due) for step in plan.steps),
        "HeldBack": len(plan.held.resources) if plan.held else 0,
        "Failures": len(errors),
    }


def _attempt(act: Callable[[], object]) -> list[Exception]:
    """Do one thing; what goes wrong is raised after everything else had its turn."""
    try:
        act()
    except Exception as exc:  # noqa: BLE001 - one bad resource must not blind the sweep
        return [exc]
    return []
