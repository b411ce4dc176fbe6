"""What a rule is: one question about one resource, and the answers it may give."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from enum import Enum

from msgspec import Struct

from costguard.costs.budgets import CostContext
from costguard.ownership.directory import Directory, Person
from costguard.ownership.fleet import Fleet
from costguard.resources.model import Resource


class Fail(Struct, frozen=True):
    """The rule is broken: why, and exactly what the owner can do about it."""

    reason: str
    remedy: str
    cause: str = ""  # another cause of the same rule is another warning
    not_before: datetime | None = None  # no stop before this moment, whatever the grace


class Unknown(Struct, frozen=True):
    """The rule cannot tell, because this fact is not known."""

    fact: str
    loud: bool = True  # told to the admins one by one; otherwise only counted


class RuleAnswer(Enum):
    """The answers that need no words."""

    PASS = "pass"  # noqa: S105 - an answer, not a password
    NEEDS_FLEET = "later"  # only a look at the whole fleet can tell: the sweep asks again


PASS, NEEDS_FLEET = RuleAnswer.PASS, RuleAnswer.NEEDS_FLEET
type Verdict = RuleAnswer | Fail | Unknown


class EvaluationContext(Struct, frozen=True, kw_only=True):
    """What a rule may know besides the resource itself."""

    now: datetime
    directory: Directory
    fleet: Fleet | None = None  # everything that runs, if somebody looked
    zone: tzinfo = UTC  # of the policy, for hours and words
    money: CostContext | None = None  # what was spent, if that is known

    def owners_up_to(self, resource: Resource) -> tuple[Resource, ...] | None:
        """List what a resource's owner runs, it and what is older; None where nobody looked.

        Only a person who is known has sums. Of anybody else the list is empty, and naming and tags
        are asked. What waits for instances is in no sum.
        """
        if resource.waits:
            return ()
        if self.fleet is None:
            return None
        person = self.charged(resource)
        return self.fleet.upto(resource, person) if person else ()

    def charged(self, resource: Resource) -> Person | None:
        """Name the known person whose counts, rates and budgets a resource is part of."""
        return self.directory.owner(resource).charged


class Rule[T](Struct, frozen=True, kw_only=True):
    """One row of the catalogue. `options` holds the defaults; the policy overrides them."""

    id: str
    title: str
    options: T
    check: Callable[[Resource, T, EvaluationContext], Verdict]
    reads_tags: bool = False
    grace: timedelta | None = None  # its own default, before the policy's general grace
    of_run: bool = False  # the fault is one run's: a restart begins anew, with a new warning
    ends_with_stop: bool = False  # it counts what runs: its owner's own stop is a fix
    sums_people: Callable[[T], bool] = lambda _options: False  # with these options
    asks_author: bool = False  # about what its author wrote: not asked of what AWS itself runs
    undone: bool = False  # its fix is undone in a second: each return has half the grace
