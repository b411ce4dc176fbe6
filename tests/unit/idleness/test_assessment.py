"""The table of `idleness`, a row a test, and what each signal counts for."""

from datetime import timedelta
from typing import Any

import pytest

from costguard.common.codec import decode_builtins
from costguard.common.errors import StoredDataInvalid
from costguard.idleness.assessment import Idle, Unobservable, Working, assess
from costguard.idleness.signals import LoadThreshold, signals_of
from costguard.resources.activity import (
    Activity,
    Heartbeat,
    JupyterActivity,
    JupyterAnswer,
    Kernel,
    LaunchedJob,
    Shell,
    WorkMemory,
)
from tests.factories import at

NOW = at(5)
STARTED = at(0)


def jupyter(
    *kernels: str,
    terminals: tuple[float, ...] = (),
    last: float = 1,
    asked: Shell | None = Shell.FREE,
    **changes: Any,
) -> JupyterActivity:
    return JupyterActivity(
        seen=NOW,
        kernels=tuple(
            Kernel(state, at(last), id=f"k{number}", shell=None if state == "busy" else asked)
            for number, state in enumerate(kernels)
        ),
        terminals=tuple(map(at, terminals)),
        **changes,
    )


def beat(hours: float = 5, **changes: Any) -> Heartbeat:
    return Heartbeat(
        at=at(hours), **{"busy_kernels": 0, "working_terminals": 0, "cpu": 2} | changes
    )


def said(**facts: Any) -> str:
    found = assess(Activity(**facts), LoadThreshold(), started=STARTED, now=NOW)
    if isinstance(found, Working):
        return f"working by {found.by.signal}"
    if isinstance(found, Unobservable):
        return f"cannot tell: {found.why}"
    seen = "" if found.unseen is None else ", not all seen"
    return f"idle since {(found.since - STARTED) / timedelta(hours=1):g}{seen}"


