"""docs/coverage.md: what becomes of everything in SageMaker that bills, from the lists."""

import csv
from collections.abc import Iterator
from pathlib import Path

from costguard.resources.coverage import COVERAGE, SAGEMAKER, Coverage, Operation
from costguard.resources.kind import Kind
from costguard.resources.registry import KINDS
from costguard.resources.unwatched import UNWATCHED_KINDS

PATH = Path(__file__).parents[1] / "coverage.md"
_HERE = Path(__file__).parent
_LISTS = {kind.made_by: kind for kind in UNWATCHED_KINDS}
"""Of what is looked at and told, by the operation that makes one."""
_SERVICES = {row.operation: row.service for row in COVERAGE.listed(*Coverage)}


def document() -> str:
    """Write it."""
    head = (_HERE / "coverage.md").read_text(encoding="utf-8")
    return head.format(
        kinds="\n".join(_kinds()),
        told="\n".join(_operations(Coverage.TOLD)),
        denied="\n".join(_operations(Coverage.DENIED)),
        harmless="\n".join(_harmless()),
    )


def billable() -> list[dict[str, str]]:
    """Read everything in SageMaker that bills."""
    text = (_HERE / "billable.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _kinds() -> Iterator[str]:
    yield "| what | how it bills | what Costguard does |"
    yield "|---|---|---|"
    for row in billable():
        said = "; ".join((*_answers(row["operations"].split()), *filter(None, [row["note"]])))
        yield f"| {row['what']} | {row['bills']} | {said} |"


def _answers(operations: list[str]) -> Iterator[str]:
    """Say what becomes of operations: list by list, and for the kinds of the guard how."""
    names = {each: COVERAGE.kind_of(_service(each), each) for each in operations}
    for name in dict.fromkeys(filter(None, names.values())):
        yield f"**guarded**: {_how(KINDS[name])}"
    for operation in operations:
        if kind := _LISTS.get(operation):
            seen = " once the AWS SDK knows it" if kind.too_new else ", named in the summary"
            yield f"**told**: found by `{kind.list.operation}`{seen}"
    for coverage in (Coverage.TOLD, Coverage.DENIED):
        listed = [f"`{o}`" for o in operations if COVERAGE.of(_service(o), o) is coverage]
        if listed:
            yield f"**{coverage.value}**: {', '.join(listed)}"


def _how(kind: Kind) -> str:
    """Say how a kind is found, ended and priced."""
    stop = kind.api.stop
    left = "the guard only warns: it has no stop" if kind.lifecycle.running else "only metered"
    ended = f"ended by `{stop.operation}`" if stop else left
    if kind.is_deleted and kind.api.stop:
        rules = " and ".join(f"`{rule}`" for rule in kind.api.stop.for_rules or ())
        only = f" and the rule {rules} or one that the policy names" if rules else ""
        ended += f" (needs `Park`{only}, else told with the line that ends it)"
    lines = [begin for part in kind.billing for begin in part.price_list]
    listed = "".join(f", `{begin}`" for begin in lines).removeprefix(", ")
    price = f"price lines {listed}" if listed else "without a price of its own"
    return f"`{kind.name}`, listed by `{kind.api.list.operation}`, {ended}, {price}"


def _service(operation: str) -> str:
    return _SERVICES.get(operation, SAGEMAKER)


def _operations(coverage: Coverage) -> Iterator[str]:
    yield "| operation | why |"
    yield "|---|---|"
    for row in COVERAGE.listed(coverage):
        asks = f" (only with `{row.asks}`)" if row.asks else ""
        yield f"| `{row.action}`{asks} | {row.why} |"


def _harmless() -> Iterator[str]:
    """Write the operations of one reason in one row."""
    yield "| operations | why | document |"
    yield "|---|---|---|"
    found: dict[tuple[str, str], list[Operation]] = {}
    for row in COVERAGE.listed(Coverage.HARMLESS):
        found.setdefault((row.why, row.source), []).append(row)
    for (why, source), rows in found.items():
        yield f"| {', '.join(f'`{row.operation}`' for row in rows)} | {why} | <{source}> |"
