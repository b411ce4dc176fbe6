"""Questions to kernels, and answers in pieces: through the proxy, with simulated servers."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from costguard.adapters.heartbeat_file import HEARTBEAT_FILE
from costguard.adapters.jupyter import read_activity
from costguard.adapters.kernel_questions import MOST
from costguard.adapters.kernel_sorts import ANSWERS_IN_TURN
from local.clock import Clock
from local.jupyter.proxy import Backend, Proxy, Response, SimulatedKernel, jupyter_backend

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
AGO = NOW - timedelta(hours=2)
NAME = "nb"
WITHIN = 0.5


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    made = Proxy(Clock(NOW, frozen=True))
    yield made
    made.close()


def asked(proxy: Proxy, backend: Backend, **options: Any) -> dict[str, Any]:
    proxy.backends[NAME] = backend
    options = {"kernels": True, "answer_within": WITHIN} | options
    return read_activity(proxy.presign(NAME, 1800), **options)


def kernels(*found: str, state: str = "idle") -> Backend:
    return jupyter_backend([SimulatedKernel(state, AGO, free=each == "free") for each in found])


def shells(answer: dict[str, Any]) -> list[str | None]:
    return [kernel.get("shell") for kernel in answer["kernels"]]


def test_a_free_kernel_says_so_and_tells_its_counter_and_nothing_of_its_cells(
    proxy: Proxy,
) -> None:
    answer = asked(proxy, kernels("free"))
    assert answer["kernels"] == [
        {"id": "0", "state": "idle", "last": AGO.isoformat(), "shell": "free", "executions": 1}
    ]
    assert "a cell of" not in json.dumps(answer)
    assert "why_unasked" not in answer


def test_a_busy_kernel_ends_the_asking(proxy: Proxy) -> None:
    began = time.monotonic()
    answer = asked(proxy, kernels("busy", "free", "busy"))
    assert time.monotonic() - began < 4 * WITHIN + 1
    assert "busy" in shells(answer)


def test_a_cell_that_has_its_kernel_answer_is_work(proxy: Proxy) -> None:
    assert shells(asked(proxy, jupyter_backend([SimulatedKernel("idle", AGO, runs=True)]))) == [
        "busy"
    ]


@pytest.mark.parametrize("sort", ["async-kernel", "", "IPython"])
def test_a_kernel_that_may_answer_while_a_cell_runs_is_not_known(proxy: Proxy, sort: str) -> None:
    answer = asked(proxy, jupyter_backend([SimulatedKernel("idle", AGO, sort=sort)]))
    assert shells(answer) == [None]
    assert answer["why_unasked"] == f"a kernel such as {sort!r} may answer while a cell runs"


@pytest.mark.parametrize("sort", sorted(ANSWERS_IN_TURN))
def test_a_kernel_that_answers_in_turn_is_known(proxy: Proxy, sort: str) -> None:
    assert shells(asked(proxy, jupyter_backend([SimulatedKernel("idle", AGO, sort=sort)]))) == [
        "free"
    ]


def test_a_look_asks_no_kernel(proxy: Proxy) -> None:
    answer = asked(proxy, kernels("busy"), kernels=False)
    assert shells(answer) == [None]
    assert not [path for path in proxy.requests if path.endswith("/channels")]


def test_where_one_is_listed_busy_none_is_asked(proxy: Proxy) -> None:
    backend = jupyter_backend([("busy", AGO), ("idle", AGO)])
    assert shells(asked(proxy, backend)) == [None, None]
    assert not [path for path in proxy.requests if path.endswith("/channels")]


def test_a_dead_kernel_is_not_asked(proxy: Proxy) -> None:
    assert shells(asked(proxy, kernels("busy", state="dead"))) == [None]


def test_one_connection_a_kernel(proxy: Proxy) -> None:
    asked(proxy, kernels("free", "free"))
    opened = [path for path in proxy.requests if path.endswith("/channels")]
    assert sorted(opened) == ["/api/kernels/0/channels", "/api/kernels/1/channels"]


def test_of_more_than_twenty_none_is_asked(proxy: Proxy) -> None:
    answer = asked(proxy, kernels(*["free"] * (MOST + 1)))
    assert shells(answer) == [None] * (MOST + 1)
    assert answer["why_unasked"] == "more than 20 kernels are listed idle"


def test_twenty_are_asked_at_once(proxy: Proxy) -> None:
    began = time.monotonic()
    answer = asked(proxy, kernels(*["free"] * MOST))
    assert shells(answer) == ["free"] * MOST
    assert time.monotonic() - began < 12


def test_without_time_left_nothing_is_known(proxy: Proxy) -> None:
    answer = asked(proxy, kernels("free"), ends=time.monotonic() + 1)
    assert (shells(answer), answer["why_unasked"]) == ([None], "there was no time left to ask")


def test_a_kernel_that_is_starting_and_mute_is_not_known(proxy: Proxy) -> None:
    answer = asked(proxy, kernels("busy", state="starting"))
    assert shells(answer) == [None]
    assert answer["why_unasked"] == "a kernel that is starting does not answer"


def test_a_refused_upgrade_is_not_known(proxy: Proxy) -> None:
    proxy.refuses_sockets = True
    answer = asked(proxy, kernels("free"))
    assert (shells(answer), answer["why_unasked"]) == (
        [None],
        "its web socket was refused (HTTP 403)",
    )


@dataclass(frozen=True)
class HangsUp:
    """Lists a kernel, and hangs up on whoever asks it."""

    listed: Backend

    def __call__(self, path: str) -> Response:
        return self.listed(path)

    def take(self, client: Any, _request: bytes, _path: str) -> None:
        client.close()


def test_a_socket_that_breaks_is_not_known(proxy: Proxy) -> None:
    answer = asked(proxy, HangsUp(kernels("free")))
    assert shells(answer) == [None]
    assert answer["why_unasked"].startswith("its web socket did not open")


# --- pieces --------------------------------------------------------------------------------------


def instead(backend: Backend, what: str, answer: Response | Callable[[], Response]) -> Backend:
    """Answer one list in another way."""

    def changed(path: str) -> Response:
        if urlsplit(path).path != f"/api/{what}":
            return backend(path)
        return answer() if callable(answer) else answer

    return changed


def as_json(body: object, status: int = 200) -> Response:
    return status, "application/json", json.dumps(body).encode()


ODD = "an answer that is not in Jupyter's form"
TERMINALS = [
    (as_json({"message": "no"}, 403), "terminals: HTTP 403"),
    (as_json([{"name": "1"}]), ODD),  # terminado of the classic notebook
    (as_json([{"name": "1", "last_activity": "2026-11-23T14:05:00"}]), ODD),
    (as_json([5, None]), ODD),
    (as_json({}), f"terminals: {ODD}"),
    (as_json({}, 404), None),
    ((200, "application/json", b"["), "terminals: a broken answer"),
]


@pytest.mark.parametrize(("response", "problem"), TERMINALS)
def test_what_terminals_answer_costs_only_the_terminals(
    proxy: Proxy, response: Response, problem: str | None
) -> None:
    answer = asked(proxy, instead(kernels("free"), "terminals", response), kernels=False)
    assert [kernel["state"] for kernel in answer["kernels"]] == ["idle"]
    assert answer.get("problem") == problem


def test_terminals_that_hang_leave_what_was_learnt_and_kernels_that_hang_end_it(
    proxy: Proxy,
) -> None:
    until = threading.Event()

    def hang() -> Response:
        until.wait(20)
        return as_json([])

    hangs = instead(kernels("free"), "terminals", hang)
    late = asked(proxy, hangs, kernels=False, patience=0.3)
    assert (len(late["kernels"]), late["problem"]) == (1, "terminals: timeout")
    began = time.monotonic()
    dead = asked(proxy, instead(kernels("free"), "kernels", hang), kernels=False, patience=0.3)
    assert dead == {"problem": "timeout"}
    assert time.monotonic() - began < 2
    until.set()


# --- the heartbeat's file ------------------------------------------------------------------------


def beats(proxy: Proxy, content: str) -> list[dict[str, float]]:
    backend = jupyter_backend([], files={HEARTBEAT_FILE: content})
    found: list[dict[str, float]] = asked(proxy, backend).get("beats", [])
    return found


def test_the_heartbeats_file_is_read_by_its_distance_from_the_boxs_own_clock(proxy: Proxy) -> None:
    minute = time.time() - 60
    [beat] = beats(proxy, json.dumps({"beats": [{"at": minute, "cpu": 3, "busy_kernels": 0}]}))
    assert 55 < beat.pop("ago") < 65
    assert beat == {"cpu": 3, "busy_kernels": 0}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        '{"beats": 5}',
        '{"beats": [5, {}, {"at": "x"}, {"at": 1e99}, {"at": 5}]}',
        '{"beats": [{"at": NaN}]}',
        "[" * 100_000,
    ],
)
def test_a_file_of_any_other_form_is_none(proxy: Proxy, content: str) -> None:
    assert beats(proxy, content) == []


def test_a_measurement_that_cannot_be_is_left_out(proxy: Proxy) -> None:
    content = f'{{"beats": [{{"at": {time.time()}, "cpu": NaN, "gpu": -1, "detached": "2"}}]}}'
    [beat] = beats(proxy, content)
    assert beat.keys() == {"ago"}


def test_a_beat_from_the_future_is_none(proxy: Proxy) -> None:
    assert beats(proxy, json.dumps({"beats": [{"at": time.time() + 3600}]})) == []


@pytest.mark.parametrize(
    ("free", "told"),
    [
        (True, True),  # as an earlier heartbeat says it
        (None, True),
        ("ipython", True),
        ("async-kernel", False),
        ("None", False),
    ],
)
def test_the_heartbeat_proves_nothing_of_a_kernel_that_may_answer_while_a_cell_runs(
    proxy: Proxy, free: object, *, told: bool
) -> None:
    now = time.time()
    content = {
        "beats": [{"at": now - 60, "busy_kernels": 0}, {"at": now, "busy_kernels": 0}],
        "kernels": {"0": {"free": "ipython"}, "1": {"free": free}},
    }
    assert ["busy_kernels" in beat for beat in beats(proxy, json.dumps(content))] == [True, told]
    at_work = content | {"beats": [{"at": now, "busy_kernels": 1}]}
    assert ["busy_kernels" in beat for beat in beats(proxy, json.dumps(at_work))] == [True]


@pytest.mark.parametrize(
    ("asked_by_it", "last"),
    [
        ({"last": "2026-11-23T10:00:00Z", "moved": AGO.isoformat()}, "2026-11-23T10:00:00+00:00"),
        ({"last": "2026-11-23T10:00:00Z", "moved": NOW.isoformat()}, AGO.isoformat()),
        ({"last": NOW.isoformat(), "moved": AGO.isoformat()}, AGO.isoformat()),
        ({"last": None, "moved": AGO.isoformat()}, AGO.isoformat()),
        (5, AGO.isoformat()),
    ],
)
def test_what_the_heartbeats_own_question_moved_is_put_back(
    proxy: Proxy, asked_by_it: Any, last: str
) -> None:
    content = json.dumps({"kernels": {"0": asked_by_it}})
    backend = jupyter_backend([("idle", AGO)], files={HEARTBEAT_FILE: content})
    [kernel] = asked(proxy, backend, kernels=False)["kernels"]
    assert kernel["last"] == last
