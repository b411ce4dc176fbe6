"""The ports of several places: each call goes to the adapter of the place that it is about.

What cannot be read in a place is an error that names it, and hides no other.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import groupby

from msgspec import Struct

from costguard.adapters.places_inventory import AT_ONCE
from costguard.app.activity_ports import (
    ActivityObserver,
    NextCheck,
    ObservedActivity,
    UseMeter,
)
from costguard.app.ports import Stopper
from costguard.common.errors import GuardError, SpokeUnreadableError
from costguard.enforcement.outcomes import StopOutcome
from costguard.resources.activity import LookBack, WorkMemory
from costguard.resources.model import Resource
from costguard.resources.places import HOME
from costguard.resources.use import MeasuredUse

type Measured = tuple[Mapping[str, MeasuredUse], tuple[Exception, ...]]


class PlacesObserver(Struct, frozen=True):
    """Observes the activity of notebooks in every place."""

    of: Callable[[str], ActivityObserver]

    def observe(
        self,
        notebooks: Sequence[Resource],
        now: datetime,
        next_check: NextCheck | None,
        look_back: LookBack,
    ) -> ObservedActivity:
        """Observe each notebook where it is."""

        def observed(place: str, some: Sequence[Resource]) -> ObservedActivity:
            try:
                return self.of(place).observe(some, now, next_check, look_back)
            except Exception as error:  # noqa: BLE001 - one place must not blind the others
                return ObservedActivity(errors=(error,))

        seen = _at_once(observed, notebooks)
        return ObservedActivity(
            activity={key: each for _, of in seen for key, each in of.activity.items()},
            ended=tuple(job for _, of in seen for job in of.ended),
            errors=tuple(each for place, of in seen for each in _named(place, of.errors)),
        )

    def remember(
        self, notebooks: Mapping[str, Resource], works: Mapping[str, WorkMemory], now: datetime
    ) -> tuple[Exception, ...]:
        """Store the results where they were observed."""
        errors = list[Exception]()
        for place, some in _by_place([notebooks[key] for key in works]):
            mine = {each.ref.key: each for each in some}
            errors += self.of(place).remember(mine, {key: works[key] for key in mine}, now)
        return tuple(errors)


class PlacesUse(Struct, frozen=True):
    """Measures the use of resources in every place."""

    of: Callable[[str], UseMeter]

    def measure(
        self, resources: Sequence[Resource], since: datetime, now: datetime
    ) -> tuple[Mapping[str, MeasuredUse], tuple[Exception, ...]]:
        """Read the metrics of each where it is."""

        def measured(place: str, some: Sequence[Resource]) -> Measured:
            try:
                return self.of(place).measure(some, since, now)
            except Exception as error:  # noqa: BLE001 - one place must not blind the others
                return {}, (error,)

        found = _at_once(measured, resources)
        known = {key: each for _, (some, _) in found for key, each in some.items()}
        return known, tuple(each for place, (_, errors) in found for each in _named(place, errors))


class PlacesStopper(Struct, frozen=True):
    """Stops each resource where it is; one of a place that is not guarded is not stopped."""

    of: Mapping[str, Callable[[], Stopper]]

    def stop(self, resource: Resource) -> StopOutcome:
        """Ask AWS to stop it, under the role of its place."""
        if (found := self.of.get(resource.place)) is None:
            raise GuardError(f"{resource.place} is not guarded")
        return found().stop(resource)


def _at_once[T](
    look: Callable[[str, Sequence[Resource]], T], resources: Sequence[Resource]
) -> list[tuple[str, T]]:
    """Look at the resources of several places at once."""
    groups = _by_place(resources)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [
            (place, found)
            for (place, _), found in zip(groups, pool.map(lambda g: look(*g), groups), strict=True)
        ]


def _by_place(resources: Sequence[Resource]) -> list[tuple[str, list[Resource]]]:
    ordered = sorted(resources, key=lambda each: each.place)
    return [(place, list(some)) for place, some in groupby(ordered, lambda each: each.place)]


def _named(place: str, errors: Sequence[Exception]) -> tuple[Exception, ...]:
    """Name the place in its errors."""
    if place == HOME or not errors:
        return tuple(errors)
    return (SpokeUnreadableError(place, errors, whole=False),)
