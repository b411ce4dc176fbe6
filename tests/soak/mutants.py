"""Builds of the guard with one safety removed, and the law that each one breaks."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from copy import replace
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from botocore.exceptions import ClientError

from costguard.app.apply import stop_resource
from costguard.app.ports import Ports
from costguard.app.sweep import sweep
from costguard.enforcement.case import Case, open_case
from costguard.enforcement.plan import ResourcePlan
from costguard.notifications.notice import Notice
from costguard.policy.model import Policy, RuleOverrides
from costguard.resources.events import parse_tags
from costguard.resources.model import InstanceGroup, Resource, ResourceRef, ResourceStatus
from costguard.resources.per_kind import for_all
from local.faults import Fault, Weather
from local.sagemaker.event_delivery import Faults
from tests.soak import invariant
from tests.soak.build import Build
from tests.soak.cloud import Cloud
from tests.soak.soak import UNRELIABLE

_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsafe:
    """A build, the law it breaks, and the weather in which that shows soonest."""

    build: Build
    breaks: str
    weather: Weather = field(default_factory=Weather)
    events: Faults = UNRELIABLE
    seed: int = 3


def _only(**calls: float) -> Weather:
    return Weather(calls={Fault[name]: chance for name, chance in calls.items()}, storms=0)


def stop_unseen(ports: Ports, refs: Sequence[ResourceRef], *, now: datetime) -> None:
    """Stop what the queue names, without a second look."""
    for ref in refs:
        resource, case = ports.describe(ref), ports.case(ref)
        if resource is None or resource.status is not ResourceStatus.RUNNING:
            continue
        after = case or open_case(resource)
        due = tuple(after.findings.items())
        stop_resource(
            ports, ResourcePlan(resource=resource, before=case, after=after, due=due), now
        )


def graceless(policy: Policy) -> Policy:
    """Give nobody any time."""
    hasty = RuleOverrides(grace=for_all(_NOTHING))
    rules = {rule: replace(settings, overrides=hasty) for rule, settings in policy.rules.items()}
    return replace(policy, grace=for_all(_NOTHING), rules=rules)


def by_index(ports: Ports, cloud: Cloud) -> Ports:
    """Believe the tagging API, which may be half an hour behind."""
    index = cloud.client("resourcegroupstaggingapi")

    def tags(arn: str) -> Mapping[str, str]:
        rows = index.get_resources(ResourceARNList=[arn])["ResourceTagMappingList"]
        return next((parse_tags(row["Tags"]) or {} for row in rows), {})

    return replace(ports, tags=tags)


def without_audit(*words: str) -> Callable[[Ports, Cloud], Ports]:
    """Leave some actions out of the audit."""

    def build(ports: Ports, _cloud: Cloud) -> Ports:
        def audit(what: str, resource: Resource, now: datetime, why: Mapping[str, object]) -> None:
            if not what.startswith(words):
                ports.audit(what, resource, now, why)

        return replace(ports, audit=audit)

    return build


def careless(ports: Ports, _cloud: Cloud) -> Ports:
    """Do not tell again what the topic has refused, once it is over anyway."""

    def tell(notice: Notice) -> None:
        over = notice.stage in {"stopped", "all-clear"}
        with suppress(ClientError) if over else nullcontext():
            ports.publish_notice(notice)

    return replace(ports, publish_notice=tell)


def unversioned(ports: Ports, _cloud: Cloud) -> Ports:
    """Take every write for one that was made."""

    def save(new: Case, old: Case | None, now: datetime) -> bool:
        ports.save(new, old, now)
        return True

    return replace(ports, save=save)


def unremembered(ports: Ports, _cloud: Cloud) -> Ports:
    """Do not write down that a stop was asked for."""

    def save(new: Case, old: Case | None, now: datetime) -> bool:
        return ports.save(replace(new, asked=None, stopping=None), old, now)

    return replace(ports, save=save)


def guilty_if_unknown(ports: Ports, _cloud: Cloud) -> Ports:
    """Take what AWS does not tell for the worst."""

    def worst(resource: Resource) -> Resource:
        known = resource.groups is not None
        return resource if known else replace(resource, groups=(InstanceGroup("unknown", 1),))

    def look(ref: ResourceRef) -> Resource | None:
        found = ports.describe(ref)
        return found and worst(found)

    def running(now: datetime) -> tuple[tuple[Resource, ...], tuple[Exception, ...]]:
        found, errors = ports.running(now)
        return tuple(map(worst, found)), errors

    return replace(ports, describe=look, running=running)


def from_memory(ports: Ports, _cloud: Cloud) -> Ports:
    """Read cases from the function's memory, and write only what has changed there."""
    memory: dict[str, Case] = {}

    def case(ref: ResourceRef) -> Case | None:
        return memory.get(ref.key)

    def save(new: Case, old: Case | None, now: datetime) -> bool:
        done = ports.save(new, old, now)
        if done:
            memory[new.ref.key] = replace(new, version=(old.version if old else 0) + 1)
        return done

    return replace(ports, case=case, cases=lambda: list(memory.values()), save=save)


