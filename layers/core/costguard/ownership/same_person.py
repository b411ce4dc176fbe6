"""Which people of two lists are one person.

An address that belongs to one person decides: an e-mail address, a login, or a Slack member id. A
channel of Slack is everybody's, and people may share a mailbox: there the name decides, too.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from costguard.ownership.roster import Person
from costguard.ownership.spelling import owner_key

_MEMBERS = ("U", "W")  # how the id of a member of Slack begins

type Pairs = Mapping[int, int]


def addresses(person: Person) -> tuple[str, ...]:
    """List what is one person's alone, as far as that can be told."""
    return tuple(dict.fromkeys(chain(*_by_kind(person))))


def same_people(
    these: Sequence[Person], those: Sequence[Person], *, of_one_list: bool = False
) -> Pairs:
    """Find these people among those, by their places in the lists; each at most once.

    People without an address are found by name. Between versions of one list (`of_one_list`) so are
    others whose addresses do not differ: one version may have e-mail addresses, the other logins.
    """
    found = _pairs((*_by_address(these, those), *_by_name(these, those, of_one_list=of_one_list)))
    return dict(found)


def have_one_name(one: Person, other: Person) -> bool:
    """Return whether a name or alias of one is that of the other."""
    ours, theirs = ({owner_key(n) for n in (each.name, *each.aliases)} for each in (one, other))
    return not ours.isdisjoint(theirs)


def _pairs(possible: Iterable[tuple[int, int]]) -> Pairs:
    """Take each pair of two who are in no pair before it."""
    found, taken = dict[int, int](), set[int]()
    for one, other in possible:
        if one not in found and other not in taken:
            found[one] = other
            taken.add(other)
    return found


def _by_address(these: Sequence[Person], those: Sequence[Person]) -> list[tuple[int, int]]:
    """Pair who share an address: first with one name, then who alone have it."""
    ours, theirs = _holders(these), _holders(those)
    named, alone = list[tuple[int, int]](), list[tuple[int, int]]()
    for address, holders in ours.items():
        pairs = [(one, other) for one in holders for other in theirs.get(address, ())]
        named += [pair for pair in pairs if have_one_name(these[pair[0]], those[pair[1]])]
        alone += pairs if len(pairs) == 1 else []
    return named + alone


def _by_name(
    these: Sequence[Person], those: Sequence[Person], *, of_one_list: bool
) -> Iterable[tuple[int, int]]:
    """Pair who alone have a name in both lists, and no address that says otherwise."""
    ours, theirs = ([owner_key(each.name) for each in people] for people in (these, those))
    once, only = Counter(ours), Counter(theirs)
    places = {name: at for at, name in enumerate(theirs) if only[name] == 1}
    for at, name in enumerate(ours):
        if name in places and once[name] == 1:
            one, other = these[at], those[places[name]]
            either = addresses(one) or addresses(other)
            if not (_differ(one, other) if of_one_list else either):
                yield at, places[name]


def _holders(people: Sequence[Person]) -> Mapping[str, list[int]]:
    """Find the places of people by address."""
    found = defaultdict[str, list[int]](list)
    for at, person in enumerate(people):
        for address in addresses(person):
            found[address].append(at)
    return found


def _differ(one: Person, other: Person) -> bool:
    """Return whether both have an address of one kind, and not the same."""
    kinds = zip(_by_kind(one), _by_kind(other), strict=True)
    return any(ours and theirs and set(ours).isdisjoint(theirs) for ours, theirs in kinds)


def _by_kind(person: Person) -> tuple[tuple[str, ...], ...]:
    """List the e-mail address, the member of Slack and the logins."""
    slack = person.slack if person.slack and person.slack.startswith(_MEMBERS) else None
    kinds = ((person.email,), (slack,), person.logins)
    return tuple(tuple(each.casefold() for each in kind if each) for kind in kinds)
