"""The inventory of several places: each call goes to that of the place which it is about.

A place that cannot be read is an error that names it, and hides no other.
"""

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from costguard.app.ports import Inventory
from costguard.common.errors import SpokeUnreadableError
from costguard.resources.deletion import DeletionCheck
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.places import HOME, place_of_arn, within
from costguard.resources.registry import KINDS

AT_ONCE = 8
"""Places that are read at the same time."""
ENOUGH = 90.0
"""Seconds in which the places besides home are read; what is later is not read."""

type Found = tuple[tuple[Resource, ...], tuple[Exception, ...]]


class Spoke(Protocol):
    """One place besides home."""

    def enter(self) -> None:
        """Assume its role. Raises what AWS refuses."""

    @property
    def inventory(self) -> Inventory:
        """Its inventory."""


class PlacesInventory(Struct, frozen=True):
    """Reads every place, several at once."""

    home: tuple[str, str]
    own: Inventory
    spokes: Mapping[str, Spoke]
    enough: float = ENOUGH

    def describe(self, ref: ResourceRef) -> Resource | None:
        """Describe one resource; a place that is not guarded any more has none."""
        if (found := self._of(ref.place)) is None:
            return None
        return found.describe(ref)

    def tags(self, arn: str) -> Mapping[str, str]:
        """Read the tags of one resource where its ARN says that it is."""
        return (self._of(place_of_arn(arn, self.home)) or self.own).tags(arn)

    def check_deletion(self, resource: Resource, now: datetime) -> DeletionCheck:
        """Look now whether it may be deleted."""
        return (self._of(resource.place) or self.own).check_deletion(resource, now)

    def with_volumes(self, place: str) -> Iterable[ResourceRef]:
        """List the resources of a place that have a volume."""
        found = self._of(place)
        return found.with_volumes(place) if found else ()

    def running(self, now: datetime, skip: Collection[str] = ()) -> Found:
        """List all running resources; the kinds of a place are skipped by their labels."""
        pool = ThreadPoolExecutor(AT_ONCE)
        try:
            looks = {place: pool.submit(self._listed, place, now, skip) for place in self.spokes}
            running, errors = self.own.running(now, skip)
            wait(looks.values(), timeout=self.enough)
            for place, look in looks.items():
                more, failed = _answer(place, look, self.enough)
                running, errors = running + more, errors + failed
            return running, errors
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _of(self, place: str) -> Inventory | None:
        if place == HOME:
            return self.own
        return self.spokes[place].inventory if place in self.spokes else None

    def _listed(self, place: str, now: datetime, skip: Collection[str]) -> Found:
        """List one place besides home; its role is assumed first."""
        asked = {kind for kind in KINDS if KINDS[kind].lifecycle.running}
        asked -= {kind for kind in asked if within(place, kind) in skip}
        if not asked:
            return (), ()
        spoke = self.spokes[place]
        spoke.enter()
        found, errors = spoke.inventory.running(now, KINDS.keys() - asked)
        if not errors:
            return found, ()
        whole = not found and len(errors) >= len(asked)
        return found, (SpokeUnreadableError(place, errors, whole=whole),)


def _answer(place: str, look: Future[Found], enough: float) -> Found:
    if not look.done():
        late = TimeoutError(f"no answer within {enough:.0f} seconds")
        return (), (SpokeUnreadableError(place, [late]),)
    error = look.exception()
    if error is None:
        return look.result()
    if not isinstance(error, Exception):
        raise error
    return (), (SpokeUnreadableError(place, [error]),)
