"""Exceptions that people ask for, and admins approve or deny: they live in the ledger."""

import hashlib
from collections.abc import Iterable
from copy import replace
from datetime import datetime
from enum import StrEnum
from glob import escape

from msgspec import UNSET, Struct, UnsetType

from costguard.common.observed import AwareTime
from costguard.policy.model import Exemption, Policy
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.places import HOME

_ID = 10  # hexadecimal digits: nobody guesses one, and no two of a course are alike


class ExceptionState(StrEnum):
    """The state of a request."""

    ASKED = "asked"
    APPROVED = "approved"
    DENIED = "denied"


class ExceptionRequest(Struct, frozen=True, kw_only=True):
    """A request to exempt one resource from rules that it breaks, and what an admin decided."""

    id: str
    kind: str
    name: str
    place: str | UnsetType = UNSET  # unless it is that of the stack
    created: AwareTime | None = None
    types: tuple[str, ...] = ()  # its instance types when it was asked for
    rules: tuple[str, ...]
    by: str
    why: str
    asked: AwareTime
    until: AwareTime
    state: ExceptionState = ExceptionState.ASKED
    decided: AwareTime | None = None
    decided_by: str = ""
    answer: str = ""  # the admin's reason

    @property
    def ref(self) -> ResourceRef:
        """Name its resource."""
        return ResourceRef(self.kind, self.name, self.place or HOME)

    def decide(
        self, state: ExceptionState, by: str, until: datetime, answer: str, now: datetime
    ) -> "ExceptionRequest":
        """Approve it until then, or deny it."""
        return replace(self, state=state, decided=now, decided_by=by, until=until, answer=answer)

    @property
    def exemption(self) -> "ApprovedExemption":
        """The exemption that it is, once it is approved."""
        return ApprovedExemption(
            names=(escape(self.name),),
            why=f"{self.why} ({self.by})",
            by=self.decided_by,
            until=self.until,
            kinds=(self.kind,),
            rules=self.rules,
            place=self.place or HOME,
            created=self.created,
            types=self.types,
        )


class ApprovedExemption(Exemption, frozen=True, kw_only=True):
    """An approved exception: for the one resource, as large as it was when the admin saw it."""

    place: str = HOME
    created: datetime | None = None
    types: tuple[str, ...] = ()

    def names_it(self, resource: Resource | ResourceRef, rule: str) -> bool:
        """Return whether it is for this resource and not a later or a larger one of its name."""
        if resource.place != self.place or not Exemption.names_it(self, resource, rule):
            return False
        if isinstance(resource, ResourceRef):
            return True
        return self.is_same(resource) and self.is_as_large(resource)

    def is_same(self, resource: Resource) -> bool:
        """Return whether it is not a later one of the name."""
        return not self.created or not resource.created or self.created == resource.created

    def is_as_large(self, resource: Resource) -> bool:
        """Return whether it is no larger than what the admin saw."""
        return set(resource.instance_types) <= set(self.types)


def exception_id(resource: Resource, rules: tuple[str, ...], by: str, since: datetime) -> str:
    """Return the id of a request: the same person asks about the same findings only once."""
    named = "|".join((resource.arn, by, since.isoformat(), *rules))
    return hashlib.sha256(named.encode()).hexdigest()[:_ID]


def with_approved(policy: Policy, requests: Iterable[ExceptionRequest]) -> Policy:
    """Add the exceptions that admins approved; the index of the roster is not built again."""
    approved = [each.exemption for each in requests if each.state is ExceptionState.APPROVED]
    if not approved:
        return policy
    added = replace(policy, exemptions=(*policy.exemptions, *approved))
    added.__dict__["directory"] = policy.directory
    return added
