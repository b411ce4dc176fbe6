"""Settings of a policy that are worth a look: allowed, but probably a mistake.

Modules with checks of their own add a function to `ADVISERS`. The deployed functions run none of
this.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from costguard.common.datetimes import say_duration
from costguard.common.remarks import Path, Remark
from costguard.ownership.channel import Channel
from costguard.policy.delays import delays
from costguard.policy.effects import effects
from costguard.policy.model import Mode, Policy
from costguard.policy.owner_warnings import owner_warnings
from costguard.resources.per_kind import PerKind
from costguard.resources.registry import KINDS
from costguard.rules import RULES

_NOTHING = "0 holds back every stop: nothing is ever stopped"

type Adviser = Callable[[Policy], Iterable[Remark]]


def advise(policy: Policy) -> Iterator[Remark]:
    """Collect the remarks of every adviser."""
    for adviser in ADVISERS:
        yield from adviser(policy)


def _modes(policy: Policy) -> Iterator[Remark]:
    """Find rules that go further than the policy's mode, and a `max_stops` of zero."""
    for name, settings in policy.rules.items():
        own = settings.overrides.mode
        if own and own.rank > policy.mode.rank:
            says = f"{own.value!r} goes further than the policy's own mode, {policy.mode.value!r}"
            yield _odd("rules", name, "mode", says=says)
    if not policy.max_stops and any(policy.mode_of(r) is Mode.ENFORCE for r in policy.rules):
        yield _odd("max_stops", says=_NOTHING)
    for account, limits in policy.accounts.items():
        if limits.max_stops == 0:
            yield _odd("accounts", account, "max_stops", says=_NOTHING)


def _kinds_without_grace(policy: Policy) -> Iterator[Remark]:
    """Find `grace` tables that leave kinds out, and the grace period of those kinds."""
    tables: list[tuple[Path, PerKind[timedelta], str]] = [
        (("grace",), policy.grace, next(iter(policy.rules), ""))
    ]
    tables += [
        (("rules", name, "grace"), settings.overrides.grace, name)
        for name, settings in policy.rules.items()
        if settings.overrides.grace.values
    ]
    for path, table, rule in tables:
        left = [kind for kind in KINDS if table.of(kind) is None]
        if left and rule:
            graces = dict.fromkeys(say_duration(policy.grace_of(rule, kind)) for kind in left)
            says = f"names neither '*' nor {', '.join(left)}: their grace is {' or '.join(graces)}"
            yield _odd(*path, says=says)


def _unreachable(policy: Policy) -> Iterator[Remark]:
    """Find people whose own channels cannot reach them, and notices that have no channel."""
    for number, person in enumerate(policy.people):
        ways = {Channel.EMAIL: person.email, Channel.SLACK: person.slack or person.email}
        names = ", ".join(each.value for each in person.channels or ())
        if person.channels and not any(ways.get(each, "a room") for each in person.channels):
            says = f"no address for any of these ({names}): the contact is notified instead"
            yield _odd("people", number, "channels", says=says)
        elif person.channels == ():
            says = "an empty list has no effect: everybody's channels are used"
            yield _odd("people", number, "channels", says=says)
    if not policy.notify.channels:
        yield _odd("notify", "channels", says="no owner is notified: only the contact is")
    for stage, channels in policy.notify.stages.items():
        if not channels:
            says = "no owner is notified of this stage: only the contact is"
            yield _odd("notify", "stages", stage.value, says=says)
    for number, feed in enumerate(policy.notify.feeds):
        if feed in {Channel.EMAIL, Channel.SLACK}:
            says = f"{feed.value!r} needs a person: rooms are webhook, chat and sns"
            yield _odd("notify", "feeds", number, says=says)


def _no_rule(policy: Policy) -> Iterator[Remark]:
    if not policy.rules:
        says = f"no rule is on, so nothing is checked; without `[rules]` all {len(RULES)} are on"
        yield _odd("rules", says=says)


def _odd(*path: str | int, says: str) -> Remark:
    return Remark(path=path, says=says, odd=True)


ADVISERS: tuple[Adviser, ...] = (
    _no_rule,
    _modes,
    _kinds_without_grace,
    _unreachable,
    owner_warnings,
    effects,
    delays,
)
