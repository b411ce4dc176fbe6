"""The three jobs, with every port as a plain function: watch, sweep, enforce.

They share one way: look, evaluate, plan, write, tell, and hand over or carry out the stop.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from costguard import bulletins, metering, pulse
from costguard.budget import Money
from costguard.carry import carry_and_hand_over, carry_out, hand_over_one, resend, stop_if_due
from costguard.case import Case
from costguard.evaluate import Judgement
from costguard.events import Ignored, parse
from costguard.fleet import Fleet
from costguard.judging import judge
from costguard.kinds import KINDS, kind_of
from costguard.lookout import watched
from costguard.memory import SWEPT, Creator
from costguard.model import Ref, Resource
from costguard.plan import closed, plan_all, plan_one
from costguard.ports import Ports
from costguard.prices import Prices
from costguard.second_look import look_again, look_around, without_children
from costguard.tasks import attempt


def watch(ports: Ports, event: Mapping[str, object]) -> str:
    """Look at the one resource that an event names. Answers what came of it, in a word."""
    seen = parse(event)
    if isinstance(seen, Ignored):
        return f"ignored-{seen.why}"
    known = ports.remembered(seen)
    if seen.creator and Creator(seen.creator, seen.time).replaces(known.creator):
        ports.created_by(seen.ref, seen.creator, seen.time)
    ref, swept = _known_ref(known.case, seen.ref), known.swept
    now = max(seen.time, swept or seen.time)  # an event may come hours late
    itself = ports.look(ref)
    if itself is None:
        sure = seen.exact or ref != seen.ref
        return _gone(ports, ref, known.case, now) if sure else "unknown-name"
    itself = replace(itself, tags=seen.tags)
    resource = _of_its_parent(ports, itself)
    if resource is not itself:
        metering.saw(ports.meter, itself, ports.policy, swept=swept, now=now)
    if resource is None:
        return "gone"
    case = known.case if resource is itself else ports.case(resource.ref)
    money = metering.money(ports.meter, ports.policy, now=now)
    judgement = judge(ports, resource, case, now=now, money=money)
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
    fleet = without_children(everything)
    errors = list(failures)
    if not failures:  # a job that could not be read may be a notebook's work
        fleet, failures = watched(fleet, ports.policy, ports.activity, cases=cases, now=now)
        errors += failures
    swept, counted = ports.recall(SWEPT), list[Money | None]()
    errors += attempt(lambda: counted.append(metering.count_up(ports.meter, ports.policy, now=now)))
    money = counted[0] if counted else None
    seen = {resource.ref.key for resource in fleet}
    others: list[Resource] = []
    missed = [c for k, c in cases.items() if k not in seen and _to_look_at(c, swept, now)]
    errors += ports.together(partial(_look_again, ports, case, others, now) for case in missed)
    judged, unjudged = _judge_all(ports, (*fleet, *others), cases, fleet, money, now)
    errors += unjudged
    told = {judgement.resource.ref.key: judgement.resource for judgement, _ in judged}
    metered = [told.get(r.ref.key, r) for r in everything]
    errors += ports.together(
        metering.sweep(ports.meter, ports.look, metered, ports.policy, swept=swept, now=now)
    )
    plan = plan_all(judged, ports.policy, now=now)
    errors += carry_and_hand_over(ports, plan.steps, now)
    errors += ports.together(partial(resend, ports, case, now) for case in cases.values())
    errors += attempt(partial(bulletins.ended_exemptions, ports, now))
    errors += attempt(partial(ports.note, SWEPT, now))
    errors += attempt(partial(bulletins.blind_notebooks, ports, [j for j, _ in judged], now))
    if money and money.standing:
        errors += attempt(partial(bulletins.budgets, ports, money.standing, now))
    rates = list[Prices]()
    errors += attempt(lambda: rates.append(ports.meter.prices(now)))
    numbers = {
        **pulse.numbers(plan, [j for j, _ in judged], rates[0] if rates else None),
        **pulse.waits(plan, cases.values(), rates[0] if rates else None, now=now),
        "Failures": len(errors),
    }
    ports.count(numbers)
    if errors:
        msg = f"the sweep could not do {len(errors)} of its tasks"
        raise ExceptionGroup(msg, errors)
    return numbers


def enforce(ports: Ports, refs: Sequence[Ref], *, now: datetime) -> Mapping[str, str]:
    """Look again at each, plan again, stop what is still due. Answers each outcome in a word.

    One is looked at alone, because seconds cost money; several as a sweep does, in one go. Raises
    what went wrong, after each had its turn.
    """
    now = max(now, ports.recall(SWEPT) or now)  # a reference may wait long in its queue
    money = metering.money(ports.meter, ports.policy, now=now, whole_fleet=True)
    around = look_around(ports, now) if len(refs) > 1 else None
    outcomes = dict[str, str]()

    def one(ref: Ref) -> None:
        step = look_again(ports, ref, around, money, now)
        outcomes[ref.key] = stop_if_due(ports, step, now) if step else "gone"

    errors = ports.together(partial(one, ref) for ref in refs)
    words = list(outcomes.values())
    ports.count({"Stops": words.count("accepted"), "NotDue": words.count("not-due")})
    if len(errors) > 1:
        msg = f"{len(errors)} of {len(refs)} could not be looked at again or stopped"
        raise ExceptionGroup(msg, errors)
    for error in errors:
        raise error
    return outcomes


def _to_look_at(case: Case, swept: datetime | None, now: datetime) -> bool:
    """Tell whether a case of something that does not run must be looked at.

    A stop waits for its confirmation and a job for its end; a stopped notebook only waits, and is
    looked at once a day: nobody may have told that it was deleted.
    """
    daily = swept is None or swept.date() != now.date()
    return bool(case.stopping) or (case.is_open and (daily or not KINDS[case.kind].restartable))


def _gone(ports: Ports, ref: Ref, case: Case | None, now: datetime) -> str:
    """End the usage and close the case of what no longer exists."""
    metering.gone(ports.meter, ref, now=now)
    if case is not None and case.is_open:
        ports.save(closed(case), case, now)
    return "gone"


def _known_ref(case: Case | None, ref: Ref) -> Ref:
    """Give the name its own case back, where an ARN had lower-cased it."""
    return case.ref if case and ref.name.islower() else ref


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


def _judge_all(
    ports: Ports,
    resources: Collection[Resource],
    cases: Mapping[str, Case],
    fleet: tuple[Resource, ...],
    money: Money | None,
    now: datetime,
) -> tuple[list[tuple[Judgement, Case | None]], list[Exception]]:
    """Judge each with its case, in order; one that cannot be judged is left out."""
    owned, found = Fleet(fleet, ports.policy.directory), dict[str, Judgement]()

    def ask(resource: Resource) -> None:
        case = cases.get(resource.ref.key)
        said = judge(ports, resource, case, now=now, fleet=owned, money=money)
        found[resource.ref.key] = said

    errors = ports.together(partial(ask, resource) for resource in resources)
    keys = (resource.ref.key for resource in resources)
    return [(found[key], cases.get(key)) for key in keys if key in found], errors
