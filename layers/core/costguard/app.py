"""The three jobs, with every port as a plain function: watch, sweep, enforce.

They share one way: look, evaluate, plan, write, tell, and hand over or carry out the stop.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from costguard.case import Case, sent
from costguard.evaluate import Judgement, evaluate
from costguard.events import Ignored, parse
from costguard.kinds import kind_of
from costguard.messages import Notice, exemption_ended, load
from costguard.model import Ref, Resource, Status
from costguard.plan import Plan, Step, closed, plan_all, plan_one
from costguard.policy import Policy
from costguard.rules import RULES

type Tags = Mapping[str, str]
SWEPT = "swept"
RESEND_AFTER = timedelta(minutes=2)
"""A notice that waits in the outbox this long was left by somebody who died before sending it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The world, as functions. `aws/wiring.py` binds them to AWS; tests pass lambdas and lists."""

    policy: Policy
    look: Callable[[Ref], Resource | None]  # Describe; None when it does not exist
    running: Callable[[datetime], tuple[tuple[Resource, ...], tuple[Exception, ...]]]
    tags: Callable[[str], Tags]  # ListTags by ARN
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


def watch(ports: Ports, event: Mapping[str, object]) -> str:
    """Look at the one resource that an event names. Answers what came of it, in a word."""
    seen = parse(event)
    if isinstance(seen, Ignored):
        return f"ignored-{seen.why}"
    if seen.creator:
        ports.created_by(seen.ref, seen.creator, seen.time)
    resource = _of_its_parent(ports, ports.look(_known_ref(ports, seen.ref)))
    if resource is None:
        return "gone"
    case = ports.case(resource.ref)
    now = max(seen.time, ports.recall(SWEPT) or seen.time)  # an event may come hours late
    hint = seen.tags if resource.name == seen.ref.name else None
    judgement = judge(ports, replace(resource, tags=hint), now=now, confirm=_has_marks(case))
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
    fleet, failures = ports.running(now)
    errors = list(failures)
    seen = {resource.ref.key for resource in fleet}
    others: list[Resource] = []
    for case in cases.values():
        if case.is_open and case.ref.key not in seen:
            errors += _attempt(partial(_look_again, ports, case, others, now))
    judged: list[tuple[Judgement, Case | None]] = []
    for resource in (*fleet, *others):
        case_of_it = cases.get(resource.ref.key)
        errors += _attempt(partial(_judge_into, judged, ports, resource, case_of_it, now, fleet))
    plan = plan_all(judged, ports.policy, now=now)
    for step in plan.steps:
        errors += _attempt(partial(_carry_and_hand_over, ports, step, now))
    for case in cases.values():
        errors += _attempt(partial(_resend, ports, case, now))
    errors += _attempt(partial(_report_ended_exemptions, ports, now))
    numbers = _numbers(plan, judged, errors)
    ports.count(numbers)
    if errors:
        msg = f"the sweep could not do {len(errors)} of its tasks"
        raise ExceptionGroup(msg, errors)
    ports.note(SWEPT, now)
    return numbers


def enforce(ports: Ports, ref: Ref, *, now: datetime) -> str:
    """Look again, plan again, stop it only if it is still due. Answers the outcome in a word."""
    resource = ports.look(ref)
    if resource is None:
        return "gone"
    case = ports.case(ref)
    judgement = judge(ports, resource, now=now, confirm=True)
    step = plan_one(judgement, case, ports.policy, now=now)
    if not step.due and judgement.unasked and resource.status is Status.RUNNING:
        fleet, errors = ports.running(now)
        if errors:
            raise ExceptionGroup("cannot look at the whole fleet", list(errors))
        judgement = evaluate(judgement.resource, ports.policy, now=now, fleet=fleet)
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
    confirm: bool = False,
) -> Judgement:
    """Evaluate; what would fail for its tags is asked for them once more before it counts.

    `confirm` asks in any case: an event or an index may be old, and must not pardon either.
    """
    if not confirm:
        judgement = evaluate(resource, ports.policy, now=now, fleet=fleet)
        doubtful = judgement.findings.keys() | {gap.rule for gap in judgement.gaps}
        if not doubtful or not any(RULES[rule].reads_tags for rule in doubtful if rule in RULES):
            return judgement
    if resource.status is Status.RUNNING and not resource.tags_confirmed:
        resource = replace(resource, tags=ports.tags(resource.arn), tags_confirmed=True)
    return evaluate(resource, ports.policy, now=now, fleet=fleet)


def _has_marks(case: Case | None) -> bool:
    return case is not None and bool(case.marks)


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
    judged: list[tuple[Judgement, Case | None]],
    ports: Ports,
    resource: Resource,
    case: Case | None,
    now: datetime,
    fleet: tuple[Resource, ...],
) -> None:
    confirm = _has_marks(case)
    judged.append((judge(ports, resource, now=now, fleet=fleet, confirm=confirm), case))


def _carry_out(ports: Ports, step: Step, now: datetime) -> bool:
    """Write, then tell. A notice waits in the case until told; False when another was first."""
    if not step.changes:
        return True
    waiting = tuple(n.as_dict() for n in step.notices)
    after = replace(step.after, outbox=step.after.outbox + waiting, updated=now)
    if not ports.save(after, step.before, now):
        return False
    if waiting:
        _tell(ports, step.resource, step.notices, now)
        written = replace(after, version=after.version + 1)
        ports.save(sent(written, (n.id for n in step.notices)), written, now)
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
    ports.audit("stop-asked", step.resource, now, why)
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


def _numbers(
    plan: Plan, judged: list[tuple[Judgement, Case | None]], errors: list[Exception]
) -> dict[str, int]:
    return {
        "Looked": len(judged),
        "Found": sum(bool(j.findings) for j, _ in judged),
        "Gaps": sum(len(j.gaps) for j, _ in judged),
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
