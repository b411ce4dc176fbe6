"""The policy: all decisions of the admins, as frozen values.

It is longer than other modules because every table of the file is here or is imported here.
"""

from collections.abc import Mapping
from copy import replace
from datetime import datetime, timedelta
from enum import Enum
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Annotated, Any, ClassVar

from msgspec import Struct, field

from costguard.common.calendar import UTC, Zone
from costguard.common.forms import ResourcePattern, TagKey, Words, account_id, at_least_one
from costguard.common.remarks import Wrong
from costguard.costs.budget_limits import Budgets
from costguard.notifications.settings import NotificationSettings
from costguard.ownership.claims import NamePatterns
from costguard.ownership.course import Course
from costguard.ownership.directory import THE_ADMINS, Directory, Person
from costguard.ownership.enrolment import everybody
from costguard.policy.self_service import SelfService
from costguard.policy.suggestions import did_you_mean
from costguard.resources.kind import Kind
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.per_kind import PerKind, for_all
from costguard.resources.registry import KINDS
from costguard.rules import RULES
from costguard.rules.naming import RULE as NAMING
from costguard.rules.over_budget import RULE as OVER_BUDGET

DEFAULT_GRACE = timedelta(hours=4)
"""Of what a table of graces leaves out: absent is not the strictest."""


def _a_kind(text: str) -> Wrong | None:
    return None if text in KINDS else Wrong(f"one of {', '.join(KINDS)}", did_you_mean(text, KINDS))


def _a_rule(text: str) -> Wrong | None:
    known = text in RULES
    return None if known else Wrong("one of " + ", ".join(RULES), did_you_mean(text, RULES))


class Mode(Enum):
    """The mode of a rule."""

    OBSERVE = "observe"  # admins read "would have stopped"
    WARN = "warn"  # owners get notices
    ENFORCE = "enforce"  # warn, grace, stop

    @property
    def rank(self) -> int:
        """Order the modes by how far they go."""
        return list(Mode).index(self)


class Exemption(Struct, frozen=True, kw_only=True):
    """Names that are exempt from rules until a time. Not by tag: users can set tags."""

    names: Annotated[tuple[ResourcePattern, ...], at_least_one]  # with `*`, in any case
    why: Words
    by: Words
    until: datetime
    kinds: Annotated[tuple[Annotated[str, _a_kind], ...], at_least_one] = tuple(KINDS)
    rules: Annotated[tuple[Annotated[str, _a_rule], ...], at_least_one] = tuple(RULES)

    def covers(self, resource: Resource | ResourceRef, rule: str, now: datetime) -> bool:
        """Return whether `resource` is exempt from `rule` at `now`."""
        return now < self.until and self.names_it(resource, rule)

    def names_it(self, resource: Resource | ResourceRef, rule: str) -> bool:
        """Return whether it is for `resource` and `rule`, at any time."""
        named = any(fnmatchcase(resource.name.lower(), name.lower()) for name in self.names)
        return named and resource.kind in self.kinds and rule in self.rules


class RuleOverrides(Struct, frozen=True, kw_only=True):
    """A rule's own mode and grace period.

    `guardrail` false: only the guard checks. `park`: where Park=yes, what breaks it is deleted.
    """

    mode: Mode | None = None
    grace: PerKind[timedelta] = field(default_factory=PerKind)
    guardrail: PerKind[bool] = field(default_factory=PerKind)
    park: PerKind[bool] = field(default_factory=PerKind)


class RuleSettings(Struct, frozen=True, kw_only=True):
    """One enabled rule: its overrides and its own options."""

    options: Any
    overrides: RuleOverrides = RuleOverrides()


class AccountLimits(Struct, frozen=True, kw_only=True):
    """What a stack that guards several accounts does in one of them, at the most."""

    name: Words | None = None  # for people
    mode: Mode = Mode.ENFORCE
    max_stops: int | None = None  # None: the policy's own


