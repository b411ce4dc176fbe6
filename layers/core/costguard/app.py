"""The three jobs, with every port as a plain function: watch, sweep, enforce.

They share one way: look, evaluate, plan, write, tell, and hand over or carry out the stop.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from costguard import metering
from costguard.budget import Money
from costguard.case import Case, sent
from costguard.evaluate import Judgement, evaluate
from costguard.events import Ignored, parse
from costguard.kinds import KINDS, kind_of
from costguard.lookout import Look, blind_report, is_blind, watched
from costguard.messages import Notice, exemption_ended, load
from costguard.messages_budget import nearly_used_up
from costguard.metering import Meter
from costguard.model import Ref, Resource, Status
from costguard.plan import Plan, Step, closed, plan_all, plan_one
from costguard.policy import Policy
from costguard.rules import RULES

type Tags = Mapping[str, str]
SWEPT = "swept"
BLIND_TOLD = "blind-told"
TELL_BLIND_EVERY = timedelta(days=7)
RESEND_AFTER = timedelta(minutes=2)
"""A notice that waits in the outbox this long was left by somebody who died before sending it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The world, as functions. `aws/wiring.py` binds them to AWS; tests pass lambdas and lists."""

    policy: Policy
    place: tuple[str, str]  # account and region
    look: Callable[[Ref], Resource | None]  # Describe; None when it does not exist
    running: Callable[[datetime], tuple[tuple[Resource, ...], tuple[Exception, ...]]]
    tags: Callable[[str], Tags]  # ListTags by ARN
    activity: Look  # what notebooks are doing
    case: Callable[[Ref], Case | None]
    cases: Callable[[], Iterable[Case]]
    save: Callable[[Case, Case | None, datetime], bool]  # new, old; False when another was first
    audit: Callable[[str, Resource, datetime, Mapping[str, object]], None]
    recall: Callable[[str], datetime | None]  # when this word was last noted in the ledger
    note: Callable[[str, datetime], None]
    created_by: Callable[[Ref, str, datetime], None]  # who made it, as CloudTrail tells
    tell: Callable[[Notice], None]
    summarise: Callable[[str], None]
    hand_over: Callable[[Ref, datetime], None]  # to the stop queue
    stop: Callable[[Resource], str]  # the Stop call; the outcome in a word
    count: Callable[[Mapping[str, int]], None]  # metrics
    meter: Meter


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
        metering.gone(ports.meter, ref, now=now)
        _close(ports, ref, now)
        return "gone"
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
    if not _carry_out(ports, step, now):
        return "overtaken"
    if step.due and not step.after.held:
        ports.hand_over(resource.ref, now)
        return "due"
    return "looked"


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
        if _is_in_motion(case) and case.ref.key not in seen:
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
        errors += _attempt(partial(_carry_and_hand_over, ports, step, now))
    for case in cases.values():
        errors += _attempt(partial(_resend, ports, case, now))
    errors += _attempt(partial(_report_ended_exemptions, ports, now))
    errors += _attempt(partial(ports.note, SWEPT, now))
    errors += _attempt(partial(_report_blind, ports, judged, now))
    if money:
        errors += _attempt(partial(_tell_budgets, ports, money, now))
    numbers = _numbers(plan, judged, errors)
    ports.count(numbers)
    if errors:
        msg = f"the sweep could not do {len(errors)} of its tasks"
        raise ExceptionGroup(msg, errors)
    return numbers


def enforce(ports: Ports, ref: Ref, *, now: datetime) -> str:
    """Look again, plan again, stop it only if it is still due. Answers the outcome in a word."""
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
        _carry_out(ports, step, now)
        return "not-due"
    return "held" if step.after.held else _stop(ports, step, now)


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


def _is_in_motion(case: Case) -> bool:
    """Tell whether a case of something that does not run must be looked at.

    A stop waits for its confirmation and a job for its end; a stopped notebook only waits.
    """
    return bool(case.stopping) or (case.is_open and not KINDS[case.kind].restartable)


def _close(ports: Ports, ref: Ref, now: datetime) -> None:
    """Close the case of what no longer exists."""
    case = ports.case(ref)
    if case is not None and case.is_open:
        ports.save(closed(case), case, now)


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


def _carry_out(ports: Ports, step: Step, now: datetime) -> bool:
    """Write, then tell. A notice waits in the case until told; False when another was first."""
    if not step.changes:
        return True
    notices = [metering.priced(ports.meter, n, step.resource, now=now) for n in step.notices]
    waiting = tuple(n.as_dict() for n in notices)
    after = replace(step.after, outbox=step.after.outbox + waiting, updated=now)
    if not ports.save(after, step.before, now):
        return False
    if waiting:
        _tell(ports, step.resource, notices, now)
        written = replace(after, version=after.version + 1)
        ports.save(sent(written, (n.id for n in notices)), written, now)
    return True


def _tell(ports: Ports, resource: Resource, notices: Iterable[Notice], now: datetime) -> None:
    for notice in notices:
        ports.tell(notice)
        ports.audit(
            f"told-{notice.stage}", resource, now, {"notice": notice.id, "rule": notice.rule}
        )


def _carry_and_hand_over(ports: Ports, step: Step, now: datetime) -> None:
    if _carry_out(ports, step, now) and step.due:
        ports.hand_over(step.resource.ref, now)


def _stop(ports: Ports, step: Step, now: datetime) -> str:
    """Stop it, between two audit rows. A failure is written down, so that a retry asks again."""
    asked = step.asked(now)
    if not _carry_out(ports, replace(step, after=asked), now):
        return "overtaken"
    why: Mapping[str, object] = {rule: mark.reason for rule, mark in step.due}
    ports.audit("asked-to-stop", step.resource, now, why)
    try:
        outcome = ports.stop(step.resource)
    except Exception as exc:
        ports.audit("stop-failed", step.resource, now, {"error": str(exc)})
        if current := ports.case(step.resource.ref):
            ports.save(replace(current, asked=None), current, now)
        raise
    ports.audit(f"stop-{outcome}", step.resource, now, why)
    return outcome


def _resend(ports: Ports, case: Case, now: datetime) -> None:
    """Tell what was decided on some time ago and is not known to be sent."""
    if case.outbox and case.updated and now - case.updated >= RESEND_AFTER:
        for raw in case.outbox:
            ports.tell(load(raw))
        if current := ports.case(case.ref):
            ports.save(sent(current, (raw["id"] for raw in case.outbox)), current, now)


def _report_ended_exemptions(ports: Ports, now: datetime) -> None:
    for exemption in ports.policy.exemptions:
        word = f"exemption-ended {','.join(exemption.names)} {exemption.until.isoformat()}"
        if now >= exemption.until and ports.recall(word) is None:
            ports.summarise(exemption_ended(exemption, ports.policy))
            ports.note(word, now)


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


def _report_blind(ports: Ports, judged: list[tuple[Judgement, Case | None]], now: datetime) -> None:
    """Tell the admins, once a week, how many notebooks nobody can see into."""
    last, text = ports.recall(BLIND_TOLD), blind_report(judgement for judgement, _ in judged)
    if text and (last is None or now - last >= TELL_BLIND_EVERY):
        ports.summarise(text)
        ports.note(BLIND_TOLD, now)


def _tell_budgets(ports: Ports, money: Money, now: datetime) -> None:
    """Tell of every budget that is nearly used up, once a month."""
    for word, notice in nearly_used_up(money.standing, ports.policy, ports.place, now=now):
        if ports.recall(word) is None:
            ports.tell(notice)
            ports.note(word, now)


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
