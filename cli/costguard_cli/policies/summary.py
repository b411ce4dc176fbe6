"""A policy in sentences, by topic, for reading and for comparing."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from costguard.common.datetimes import say_duration
from costguard.common.formatting import pluralize
from costguard.common.sanitize import single_line
from costguard.ownership.directory import Person
from costguard.policy.model import DEFAULT_GRACE, Exemption, Mode, Policy
from costguard.policy.park import may_delete
from costguard.policy.self_service import SelfService
from costguard.resources.per_kind import PerKind
from costguard.resources.registry import KINDS
from costguard.rules import RULES
from costguard_cli.policies.course_summary import of_course
from costguard_cli.policies.rule_summary import listed, of_rule, per_kind

_MODES = {
    Mode.OBSERVE: "only the admins read what would happen; owners get no notices",
    Mode.WARN: "owners get warnings; nothing is stopped",
    Mode.ENFORCE: "owners get warnings, and resources that are not fixed in time are stopped",
}
_NAMED = 12  # people in one sentence


@dataclass(frozen=True, slots=True)
class Topic:
    """One part of the policy: its values, to compare, and its sentences, to read."""

    name: str
    values: object
    sentences: tuple[str, ...]


def topics(policy: Policy) -> tuple[Topic, ...]:
    """Describe a policy part by part; a rule that is off is a part too."""
    general = (policy.mode, policy.max_stops, policy.grace, policy.timezone, policy.teams)
    tags = (policy.owner_tag, policy.project_tag, policy.purpose_tag)
    people = (policy.people, policy.contact)
    return (
        Topic("In general", (general, tags), tuple(_general(policy))),
        Topic("Accounts", policy.accounts, tuple(_accounts(policy))),
        Topic("People", people, tuple(_people(policy))),
        Topic("Courses", policy.courses, tuple(s for c in policy.courses for s in of_course(c))),
        Topic("Notices", policy.notify, tuple(_notify(policy))),
        Topic(
            "Exemptions", policy.exemptions, tuple(_exempt(e, policy) for e in policy.exemptions)
        ),
        Topic("Self-service", policy.self_service, tuple(_self_service(policy.self_service))),
        *(Topic(rule, policy.rules.get(rule), tuple(_rule(rule, policy))) for rule in RULES),
    )


def _accounts(policy: Policy) -> Iterator[str]:
    for account, limits in policy.accounts.items():
        who = f"{limits.name} ({account})" if limits.name else f"account {account}"
        most = policy.max_stops if limits.max_stops is None else limits.max_stops
        yield f"In {who} the mode is {limits.mode.value} at most, with {most} stops in one sweep."


def _general(policy: Policy) -> Iterator[str]:
    yield f"The mode is {policy.mode.value}: {_MODES[policy.mode]}."
    most = policy.max_stops
    yield f"If more than {most} stops are due in one sweep, none is done: the admins decide."
    grace = PerKind({"*": DEFAULT_GRACE, **policy.grace.values})
    yield f"A resource is stopped {_graces(grace)}, unless a rule has its own grace period."
    yield f"Days and hours are in the time zone {policy.timezone.info.key}."
    tags = (policy.owner_tag, policy.project_tag, policy.purpose_tag)
    yield "The tag {} names the owner; costs are also summed up by {} and {}.".format(*tags)
    if policy.teams:
        yield f"A team in a name is one of {listed(policy.teams)}."


def _people(policy: Policy) -> Iterator[str]:
    if policy.people:
        names = [p.name for p in policy.people]
        yield f"{pluralize(len(names), 'owner')} in the roster: {_abbreviated(names)}."
    else:
        yield "The roster is empty."
    yield f"If no owner is known, the notice goes to {_contact_text(policy.contact)}."
    for person in policy.people:
        if not (person.email or person.slack):
            yield f"{single_line(person.name)} has no address; the contact is notified instead."


def _notify(policy: Policy) -> Iterator[str]:
    settings = policy.notify
    yield f"Owners are notified by {_in_order(c.value for c in settings.channels)}."
    for stage, channels in settings.stages.items():
        yield f"A {stage.value} notice is sent by {_in_order(c.value for c in channels)}."
    if settings.feeds:
        yield f"Rooms that get every notice: {listed(c.value for c in settings.feeds)}."
    within = say_duration(settings.digest_within)
    yield f"More than {settings.digest_above} messages to one person in {within} become one."
    if settings.quiet:
        yield f"Messages that can wait are held from {settings.quiet.text.replace('-', ' to ')}."
    if settings.remind:
        yield f"A reminder is sent {say_duration(settings.remind)} before a deadline."
    for stage, words in settings.words.items():
        given = [k for k in ("subject", "intro", "ask") if getattr(words, k)]
        yield f"Your own words for {stage.value}: {listed(given)}."


def _self_service(settings: SelfService) -> Iterator[str]:
    if settings.admins:
        longest = say_duration(settings.longest)
        yield f"Exceptions, of {longest} at most, are approved by {listed(settings.admins)}."


def _exempt(exemption: Exemption, policy: Policy) -> str:
    rules = "" if set(exemption.rules) == set(RULES) else f" from {listed(exemption.rules)}"
    kinds = "" if set(exemption.kinds) == set(KINDS) else f" ({listed(exemption.kinds)})"
    until = _clock(exemption.until, policy)
    return (
        f"{listed(exemption.names)}{kinds}: exempt{rules} until {until}, "
        f"by {single_line(exemption.by)}: {single_line(exemption.why, 200)}."
    )


def _rule(rule: str, policy: Policy) -> Iterator[str]:
    if rule not in policy.rules:
        yield "Off: this rule is not checked."
        return
    yield from of_rule(rule, policy.rules[rule].options)
    mode = policy.mode_of(rule)
    if mode is not Mode.ENFORCE:
        yield f"Mode {mode.value}: {_MODES[mode]}."
        return
    every = {kind: policy.grace_of(rule, kind) for kind in KINDS}
    [(usual, _)] = Counter(every.values()).most_common(1)
    graces = PerKind({**{k: grace for k, grace in every.items() if grace != usual}, "*": usual})
    yield f"A resource that breaks it is stopped {_graces(graces)}."
    if any(every.values()):
        yield "With a grace period, a warning comes first."
    deleted = [kind.title for kind in KINDS.values() if may_delete(policy, rule, kind)]
    yield f"With Park=yes it may also delete: {listed(deleted)}."


def _graces(grace: PerKind[timedelta]) -> str:
    return per_kind(grace, lambda span: f"after {say_duration(span)}" if span else "at once")


def _contact_text(person: Person) -> str:
    addresses = [address for address in (person.email, person.slack) if address]
    return single_line(person.name) + (f" ({listed(addresses)})" if addresses else "")


def _clock(moment: datetime, policy: Policy) -> str:
    return f"{moment.astimezone(policy.timezone.info):%a %d %b %Y %H:%M %Z}"


def _in_order(words: Iterable[str]) -> str:
    return ", then ".join(words) or "nothing"


def _abbreviated(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return listed(names[:_NAMED]) + more
