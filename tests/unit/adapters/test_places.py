"""Adapters of several places: each call goes where the resource is, and no place hides another."""

from collections.abc import Collection, Mapping, Sequence
from copy import replace
from datetime import datetime
from threading import Event
from typing import Any

import pytest

from costguard.adapters.places import PlacesObserver, PlacesStopper, PlacesUse
from costguard.adapters.places_inventory import PlacesInventory
from costguard.app.activity_ports import ObservedActivity
from costguard.common.errors import GuardError, SpokeUnreadableError
from costguard.enforcement.outcomes import StopOutcome
from costguard.resources.activity import Activity, LookBack, WorkMemory
from costguard.resources.deletion import DeletionCheck
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.registry import KINDS
from costguard.resources.use import MeasuredUse
from tests.factories import at, notebook, training_job
from tests.fakes import Refused

HOME = ("123456789012", "us-east-2")
NEAR, FAR = "123456789012/eu-west-1", "222233334444/eu-west-1"
LISTED = {kind for kind in KINDS if KINDS[kind].lifecycle.running}


def there(place: str, **changes: Any) -> Resource:
    account, _, region = (place or "/".join(HOME)).partition("/")
    job = training_job(**changes)
    arn = job.arn.replace("us-east-2:123456789012", f"{region}:{account}")
    return replace(job, place=place, arn=arn)


class Place:
    """The inventory of one place in memory, and the role in which it is seen."""

    def __init__(self, place: str, *errors: Exception) -> None:
        self.place, self.errors = place, errors
        self.resource, self.inventory = there(place), self
        self.found: tuple[Resource, ...] = (self.resource,)
        self.skipped: list[set[str]] = []
        self.refuses: Exception | None = None
        self.waits: Event | None = None

    def enter(self) -> None:
        if self.refuses:
            raise self.refuses

    def describe(self, ref: ResourceRef) -> Resource | None:
        return self.resource if ref == self.resource.ref else None

    def tags(self, _arn: str) -> Mapping[str, str]:
        return {"place": self.place}

    def check_deletion(self, _resource: Resource, now: datetime) -> DeletionCheck:
        return DeletionCheck(now, (self.place,))

    def with_volumes(self, place: str) -> Sequence[ResourceRef]:
        return [self.resource.ref] if place == self.place else []

    def running(
        self, _now: datetime, skip: Collection[str] = ()
    ) -> tuple[tuple[Resource, ...], tuple[Exception, ...]]:
        self.skipped.append(set(skip))
        if self.waits:
            self.waits.wait(5)
        return self.found, self.errors


def account(*spokes: Place, enough: float = 5) -> PlacesInventory:
    return PlacesInventory(HOME, Place(""), {each.place: each for each in spokes}, enough)


@pytest.mark.parametrize("place", ["", NEAR, FAR])
def test_each_call_goes_to_the_place_of_the_resource(place: str) -> None:
    found = account(Place(NEAR), Place(FAR))
    one = there(place)
    assert found.describe(one.ref) == one
    assert found.tags(one.arn) == {"place": place}
    assert found.check_deletion(one, at(0)).obstacles == (place,)
    assert list(found.with_volumes(place)) == [one.ref]


def test_a_place_that_is_not_guarded_has_nothing() -> None:
    found, other = account(Place(NEAR)), there(FAR)
    assert found.describe(other.ref) is None
    assert list(found.with_volumes(FAR)) == []


def test_what_runs_in_every_place_is_found() -> None:
    found, errors = account(Place(NEAR), Place(FAR)).running(at(0))
    assert [each.place for each in found] == ["", NEAR, FAR]
    assert errors == ()


def test_kinds_are_skipped_by_place() -> None:
    near, far = Place(NEAR), Place(FAR)
    every = {f"{FAR}/{kind}" for kind in KINDS}
    found, _ = account(near, far).running(at(0), {f"{NEAR}/endpoint", "space", *every})
    assert near.skipped == [(KINDS.keys() - LISTED) | {"endpoint"}]
    assert far.skipped == []  # its role is not even assumed
    assert [each.place for each in found] == ["", NEAR]


