"""Write docs/clients.md from what `make real` has seen."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from costguard.common.datetimes import say_duration
from local.paths import PROJECT
from tests.real.clients.cases import CLIENTS
from tests.real.clients.conftest import PLAYED

PAGE = PROJECT / "docs" / "clients.md"
_INTRO = """# What real clients send, and what the guard says

`make real` plays each client below, each in an environment of its own from a lock file
(`tests/real/locks`), against the local AWS, as its users call it; the programs are in
`tests/real/clients/programs`. It wrote this page. What each must send is written by hand, in
`tests/real/clients/cases.py`, and a test fails where a client sends something else.

The name is what the client made of what was typed: `<...>` is a stamp, by UTC or by the clock of
the user's machine, `[8]` drawn at random. *Run time* is `MaxRuntimeInSeconds` as it was sent, or
`-`. *Refused* is by AWS, as its model and documents say and the local AWS does, or by the client
before it asks. *The guard* is the shipped policy, with an empty roster, ten minutes after the call.
"""
_NOT_HERE = """
## What is not in the table

| client | reason |
|---|---|
| AWS CLI 2 | no package registry has it; the lines played are those that both take |
| Studio's own pages | they call the same operations from AWS's side |
"""
_SHORT = 120


def write_page() -> None:
    """Write it from the newest run."""
    parts = [_INTRO, *_clients(), _counts(), _NOT_HERE]
    PAGE.write_text("".join(parts), encoding="utf-8")


def _counts() -> str:
    runs = [_run(client.environment) for client in CLIENTS]
    asked = sum(bool(row["operation"]) for run in runs for row in run["rows"].values())
    return f"\n{asked} requests of {len(runs)} clients were recorded.\n"


def _run(environment: str) -> Mapping[str, Any]:
    text = (PLAYED / f"{environment}.json").read_text(encoding="utf-8")
    run: Mapping[str, Any] = json.loads(text)
    return run


def _clients() -> Iterator[str]:
    for client in CLIENTS:
        run = _run(client.environment)
        rows, about = run["rows"], run["versions"]
        if client.like:
            known = _run(client.like)
            rows = {case: row for case, row in rows.items() if _differs(row, known["rows"][case])}
            about += f"; {len(run['rows']) - len(rows)} calls as with {known['client']}"
        lines = [f"\n## {run['client']}\n", f"{about}\n"]
        if rows:
            lines += [
                "| call | sends | name | instances | run time | tags | the guard |",
                "|---|---|---|---|---|---|---|",
            ]
        lines += [_line(case, row) for case, row in rows.items()]
        yield "\n".join(lines) + "\n"


def _differs(row: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Compare all but the moment, which is part of the name, and of what a refusal quotes."""
    return any(row[each] != other[each] for each in row.keys() - {"name", "raised"})


def _line(case: str, row: Mapping[str, Any]) -> str:
    operation = " ".join([row["operation"].removeprefix("Create") or "nothing", *_besides(row)])
    cells = (
        case,
        operation,
        f"`{_folded(row['form'])}`" if row["form"] else "-",
        row["instances"] or "-",
        say_duration(timedelta(seconds=row["limit"])) if row["limit"] else "-",
        ", ".join(row["tags"]) or "none",
        _refusal(row) if row["raised"] else row["guard"],
    )
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _besides(row: Mapping[str, Any]) -> list[str]:
    return [f"+ {each}" for each in row["besides"]]


def _folded(form: str) -> str:
    """Write a long run of one letter as a number."""
    run = len(form) - len(form.lstrip("x"))
    return f"x*{run}{form[run:]}" if run > 1 else form


def _refusal(row: Mapping[str, Any]) -> str:
    """Say who refuses, and the gist of the words."""
    words = row["raised"].partition("operation: ")[2] or row["raised"]
    gist = " ".join(words.partition("failed to satisfy constraint: ")[2].split() or words.split())
    by = "AWS" if row["operation"] else "the client"
    return f"refused by {by}: {gist.partition(': [')[0][:_SHORT].rstrip()}"


if __name__ == "__main__":
    write_page()
