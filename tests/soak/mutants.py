"""Builds of the guard with one safety removed, and the law that each one breaks."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import replace
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from costguard.app.activity_ports import ObservedActivity
from costguard.app.ending import end_each
from costguard.app.ports import (
    CaseStore,
    EnforcePorts,
    GuardPorts,
    RespondPorts,
    SweepPorts,
    WatchPorts,
)
from costguard.app.respond import respond
from costguard.app.sweep import sweep
from costguard.enforcement.audit import AuditRecord
from costguard.enforcement.case import Case, open_case
from costguard.enforcement.evaluation import Evaluation
from costguard.enforcement.plan import ResourcePlan
from costguard.notifications.delivery import Delivery, DeliveryStatus
from costguard.notifications.notice import Notice, NoticeFinding
from costguard.notifications.ports import NotificationPorts
from costguard.policy.model import Policy, RuleOverrides
from costguard.resources.activity import Activity
from costguard.resources.events import parse_tags
from costguard.resources.model import InstanceGroup, Resource, ResourceRef, ResourceStatus
from costguard.resources.per_kind import for_all
from local.faults import Fault, FaultRates
from local.sagemaker.event_delivery import Faults
from tests.fakes import override
from tests.soak import invariant
from tests.soak.answers import request
from tests.soak.build import Build
from tests.soak.cloud import Cloud
from tests.soak.people import PEOPLE, address
from tests.soak.soak import UNRELIABLE

_NOTHING, _HOUR = timedelta(0), timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A build, the invariant it violates, and the fault rates under which that shows soonest."""

    build: Build
    breaks: str
    or_before: str = ""  # a law that the same safety keeps, and that may break first
    rates: FaultRates = field(default_factory=FaultRates)
    events: Faults = UNRELIABLE
    seed: int = 3
    answers: bool = False  # people answer what they read


def _only(**calls: float) -> FaultRates:
    return FaultRates(calls={Fault[name]: chance for name, chance in calls.items()}, outages=0)


def indifferent(alarm: Mapping[str, Any]) -> Mapping[str, Any]:
    """Take no data for a good sign."""
    return {**alarm, "TreatMissingData": "notBreaching"}


def uncounted(ports: Any, _cloud: Cloud) -> Any:
    """Publish no metric."""
    return replace(ports, count=lambda _numbers: None)


def stop_unseen(ports: EnforcePorts, refs: Sequence[ResourceRef], *, now: datetime) -> None:
    """Stop what the queue names, without a second look."""
    for ref in refs:
        resource, case = ports.inventory.describe(ref), ports.cases.get(ref)
        if resource is None or resource.status is not ResourceStatus.RUNNING:
            continue
        after = case or open_case(resource)
        due = tuple(after.findings.items())
        plan = ResourcePlan(
            evaluation=Evaluation(resource=resource), before=case, after=after, due=due
        )
        _, errors = end_each(ports, ports.stopper.stop, [plan], now)
        for error in errors:
            raise error


def graceless(policy: Policy) -> Policy:
    """Give nobody any time."""
    hasty = RuleOverrides(grace=for_all(_NOTHING))
    rules = {rule: replace(settings, overrides=hasty) for rule, settings in policy.rules.items()}
    return replace(policy, grace=for_all(_NOTHING), rules=rules)


def by_index(ports: GuardPorts, cloud: Cloud) -> GuardPorts:
    """Believe the tagging API, which may be half an hour behind."""
    index = cloud.client("resourcegroupstaggingapi")

    def tags(arn: str) -> Mapping[str, str]:
        rows = index.get_resources(ResourceARNList=[arn])["ResourceTagMappingList"]
        return next((parse_tags(row["Tags"]) or {} for row in rows), {})

    return replace(ports, inventory=override(ports.inventory, tags=tags))


def saving(cases: CaseStore, save: Callable[[Case, Case | None, datetime], bool]) -> Any:
    """Let cases be written so, whether one or several."""

    def save_each(changes: Iterable[tuple[Case, Case | None]], now: datetime) -> list[bool]:
        return [save(new, old, now) for new, old in changes]

    return override(cases, save=save, save_each=save_each)


