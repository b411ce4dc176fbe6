"""The table of `idleness`, a row a test, and what each signal counts for."""

from datetime import timedelta
from typing import Any

import pytest

from costguard.common.codec import decode_builtins
from costguard.common.errors import StoredDataInvalid
from costguard.idleness.assessment import Idle, LoadThreshold, Unobservable, Working, assess
from costguard.resources.activity import (
    Activity,
    Heartbeat,
    JupyterActivity,
    JupyterAnswer,
    Kernel,
    LaunchedJob,
)
from tests.factories import at

NOW = at(5)
STARTED = at(0)


def jupyter(*kernels: str, terminals: tuple[float, ...] = (), last: float = 1) -> JupyterActivity:
    return JupyterActivity(
        seen=NOW,
        kernels=tuple(Kernel(state, at(last)) for state in kernels),
        terminals=tuple(map(at, terminals)),
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
    return f"idle since {(found.since - STARTED) / timedelta(hours=1):g}"


QUIET, SILENT = (beat(3, cpu=50), beat()), (beat(3),)
JOB, DONE = (LaunchedJob("training job", "churn"),), (LaunchedJob("training job", "churn", at(4)),)
NO_ANSWER = JupyterActivity(seen=NOW, problem="HTTP 502")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"jupyter": jupyter("busy", "idle")}, "working by jupyter"),
        ({"jupyter": jupyter("busy"), "heartbeats": QUIET}, "working by jupyter"),
        ({"jupyter": jupyter("idle"), "heartbeats": (beat(cpu=50),)}, "working by heartbeat"),
        (
            {"jupyter": NO_ANSWER, "heartbeats": (beat(working_terminals=1),)},
            "working by heartbeat",
        ),
        ({"heartbeats": (beat(busy_kernels=1),)}, "working by heartbeat"),
        ({"heartbeats": (beat(gpu=50, cpu=None),)}, "working by heartbeat"),
        ({"jupyter": jupyter("idle"), "jobs": JOB}, "working by job"),
        ({"jobs": JOB}, "working by job"),
        ({"jupyter": jupyter("idle")}, "idle since 1"),
        ({"jupyter": jupyter("starting", "dead")}, "idle since 1"),
        ({"jupyter": jupyter()}, "idle since 0"),
        ({"jupyter": jupyter("idle"), "heartbeats": QUIET}, "idle since 3"),
        ({"jupyter": jupyter("idle"), "heartbeats": SILENT}, "idle since 1"),
        ({"jupyter": jupyter("idle", terminals=(2,)), "heartbeats": QUIET}, "idle since 3"),
        ({"jupyter": jupyter("idle", terminals=(2,)), "heartbeats": SILENT}, "idle since 2"),
        ({"jupyter": NO_ANSWER, "heartbeats": QUIET}, "idle since 3"),
        ({"heartbeats": (beat(since_input=7200),)}, "idle since 3"),
        ({"jupyter": jupyter("idle"), "jobs": DONE}, "idle since 1"),
        (
            {"jupyter": jupyter("idle", terminals=(2,))},
            (
                "cannot tell: no kernel busy, 1 terminal open without output, "
                "and no heartbeat tells whether it works"
            ),
        ),
        ({"jupyter": NO_ANSWER}, "cannot tell: Jupyter gives no answer (HTTP 502)"),
        (
            {"jupyter": NO_ANSWER, "heartbeats": SILENT},
            "cannot tell: Jupyter gives no answer (HTTP 502); the heartbeat has fallen silent",
        ),
        ({"jupyter": jupyter("pondering")}, "cannot tell: a kernel is 'pondering'"),
        (
            {"heartbeats": (beat(busy_kernels=None),)},
            "cannot tell: the heartbeat cannot see the kernels",
        ),
        ({}, "cannot tell: no signal at all"),
    ],
)
def test_the_table(facts: dict[str, Any], expected: str) -> None:
    assert said(**facts) == expected


def test_facts_of_an_idle_notebook_say_when_they_were_seen_and_how_far_to_trust_them() -> None:
    found = assess(
        Activity(jupyter=jupyter("idle"), heartbeats=QUIET),
        LoadThreshold(),
        started=STARTED,
        now=NOW,
    )
    assert isinstance(found, Idle)
    assert [(f.signal, f.seen, f.trust.value) for f in found.by] == [
        ("jupyter", NOW, "asked"),
        ("heartbeat", NOW, "told"),
    ]


def answered(raw: dict[str, Any]) -> JupyterActivity:
    return decode_builtins(raw, JupyterAnswer).seen_at(NOW)


def test_what_the_probe_answers_is_read_back() -> None:
    raw: dict[str, Any] = {
        "kernels": [{"state": "idle", "last": "2026-11-23T14:00:00Z"}],
        "terminals": [],
    }
    assert answered(raw) == jupyter("idle", last=0)
    raw = {"kernels": [{"state": "idle", "last": None}], "terminals": ["2026-11-23T16:00:00Z"]}
    assert answered(raw).kernels == (Kernel("idle", None),)
    assert answered({"problem": "timeout"}).problem == "timeout"


@pytest.mark.parametrize("raw", [{}, {"kernels": [{}], "terminals": []}, {"kernels": 1}])
def test_another_answer_of_the_probe_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises((StoredDataInvalid, ValueError)):
        answered(raw)
