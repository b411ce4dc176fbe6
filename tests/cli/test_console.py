"""Progress is shown on terminals only, and follows the answers of AWS."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from costguard_cli.analysis.scan import _reporting_progress
from costguard_cli.console import Bar, clear, progress
from tests.cli.command import fake_session
from tests.factories import at
from tests.integration.aws import description, summary

JOBS = ["a", "b", "c"]


def terminal(*, watched: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=watched, width=80, markup=False)


@contextmanager
def shown(console: Console) -> Iterator[Bar]:
    with progress(console, "Looking") as bar:
        yield bar


def said(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_terminal_sees_how_far_it_is() -> None:
    console = terminal(watched=True)
    with shown(console) as bar:
        bar.add(2)
        bar.advance()
        bar.advance()
    assert "Looking" in said(console)
    assert "2/2" in said(console)


def test_a_pipe_sees_nothing_of_it() -> None:
    console = terminal(watched=False)
    with shown(console) as bar:
        bar.add(1)
    assert said(console) == ""


def test_what_is_half_drawn_is_taken_off_a_terminal_only() -> None:
    watched, piped = terminal(watched=True), terminal(watched=False)
    clear(watched)
    clear(piped)
    assert (said(watched), said(piped)) == ("\r\x1b[2K\x1b[?25h", "")


def answer(operation: str, asked: dict[str, Any]) -> dict[str, Any]:
    if operation == "ListTrainingJobs":
        return {"TrainingJobSummaries": [summary("training-job", name) for name in JOBS]}
    return description("training-job", asked["TrainingJobName"])


def test_a_list_says_how_much_there_is_and_each_description_that_it_is_done() -> None:
    session, console = fake_session({"sagemaker": answer}, at(0)), terminal(watched=True)
    sagemaker = session.client("sagemaker")
    with shown(console) as bar, _reporting_progress(session, bar):
        sagemaker.list_training_jobs()
        for name in JOBS:
            sagemaker.describe_training_job(TrainingJobName=name)
    assert "3/3" in said(console)
    assert session.watchers == []