def without_audit(*words: str) -> Callable[[GuardPorts, Cloud], GuardPorts]:
    """Leave some actions out of the audit."""

    def build(ports: GuardPorts, _cloud: Cloud) -> GuardPorts:
        def audit(what: str, resource: Resource, now: datetime, why: Mapping[str, object]) -> None:
            if not what.startswith(words):
                ports.audit.record(what, resource, now, why)

        def audit_each(actions: Iterable[AuditRecord], now: datetime) -> None:
            for each in actions:
                audit(each.what, each.resource, now, each.details)

        return replace(ports, audit=override(ports.audit, record=audit, record_each=audit_each))

    return build


def careless(ports: GuardPorts, _cloud: Cloud) -> GuardPorts:
    """Do not tell again what the topic has refused, once it is over anyway."""

    def tell(notices: Sequence[Notice]) -> Mapping[str, Exception]:
        over = {each.id for each in notices if each.stage in {"stopped", "all-clear"}}
        refused = ports.notices.publish_each(notices)
        return {name: error for name, error in refused.items() if name not in over}

    return replace(ports, notices=override(ports.notices, publish_each=tell))


def unversioned(ports: GuardPorts, _cloud: Cloud) -> GuardPorts:
    """Take every write for one that was made."""

    def save(new: Case, old: Case | None, now: datetime) -> bool:
        ports.cases.save(new, old, now)
        return True

    return replace(ports, cases=saving(ports.cases, save))


def unremembered(ports: GuardPorts, _cloud: Cloud) -> GuardPorts:
    """Do not write down that a stop was asked for."""

    def save(new: Case, old: Case | None, now: datetime) -> bool:
        return ports.cases.save(replace(new, asked=None, stopping=None), old, now)

    return replace(ports, cases=saving(ports.cases, save))


def believing(ports: GuardPorts, _cloud: Cloud) -> GuardPorts:
    """Believe Jupyter's list: a kernel that is not listed busy is free, whatever it answers."""

    def observe(*asked: Any) -> ObservedActivity:
        seen = ports.activity.observe(*asked)
        return replace(seen, activity={key: _believed(a) for key, a in seen.activity.items()})

    return replace(ports, activity=override(ports.activity, observe=observe))


def _believed(activity: Activity) -> Activity:
    if activity.jupyter is None:
        return activity
    unasked = tuple(replace(kernel, shell=None) for kernel in activity.jupyter.kernels)
    listed = replace(activity.jupyter, kernels=unasked, why_unasked=None)
    return replace(activity, jupyter=listed).if_free()


def guilty_if_unknown(ports: GuardPorts, _cloud: Cloud) -> GuardPorts:
    """Take what AWS does not report for the worst."""

    def worst(resource: Resource) -> Resource:
        return (
            resource
            if resource.groups
            else replace(resource, groups=(InstanceGroup("unknown", 1),))
        )

    def look(ref: ResourceRef) -> Resource | None:
        found = ports.inventory.describe(ref)
        return found and worst(found)

    def running(
        now: datetime, skip: Collection[str] = ()
    ) -> tuple[tuple[Resource, ...], tuple[Exception, ...]]:
        found, errors = ports.inventory.running(now, skip)
        return tuple(map(worst, found)), errors

    return replace(ports, inventory=override(ports.inventory, describe=look, running=running))


def from_memory(ports: GuardPorts, cloud: Cloud) -> GuardPorts:
    """Read cases from one memory of all functions, and write only what has changed there."""
    memory: dict[str, Case] = vars(cloud).setdefault("memory", {})

    def case(ref: ResourceRef) -> Case | None:
        return memory.get(ref.key)

    def save(new: Case, old: Case | None, now: datetime) -> bool:
        done = ports.cases.save(new, old, now)
        if done:
            memory[new.ref.key] = replace(new, version=(old.version if old else 0) + 1)
        return done

    saved = saving(ports.cases, save)
    remembered = override(saved, get=case, all=lambda: list(memory.values()))
    return replace(ports, cases=remembered)


def asleep(ports: SweepPorts, *, now: datetime) -> Mapping[str, int]:
    """Sweep nothing at all."""
    blind = override(ports.inventory, running=lambda *_: ((), ()))
    nothing = replace(ports, inventory=blind, cases=override(ports.cases, all=lambda: ()))
    return sweep(nothing, now=now)


def brittle(ports: GuardPorts, _cloud: Cloud) -> GuardPorts:
    """Take for granted that whatever is tagged has a purpose."""

    def tags(arn: str) -> Mapping[str, str]:
        found = ports.inventory.tags(arn)
        return {**found, "Purpose": found["Purpose"]} if found else found

    return replace(ports, inventory=override(ports.inventory, tags=tags))


