"""Write docs/idle-evidence.md from what `make real` has seen."""

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any

from costguard.adapters.kernel_sorts import ANSWERS_IN_TURN
from local.paths import PROJECT
from tests.real.cases import CASES, TERMINALS, Truth
from tests.real.conftest import FINDINGS, WHOLE, played_with
from tests.real.environments import PYTHON, version_in, versions_of

PAGE = PROJECT / "docs" / "idle-evidence.md"
_INTRO = """# What real Jupyter servers showed of idleness

`make real` starts each server below with each kernel below, headless, plays each case over REST and
the web socket, and looks at it with the guard's own code: the probe from outside, which asks every
kernel that is not listed busy, and the heartbeat from inside. It wrote this page; whether a case is
work was written by hand, in `tests/real/cases.py`. The look is taken four hours later by the
guard's clock: what is idle there would be stopped.

*Listed* is what `/api/kernels` says, *asked* what the kernel answered the probe. A verdict that
ends in `*` is idle, but not all was seen: it holds after `after_unseen` only.
"""
_APART = """
## What is not seen

The heartbeat reads what each thread of a kernel waits for. One that sleeps or waits for others, a
timer, and a timer of the kernel's loop, may be work: they get the longer time, and count as work
while the kernel writes. A thread that waits for its own process without a limit, or for ten seconds
at most, looks like a pool's idle worker or a progress bar's monitor, and one that reads from a pipe
or waits for any of several connections without a limit like the kernel's own: they are not seen.
Nor is any on another processor than x86-64. While a panel asks a kernel in which something waits,
that looks like writing: the notebook then counts as at work.

xeus-python 0.19.0 may start again, after its process was killed at work, before Jupyter listens:
its kernel is then listed busy until somebody opens it, and only `max_age` stops the notebook. Such
a play fails the case *a kernel killed at work*; it is repeated. A kernel that is listed busy is
not asked, however long that lasts: it may be at work.

What is asked of a kernel runs no code. A kernel that is no ipykernel is asked to execute nothing,
silently: in xeus-python 0.19.0 that calls what its user has registered for `post_execute`, and
neither `pre_run_cell` nor `post_run_cell`. No other request there waits for a cell that awaits.

A kernel that handles several requests at a time may answer while a cell runs. Nothing in the
protocol says which do, so the answer of a sort that is not known proves nothing: it is *not told*
whether the notebook works. Known are:

{sorts}.

A cell of ipykernel 6 may have its kernel answer (`do_one_iteration`, which jupyter-ui-poll calls).
So ipykernel is also asked for the result that a running cell has begun, by `inspect_request`.

Played by hand: notebook 6.5, as jupyter_server 1.24. jupyter-server-documents 0.3.3 breaks a web
socket that does not speak its binary subprotocol: its kernels are asked by the heartbeat only.

## What is not in the table

| combination | reason |
|---|---|
| xeus-python with ipykernel 6 and 7 | it runs without ipykernel: once with each server |
| subshells with ipykernel 6, bash_kernel, xeus-python | they have none |
| jupyter_server 1.24 with jupyter_client 8 | kernels have a client of their own |
| IRkernel 1.3.2, Deno 2.9.8 | need R, and a large program; played by hand: seen as any other |
| `do_one_iteration` with ipykernel 7 | it has none |
"""
_WORDS = {
    "python3": "ipykernel {}",
    "bash": "bash_kernel on ipykernel {}",
    "xpython": "xeus-python",
    "async": "async-kernel",
    "scheme": "Calysto Scheme",
    "none": "(terminal)",
}
_TRUTHS = {
    Truth.AT_WORK: "at work",
    Truth.LET_GO_WORKS: "let go, works",
    Truth.LET_GO_WAITS: "let go, waits",
    Truth.NOT_TOLD: "not told",
    Truth.UNUSED: "unused",
}

_KEY = ("server", "kernels", "spec", "case")

type Row = dict[str, Any]


def write_page() -> None:
    """Write it from the newest that was seen of each case."""
    os.environ[WHOLE] = "1"
    files = sorted(FINDINGS.glob("*.jsonl"), key=lambda path: path.stat().st_mtime)
    found = [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]
    newest = {tuple(row[name] for name in _KEY): row for row in found}
    played = f"\n{len(newest)} of {len(list(played_with()))} plays of the whole are in the table.\n"
    page = _INTRO + _versions() + played + _table(list(newest.values()))
    page += _APART.format(sorts=", ".join(sorted(ANSWERS_IN_TURN)))
    PAGE.write_text(page, encoding="utf-8")


def _versions() -> str:
    lines = [f"\n| environment | with Python {PYTHON} |\n|---|---|"]
    for what, packages in (
        ("server", ("jupyter_server", "jupyter_client", "terminado")),
        ("kernels", ("ipykernel", "bash_kernel", "xeus-python", "ipywidgets", "tqdm")),
        ("others", ("async-kernel", "calysto-scheme", "ipykernel")),
    ):
        for version in versions_of(what):
            name = f"{what}-{version}"
            found = [f"{each} {version_in(name, each)}" for each in packages]
            lines.append(f"| {name} | {', '.join(found)} |")
    return "\n".join(lines) + "\n"


def _table(rows: list[Row]) -> str:
    lines = [
        "\n## What was seen\n",
        "| case | it is | kernel | listed | asked | probe | heartbeat | both |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for case in (*CASES, *TERMINALS):
        of_case = [row for row in rows if row["case"] == case.name]
        for kernels, cells in _merged(of_case):
            truth = _TRUTHS[case.truth]
            lines.append(f"| {case.name} | {truth} | {kernels} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _merged(rows: Iterable[Row]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Answer the kernels that showed the same, and what they showed, by server where it differs."""
    by_kernel = defaultdict[str, list[Row]](list)
    for row in rows:
        by_kernel[_kernel(row)].append(row)
    shown = sorted((tuple(_cells(of)), kernel) for kernel, of in by_kernel.items())
    for cells, group in groupby(shown, key=lambda each: each[0]):
        yield ", ".join(kernel for _, kernel in group), cells


def _kernel(row: Row) -> str:
    return _WORDS[row["spec"]].format(row["kernels"].partition("-")[2])


def _cells(rows: list[Row]) -> Iterator[str]:
    yield _spread(rows, lambda row: row["listed"] or "-")
    yield _spread(rows, lambda row: row["answered"] or "-")
    for who in ("probe", "heartbeat", "both"):
        yield _spread(rows, lambda row, who=who: _verdict(row["verdicts"][who]))  # type: ignore[misc]


def _verdict(words: str) -> str:
    return words.replace("idle, not all seen", "idle*")


def _spread(rows: list[Row], read: Callable[[Row], str]) -> str:
    """Say a value once where every server showed it, else with the servers that did."""
    found = defaultdict[str, set[str]](set)
    for row in rows:
        found[read(row)].add(row["server"].partition("-")[2])
    if len(found) == 1:
        return next(iter(found))
    return "; ".join(f"{value} ({', '.join(sorted(of))})" for value, of in sorted(found.items()))


if __name__ == "__main__":
    write_page()
