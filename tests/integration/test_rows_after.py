"""8c92c59 reads the rows of this build: a rollback to it loses nothing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures import reading, writing
from tests.fixtures.before.programs.shapes import fewest, of_row
from tests.fixtures.compare import only
from tests.fixtures.old_build import checked_out, fixture, read_by
from tests.soak.soak import Soak, days


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checked_out(tmp_path_factory.mktemp("before"))


def read_by_both(core: Path, rows: Sequence[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    """Read rows with both builds; what the later one knows besides is left out."""
    known = [row for row in rows if reading.family(row) in reading.CODECS]
    old = read_by(core, known)["rows"]
    new = [only(reading.meaning(row), told) for row, told in zip(known, old, strict=True)]
    return new, old


def test_what_is_read_and_written_back_means_the_same_to_it(core: Path) -> None:
    both = zip(fixture("rows"), fixture("meaning")["rows"], strict=True)
    rows = [(row, meant) for row, meant in both if meant is not None]
    written = [reading.again(row) for row, _ in rows]
    assert read_by(core, written)["rows"] == [meant for _, meant in rows]
    for (row, _), now in zip(rows, written, strict=True):
        assert row.keys() <= now.keys()
        assert row.get("version") == now.get("version")


def test_it_reads_whatever_may_be_written(core: Path) -> None:
    new, old = read_by_both(core, writing.rows())
    assert len(new) > len(reading.CODECS)
    assert new == old


def test_it_reads_what_an_account_leaves_in_the_ledger(core: Path) -> None:
    life, rows = Soak(5), list[dict[str, Any]]()
    judged = life.simulation.on_row_written

    def written(row: Mapping[str, Any]) -> None:
        rows.append(dict(row))
        judged(row)

    life.simulation.on_row_written = written
    life.run(days(1))
    assert len(rows) > 100
    new, old = read_by_both(core, fewest(rows, of_row))
    assert new == old


def test_it_reads_the_messages_in_the_queues(core: Path) -> None:
    messages = list(writing.messages())
    old = read_by(core, (), messages)["messages"]
    new = [only(reading.said(each), told) for each, told in zip(messages, old, strict=True)]
    assert new == old
    assert None not in old