QUIET, SILENT = (beat(3, cpu=50), beat()), (beat(3),)
JOB, DONE = (LaunchedJob("training job", "churn"),), (LaunchedJob("training job", "churn", at(4)),)
NO_ANSWER = JupyterActivity(seen=NOW, problem="HTTP 502")
UNASKED, NOT_SAID = None, "metrics show no work, which proves nothing: anybody may have sent them"
NO_PROOF = "cannot tell: a kernel is listed as 'idle', which proves nothing: it was not asked"
OPEN = (
    "cannot tell: no kernel busy, 1 terminal open without output, "
    "and no heartbeat shows whether it works"
)
HALF_READ: dict[str, Any] = {"problem": "terminals: HTTP 403", "partly": True}
HALF = "cannot tell: Jupyter answers in part (terminals: HTTP 403)"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        # work, whoever sees it
        ({"jupyter": jupyter("busy", "idle")}, "working by jupyter"),
        ({"jupyter": jupyter("busy", beats=QUIET)}, "working by jupyter"),
        ({"jupyter": jupyter("busy", problem="HTTP 403", partly=True)}, "working by jupyter"),
        ({"jupyter": jupyter("idle", asked=Shell.BUSY, beats=QUIET)}, "working by jupyter"),
        ({"jupyter": jupyter("idle", beats=(beat(cpu=50),))}, "working by heartbeat"),
        ({"jupyter": jupyter("idle"), "heartbeats": (beat(cpu=50),)}, "working by heartbeat"),
        (
            {"jupyter": NO_ANSWER, "heartbeats": (beat(working_terminals=1),)},
            "working by heartbeat",
        ),
        ({"heartbeats": (beat(busy_kernels=1),)}, "working by heartbeat"),
        ({"heartbeats": (beat(gpu=50, cpu=None),)}, "working by heartbeat"),
        ({"jupyter": jupyter("idle"), "jobs": JOB}, "working by job"),
        ({"jobs": JOB}, "working by job"),
        # all free, and seen from inside
        ({"jupyter": jupyter("idle", beats=QUIET)}, "idle since 3"),
        ({"jupyter": jupyter("idle", terminals=(2,), beats=QUIET)}, "idle since 3"),
        ({"jupyter": jupyter("idle", beats=(beat(since_input=7200),))}, "idle since 3"),
        ({"jupyter": jupyter("idle", beats=(beat(since_input=1e12),))}, "idle since 1"),
        ({"jupyter": jupyter("idle", beats=(beat(detached=2),))}, "idle since 1, not all seen"),
        ({"jupyter": jupyter("idle", asked=UNASKED, beats=QUIET)}, "idle since 3"),
        ({"jupyter": jupyter("idle", **HALF_READ, beats=QUIET)}, "idle since 3"),
        # all free, and nobody looks from inside
        ({"jupyter": jupyter("idle")}, "idle since 1, not all seen"),
        ({"jupyter": jupyter("starting")}, "idle since 1, not all seen"),
        ({"jupyter": jupyter("dead", asked=UNASKED)}, "idle since 1, not all seen"),
        ({"jupyter": jupyter("pondering")}, "idle since 1, not all seen"),
        ({"jupyter": jupyter()}, "idle since 0, not all seen"),
        ({"jupyter": jupyter("idle", last=9)}, "idle since 5, not all seen"),
        ({"jupyter": jupyter("idle", beats=SILENT)}, "idle since 1, not all seen"),
        ({"jupyter": jupyter("idle"), "heartbeats": QUIET}, "idle since 3, not all seen"),
        ({"jupyter": jupyter("idle"), "heartbeats": SILENT}, "idle since 1, not all seen"),
        ({"jupyter": jupyter("idle"), "jobs": DONE}, "idle since 1, not all seen"),
        (
            {"jupyter": jupyter("idle"), "remembered": WorkMemory(worked=at(4))},
            "idle since 4, not all seen",
        ),
        (
            {"jupyter": jupyter("idle"), "remembered": WorkMemory(worked=at(9))},
            "idle since 5, not all seen",
        ),
        # not known
        ({"jupyter": jupyter("idle", asked=UNASKED)}, NO_PROOF),
        (
            {"jupyter": jupyter("idle", asked=UNASKED), "heartbeats": QUIET},
            f"{NO_PROOF}; {NOT_SAID}",
        ),
        ({"jupyter": jupyter("idle", terminals=(2,))}, OPEN),
        ({"jupyter": jupyter("idle", terminals=(2,)), "heartbeats": QUIET}, OPEN),
        ({"jupyter": jupyter("idle", terminals=(2,), beats=SILENT)}, OPEN),
        ({"jupyter": jupyter("idle", **HALF_READ)}, HALF),
        ({"jupyter": NO_ANSWER}, "cannot tell: Jupyter gives no answer (HTTP 502)"),
        (
            {"jupyter": NO_ANSWER, "heartbeats": QUIET},
            f"cannot tell: Jupyter gives no answer (HTTP 502); {NOT_SAID}",
        ),
        ({"heartbeats": QUIET}, f"cannot tell: {NOT_SAID}"),
        (
            {"jupyter": jupyter("idle", asked=UNASKED, beats=(beat(busy_kernels=None),))},
            f"{NO_PROOF}; the heartbeat cannot see the kernels",
        ),
        ({}, "cannot tell: no signal at all"),
    ],
)
def test_the_table(facts: dict[str, Any], expected: str) -> None:
    assert said(**facts) == expected


@pytest.mark.parametrize(
    "beats", [QUIET, SILENT, (beat(busy_kernels=None),), (beat(0.1, since_input=5),)]
)
@pytest.mark.parametrize("terminals", [(), (2,)])
@pytest.mark.parametrize("asked", [Shell.FREE, UNASKED])
def test_what_anybody_may_send_never_makes_a_notebook_more_idle(
    beats: tuple[Heartbeat, ...], terminals: tuple[float, ...], asked: Shell | None
) -> None:
    seen = jupyter("idle", terminals=terminals, asked=asked)
    without = assess(Activity(jupyter=seen), LoadThreshold(), started=STARTED, now=NOW)
    sent = Activity(jupyter=seen, heartbeats=beats)
    with_it = assess(sent, LoadThreshold(), started=STARTED, now=NOW)
    assert isinstance(without, Idle) or not isinstance(with_it, Idle)
    if isinstance(without, Idle) and isinstance(with_it, Idle):
        assert with_it.since >= without.since
        assert bool(with_it.unseen) >= bool(without.unseen)


def test_facts_of_an_idle_notebook_say_when_they_were_seen_and_how_far_to_trust_them() -> None:
    found = assess(
        Activity(jupyter=jupyter("idle", beats=QUIET)),
        LoadThreshold(),
        started=STARTED,
        now=NOW,
    )
    assert isinstance(found, Idle)
    assert [(f.signal, f.seen, f.trust.value) for f in found.by] == [
        ("jupyter", NOW, "asked"),
        ("heartbeat", NOW, "told"),
    ]


