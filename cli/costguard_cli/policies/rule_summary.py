"""The settings of each rule in sentences."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from msgspec.structs import astuple, fields

from costguard.common.datetimes import say_duration
from costguard.common.formatting import pluralize, usd
from costguard.common.sanitize import single_line
from costguard.costs.budget_limits import Budgets
from costguard.costs.by_price import ByPrice, PriceRange
from costguard.resources.per_kind import PerKind
from costguard.resources.registry import KINDS
from costguard.rules import idle, instance_type, long_running, missing_tags, naming, too_many


def of_rule(rule: str, options: Any) -> Iterator[str]:
    """Describe one rule; a rule without sentences of its own lists its settings."""
    yield from SENTENCES.get(rule, _by_settings)(options)


def per_kind[T](setting: PerKind[T], say: Callable[[T], str], rest: str = "") -> str:
    """Describe a setting by kind: `4 h for notebook instances, 1 h for everything else`."""
    if set(setting.values) == {"*"}:
        return say(setting.values["*"])
    by_words: dict[str, list[str]] = {}
    for kind, value in sorted(setting.values.items(), key=lambda item: item[0] == "*"):
        by_words.setdefault(say(value), []).append(kind)
    if len(by_words) == 1 and set(setting.values) == set(KINDS):
        return next(iter(by_words))
    parts = [f"{words} for {_kinds(kinds)}" for words, kinds in by_words.items()]
    return ", ".join([*parts, rest] if rest and "*" not in setting.values else parts)


def listed(words: Iterable[str]) -> str:
    """Join sanitised words with commas."""
    return ", ".join(single_line(word) for word in words) or "none"


def _by_settings(options: Any) -> Iterator[str]:
    for field in fields(options):
        yield f"{field.name}: {single_line(str(getattr(options, field.name)), 300)}."


def _missing_tags(options: missing_tags.Options) -> Iterator[str]:
    yield f"Required tags: {per_kind(options.required, listed, 'none for others')}."
    for tag, allowed in options.allowed.items():
        yield f"The tag {single_line(tag)} is one of {listed(allowed)}."


def _naming(options: naming.Options) -> Iterator[str]:
    forms = per_kind(options.patterns, lambda p: " or ".join(f.text for f in p), "others are free")
    yield f"A name follows {forms}."


def _instance_type(options: instance_type.Options) -> Iterator[str]:
    for kind, allowed in options.allowed.values.items():
        everything_else = "everything else" if len(options.allowed.values) > 1 else "everything"
        kinds = everything_else if kind == "*" else f"{KINDS[kind].title}s"
        yield f"Instance types for {kinds}: {listed(allowed)}."


def _too_many(options: too_many.Options) -> Iterator[str]:
    yield f"One resource runs at most {per_kind(options.per_job, _machines, 'any for others')}."
    if options.per_owner is not None:
        yield f"One owner runs at most {_machines(options.per_owner)} at once."


def _long_running(options: long_running.Options) -> Iterator[str]:
    if options.limit.values:
        yield f"A job may ask for (MaxRuntimeInSeconds) {per_kind(options.limit, say_duration)}."
    if options.ran.values:
        yield f"A run lasts at most {per_kind(options.ran, say_duration)}."


def _idle(options: idle.Options) -> Iterator[str]:
    keep, load = options.keep, options.load
    yield (
        f"A notebook is idle after {_by_price(options.after)} without activity, and "
        f"{say_duration(options.after_job)} after its last job."
    )
    unseen = max(min(options.after.every), options.after_unseen)
    longer = " or the longer time above" if max(options.after.every) > unseen else ""
    yield (
        f"Without a heartbeat: after {say_duration(unseen)}{longer}, because not all work can be "
        "seen."
    )
    inside, late, within = map(say_duration, astuple(options.classes))
    yield (
        f"People of a course: in class idle after {inside} if that is longer, and in the {within} "
        f"after class after {late} if that is shorter."
    )
    yield f"What AWS measures the use of: idle after {per_kind(options.unused, say_duration)}."
    yield f"No run of a notebook lasts longer than {say_duration(options.max_age)}."
    yield f"Above {load.cpu} % of a core, or {load.gpu} % of a GPU, it counts as working."
    yield (
        f"An owner may keep one for {say_duration(keep.at_most)}, {keep.times} times in "
        f"{say_duration(keep.within)}."
    )
    if options.office:
        office = options.office
        hours = office.hours.text.replace("-", " to ")
        yield f"Working hours: {hours} on {listed(d.value for d in office.days)}."
        if office.holidays:
            yield f"Holidays: {listed(day.isoformat() for day in office.holidays)}."
        after, age = options.outside.after, options.outside.max_age
        limits = {
            "idle after": after and _by_price(after),
            "no run over": age and say_duration(age),
        }
        stricter = [f"{what} {span}" for what, span in limits.items() if span]
        if stricter:
            yield f"Outside them: {', '.join(stricter)}."


def _by_price(setting: ByPrice[timedelta]) -> str:
    """Describe a time by price: `1 h (4 h below $0.10/h)`."""
    parts = [f"{say_duration(span)} {_prices(each)}" for each, span in setting.ranges.items()]
    return f"{say_duration(setting.rest)}{f' ({", ".join(parts)})' if parts else ''}"


def _prices(prices: PriceRange) -> str:
    return f"{'above' if prices.is_above else 'below'} ${prices.usd}/h"


def _over_budget(options: Budgets) -> Iterator[str]:
    for scope, table in (("project", options.per_project), ("owner", options.per_owner)):
        for name, limit in table.items():
            subject = f"every other {scope}" if name == "*" else f"the {scope} {single_line(name)}"
            yield f"Budget of {subject}: {usd(limit)} a month."
    if not (options.per_project or options.per_owner):
        yield "There are no budgets but those of courses."
        return
    yield (
        f"A notice is sent at {options.tell_at} %; any seven days may use {options.seven_days} % "
        "of a month's budget."
    )


SENTENCES: Mapping[str, Callable[[Any], Iterator[str]]] = {
    "missing-tags": _missing_tags,
    "naming": _naming,
    "instance-type": _instance_type,
    "too-many": _too_many,
    "long-running": _long_running,
    "idle": _idle,
    "over-budget": _over_budget,
}


def _kinds(kinds: Iterable[str]) -> str:
    """Name kinds; all the job kinds together are jobs."""
    left, jobs = list(kinds), [k.name for k in KINDS.values() if k.is_job]
    if set(jobs) <= set(left):
        left = [*(kind for kind in left if kind not in jobs), "jobs"]
    words = {"*": "everything else", "jobs": "jobs"}
    return " and ".join(words.get(kind) or f"{KINDS[kind].title}s" for kind in left)


def _machines(number: int) -> str:
    return pluralize(number, "instance")