def without_brake(ports: GuardPorts, _cloud: Cloud) -> GuardPorts:
    """Let events stop as many as they like."""
    if not isinstance(ports, WatchPorts):
        return ports
    return replace(ports, events=override(ports.events, acquire_stop_slot=lambda *_: True))


def credulous(ports: GuardPorts, _cloud: Cloud) -> GuardPorts:
    """Take whatever was published for heard, at that moment and by whoever it went to."""

    def find(row: Delivery) -> Delivery:
        return replace(row, status=DeliveryStatus.SENT, sent=row.at)

    def each(rows: Iterable[Delivery]) -> Mapping[Delivery, Delivery]:
        return {row: find(row) for row in rows}

    return replace(ports, deliveries=override(ports.deliveries, find=find, find_each=each))


def generous_in_words(ports: GuardPorts, _cloud: Cloud) -> GuardPorts:
    """Say an hour more than the ledger keeps."""

    def later(finding: NoticeFinding) -> NoticeFinding:
        ends = finding.deadline and finding.deadline + _HOUR
        return replace(finding, deadline=ends, grace=finding.grace and finding.grace + _HOUR)

    def tell(notice: Notice) -> Notice:
        ends = notice.deadline and notice.deadline + _HOUR
        return replace(notice, deadline=ends, findings=tuple(map(later, notice.findings)))

    def tell_each(notices: Sequence[Notice]) -> Mapping[str, Exception]:
        return ports.notices.publish_each([*map(tell, notices)])

    return replace(ports, notices=override(ports.notices, publish_each=tell_each))


def forgetful(ports: NotificationPorts, _cloud: Cloud) -> NotificationPorts:
    """Do not look whether it was sent before."""

    def find(row: Delivery) -> Delivery | None:
        found = ports.deliveries.find(row)
        return found if found and found.status is not DeliveryStatus.SENT else None

    def claim(row: Delivery, _now: datetime) -> bool:
        ports.deliveries.mark(row)
        return True

    return replace(ports, deliveries=override(ports.deliveries, find=find, claim=claim))


def still_armed(ports: NotificationPorts, _cloud: Cloud) -> NotificationPorts:
    """Say the deadlines of a notice, whatever the mode is now and whatever the ledger keeps."""
    kept = override(ports.warnings, is_still_due=lambda _ref, _deadline: True)
    return replace(ports, enforces=lambda _rule, _kind: True, warnings=kept)


def without_mornings(ports: NotificationPorts, _cloud: Cloud) -> NotificationPorts:
    """Never come back to what waits for a digest or for the end of a quiet night."""
    return replace(ports, deliveries=override(ports.deliveries, waiting=lambda *_: ()))


def careless_answers(ports: RespondPorts, _cloud: Cloud) -> RespondPorts:
    """Take every answer for one that was written, though another writer was first."""

    def save(new: Case, old: Case | None, now: datetime) -> bool:
        if old:
            ports.cases.save(replace(old, updated=now), old, now)
        ports.cases.save(new, old, now)
        return True

    return replace(ports, cases=saving(ports.cases, save))


