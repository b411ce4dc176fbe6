"""What comes of each operation of SageMaker that may start or grow cost.

`operations.csv` has a row for each. What makes or grows a kind of the registry is guarded, whatever
its row says: a kind that is added takes its operations out of the other lists by itself.
"""

import csv
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from importlib.resources import files

from msgspec import Struct, convert

from costguard.resources.registry import REGISTRY, Registry

SAGEMAKER = "sagemaker"


class Coverage(StrEnum):
    """The four lists. Each operation is in exactly one."""

    GUARDED = "guarded"  # what it makes or grows is a kind that the guard evaluates or meters
    TOLD = "told"  # the admins read of each call, once a day for each caller
    DENIED = "denied"  # only `costguard guardrail --only-watched` denies it
    HARMLESS = "harmless"  # costs nothing by itself, as a document says


class Operation(Struct, frozen=True, kw_only=True):
    """One operation, or one action that only IAM knows."""

    service: str
    operation: str
    coverage: Coverage  # as long as no kind of the registry has it
    kind: str  # what it makes or grows; nothing where the guard will never have such a kind
    asks: str  # a parameter of the request without which it costs nothing; nothing: it always does
    why: str
    source: str  # the address of the document that says it is harmless

    @property
    def action(self) -> str:
        """Name it as IAM does: all but the geospatial services sign as `sagemaker`."""
        prefix = self.service if self.service == "sagemaker-geospatial" else SAGEMAKER
        return f"{prefix}:{self.operation}"


class CoverageContract:
    """Every operation, and the list that it is in for some kinds."""

    def __init__(self, registry: Registry = REGISTRY) -> None:
        self._kinds = registry.kinds
        self._kind_of = {
            operation: kind.name
            for kind in registry.kinds.values()
            for operation in (*kind.events.creates, *kind.events.changes, *kind.guardrail.later)
        }

    def kind_of(self, service: str, operation: str) -> str | None:
        """Name the kind of the registry that an operation makes or grows; None for no such kind."""
        row = _operations().get((service, operation))
        through = row.kind if row and row.kind in self._kinds else None
        return through or (self._kind_of.get(operation) if service == SAGEMAKER else None)

    def of(self, service: str, operation: str) -> Coverage | None:
        """Answer which list an operation is in; None for one that nobody has classified."""
        if self.kind_of(service, operation):
            return Coverage.GUARDED
        row = _operations().get((service, operation))
        return row.coverage if row else None

    def told(self, operation: str) -> Operation | None:
        """Find an operation of SageMaker itself whose calls the admins read of."""
        told = self.of(SAGEMAKER, operation) is Coverage.TOLD
        return _operations()[SAGEMAKER, operation] if told else None

    def listed(self, *coverage: Coverage) -> Iterator[Operation]:
        """List the rows that are in some of the lists now."""
        for row in _operations().values():
            if self.of(row.service, row.operation) in coverage:
                yield row

    def actions(self) -> set[str]:
        """Give every action that may start or grow cost."""
        ours = {f"{SAGEMAKER}:{operation}" for operation in self._kind_of}
        return ours | {row.action for row in _operations().values()}

    def unstoppable(self, *, parks: bool = False) -> Iterator[str]:
        """List the actions for which no kind of the guard has a stop: `--only-watched` denies them.

        That is what is told or denied, and what makes or grows a kind that the guard only warns of.
        `parks`: the deployment has Park=yes, and so ends what only a deletion ends.
        """
        for row in self.listed(Coverage.GUARDED, Coverage.TOLD, Coverage.DENIED):
            kind = self._kinds.get(self.kind_of(row.service, row.operation) or "")
            if kind is None or kind.api.stop is None or (kind.is_deleted and not parks):
                yield row.action


@cache
def _operations() -> dict[tuple[str, str], Operation]:
    """Read the rows, by service and operation."""
    text = (files("costguard.resources") / "operations.csv").read_text(encoding="utf-8")
    found = {}
    for row in csv.DictReader(text.splitlines()):
        each = convert(row, Operation)
        found[each.service, each.operation] = each
    return found


COVERAGE = CoverageContract()
"""The contract for the kinds of the guard."""
