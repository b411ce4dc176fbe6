"""Settings of rules that have no effect, or stop everything: allowed, but probably a mistake."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from costguard.common.datetimes import say_duration
from costguard.common.remarks import Path, Remark
from costguard.costs.budget_limits import Budgets
from costguard.policy.model import Policy
from costguard.resources.per_kind import PerKind
from costguard.resources.registry import KINDS
from costguard.rules import (
    burn_rate,
    idle,
    instance_type,
    long_running,
    missing_tags,
    naming,
    over_budget,
    too_many,
)

type _Said = Iterator[tuple[Path, str]]
_NOTHING = "so the rule checks nothing"
_ALL_STOP = "so every running resource breaks the rule"
_WHOLE = 100  # percent


def effects(policy: Policy) -> Iterator[Remark]:
    """Check the options of every enabled rule, and what it may delete."""
    for name, settings in policy.rules.items():
        ask = _BY_RULE.get(name)
        said = (*(ask(settings.options) if ask else ()), *_park(name, settings.overrides.park))
        for path, says in said:
            yield Remark(path=("rules", name, *path), says=says, odd=True)


def _park(rule: str, given: PerKind[bool]) -> _Said:
    """Find kinds that nothing deletes, and those that would be deleted although they are used."""
    for name in given.values:
        if name in KINDS and not KINDS[name].is_deleted:
            yield ("park", name), f"nothing deletes {KINDS[name].a_title}, so this has no effect"
    for kind in KINDS.values():
        if kind.is_deleted and given.of(kind.name) and not kind.is_deleted_for(rule):
            yield ("park",), f"with Park=yes {kind.a_title} is deleted for it, also one in use"


def _missing_tags(options: missing_tags.Options) -> _Said:
    if not any(options.required.values.values()):
        yield ("required",), f"no kind must have a tag, {_NOTHING}"
    for key, values in options.allowed.items():
        if not values:
            yield ("allowed", key), "no value is listed, so any value passes"


def _naming(options: naming.Options) -> _Said:
    if not any(options.patterns.values.values()):
        yield ("patterns",), f"no kind has a pattern, {_NOTHING}"


def _instance_type(options: instance_type.Options) -> _Said:
    if not options.allowed.values:
        yield ("allowed",), f"no kind has a list, {_NOTHING}"
    for kind, allowed in options.allowed.values.items():
        if not allowed:
            yield ("allowed", kind), f"no type is listed, {_ALL_STOP}"


def _too_many(options: too_many.Options) -> _Said:
    if not options.per_job.values and options.per_owner is None:
        yield (), f"neither `per_job` nor `per_owner` is set, {_NOTHING}"
    for kind, most in options.per_job.values.items():
        if not most:
            yield ("per_job", kind), f"0 instances are allowed, {_ALL_STOP}"
    if options.per_owner == 0:
        yield ("per_owner",), f"0 instances are allowed, {_ALL_STOP}"


def _burn_rate(options: burn_rate.Options) -> _Said:
    if options.per_owner is None:
        yield (), f"`per_owner` is not set, {_NOTHING}"
    elif not options.per_owner:
        yield ("per_owner",), f"0 USD are allowed, {_ALL_STOP}"


def _long_running(options: long_running.Options) -> _Said:
    if not options.limit.values and not options.ran.values:
        yield (), f"neither `limit` nor `ran` is set, {_NOTHING}"
    for kind in options.limit.values:
        if kind in KINDS and KINDS[kind].translation.limits is None:
            yield ("limit", kind), f"a {KINDS[kind].title} asks for no run time: use `ran`"
    for name, table in (("limit", options.limit), ("ran", options.ran)):
        for kind, span in table.values.items():
            if not span:
                yield (name, kind), f"no time is allowed, {_ALL_STOP}"


def _idle(options: idle.Options) -> _Said:
    age = options.max_age
    afters, after = options.after.every, max(options.after.every)
    for name, span in (("after", min(afters)), ("max_age", age)):
        if not span:
            yield (name,), "0 s: every running notebook is stopped at once"
    if after > age > timedelta(0):
        yield ("after",), f"longer than `max_age` ({say_duration(age)}), which comes first"
    if list(afters) != sorted(afters, reverse=True):
        yield ("after",), "a dearer notebook may be idle for longer than a cheaper one"
    yield from _outside(options)
    if options.office is not None and not options.office.days:
        yield ("office", "days"), "no day is a working day"
    for name in ("cpu", "gpu"):
        if getattr(options.load, name) == 0:
            yield ("load", name), "the load is always above 0 %: no heartbeat is ever idle"


def _outside(options: idle.Options) -> _Said:
    """Find limits outside working hours that have no effect."""
    after, outside = options.outside.after, options.outside
    for name, own, usual in (
        ("after", min(after.every) if after else None, max(options.after.every)),
        ("max_age", outside.max_age, options.max_age),
    ):
        if own is not None and options.office is None:
            yield ("outside", name), "without a table `office` it is always working hours"
        elif own is not None and own >= usual:
            yield ("outside", name), f"not shorter than `{name}` ({say_duration(usual)}): no effect"


def _budgets(options: Budgets) -> _Said:
    if not 0 < options.tell_at <= _WHOLE:
        yield ("tell_at",), f"the notice comes at {options.tell_at} %, but the rule acts at 100 %"
    if options.seven_days == 0:
        yield ("seven_days",), "0 % of a budget are allowed in seven days, " + _ALL_STOP
    for table in ("per_project", "per_owner"):
        for name, limit in getattr(options, table).items():
            if not limit:
                yield (table, name), f"a budget of 0 USD, {_ALL_STOP}"


_BY_RULE: Mapping[str, Callable[[Any], _Said]] = {
    missing_tags.RULE.id: _missing_tags,
    naming.RULE.id: _naming,
    instance_type.RULE.id: _instance_type,
    too_many.RULE.id: _too_many,
    burn_rate.RULE.id: _burn_rate,
    long_running.RULE.id: _long_running,
    idle.RULE.id: _idle,
    over_budget.RULE.id: _budgets,
}