class Policy(Struct, frozen=True, kw_only=True, dict=True):
    """All decisions of the admins."""

    mode: Mode = Mode.OBSERVE
    parks: ClassVar[bool] = False  # no file lets the guard end what only a deletion ends
    max_stops: int = 5  # of each account
    accounts: Mapping[Annotated[str, account_id], AccountLimits] = {}
    grace: PerKind[timedelta] = field(default_factory=lambda: for_all(DEFAULT_GRACE))
    timezone: Zone = UTC
    owner_tag: TagKey = "Name"
    project_tag: TagKey = "Project"
    purpose_tag: TagKey = "Purpose"
    contact: Person = THE_ADMINS
    people: tuple[Person, ...] = ()
    courses: tuple[Course, ...] = ()
    teams: tuple[Words, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    notify: NotificationSettings = field(default_factory=NotificationSettings)
    self_service: SelfService = SelfService()
    rules: Mapping[str, RuleSettings] = field(
        default_factory=lambda: {r.id: RuleSettings(options=r.options) for r in RULES.values()}
    )

    @cached_property
    def directory(self) -> Directory:
        """Everybody, with their courses; teams, and the tags that name them."""
        found = everybody(self.people, self.courses)
        return Directory(
            people=found.people,
            former=found.former,
            enrolments=found.enrolments,
            zone=self.timezone,
            teams=self.teams,
            contact=self.contact,
            owner_tag=self.owner_tag,
            project_tag=self.project_tag,
            purpose_tag=self.purpose_tag,
            patterns=self._patterns,
        )

    @property
    def _patterns(self) -> NamePatterns:
        """The name patterns that identify owners; none if the naming rule is off."""
        found = self.rules.get(NAMING.id)
        return found.options.patterns if found else PerKind()

    @property
    def summing_rules(self) -> tuple[str, ...]:
        """The rules that limit the total of a known person's resources."""
        budgets, rules = {OVER_BUDGET.id for c in self.courses if c.has_budget}, self.rules.items()
        return tuple(r for r, s in rules if r in budgets or RULES[r].sums_people(s.options))

    def charges(self, kind: str) -> bool:
        """Return whether such a rule sends notices to owners: its mode is more than observe."""
        modes = (self.mode_of(rule, KINDS.get(kind)) for rule in self.summing_rules)
        return any(mode is not Mode.OBSERVE for mode in modes)

    @property
    def budgets(self) -> Budgets:
        """The budgets; none if the rule `over-budget` is off."""
        found = self.rules.get(OVER_BUDGET.id)
        return found.options if found else OVER_BUDGET.options

    def mode_of(self, rule: str, kind: Kind | None = None) -> Mode:
        """Return the mode of one rule; at most `warn` for a kind that it cannot end."""
        mode = self.rules[rule].overrides.mode or self.mode
        ends = kind is None or (kind.api.stop and not kind.is_deleted)
        return mode if ends else min(mode, Mode.WARN, key=lambda m: m.rank)

    def grace_of(self, rule: str, kind: str) -> timedelta:
        """Return the grace period; the rule's own setting comes first.

        A kind that no table names has a default, never none at all: only `"0s"` says that. What
        only a deletion ends is never without: such a `"0s"` was meant for jobs.
        """
        own = self.rules[rule].overrides.grace.of(kind)
        given = (own, RULES[rule].grace, self.grace.of(kind))
        found = next((grace for grace in given if grace is not None), DEFAULT_GRACE)
        return found or (DEFAULT_GRACE if kind in KINDS and KINDS[kind].is_deleted else found)

    def exempt_until(
        self, resource: Resource | ResourceRef, rule: str, now: datetime
    ) -> datetime | None:
        """Return until when present exemptions cover the resource; None: no exemption."""
        ends = [each.until for each in self.exemptions if each.covers(resource, rule, now)]
        return max(ends, default=None)

    def exemption_ended(self, resource: Resource, rule: str, now: datetime) -> datetime | None:
        """Return when the last exemption of the resource ended; None: it had none."""
        ends = [e.until for e in self.exemptions if e.until <= now and e.names_it(resource, rule)]
        return max(ends, default=None)

    def with_ceiling(self, ceiling: Mode) -> "Policy":
        """Limit every rule to the mode of the deployment: the kill switch."""

        def lower(mode: Mode) -> Mode:
            return min(mode, ceiling, key=lambda m: m.rank)

        rules = {
            name: replace(
                s, overrides=replace(s.overrides, mode=s.overrides.mode and lower(s.overrides.mode))
            )
            for name, s in self.rules.items()
        }
        return replace(self, mode=lower(self.mode), rules=rules)
