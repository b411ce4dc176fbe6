"""Deletions of what can be made again: the look before one, and the one place that makes it."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from msgspec import Struct, field

from costguard.adapters.sagemaker.calls import call, describe, is_missing, paged
from costguard.common.errors import GuardError, StopRefusedError
from costguard.common.observed import elements, mapping
from costguard.common.sanitize import single_line
from costguard.enforcement.outcomes import StopOutcome
from costguard.resources.commands import fill_in
from costguard.resources.deletion import SAGEMAKER, DeletionCheck, Hindrance, Needed
from costguard.resources.kind import Kind, Raw, StopCall
from costguard.resources.model import Resource
from costguard.resources.registry import KINDS

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

_MOST = 100  # rows that are described: the rest is no less in the way
_BUSY = re.compile(r"in-progress|Status \(\w+\) not in|is in status \w+")
"""How SageMaker refuses to delete what it is changing, or deletes already."""


class DeletionChecker(Struct, frozen=True):
    """Looks whether something can be made again of what stays, and whether anything hinders."""

    sagemaker: "SageMakerClient"
    scaling: Callable[[], Any]  # the client of the other service that has something to say

    def check(self, kind: Kind, resource: Resource, now: datetime) -> DeletionCheck:
        """Look now; raises what AWS refuses, for nothing may rest on a look that was not made."""
        stop, address = kind.api.stop, _address(kind, resource)
        raw = describe(self.sagemaker, kind, address) if stop and address else None
        if stop is None or raw is None:  # it is gone, or nothing deletes it
            return DeletionCheck(now)
        missing = [
            f"its {each.title} {single_line(name)} does not exist any more"
            for each in stop.needs
            for name in each.names(raw)
            if not self._is_there(each, name)
        ]
        found, lines = self._hindered(stop, resource), [stop.gentler(raw)]
        for hindrance, rows in found:
            lines += map(hindrance.gentler, rows)
        says = [f"there is {each.says(rows)}" for each, rows in found]
        gentler = (fill_in(line, resource) for line in lines if line)
        return DeletionCheck(now, (*missing, *says), tuple(gentler), lost=bool(missing))

    def _hindered(
        self, stop: StopCall, resource: Resource
    ) -> list[tuple[Hindrance, tuple[Raw, ...]]]:
        every = ((each, tuple(self._rows(each, resource.name))) for each in stop.hindered_by)
        return [(each, rows) for each, rows in every if rows]

    def _rows(self, hindrance: Hindrance, name: str) -> Iterator[Raw]:
        is_ours = hindrance.service == SAGEMAKER
        client = self.sagemaker if is_ours else self.scaling()
        asked = hindrance.arguments(name)
        pages = paged(client, hindrance.operation, hindrance.page, **asked)
        listed = (mapping(row) for page in pages for row in elements(page.get(hindrance.rows)))
        ours = filter(partial(hindrance.applies, name), listed)
        for row in islice(ours, _MOST):
            yield self._whole(hindrance.describe, row) if hindrance.describe else row

    def _whole(self, read: Needed, row: Raw) -> Raw:
        (name,) = read.names(row)
        return self._read(read, name) or row

    def _is_there(self, needed: Needed, name: str) -> bool:
        return self._read(needed, name) is not None

    def _read(self, read: Needed, name: str) -> Raw | None:
        try:
            return mapping(call(self.sagemaker, read.operation, **{read.argument: name}))
        except ClientError as error:
            if is_missing(error):
                return None
            raise


class SageMakerDeleter(Struct, frozen=True):
    """Deletes with the client it is given."""

    sagemaker: "SageMakerClient"
    kinds: Mapping[str, Kind] = field(default_factory=lambda: KINDS)

    def delete(self, resource: Resource) -> StopOutcome:
        """Ask AWS to delete it; raises StopRefusedError where AWS refuses for another reason."""
        kind = self.kinds[resource.kind]
        if (stop := kind.api.stop) is None or not stop.deletes:
            msg = f"this kind is not deleted: {kind.title}"
            raise GuardError(msg)
        if (address := _address(kind, resource)) is None:
            return StopOutcome.GONE
        try:
            call(self.sagemaker, stop.operation, **address, **(stop.arguments or {}))
        except ClientError as error:
            if is_missing(error):
                return StopOutcome.GONE
            if _BUSY.search(error.response["Error"].get("Message", "")):
                return StopOutcome.NOT_RUNNING
            raise StopRefusedError(str(error)) from error
        return StopOutcome.ACCEPTED


def _address(kind: Kind, resource: Resource) -> Mapping[str, str] | None:
    return resource.address or next(iter(kind.identity.addresses(resource.name)), None)
