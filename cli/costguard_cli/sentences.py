"""A policy in sentences, by topic: to read it, and to say what a change changes. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from costguard.budget import Budgets
from costguard.durations import say_duration
from costguard.kinds import KINDS
from costguard.people import Person
from costguard.perkind import PerKind
from costguard.plain import count, plain
from costguard.policy import Exemption, Mode, Policy
from costguard.rules import RULES, idle, instance_type, long_running, missing_tags, naming, too_many
from costguard.usd import usd

_MODES = {
    Mode.OBSERVE: "only the admins read what would happen; no owner hears, nothing is stopped",
    Mode.WARN: "owners are told; nothing is stopped",
    Mode.ENFORCE: "owners are warned, and what is not fixed in time is stopped",
}
_NAMED = 12  # people in one sentence


@dataclass(frozen=True, slots=True)
class Topic:
    """One part of the policy: its values, to compare, and what they say, to read."""

    name: str
    values: object
    says: tuple[str, ...]


def topics(policy: Policy) -> tuple[Topic, ...]:
    """Say everything, part by part; a rule that is off is a part too."""
    general = (policy.mode, policy.max_stops, policy.grace, policy.timezone, policy.teams)
    tags = (policy.owner_tag, policy.project_tag, policy.purpose_tag)
    people = (policy.people, policy.contact)
    return (
        Topic("in general", (general, tags), tuple(_general(policy))),
        Topic("people", people, tuple(_people(policy))),
        Topic("how they hear", policy.notify, tuple(_notify(policy))),
        Topic(
            "exemptions", policy.exemptions, tuple(_exempt(e, policy) for e in policy.exemptions)
        ),
        *(Topic(rule, policy.rules.get(rule), tuple(_rule(rule, policy))) for rule in RULES),
    )


def per_kind[T](setting: PerKind[T], say: Callable[[T], str], rest: str = "") -> str:
    """Say `4 h for notebook instances, 1 h for everything else`."""
    if set(setting.values) == {"*"}:
        return say(setting.values["*"])
    by_words: dict[str, list[str]] = {}
    for kind, value in setting.values.items():
        by_words.setdefault(say(value), []).append(kind)
    if len(by_words) == 1 and set(setting.values) == set(KINDS):
        return next(iter(by_words))
    said = [f"{words} for {_kinds(kinds)}" for words, kinds in by_words.items()]
    return ", ".join([*said, rest] if rest and "*" not in setting.values else said)


def _general(policy: Policy) -> Iterator[str]:
    yield f"The mode is {policy.mode.value}: {_MODES[policy.mode]}."
    yield f"If more than {policy.max_stops} are due in one sweep, none is stopped: the admins look."
    yield f"What is not fixed is stopped {_graces(policy.grace)}, unless a rule has its own grace."
    yield f"Days and hours are those of {policy.timezone.info.key}."
    tags = (policy.owner_tag, policy.project_tag, policy.purpose_tag)
    yield "The tag {} names the owner; money is summed up by {} and {}, too.".format(*tags)
    if policy.teams:
        yield f"A team in a name is one of {_listed(policy.teams)}."


def _people(policy: Policy) -> Iterator[str]:
    if policy.people:
        names = [p.name for p in policy.people]
        yield f"{count(len(names), 'owner')} in the roster: {_some(names)}."
    else:
        yield "Nobody is in the roster."
    yield f"Where no owner is known, {_reached(policy.contact)} hears."
    for person in policy.people:
        if not (person.email or person.slack):
            yield f"{plain(person.name)} has no address; the contact hears instead."


def _notify(policy: Policy) -> Iterator[str]:
    speech = policy.notify
    yield f"Owners hear by {_then(c.value for c in speech.channels)}, the first that works."
    for stage, ways in speech.stages.items():
        yield f"A {stage.value} notice goes by {_then(c.value for c in ways)}."
    if speech.feeds:
        yield f"Rooms that read everything: {_listed(c.value for c in speech.feeds)}."
    within = say_duration(speech.digest_within)
    yield f"More than {speech.digest_above} messages to one person in {within} become one."
    if speech.quiet:
        quiet = f"{speech.quiet.begin:%H:%M} to {speech.quiet.end:%H:%M}"
        yield f"What can wait waits from {quiet}."
    if speech.remind:
        yield f"A reminder comes {say_duration(speech.remind)} before a deadline."
    for said, words in speech.words.items():
        given = [k for k in ("subject", "intro", "ask") if getattr(words, k)]
        yield f"Your own words for {said.value}: {_listed(given)}."


def _exemptions(policy: Policy) -> Iterator[str]:
    yield from (_exempt(each, policy) for each in policy.exemptions)


def _exempt(exemption: Exemption, policy: Policy) -> str:
    rules = "" if set(exemption.rules) == set(RULES) else f" by {_listed(exemption.rules)}"
    kinds = "" if set(exemption.kinds) == set(KINDS) else f" ({_listed(exemption.kinds)})"
    until = _clock(exemption.until, policy)
    return (
        f"{_listed(exemption.names)}{kinds}: left alone{rules} until {until}, "
        f"by {plain(exemption.by)}: {plain(exemption.why, 200)}."
    )


def _rule(rule: str, policy: Policy) -> Iterator[str]:
    if rule not in policy.rules:
        yield "Off: nobody asks."
        return
    settings = policy.rules[rule]
    yield from _SAYS.get(rule, _nothing)(settings.options, policy)
    mode = policy.mode_of(rule)
    if mode is not Mode.ENFORCE:
        yield f"Mode {mode.value}: {_MODES[mode]}."
        return
    graces = PerKind({kind: policy.grace_of(rule, kind) for kind in KINDS})
    yield f"Its owner is warned, and it is stopped {_graces(graces)}."


def _missing_tags(options: missing_tags.Options, _: Policy) -> Iterator[str]:
    yield f"Required tags: {per_kind(options.required, _listed, 'none for others')}."
    for tag, allowed in options.allowed.items():
        yield f"The tag {plain(tag)} is one of {_listed(allowed)}."


def _naming(options: naming.Options, _: Policy) -> Iterator[str]:
    forms = per_kind(options.patterns, lambda p: " or ".join(f.text for f in p), "others are free")
    yield f"A name follows {forms}."


def _instance_type(options: instance_type.Options, _: Policy) -> Iterator[str]:
    for kind, allowed in options.allowed.values.items():
        whose = "everything else" if len(options.allowed.values) > 1 else "everything"
        whom = whose if kind == "*" else f"{KINDS[kind].title}s"
        yield f"Instance types for {whom}: {_listed(allowed)}."


def _too_many(options: too_many.Options, _: Policy) -> Iterator[str]:
    yield f"One resource runs at most {per_kind(options.per_job, _machines, 'any for others')}."
    if options.per_owner is not None:
        yield f"One owner runs at most {_machines(options.per_owner)} at once."


def _long_running(options: long_running.Options, _: Policy) -> Iterator[str]:
    if options.limit.values:
        yield f"A job may ask for (MaxRuntimeInSeconds) {per_kind(options.limit, say_duration)}."
    if options.ran.values:
        yield f"A run lasts at most {per_kind(options.ran, say_duration)}."


def _idle(options: idle.Options, _: Policy) -> Iterator[str]:
    keep, load = options.keep, options.load
    yield (
        f"A notebook is idle after {say_duration(options.after)} of nothing, and "
        f"{say_duration(options.after_job)} after its last job."
    )
    yield f"No run of a notebook lasts longer than {say_duration(options.max_age)}."
    yield f"Above {load.cpu} % of a core, or {load.gpu} % of a GPU, it is at work."
    yield (
        f"An owner may keep one for {say_duration(keep.at_most)}, {keep.times} times in "
        f"{say_duration(keep.within)}."
    )
    if options.office:
        office = options.office
        hours = f"{office.hours.begin:%H:%M} to {office.hours.end:%H:%M}"
        yield f"Working hours: {hours} on {_listed(d.value for d in office.days)}."
        if office.holidays:
            yield f"Holidays: {_listed(day.isoformat() for day in office.holidays)}."
        limits = {"idle after": options.outside.after, "no run over": options.outside.max_age}
        stricter = [f"{what} {say_duration(span)}" for what, span in limits.items() if span]
        if stricter:
            yield f"Outside them: {', '.join(stricter)}."


def _over_budget(options: Budgets, _: Policy) -> Iterator[str]:
    for whose, table in (("project", options.per_project), ("owner", options.per_owner)):
        for name, limit in table.items():
            whom = f"every other {whose}" if name == "*" else f"the {whose} {plain(name)}"
            yield f"Budget of {whom}: {usd(limit)} a month."
    if not (options.per_project or options.per_owner):
        yield "There are no budgets."
        return
    yield (
        f"People hear at {options.tell_at} %; any seven days may take {options.seven_days} % of a "
        "month's budget."
    )


def _nothing(_options: Any, _policy: Policy) -> Iterator[str]:
    yield from ()


_SAYS: Mapping[str, Callable[[Any, Policy], Iterator[str]]] = {
    "missing-tags": _missing_tags,
    "naming": _naming,
    "instance-type": _instance_type,
    "too-many": _too_many,
    "long-running": _long_running,
    "idle": _idle,
    "over-budget": _over_budget,
}


def _graces(grace: PerKind[timedelta]) -> str:
    return per_kind(grace, lambda span: f"after {say_duration(span)}" if span else "at once")


def _kinds(kinds: Iterable[str]) -> str:
    """Name kinds; all the job kinds together are jobs."""
    left, jobs = list(kinds), [k.name for k in KINDS.values() if not k.restartable]
    if set(jobs) <= set(left):
        left = [*(kind for kind in left if kind not in jobs), "jobs"]
    words = {"*": "everything else", "jobs": "jobs"}
    return " and ".join(words.get(kind) or f"{KINDS[kind].title}s" for kind in left)


def _machines(number: int) -> str:
    return count(number, "instance")


def _reached(person: Person) -> str:
    ways = [way for way in (person.email, person.slack) if way]
    return plain(person.name) + (f" ({_listed(ways)})" if ways else "")


def _clock(moment: datetime, policy: Policy) -> str:
    return f"{moment.astimezone(policy.timezone.info):%a %d %b %Y %H:%M %Z}"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(plain(word) for word in words) or "none"


def _then(words: Iterable[str]) -> str:
    return ", then ".join(words) or "nothing"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return _listed(names[:_NAMED]) + more
