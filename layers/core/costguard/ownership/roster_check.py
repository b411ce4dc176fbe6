"""Warnings about a roster: people who cannot be found by name, and shared addresses."""

import re
from collections.abc import Iterator

from costguard.common.sanitize import single_line
from costguard.ownership.roster import Person, Roster

_IN_NAMES = re.compile(r"[A-Za-z0-9]+")


def roster_warnings(roster: Roster) -> tuple[str, ...]:
    """List entries of a roster that are allowed but probably a mistake, each once."""
    found = (line for person in roster.people for line in _warnings(roster, person))
    return tuple(dict.fromkeys((*found, *_clashes(roster))))


def _warnings(roster: Roster, person: Person) -> Iterator[str]:
    handle, own = person.handle, (person.email or "").casefold()
    if handle is None:
        yield (
            f"{_who(person)}: the name cannot be written in ASCII, as names of resources must be: "
            'set one, such as handle = "DoeJohn"'
        )
    elif not _IN_NAMES.fullmatch(handle):
        yield (
            f"{_who(person)}: the handle {single_line(handle)!r} cannot be a part of a resource's "
            "name: use only ASCII letters and digits"
        )
    sharing = [p for p in roster.people if own and (p.email or "").casefold() == own]
    if len(sharing) > 1:
        listed = " and ".join(sorted(single_line(p.name) for p in sharing))
        yield f"{listed} have the same e-mail address: they count as one recipient"


def _clashes(roster: Roster) -> Iterator[str]:
    """Yield a warning for each group of people with a common spelling."""
    told = set[frozenset[Person]]()
    for person in roster.people:
        for spelling in _spelled(person):
            theirs = roster.find(spelling).found
            group = frozenset((*theirs, person))
            if len(group) > 1 and group not in told:
                told.add(group)
                listed = " or ".join(sorted(map(_who, group)))
                yield (
                    f"{single_line(spelling)!r} may be {listed}: set a handle for each, and use "
                    "e-mail addresses in the owner tag"
                )


def _spelled(person: Person) -> Iterator[str]:
    yield person.name
    yield from (each for each in (person.handle, *person.aliases) if each)
    yield "-".join(person.name.lower().split())  # the form in names of jobs


def _who(person: Person) -> str:
    return single_line(f"{person.name} ({person.address})" if person.address else person.name)
