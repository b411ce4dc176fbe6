"""Find owners: from a resource's name, tags and creator, through the roster, to people.

A person is *charged* for what sums up over people (counts, dollars an hour, budgets) only where the
roster finds them unambiguously in the name or the owner tag, or CloudTrail saw them create it.
Any other guessed person is notified, and nothing is stopped because of that person.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from functools import cached_property
from itertools import pairwise

from msgspec import Struct

from costguard.common.calendar import UTC, Zone
from costguard.common.identity_cache import IdentityCache
from costguard.ownership import claims
from costguard.ownership.confusables import fold_name
from costguard.ownership.enrolment import Enrolment, Seats
from costguard.ownership.matching import Named, first_known
from costguard.ownership.roster import THE_ADMINS, Person, Roster
from costguard.ownership.spelling import owner_key
from costguard.ownership.spelling_index import Match
from costguard.resources.model import Resource

__all__ = ("THE_ADMINS", "CostLabels", "Directory", "Owner", "Person")


class CostLabels(Struct, frozen=True, kw_only=True):
    """The owner, project and purpose that usage is charged to; empty where unknown."""

    owner: str = ""
    project: str = ""
    purpose: str = ""


class Owner(Struct, frozen=True, kw_only=True):
    """The owner of a resource. `known` is false where the contact stands in for the owner."""

    name: str | None
    email: str | None
    slack: str | None
    known: bool
    people: tuple[Person, ...] = ()  # everybody who is notified
    charged: Person | None = None  # the person whose totals include the resource
    possible: tuple[
        Person, ...
    ] = ()  # people that an ambiguous name may mean: none of them counts as known
    disowned: tuple[Person, ...] = ()  # people who disowned the resource


class Directory(Roster, frozen=True, kw_only=True):
    """The people and teams of the policy."""

    teams: tuple[str, ...] = ()
    contact: Person = THE_ADMINS
    owner_tag: str = "Name"
    project_tag: str = "Project"
    purpose_tag: str = "Purpose"
    patterns: claims.NamePatterns = claims.DEFAULT_PATTERNS
    enrolments: tuple[Enrolment, ...] = ()
    zone: Zone = UTC

    @cached_property
    def _owners(self) -> IdentityCache[Resource, Owner]:
        return IdentityCache(self._find_owner)

    @cached_property
    def seats(self) -> Seats:
        """Who sits in which course."""
        return Seats(self.enrolments, self.label, self.zone.info)

    def nearest_team(self, claim: str) -> str | None:
        """Find the team that was probably meant, as the policy spells it."""
        by_fold = {fold_name(team): team for team in self.teams}
        close = get_close_matches(fold_name(claim), by_fold, n=1, cutoff=0.75)
        return by_fold[close[0]] if close else None

    def owner(self, resource: Resource) -> Owner:
        """Return the owner of a resource: for notices, caps and costs.

        The name comes first (it cannot be edited), then the owner tag, then the creator.
        """
        return self._owners.of(resource)

    def _find_owner(self, resource: Resource) -> Owner:
        maker = self.login(resource.creator) if resource.creator else Match[Person]()
        disowned = self._disowned(resource, maker)
        claim = first_known(named.without(disowned) for named in self._sources(resource, maker))
        if not claim.people:
            tag = self._tag(resource, self.owner_tag).strip()
            guess = tag or claims.profile(resource) or self._claimed(resource)
            return self._unknown(None if disowned else claim.text or guess, claim, disowned)
        first = claim.people[0]
        return Owner(
            name=" / ".join(map(self.label, claim.people)),
            email=first.email,
            slack=first.slack,
            known=True,
            people=claim.people,
            charged=self._charged(claim, maker),
            disowned=disowned,
        )

    def _sources(self, resource: Resource, maker: Match[Person]) -> Iterator[Named[Person]]:
        """Yield what names its owner, the most trusted source first; read as they are asked for."""
        if self.people:
            yield self._in_name(resource)
            yield self.named(self._tag(resource, self.owner_tag).strip())
            yield Named.of([maker])
            yield from (self._in_hint(hint) for hint in claims.hints(resource.tags or {}))

    def labels(self, resource: Resource) -> CostLabels:
        """Return the owner, project and purpose that its usage is charged to."""
        return CostLabels(
            owner=self._money_label(self.owner(resource)),
            project=self._tag(resource, self.project_tag).strip(),
            purpose=self._tag(resource, self.purpose_tag).strip(),
        )

    def _unknown(
        self, name: str | None, claim: Named[Person], disowned: tuple[Person, ...]
    ) -> Owner:
        """Use the contact in place of an unknown owner."""
        return Owner(
            name=name or None,
            email=self.contact.email,
            slack=self.contact.slack,
            known=False,
            possible=claim.found,
            disowned=disowned,
        )

    def _claimed(self, resource: Resource) -> str | None:
        return claims.claimed_name(resource, self.patterns, self._is_team)

    def _in_name(self, resource: Resource) -> Named[Person]:
        """Find the person in the name: at the owner's place of a pattern, or anywhere.

        Of what belongs to a user profile of Studio, its name counts and no other part. Of what
        several people use, anybody in the name is a guess.
        """
        part = None if resource.profile else claims.owner_part(resource, self.patterns)
        if part and (match := self.find(part)).is_sure:
            named = Named.of([match], part)
        else:
            windows = claims.name_windows(resource.profile or resource.name)
            named = Named.in_windows(windows, self.find)
        return named.as_guess() if resource.shared else named

    def _in_hint(self, hint: str) -> Named[Person]:
        """Guess the person in a tag of SageMaker: a profile, or a name with a purpose in it."""
        named = self.named(hint)
        windows = claims.name_windows(hint)
        return (named if named.people else Named.in_windows(windows, self.find)).as_guess()

    def _disowned(self, resource: Resource, maker: Match[Person]) -> tuple[Person, ...]:
        """List the people who disowned it; its creator according to CloudTrail cannot disown it."""
        if not (said := (resource.tags or {}).get(claims.NOT_MINE)):
            return ()
        denied = (p for p in self.named(said).people if not (maker.is_sure and maker.only == p))
        sources = tuple(self._sources(resource, maker))
        return tuple(p for p in denied if any(p in named.people for named in sources))

    def _charged(self, claim: Named[Person], maker: Match[Person]) -> Person | None:
        """Choose the person who is charged; if there are several, only the creator can be."""
        if not claim.is_sure:
            return None
        creator = maker.only if maker.is_sure else None
        one = claim.people[0] if len(claim.people) == 1 else creator
        if one is None or one not in claim.people:
            return None
        return one if self.is_told_apart(one) else None

    def _money_label(self, owner: Owner) -> str:
        """Return the label that usage is charged to; labels of people in the roster are unique."""
        if owner.charged:
            return self.label(owner.charged)
        name = owner.name or ""
        return f"{name} (not confirmed)" if self.labels_by_key[owner_key(name)] else name

    def _is_team(self, word: str) -> bool:
        return fold_name(word) in map(fold_name, self.teams)

    def _tag(self, resource: Resource, key: str) -> str:
        """Read a tag; its exact key comes before one that only looks like it."""
        tags = resource.tags or {}
        alike = (value for name, value in tags.items() if fold_name(name) == fold_name(key))
        return tags.get(key, "").strip() or next(alike, "")


def windows(parts: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield every part, then each two neighbours joined, with the remaining parts.

    `doe-john` also names DoeJohn.
    """
    for at, part in enumerate(parts):
        yield part, parts[:at] + parts[at + 1 :]
    for at, (first, second) in enumerate(pairwise(parts)):
        yield first + second, parts[:at] + parts[at + 2 :]
