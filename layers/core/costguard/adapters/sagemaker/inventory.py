"""The resources: Describe, List, tags; every answer translated into our terms."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from copy import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import batched
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from costguard.adapters.clients import AWS_ERRORS
from costguard.adapters.sagemaker.calls import OnceEach, asked_by, describe, rows, running_rows
from costguard.adapters.sagemaker.deletion import DeletionChecker
from costguard.common.errors import IncompleteDataError
from costguard.common.observed import elements, mapping, moment
from costguard.resources.billing import Metered
from costguard.resources.deletion import DeletionCheck
from costguard.resources.events import parse_tags
from costguard.resources.kind import Kind, Raw
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.places import HOME
from costguard.resources.registry import KINDS
from costguard.resources.translation import name_of, translate

if TYPE_CHECKING:
    from mypy_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient
    from mypy_boto3_sagemaker import SageMakerClient

    from costguard.adapters.clients import ClientFactory

_LONGEST_JOB = timedelta(days=62)
"""A job waits for 28 days, runs for 28, and uploads. Bounds the lists that hold all old jobs."""
_AT_ONCE = 5
"""Describe calls in flight; SageMaker's rate limits are a few per second and operation."""


class SageMakerInventory(Struct, frozen=True):
    """Reads SageMaker and the tagging API with the clients it is given."""

    sagemaker: "SageMakerClient"
    tagging: "Callable[[], ResourceGroupsTaggingAPIClient]"
    """Made when first needed: only the sweep reads tags in bulk."""
    scaling: Callable[[], Any]
    """Made when first needed: only a look before a deletion asks for scalable targets."""
    kinds: Mapping[str, Kind] = field(default_factory=lambda: KINDS)
    place: str = HOME  # of these clients

    def describe(self, ref: ResourceRef) -> Resource | None:
        """Describe one resource; None when there is no such thing, or it is in another place."""
        if ref.place != self.place:  # its namesake here is another resource
            return None
        kind = self.kinds[ref.kind]
        addresses: Iterable[Mapping[str, str]] = kind.identity.addresses(ref.name)
        if kind.api.described_by:
            addresses = self._listed(kind, ref.name)
        found = (self._described(kind, each) for each in addresses)
        return next((resource for resource in found if resource is not None), None)

    def _listed(self, kind: Kind, name: str) -> Iterator[Mapping[str, str]]:
        """Look up what describes one whose name does not; an ARN may have it in lower case."""
        steps = name.split("/")
        if kind.identity.of_arn not in (0, len(steps)):
            return
        parent = steps[0] if kind.api.list.parents else None
        for row in rows(self.sagemaker, kind.api.list, of=parent):
            if name_of(kind, row).lower() == name.lower() and (address := asked_by(kind, row)):
                yield address

    def tags(self, arn: str) -> Mapping[str, str]:
        """Read the tags of one resource from the source, not from an index."""
        pages = self.sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
        return parse_tags([tag for page in pages for tag in elements(page.get("Tags"))]) or {}

    def check_deletion(self, resource: Resource, now: datetime) -> DeletionCheck:
        """Look now whether it may be deleted; what cannot be read raises."""
        kind = self.kinds[resource.kind]
        return DeletionChecker(self.sagemaker, self.scaling).check(kind, resource, now)

    def running(
        self, now: datetime, skip: Collection[str] = ()
    ) -> tuple[tuple[Resource, ...], tuple[Exception, ...]]:
        """Find everything that runs, with tags from the index, and what could not be read.

        One bad answer affects no other resource of its kind. The kinds in `skip` are not listed.
        """
        found: list[Resource] = []
        errors: list[Exception] = []
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            asked = (kind for name, kind in self.kinds.items() if name not in skip)
            for kind in (kind for kind in asked if kind.lifecycle.running):
                there, failed = self._running(pool, kind, now)
                found += there
                errors += failed
        try:
            index = self._indexed_tags({each.kind for each in found}) if found else {}
        except AWS_ERRORS as error:  # the tags stay unknown, so each resource is read itself
            return tuple(found), (*errors, error)
        tagged = (replace(r, tags=index.get(r.tagged.lower(), {})) for r in found)
        return tuple(tagged), tuple(errors)

    def ended(self, since: datetime, now: datetime) -> Iterator[tuple[Resource, datetime]]:
        """Find the jobs that ended since then, each with its tags and the moment."""
        found = []
        for kind in self.kinds.values():
            end, listed = kind.translation.ended, kind.api.list
            if end is None:
                continue
            recent: dict[str, Any]
            if listed.changed_after:
                recent = {listed.changed_after: since}
            else:
                recent = {listed.created_after: now - _LONGEST_JOB} if listed.created_after else {}
            every = ((row, moment(row.get(end))) for row in rows(self.sagemaker, listed, **recent))
            found += [(translate(kind, row, self.place), over) for row, over in every if over]
        for some in batched(found, 100, strict=False):  # the most ARNs that GetResources takes
            arns = [job.arn for job, _ in some]
            answer = self.tagging().get_resources(ResourceARNList=arns)
            tags = _tags_by_arn([answer])
            for job, over in some:
                yield replace(job, tags=tags.get(job.arn.lower()) or {}), over

    def with_volumes(self, place: str = HOME) -> Iterator[ResourceRef]:
        """Name everything of the kinds with a volume, whatever it does: a volume is billed always.

        A notebook with a volume may have been stopped for a year.
        """
        for kind in self.kinds.values() if place == self.place else ():
            if any(part.metered is Metered.VOLUME for part in kind.billing):
                for row in rows(self.sagemaker, kind.api.list):
                    yield ResourceRef(kind.name, name_of(kind, row), self.place)

    def _running(
        self, pool: ThreadPoolExecutor, kind: Kind, now: datetime
    ) -> tuple[list[Resource], list[Exception]]:
        """List what runs of a kind; describe each where the list lacks facts, a few at once."""
        listed = running_rows(self.sagemaker, kind, since=now - _LONGEST_JOB)
        found: list[Resource] = []
        errors: list[Exception] = []
        try:
            looks = self._looks(pool, kind, listed)
        except AWS_ERRORS as error:
            return [], [error]
        for look in looks:
            try:
                found += [r for r in (look(),) if r is not None]
            except (*AWS_ERRORS, IncompleteDataError) as error:
                errors.append(error)
        return found, errors

    def _looks(
        self, pool: ThreadPoolExecutor, kind: Kind, listed: Iterable[Raw]
    ) -> list[Callable[[], Resource | None]]:
        """Look at what each row is about; where the rows suffice, no thread is asked."""
        if kind.translation.summary_suffices:
            return [partial(translate, kind, row, self.place) for row in listed]
        whole = partial(self._whole, OnceEach(), kind)
        return [pool.submit(whole, row).result for row in listed]

    def _whole(self, once: OnceEach, kind: Kind, row: Raw) -> Resource | None:
        if (address := asked_by(kind, row)) is not None:
            return self._described(kind, address, once)
        return self.describe(ResourceRef(kind.name, name_of(kind, row), self.place))

    def _described(
        self, kind: Kind, address: Mapping[str, str], once: OnceEach | None = None
    ) -> Resource | None:
        raw = describe(self.sagemaker, kind, address, once)
        return None if raw is None else translate(kind, raw, self.place)

    def _indexed_tags(self, kinds: Iterable[str]) -> dict[str, dict[str, str]]:
        """Read all tags of some kinds in bulk, by lower-case ARN; what has no tags is absent."""
        pages = (
            self.tagging()
            .get_paginator("get_resources")
            .paginate(
                ResourceTypeFilters=sorted({f"sagemaker:{self.kinds[k].arn_part}" for k in kinds}),
                PaginationConfig={"PageSize": 100},
            )
        )
        return _tags_by_arn(pages)


def inventory_in(client: "ClientFactory", place: str = HOME) -> SageMakerInventory:
    """Return the inventory of a place by its clients; those that few calls need are made later."""
    return SageMakerInventory(
        client("sagemaker"),
        lambda: client("resourcegroupstaggingapi"),
        lambda: client("application-autoscaling"),
        place=place,
    )


def _tags_by_arn(pages: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Read the tagging API's answers; rows without an ARN are skipped."""
    mapped = (row for page in pages for row in elements(page.get("ResourceTagMappingList")))
    named = ((mapping(row).get("ResourceARN"), mapping(row).get("Tags")) for row in mapped)
    return {arn.lower(): parse_tags(tags) or {} for arn, tags in named if isinstance(arn, str)}