def asleep(ports: Ports, *, now: datetime) -> Mapping[str, int]:
    """Sweep nothing at all."""
    nothing = replace(ports, running=lambda _now: ((), ()), cases=lambda: ())
    return sweep(nothing, now=now)


def brittle(ports: Ports, _cloud: Cloud) -> Ports:
    """Take for granted that whatever is tagged has a purpose."""

    def tags(arn: str) -> Mapping[str, str]:
        found = ports.tags(arn)
        return {**found, "Purpose": found["Purpose"]} if found else found

    return replace(ports, tags=tags)


UNSAFE: Mapping[str, Unsafe] = {
    "no second look in enforce": Unsafe(
        build=Build(enforce=stop_unseen), breaks=invariant.WRONG_STOP
    ),
    "no exemptions": Unsafe(
        build=Build(policy=lambda p: replace(p, exemptions=())), breaks=invariant.WRONG_STOP, seed=2
    ),
    "unknown is guilty": Unsafe(
        build=Build(ports=guilty_if_unknown), breaks=invariant.WRONG_STOP, weather=_only()
    ),
    "the index is believed": Unsafe(
        build=Build(ports=by_index), breaks=invariant.WRONG_STOP, weather=_only(STALE=0.9)
    ),
    "no grace": Unsafe(build=Build(policy=graceless), breaks=invariant.NO_GRACE),
    "no sweep": Unsafe(build=Build(sweep=asleep), breaks=invariant.LATE, weather=_only()),
    "a stop is not remembered": Unsafe(
        build=Build(ports=unremembered), breaks=invariant.TWO_STOPS, weather=_only(STALE=0.9)
    ),
    "writes are not checked": Unsafe(
        build=Build(ports=unversioned),
        breaks=invariant.TWO_MESSAGES,
        weather=_only(CONFLICT=0.3),
    ),
    "no audit before the stop": Unsafe(
        build=Build(ports=without_audit("asked-to-stop")), breaks=invariant.UNAUDITED
    ),
    "no audit after the stop": Unsafe(
        build=Build(ports=without_audit("stop-", "told-stopped")), breaks=invariant.UNAUDITED
    ),
    "no brake": Unsafe(
        build=Build(policy=lambda p: replace(p, max_stops=1000)), breaks=invariant.TOO_MANY
    ),
    "no brake on events": Unsafe(
        build=Build(ports=lambda p, _: replace(p, acquire_stop_slot=lambda *_: True)),
        breaks=invariant.TOO_MANY,
        weather=_only(),
    ),
    "a refused notice is not kept": Unsafe(
        build=Build(ports=careless), breaks=invariant.LOST, weather=_only(THROTTLED=0.05), seed=9
    ),
    "the ledger is not rebuilt": Unsafe(
        build=Build(ports=from_memory),
        breaks=invariant.NOT_REBUILT,
        weather=_only(),
        events=Faults(),
    ),
    "odd tags are not expected": Unsafe(build=Build(ports=brittle), breaks=invariant.BROKEN),
}
