"""The definition of a rule: one question about one resource, and the possible answers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import Enum

from msgspec import Struct

from costguard.costs.budgets import CostContext
from costguard.ownership.directory import Directory, Person
from costguard.ownership.fleet import Fleet, UpTo
from costguard.resources.model import Resource


class Fail(Struct, frozen=True):
    """The resource breaks the rule: the reason, and what the owner can do."""

    reason: str
    remedy: str
    cause: str = ""  # a different cause leads to a new warning
    not_before: datetime | None = None  # no stop before this moment, even without a grace period


class Unknown(Struct, frozen=True):
    """The rule cannot be evaluated, because this fact is not known."""

    fact: str
    loud: bool = True  # reported to the admins one by one; otherwise only counted


class RuleAnswer(Enum):
    """The answers without a text."""

    PASS = "pass"  # noqa: S105 - an answer, not a password
    NEEDS_FLEET = "later"  # needs all running resources: the sweep evaluates it


PASS, NEEDS_FLEET = RuleAnswer.PASS, RuleAnswer.NEEDS_FLEET
type Verdict = RuleAnswer | Fail | Unknown


class EvaluationContext(Struct, frozen=True, kw_only=True):
    """The facts that a rule may use besides the resource itself."""

    now: datetime
    directory: Directory
    fleet: Fleet | None = None  # all running resources; None if they were not listed
    zone: tzinfo = UTC  # of the policy, for hours and texts
    money: CostContext | None = None  # None: not known

    def hourly(self, resource: Resource) -> Decimal | None:
        """Return the list price of an hour of a resource; None: not known."""
        return self.money.prices.hourly(resource) if self.money else None

    def owners_up_to(self, resource: Resource) -> UpTo | None:
        """List the owner's resources up to this one, oldest first; None if they were not listed.

        The list is empty unless the owner is a known person. Naming and tags apply all the same.
        A resource that waits for instances does not count.
        """
        if resource.waits:
            return UpTo()
        if self.fleet is None:
            return None
        person = self.charged(resource)
        return self.fleet.upto(resource, person) if person else UpTo()

    def charged(self, resource: Resource) -> Person | None:
        """Return the known person whose counts, rates and budgets include a resource."""
        return self.directory.owner(resource).charged


class Rule[T](Struct, frozen=True, kw_only=True):
    """One row of the catalogue. `options` holds the defaults; the policy overrides them."""

    id: str
    title: str
    options: T
    check: Callable[[Resource, T, EvaluationContext], Verdict]
    reads_tags: bool = False
    grace: timedelta | None = None  # its own default, before the policy's general grace
    of_run: bool = False  # the violation belongs to one run: a restart begins with a new warning
    ends_with_stop: bool = False  # it counts running resources, so an owner's own stop is a fix
    sums_people: Callable[[T], bool] = lambda _options: False  # with these options
    asks_author: bool = False  # about the author's choices: not for jobs that AWS itself runs
    undone: bool = False  # a fix is easy to undo: each return halves the grace period
