"""The messages that ask one kernel whether it is free; they run no code.

ipykernel answers `kernel_info_request` on its shell channel between two cells, and during one only
if the cell has it handle messages, as jupyter-ui-poll does: `inspect_request` then shows the result
that the running cell has begun. With subshells (ipykernel 7) each is asked. `history_request`
returns the number of the last cell; its text is dropped here. Other kernels may answer while a cell
awaits something, as xeus-python 0.19.0 does, and may keep no history. They are asked to execute an
empty text, silently: this request waits for the running cell, and returns the number as well. It
calls the functions that the kernel's user has registered for `post_execute`; no request that calls
none waits for the cell. `kernel_sorts` lists the kernels of which that is known.
"""

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import websocket
from msgspec import Struct

from costguard.adapters.kernel_sorts import ANSWERS_IN_TURN, IPYTHON

_COUNT_WITHIN = 1.0
_SUBSHELLS = "kernel subshells"
_HISTORY = {
    "output": False,
    "raw": True,
    "hist_access_type": "range",
    "session": 0,
    "start": -1,
    "stop": 0,
}
_RESULT = "get_ipython.__self__.displayhook.exec_result"  # IPython's, while it executes a cell
_RUNNING = "ExecutionResult"
_INSIDE = {"code": _RESULT, "cursor_pos": len(_RESULT), "detail_level": 0}
_NOTHING = {
    "code": "",
    "silent": True,
    "store_history": False,
    "user_expressions": {},
    "allow_stdin": False,
    "stop_on_error": False,
}


class KernelReply(Struct, frozen=True, kw_only=True):
    """The state of one kernel: free, busy, or not known and why."""

    free: bool | None = None
    executions: int | None = None
    why: str = ""


class Conversation:
    """One kernel's socket: questions out, answers by the id of their question."""

    def __init__(self, opened: Any, ends: float, within: float) -> None:
        self._socket, self._ends, self._within = opened, ends, within
        self._session = uuid.uuid4().hex
        self._answers: dict[str, Mapping[str, Any]] = {}

    def reply(self) -> KernelReply:
        """Ask the main shell, then every subshell, then for the number of the last cell."""
        info = self._ask("kernel_info_request")
        if not self._wait([info], self._within):
            return KernelReply(free=False)
        sort = str(self._answers[info].get("implementation"))
        if sort not in ANSWERS_IN_TURN:
            return KernelReply(why=f"a kernel such as {sort!r} may answer while a cell runs")
        if sort != IPYTHON:
            return self._reply_of_another()
        features = self._answers[info].get("supported_features")
        if isinstance(features, list) and _SUBSHELLS in features:
            busy = self._reply_of_subshells()
            if busy:
                return busy
        return self._reply_of_ipython()

    def _reply_of_subshells(self) -> KernelReply | None:
        """Ask every subshell; None if all are free."""
        subshells = self._ask("list_subshell_request", channel="control")
        if not self._wait([subshells], self._within):
            return KernelReply(why="it does not list its subshells")
        ids = self._answers[subshells].get("subshell_id")
        named = [each for each in ids if isinstance(each, str)] if isinstance(ids, list) else []
        asked = [self._ask("kernel_info_request", subshell=each) for each in named]
        return None if self._wait(asked, self._within) else KernelReply(free=False)

    def _reply_of_ipython(self) -> KernelReply:
        """Ask whether a cell handles messages itself, and for the number of the last cell."""
        inside, counter = (
            self._ask("inspect_request", _INSIDE),
            self._ask("history_request", _HISTORY),
        )
        if not self._wait([inside], self._within) or _RUNNING in str(self._answers[inside]):
            return KernelReply(free=False)
        self._wait([counter], min(self._within, _COUNT_WITHIN))
        return KernelReply(free=True, executions=_last_line(self._answers.get(counter, {})))

    def _reply_of_another(self) -> KernelReply:
        """Ask a kernel other than ipykernel to execute an empty text; it answers after the cell."""
        turn = self._ask("execute_request", _NOTHING)
        if not self._wait([turn], self._within):
            return KernelReply(free=False)
        return KernelReply(free=True, executions=_count(self._answers[turn].get("execution_count")))

    def _ask(
        self,
        sort: str,
        content: Mapping[str, object] | None = None,
        *,
        channel: str = "shell",
        subshell: str | None = None,
    ) -> str:
        id_ = uuid.uuid4().hex
        header = {
            "msg_id": id_,
            "msg_type": sort,
            "session": self._session,
            "username": "costguard",
            "version": "5.4",
            "date": "1970-01-01T00:00:00Z",
        }
        if subshell is not None:
            header["subshell_id"] = subshell
        message = {
            "header": header,
            "parent_header": {},
            "metadata": {},
            "content": content or {},
            "channel": channel,
            "buffers": [],
        }
        self._socket.send(json.dumps(message))
        return id_

    def _wait(self, ids: Sequence[str], seconds: float) -> bool:
        """Wait until each question has its answer; False if one has none in time."""
        end = time.monotonic() + seconds
        while any(id_ not in self._answers for id_ in ids):
            left = min(end, self._ends) - time.monotonic()
            if left <= 0:
                if end > self._ends:
                    raise TimeoutError  # the probe's own time is over: nothing is known
                return False
            self._socket.settimeout(left)
            try:
                self._take(self._socket.recv())
            except websocket.WebSocketTimeoutException:
                continue
        return True

    def _take(self, raw: str | bytes) -> None:
        """Store a reply; skip broadcasts of the kernel and all other messages."""
        try:
            message = json.loads(raw)
            sort, parent = message["msg_type"], message["parent_header"]["msg_id"]
            content = message["content"]
        except (ValueError, KeyError, TypeError):
            return
        if str(sort).endswith("_reply") and isinstance(content, dict):
            self._answers[str(parent)] = content


def _last_line(content: Mapping[str, Any]) -> int | None:
    """Read the number of the last cell; None if the kernel does not count. Its text is dropped.

    A kernel that has run nothing counts zero, if it keeps a history at all.
    """
    history = content.get("history")
    last = history[-1] if isinstance(history, list) and history else None
    return _count(last[1]) if isinstance(last, list) and len(last) > 1 else None


def _count(number: object) -> int | None:
    return number if isinstance(number, int) and not isinstance(number, bool) else None