def test_a_signal_names_its_source() -> None:
    facts = signals_of(Activity(jupyter=jupyter("idle", beats=QUIET)), LoadThreshold(), NOW)
    assert [fact.source for fact in facts] == [
        "Jupyter, 1 kernel asked and free",
        "the heartbeat on the notebook",
    ]


def test_what_was_let_go_is_said() -> None:
    for many, words in ((1, "whether 1 process in"), (3, "whether 3 processes in")):
        seen = jupyter("idle", beats=(beat(detached=many),))
        found = assess(Activity(jupyter=seen), LoadThreshold(), started=STARTED, now=NOW)
        assert isinstance(found, Idle)
        assert str(found.unseen).startswith(words)


def test_a_thread_that_a_finished_cell_left_is_said() -> None:
    for many, words in ((1, "whether 1 thread of"), (3, "whether 3 threads of")):
        seen = jupyter("idle", beats=(beat(threads=many),))
        found = assess(Activity(jupyter=seen), LoadThreshold(), started=STARTED, now=NOW)
        assert isinstance(found, Idle)
        assert str(found.unseen).startswith(words)


def test_what_was_let_go_and_has_ended_was_not_seen_to_work_either() -> None:
    for then in ({"detached": 1}, {"threads": 1}):
        assert said(jupyter=jupyter("idle", beats=(beat(4, **then), beat()))).endswith("all seen")
    before_the_last_work = (beat(2, detached=1), beat(3, cpu=50), beat())
    assert said(jupyter=jupyter("idle", beats=before_the_last_work)) == "idle since 3"


def every(minutes: float, first: float, last: float) -> tuple[Heartbeat, ...]:
    many = int((last - first) * 60 / minutes)
    return tuple(beat(first + number * minutes / 60) for number in range(many + 1))


@pytest.mark.parametrize(
    ("beats", "due"),
    [
        (every(5, 0, 5), 2),
        ((*every(5, 0, 2), *every(5, 2.25, 5)), 2),  # it was not silent for long
        ((*every(5, 0, 2), *every(5, 2.5, 5)), 5.5),
        ((*every(5, 0, 1), *every(5, 2, 3), *every(5, 4, 5)), 7),
        ((*every(60, -30, -20), *every(5, -19.5, 5)), 2),  # beats of an hour are merged into one
        ((*every(60, -30, -26), *every(60, -23, -20), *every(5, -19.5, 5)), 2),
        ((*every(5, 0, 2), *every(5, 3, 4)), 6),  # and it is silent now
    ],
)
def test_work_in_a_silence_of_the_heartbeat_is_not_excluded(
    beats: tuple[Heartbeat, ...], due: float
) -> None:
    seen = Activity(jupyter=jupyter("idle", beats=beats))
    found = assess(seen, LoadThreshold(), started=at(-31), now=NOW)
    assert isinstance(found, Idle)
    assert found.due(timedelta(hours=1), timedelta(hours=3)) == at(due)


def answered(raw: dict[str, Any]) -> JupyterActivity:
    return decode_builtins(raw, JupyterAnswer).seen_at(NOW)


def test_what_the_probe_answers_is_read_back() -> None:
    raw: dict[str, Any] = {
        "kernels": [{"id": "k0", "state": "idle", "last": "2026-11-23T15:00:00Z", "shell": "free"}],
        "terminals": [],
        "beats": [{"ago": 60, "cpu": 2}],
    }
    beats = (Heartbeat(at=NOW - timedelta(minutes=1), cpu=2),)
    assert answered(raw) == jupyter("idle", beats=beats)
    kernels = [{"state": "idle", "last": None}]
    raw = {"kernels": kernels, "terminals": ["2026-11-23T16:00:00Z"]}
    assert answered(raw).kernels == (Kernel("idle", None),)
    assert answered({"problem": "timeout"}).problem == "timeout"


def test_what_an_earlier_probe_answers_is_read_and_is_no_proof() -> None:
    raw = {"kernels": [{"state": "idle", "last": "2026-11-23T15:00:00Z"}], "terminals": []}
    assert said(jupyter=answered(raw)) == NO_PROOF


@pytest.mark.parametrize("raw", [{}, {"kernels": [{}], "terminals": []}, {"kernels": 1}])
def test_another_answer_of_the_probe_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises((StoredDataInvalid, ValueError)):
        answered(raw)