@pytest.mark.parametrize("fails", ["role", "every kind", "late", "odd"])
def test_a_place_that_cannot_be_read_is_named_and_hides_no_other(fails: str) -> None:
    near, far = Place(NEAR), Place(FAR)
    if fails == "role":
        far.refuses = Refused("not you")
    if fails == "every kind":
        far.found, far.errors = (), tuple(Refused("not this") for _ in LISTED)
    if fails == "late":
        far.waits = Event()
    if fails == "odd":
        far.refuses = TypeError("of our own")
    found, (error,) = account(near, far, enough=0.1).running(at(0))
    assert [each.place for each in found] == ["", NEAR]
    assert isinstance(error, SpokeUnreadableError)
    assert (error.place, error.whole) == (FAR, True)
    assert FAR in str(error)
    if far.waits:
        far.waits.set()


def test_what_can_be_read_of_a_place_counts() -> None:
    far = Place(FAR, Refused("not this kind"), Refused("nor this"))
    found, (error,) = account(far).running(at(0))
    assert [each.place for each in found] == ["", FAR]
    assert isinstance(error, SpokeUnreadableError)
    assert not error.whole
    assert "not this kind (and 1 more)" in str(error)


class Observer:
    """An observer, and a meter of use, of one place."""

    def __init__(self, place: str, error: Exception | None = None) -> None:
        self.place, self.error = place, error
        self.kept: list[str] = []

    def observe(
        self, notebooks: Sequence[Resource], _now: datetime, _next: Any, _back: LookBack
    ) -> ObservedActivity:
        if self.error:
            raise self.error
        assert {each.place for each in notebooks} == {self.place}
        return ObservedActivity(activity={each.ref.key: Activity() for each in notebooks})

    def remember(
        self, notebooks: Mapping[str, Resource], works: Mapping[str, WorkMemory], _now: datetime
    ) -> tuple[Exception, ...]:
        assert notebooks.keys() == works.keys()
        self.kept += works
        return ()

    def measure(
        self, resources: Sequence[Resource], since: datetime, _now: datetime
    ) -> tuple[Mapping[str, MeasuredUse], tuple[Exception, ...]]:
        if self.error:
            raise self.error
        return {each.ref.key: MeasuredUse(since=since, last=None) for each in resources}, ()


BOOKS = [notebook(place=place) for place in (FAR, "", NEAR)]


def test_notebooks_are_observed_and_remembered_where_they_are() -> None:
    of = {place: Observer(place) for place in ("", NEAR, FAR)}
    observer = PlacesObserver(of.__getitem__)
    seen = observer.observe(BOOKS, at(0), None, LookBack())
    assert seen.activity.keys() == {each.ref.key for each in BOOKS}
    works = {each.ref.key: WorkMemory() for each in BOOKS[:2]}
    assert observer.remember({each.ref.key: each for each in BOOKS}, works, at(0)) == ()
    assert {place: each.kept for place, each in of.items()} == {
        "": [BOOKS[1].ref.key],
        NEAR: [],
        FAR: [BOOKS[0].ref.key],
    }


def test_a_place_whose_activity_is_refused_hides_no_other() -> None:
    of = {place: Observer(place) for place in ("", NEAR)} | {FAR: Observer(FAR, Refused("no"))}
    seen = PlacesObserver(of.__getitem__).observe(BOOKS, at(0), None, LookBack())
    assert seen.activity.keys() == {each.ref.key for each in BOOKS[1:]}
    assert [str(error) for error in seen.errors] == [f"{FAR} cannot be read: Refused: no"]
    uses, errors = PlacesUse(of.__getitem__).measure(BOOKS, at(0), at(1))
    assert uses.keys() == {each.ref.key for each in BOOKS[1:]}
    assert len(errors) == 1


def test_an_error_at_home_is_told_as_it_is() -> None:
    refused = Refused("no")
    seen = PlacesObserver(lambda place: Observer(place, refused)).observe(
        BOOKS[1:2], at(0), None, LookBack()
    )
    assert seen.errors == (refused,)


class Stops:
    def __init__(self, place: str) -> None:
        self.place = place

    def stop(self, resource: Resource) -> StopOutcome:
        assert resource.place == self.place
        return StopOutcome.ACCEPTED


def test_a_stop_goes_where_the_resource_is_and_nowhere_else() -> None:
    stopper = PlacesStopper({place: lambda place=place: Stops(place) for place in ("", NEAR)})  # type: ignore[misc] # mypy sees no default of a lambda
    assert stopper.stop(there("")) is stopper.stop(there(NEAR)) is StopOutcome.ACCEPTED
    with pytest.raises(GuardError, match="is not guarded"):
        stopper.stop(there(FAR))