def for_anybody(ports: RespondPorts, event: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Let whoever calls answer for whoever may."""
    body = json.loads(event["body"])
    answers = (
        respond(ports, request(address(each), body["resource"], body["action"]), now=now)
        for each in PEOPLE
    )
    first, *others = answers
    return next((each for each in others if each["statusCode"] == 200), first)


def unlooked_at(ports: GuardPorts, _cloud: Cloud) -> GuardPorts:
    """Look no more at what its owner keeps, whatever else it breaks."""
    if not isinstance(ports, SweepPorts):
        return ports

    def running(
        now: datetime, skip: Collection[str] = ()
    ) -> tuple[tuple[Resource, ...], tuple[Exception, ...]]:
        found, errors = ports.inventory.running(now, skip)
        cases = {case.ref.key: case for case in ports.cases.all()}
        return tuple(r for r in found if not _is_kept(cases.get(r.ref.key), now)), errors

    return replace(ports, inventory=override(ports.inventory, running=running))


def _is_kept(case: Case | None, now: datetime) -> bool:
    answers = [each for each in case.kept if each.by] if case else []
    return any(now < datetime.fromisoformat(each.value) for each in answers)


MUTANTS: Mapping[str, Mutant] = {
    "no second look in enforce": Mutant(
        build=Build(enforce=stop_unseen),
        breaks=invariant.WRONG_STOP,
        or_before=invariant.TWO_STOPS,  # a doubled message stops again, too
        seed=8,
    ),
    "the list of kernels is believed": Mutant(
        build=Build(ports=believing), breaks=invariant.WRONG_STOP, rates=_only()
    ),
    "no exemptions": Mutant(
        build=Build(policy=lambda p: replace(p, exemptions=())), breaks=invariant.WRONG_STOP, seed=2
    ),
    "unknown is guilty": Mutant(
        build=Build(ports=guilty_if_unknown), breaks=invariant.WRONG_STOP, rates=_only(), seed=5
    ),
    "the index is believed": Mutant(
        build=Build(ports=by_index), breaks=invariant.WRONG_STOP, rates=_only(STALE=0.9)
    ),
    "no grace": Mutant(build=Build(policy=graceless), breaks=invariant.NO_GRACE),
    "no sweep": Mutant(build=Build(sweep=asleep), breaks=invariant.LATE, rates=_only()),
    "a stop is not remembered": Mutant(
        build=Build(ports=unremembered), breaks=invariant.TWO_STOPS, rates=_only(STALE=0.9)
    ),
    "writes are not checked": Mutant(
        build=Build(ports=unversioned),
        breaks=invariant.TWO_MESSAGES,
        rates=_only(CONFLICT=0.3),
        seed=5,
    ),
    "no audit before the stop": Mutant(
        build=Build(ports=without_audit("asked-to-stop")), breaks=invariant.UNAUDITED
    ),
    "no audit after the stop": Mutant(
        build=Build(ports=without_audit("stop-", "told-stopped")), breaks=invariant.UNAUDITED
    ),
    "no brake": Mutant(
        build=Build(policy=lambda p: replace(p, max_stops=1000)), breaks=invariant.TOO_MANY
    ),
    "no brake on events": Mutant(
        build=Build(ports=without_brake),
        breaks=invariant.TOO_MANY,
        rates=_only(),
        seed=1,
    ),
    "a refused notice is not kept": Mutant(
        build=Build(ports=careless),
        breaks=invariant.LOST,
        or_before=invariant.SILENT,
        rates=_only(THROTTLED=0.05),
        seed=5,
    ),
    "what is published is heard": Mutant(
        build=Build(ports=credulous), breaks=invariant.UNHEARD, rates=_only()
    ),
    "deadlines outlive the kill switch": Mutant(
        build=Build(notifier=still_armed), breaks=invariant.DISARMED, seed=6
    ),
    "what waits is forgotten": Mutant(
        build=Build(notifier=without_mornings), breaks=invariant.LOST, rates=_only()
    ),
    "nobody looks whether it was sent": Mutant(
        build=Build(notifier=forgetful),
        breaks=invariant.REPEATED,
        rates=_only(LOST_ANSWER=0.2),
    ),
    "a letter says more than is kept": Mutant(
        build=Build(ports=generous_in_words), breaks=invariant.PROMISED, rates=_only()
    ),
    "the ledger is not rebuilt": Mutant(
        build=Build(ports=from_memory),
        breaks=invariant.NOT_REBUILT,
        rates=_only(),
        events=Faults(),
    ),
    "a missing sign of life is a good one": Mutant(
        build=Build(alarm=indifferent), breaks=invariant.SILENT
    ),
    "a sweep gives no sign of life": Mutant(
        build=Build(ports=uncounted), breaks=invariant.SILENT, rates=_only()
    ),
    "odd tags are not expected": Mutant(build=Build(ports=brittle), breaks=invariant.BROKEN),
    "answers are written without a look at the version": Mutant(
        build=Build(answers=careless_answers),
        breaks=invariant.ANSWERED,
        rates=_only(),
        answers=True,
        seed=2,
    ),
    "keep is for every rule": Mutant(
        build=Build(ports=unlooked_at), breaks=invariant.LATE, rates=_only(), seed=6, answers=True
    ),
    "anybody answers for anybody": Mutant(
        build=Build(respond=for_anybody), breaks=invariant.NO_GRACE, rates=_only(), answers=True
    ),
}
