"""Find owners: from a resource's name and tags, through the roster, to a person."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property, lru_cache
from itertools import pairwise

from msgspec import Struct

from costguard.common.calendar import Zone
from costguard.common.forms import EmailAddress, PersonName, SlackAddress, Words
from costguard.ownership.channel import Channel
from costguard.ownership.confusables import CONFUSABLES
from costguard.resources.model import Resource

_PERSON = re.compile(r"[A-Z][A-Za-z0-9]*[a-z][A-Z][A-Za-z0-9]*")  # DoeJohn


_FOLDED = str.maketrans(
    {c: c.lower().translate(CONFUSABLES) if c.isalnum() else "" for c in map(chr, range(128))}
)
"""The same for ASCII, in one step: what nearly every name and tag is written in."""


@lru_cache(maxsize=16384)  # the same few tags and words, again and again in a sweep
def fold_name(text: str) -> str:
    """Make two spellings of one name equal: case, accents, spaces, punctuation, look-alikes."""
    if text.isascii():
        return text.translate(_FOLDED)
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in decomposed if c.isalnum()).translate(CONFUSABLES)


class Person(Struct, frozen=True, kw_only=True):
    """A line of the roster, or the contact that stands in for an unknown owner."""

    name: PersonName
    email: EmailAddress | None = None
    slack: SlackAddress | None = None
    aliases: tuple[Words, ...] = ()
    channels: tuple[Channel, ...] | None = None  # tried in this order; None: as for everybody
    timezone: Zone | None = None

    @property
    def spellings(self) -> Iterator[str]:
        """Folded forms: `John Doe` is also `DoeJohn`; an alias is what it says."""
        words = self.name.split()
        for turn in range(len(words)):
            yield fold_name("".join(words[turn:] + words[:turn]))
        yield from map(fold_name, self.aliases)

    @property
    def handle(self) -> str:
        """The name as a resource name carries it: LastnameFirstname."""
        words = self.name.split()
        ascii_words = [
            unicodedata.normalize("NFKD", w).encode("ascii", "ignore").decode() for w in words
        ]
        parts = [re.sub(r"[^A-Za-z0-9]", "", w) for w in (ascii_words[-1], *ascii_words[:-1])]
        return "".join(part[:1].upper() + part[1:] for part in parts)


THE_ADMINS = Person(name="the admins")


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


class Directory(Struct, frozen=True, kw_only=True, dict=True):
    """The people and teams of the policy."""

    people: tuple[Person, ...] = ()
    teams: tuple[str, ...] = ()
    contact: Person = THE_ADMINS
    owner_tag: str = "Name"
    project_tag: str = "Project"
    purpose_tag: str = "Purpose"

    @cached_property
    def _by_spelling(self) -> Mapping[str, Person]:
        return {word: person for person in self.people for word in person.spellings if word}

    def person(self, claim: str) -> Person | None:
        """Find the person that a tag or a part of a name spells out."""
        return self._by_spelling.get(fold_name(claim))

    def by_login(self, login: str) -> Person | None:
        """Find the person behind an IAM user or a single sign-on session: often an address."""
        for person in self.people:
            if person.email and person.email.casefold() == login.strip().casefold():
                return person
        return self.person(login) or self.person(login.partition("@")[0])

    def nearest(self, claim: str) -> Person | None:
        """Find the person that was probably meant."""
        close = get_close_matches(fold_name(claim), self._by_spelling, n=1, cutoff=0.8)
        return self._by_spelling[close[0]] if close else None

    def nearest_team(self, claim: str) -> str | None:
        """Find the team that was probably meant, in its own spelling."""
        by_fold = {fold_name(team): team for team in self.teams}
        close = get_close_matches(fold_name(claim), by_fold, n=1, cutoff=0.75)
        return by_fold[close[0]] if close else None

    def owner(self, resource: Resource) -> Owner:
        """Name the owner: the name's part first (it cannot be edited), then the tag."""
        tag = self._tag(resource, self.owner_tag)
        parts = resource.name.split("-")
        person = next((p for p in map(self.person, windows(parts)) if p), None) or self.person(tag)
        if person:
            return Owner(name=person.name, email=person.email, slack=person.slack, known=True)
        claimed = (
            p
            for p in parts
            if _PERSON.fullmatch(p) and fold_name(p) not in map(fold_name, self.teams)
        )
        name = tag.strip() or next(claimed, None)
        return Owner(name=name, email=self.contact.email, slack=self.contact.slack, known=False)

    def labels(self, resource: Resource) -> CostLabels:
        """Name the owner, project and purpose that its usage is charged to."""
        return CostLabels(
            owner=self.owner(resource).name or "",
            project=self._tag(resource, self.project_tag).strip(),
            purpose=self._tag(resource, self.purpose_tag).strip(),
        )

    def _tag(self, resource: Resource, key: str) -> str:
        """Read a tag; its exact key comes before one that only looks like it."""
        tags = resource.tags or {}
        alike = (value for name, value in tags.items() if fold_name(name) == fold_name(key))
        return tags.get(key, "").strip() or next(alike, "")


def windows(parts: list[str]) -> Iterator[str]:
    """Yield every part, then every two neighbours as one: `doe-john` names DoeJohn too."""
    yield from parts
    yield from (a + b for a, b in pairwise(parts))
