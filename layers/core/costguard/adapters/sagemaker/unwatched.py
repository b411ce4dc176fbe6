"""List what the guard only tells of; what cannot be read is said, kind by kind."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from msgspec import Struct

from costguard.adapters.clients import AWS_ERRORS
from costguard.adapters.sagemaker.calls import call, is_missing, rows
from costguard.common.observed import mapping, printable
from costguard.resources.unwatched import (
    LONGEST_LIST,
    TOO_NEW,
    UNWATCHED_KINDS,
    Unwatched,
    UnwatchedKind,
)

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

_LONGEST_ARN = 2048


class SageMakerUnwatched(Struct, frozen=True):
    """Reads with the client it is given."""

    sagemaker: "SageMakerClient"

    def unwatched(self) -> tuple[tuple[Unwatched, ...], Mapping[str, str]]:
        """List everything, and why a kind could not be looked at."""
        found, unread = list[Unwatched](), dict[str, str]()
        for kind in UNWATCHED_KINDS:
            if kind.too_new:
                unread[kind.title] = TOO_NEW
                continue
            try:
                some = list(islice(self._read(kind), LONGEST_LIST + 1))
            except AWS_ERRORS as error:
                unread[kind.title] = _why(error)
                continue
            if len(some) > LONGEST_LIST:
                unread[kind.title] = f"there are more than {LONGEST_LIST}"
            found += some[:LONGEST_LIST]
        return tuple(found), unread

    def _read(self, kind: UnwatchedKind) -> Iterator[Unwatched]:
        for row in rows(self.sagemaker, kind.list):
            if kind.status and row.get(kind.status) in kind.ended:
                continue
            raw = self._described(kind, mapping(row))
            facts = raw and kind.read(raw)
            if facts:
                yield Unwatched(
                    kind=kind.title,
                    name=printable(row.get(kind.name)) or "?",
                    status=printable(row.get(kind.status or "")) or "",
                    groups=facts.groups,
                    component=kind.component,
                    note=facts.note,
                )

    def _described(self, kind: UnwatchedKind, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
        named = printable(row.get(kind.described_by), _LONGEST_ARN)
        if kind.describe is None or named is None:
            return row
        try:
            return mapping(call(self.sagemaker, kind.describe, **{kind.argument: named}))
        except ClientError as error:
            if is_missing(error):
                return None
            raise


class SpokeUnwatched(Struct, frozen=True):
    """Reads another place; the client is made when first needed, and AWS may refuse that."""

    sagemaker: "Callable[[], SageMakerClient]"

    def unwatched(self) -> tuple[tuple[Unwatched, ...], Mapping[str, str]]:
        """List everything, and why a kind could not be looked at."""
        try:
            client = self.sagemaker()
        except AWS_ERRORS as error:
            return (), {kind.title: _why(error) for kind in UNWATCHED_KINDS}
        return SageMakerUnwatched(client).unwatched()


def _why(error: Exception) -> str:
    return (
        str(error.response["Error"]["Code"])
        if isinstance(error, ClientError)
        else type(error).__name__
    )
