"""The people that a source (a name, a tag, a creator) names, and the choice between sources."""

from collections.abc import Callable, Iterable
from copy import replace

from msgspec import Struct

from costguard.ownership.spelling_index import Match

type Window = tuple[int, int, str]


class Named[T](Struct, frozen=True, kw_only=True):
    """The people that one source names; `found` has all people that an ambiguous word may mean."""

    people: tuple[T, ...] = ()
    found: tuple[T, ...] = ()
    is_sure: bool = False
    text: str = ""

    @classmethod
    def of(cls, matches: Iterable[Match[T]], text: str = "") -> "Named[T]":
        """Merge matches: certain ones come before guesses, and one person before several."""
        hits = [match for match in matches if match.found]
        sure = [match for match in hits if match.is_sure]
        hits = sure or hits
        people = tuple(dict.fromkeys(match.only for match in hits if match.only is not None))
        doubt = (match.found for match in hits if match.only is None)
        found = () if people else next(doubt, ())
        return cls(people=people, found=found, is_sure=bool(sure), text=text if found else "")

    @classmethod
    def in_windows(cls, windows: Iterable[Window], find: Callable[[str], Match[T]]) -> "Named[T]":
        """Find people in the parts of a name; each part counts for one person only."""
        hits: list[tuple[Match[T], str]] = []
        past = 0
        every = [(begin, end, text, find(text)) for begin, end, text in windows]
        for wanted in (True, False):
            for begin, end, text, match in every:
                if begin >= past and match.found and match.is_sure is wanted:
                    hits.append((match, text))
                    past = end
            if hits:
                break
        named = cls.of(match for match, _ in hits)
        text = next((text for match, text in hits if match.only is None), "")
        return replace(named, text=text) if named.found else named

    def without(self, people: tuple[T, ...]) -> "Named[T]":
        """Leave people out."""
        if not people:
            return self
        left = tuple(person for person in self.people if person not in people)
        return replace(self, people=left)

    def as_guess(self) -> "Named[T]":
        """Mark every match as a guess."""
        if not self.is_sure:
            return self
        return replace(self, is_sure=False)


def first_known[T](sources: Iterable[Named[T]]) -> Named[T]:
    """Choose the first source with certain matches, else the first guess, else an ambiguous one.

    No source after the first certain one is read.
    """
    guessed = doubtful = None
    for each in sources:
        if each.people and each.is_sure:
            return each
        guessed = guessed or (each if each.people else None)
        doubtful = doubtful or (each if each.found else None)
    return guessed or doubtful or Named()
