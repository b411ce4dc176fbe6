"""The roster: people, and the person that a text means."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from re import Pattern

from msgspec import Struct, field

from costguard.common.calendar import Zone
from costguard.common.forms import EmailAddress, PersonName, SlackAddress, Words
from costguard.ownership import claims
from costguard.ownership.channel import Channel
from costguard.ownership.matching import Named
from costguard.ownership.spelling import NameParts, Spelling, owner_key, spellings
from costguard.ownership.spelling_index import Match, SpellingIndex


class Person(Struct, frozen=True, kw_only=True):
    """A line of the roster, or the contact that stands in for an unknown owner."""

    name: PersonName
    email: EmailAddress | None = None
    slack: SlackAddress | None = None
    aliases: tuple[Words, ...] = ()
    logins: tuple[Words, ...] = ()  # IAM users and sessions; found whole, never in a name
    stated_handle: Words | None = field(name="handle", default=None)
    channels: tuple[Channel, ...] | None = None  # tried in this order; None: the policy's order
    timezone: Zone | None = None

    @property
    def handle(self) -> str | None:
        """The form in resource names: LastnameFirstname; None if ASCII cannot express it."""
        return self.stated_handle or NameParts.of(self.name).handle

    @property
    def spellings(self) -> Iterator[Spelling]:
        """Every spelling of the person in the roster."""
        others = (each for each in (self.email, self.slack) if each)
        return spellings(self.name, self.stated_handle, self.aliases, others)

    @property
    def address(self) -> str:
        """The address of the person; no two people share it."""
        own = (self.email, self.slack, *self.logins, self.handle, *self.aliases)
        return next((each for each in own if each), "")


THE_ADMINS = Person(name="the admins")


class Roster(Struct, frozen=True, kw_only=True, dict=True):
    """The people of the policy, by every spelling of their names."""

    people: tuple[Person, ...] = ()
    former: tuple[Person, ...] = ()  # nobody is found in them; two of one name are told apart

    def person(self, claim: str) -> Person | None:
        """Find the person that a tag or a part of a name means; None if it may mean several."""
        return self.find(claim).only

    @cached_property
    def find(self) -> Callable[[str], Match[Person]]:
        """Find everybody that a text may mean."""
        return lru_cache(maxsize=16384)(self._index.find)

    @cached_property
    def named(self) -> Callable[[str], Named[Person]]:
        """Find everybody that a tag names, by name or address."""
        return lru_cache(maxsize=16384)(
            lambda text: Named.of(self._split(text, claims.SEPARATORS), text)
        )

    def by_login(self, login: str) -> Person | None:
        """Find the person behind an IAM user or a single sign-on session: often an address."""
        return self.login(login).only

    def login(self, login: str) -> Match[Person]:
        """Find the same; a match by the first part of an unknown address is a guess."""
        known = self.find(login)
        known = known if known.found else self._by_login.get(login.casefold(), known)
        if known.found or "@" not in login:
            return known
        return Match(self.find(login.partition("@")[0]).found)

    @cached_property
    def nearest(self) -> Callable[[str], Person | None]:
        """Find the person that was probably meant."""
        return lru_cache(maxsize=16384)(self._index.nearest)

    def label(self, person: Person) -> str:
        """Return a name for a person that nobody else in the roster has."""
        same_name = self._names[owner_key(person.name)] > 1
        return f"{person.name} <{person.address}>" if same_name else person.name

    def labelled(self, label: str) -> Person | None:
        """Find the person with a label that nobody else has."""
        key = owner_key(label)
        theirs = [person for person in self.people if owner_key(self.label(person)) == key]
        return theirs[0] if len(theirs) == 1 else None

    def is_told_apart(self, person: Person) -> bool:
        """Return whether a label is unique, so that nobody is charged for another person."""
        return self.labels_by_key[owner_key(self.label(person))] == 1

    @cached_property
    def _index(self) -> SpellingIndex[Person]:
        return SpellingIndex((person, person.spellings) for person in self.people)

    @cached_property
    def _names(self) -> Counter[str]:
        """The number of people with each name, whatever the order of its words."""
        return Counter(owner_key(each.name) for each in (*self.people, *self.former))

    @cached_property
    def labels_by_key(self) -> Counter[str]:
        """The number of people with each label."""
        return Counter(owner_key(self.label(each)) for each in (*self.people, *self.former))

    @cached_property
    def _by_login(self) -> dict[str, Match[Person]]:
        """The people by each of their logins."""
        found = defaultdict[str, list[Person]](list)
        for person in self.people:
            for login in person.logins:
                found[login.casefold()].append(person)
        return {login: Match(tuple(theirs), is_sure=True) for login, theirs in found.items()}

    @cached_property
    def _whole(self) -> Pattern[str]:
        names = (name for person in self.people for name in (person.name, *person.aliases))
        return claims.whole_names(names)

    def _split(self, text: str, separators: tuple[Pattern[str], ...]) -> Iterator[Match[Person]]:
        """Match a text as it is, or else its pieces."""
        match = self.find(text)
        match = match if match.found else self._by_login.get(text.strip().casefold(), match)
        if match.found or not separators:
            yield match
            return
        for piece in claims.pieces(text, separators[0], self._whole):
            yield from self._split(piece, separators[1:])
