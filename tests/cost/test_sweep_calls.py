"""What a sweep asks of AWS about tags and people: counted, and not more with every resource."""

from collections import Counter

from costguard.ownership.directory import Directory, Owner
from costguard.ownership.fleet import Fleet
from costguard.resources.model import Resource
from tests.cost.test_stops import counted
from tests.factories import GOOD_TAGS, JOHN, at, notebook, policy
from tests.scenarios.account import Account

NUMBER = 100
UNTAGGED = NUMBER // 2


def half_untagged() -> Account:
    names = (f"DoeJohn-Explore{n}" for n in range(NUMBER))
    fleet = (notebook(name, tags=GOOD_TAGS if n % 2 else {}) for n, name in enumerate(names))
    return Account(policy(max_stops=NUMBER), *fleet)


def asked(account: Account, hours: float) -> int:
    """Sweep, and count the calls to ListTags."""
    account.tags_asked.clear()
    account.sweep(at(hours))
    return len(account.tags_asked)


def test_what_the_index_shows_untagged_is_asked_for_its_tags_once() -> None:
    account = half_untagged()
    assert [asked(account, 0), asked(account, 0.1), asked(account, 3.9)] == [UNTAGGED, 0, 0]


def test_at_the_deadline_the_sweep_asks_nobody_and_enforce_asks_each() -> None:
    account = half_untagged()
    account.sweep(at(0))
    assert asked(account, 4) == 0
    assert len(account.queued_stops) == UNTAGGED
    account.enforce()
    assert (len(account.tags_asked), len(account.stopped)) == (UNTAGGED, UNTAGGED)


def test_what_the_index_shows_as_repaired_is_asked_before_it_is_forgiven() -> None:
    account = half_untagged()
    account.sweep(at(0))
    account.indexed["DoeJohn-Explore0"] = GOOD_TAGS  # but SageMaker says otherwise
    assert asked(account, 1) == 1
    assert account.case("DoeJohn-Explore0").findings


def test_an_index_that_lags_behind_a_repair_warns_nobody_again() -> None:
    account = half_untagged()
    account.sweep(at(0))
    account.change("DoeJohn-Explore0", tags=GOOD_TAGS)
    account.event("DoeJohn-Explore0", at(1))
    account.indexed["DoeJohn-Explore0"] = {}
    account.new_notices()
    assert asked(account, 1.1) == 1
    assert account.new_notices() == []


class Counting(Directory, frozen=True, kw_only=True):
    """A roster that counts how often an owner is looked for."""

    looked_for: list[str] = []  # noqa: RUF012 - msgspec copies it

    def owner(self, resource: Resource) -> Owner:
        self.looked_for.append(resource.name)
        return super().owner(resource)


def test_an_owner_is_looked_for_once_a_resource_and_not_once_a_pair() -> None:
    directory = Counting(people=(JOHN,))
    notebooks = tuple(notebook(f"DoeJohn-{n}", started=at(n)) for n in range(NUMBER))
    fleet = Fleet(notebooks, directory)
    assert [len(fleet.upto(n, JOHN)) for n in notebooks] == list(range(1, NUMBER + 1))
    assert len(directory.looked_for) == NUMBER


def test_what_an_owner_runs_is_weighed_once_a_resource_and_not_once_a_pair() -> None:
    notebooks = tuple(notebook(f"DoeJohn-{n}", started=at(n)) for n in range(NUMBER))
    fleet, weighed = Fleet(notebooks, Directory(people=(JOHN,))), list[str]()

    def weigh(resource: Resource) -> int:
        weighed.append(resource.name)
        return 2

    sums = [fleet.upto(each, JOHN).sum("weight", weigh) for each in notebooks]
    assert sums == [2 * number for number in range(1, NUMBER + 1)]
    assert len(weighed) == NUMBER


def test_what_a_sweep_changes_is_written_and_told_twenty_at_a_time() -> None:
    account, asked = half_untagged(), Counter[str]()
    ports = (account.cases, "save_each"), (account.audit, "record_each"), (account, "publish_each")
    for port, name in ports:
        setattr(port, name, counted(asked, name, getattr(port, name)))
    account.sweep(at(0))
    together = -(-UNTAGGED // 20)
    assert len(account.notices) == UNTAGGED
    assert asked == {"save_each": 2 * together, "record_each": together, "publish_each": together}
