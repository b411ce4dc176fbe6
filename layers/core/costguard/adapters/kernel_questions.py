"""Ask kernels whether their shells are free, over Jupyter's web socket, without running code.

Jupyter may count the questions as activity, and drops the output that it buffered for a browser tab
that lost its connection (jupyter_server, `get_buffer`).
"""

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any
from urllib.parse import quote

import websocket
from msgspec import Struct, field

from costguard.adapters.kernel_conversation import Conversation, KernelReply

MOST = 20
"""Of more kernels that are listed idle none is asked."""
ANSWER_WITHIN = 3.0
"""Seconds: a free kernel answers in hundredths of one."""
_LEAST = ANSWER_WITHIN + 2.0  # seconds that must be left to begin


class OpenSession(Struct, frozen=True):
    """An open session with a notebook: its address and cookies. Never logged."""

    base: str
    cookies: str


class _Questions(Struct):
    """The open sockets, to be closed when the first busy kernel is found."""

    ends: float
    sockets: list[Any] = field(default_factory=list)
    closed: bool = False

    def close(self) -> None:
        """Close all sockets."""
        self.closed = True
        for each in self.sockets:
            each.shutdown()


def ask_kernels(
    session: OpenSession, ids: Sequence[str], *, ends: float, answer_within: float = ANSWER_WITHIN
) -> Mapping[str, KernelReply]:
    """Ask all at once; the first busy kernel ends this. Kernels without an answer are unknown."""
    if len(ids) > MOST:
        return dict.fromkeys(ids, KernelReply(why=f"more than {MOST} kernels are listed idle"))
    if ends - time.monotonic() < _LEAST:
        return dict.fromkeys(ids, KernelReply(why="there was no time left to ask"))
    questions = _Questions(ends)
    replies = dict.fromkeys(ids, KernelReply(why="another one is busy"))
    pool = ThreadPoolExecutor(max(1, len(ids)))
    asked = {pool.submit(_ask, session, id_, questions, answer_within): id_ for id_ in ids}
    try:
        for done in _as_they_come(asked, ends):
            replies[asked[done]] = done.result()
            if done.result().free is False:
                break
    finally:
        questions.close()
        pool.shutdown(wait=False, cancel_futures=True)
    return replies


def _as_they_come(
    asked: Mapping["Future[KernelReply]", str], ends: float
) -> "Iterator[Future[KernelReply]]":
    waiting = set(asked)
    while waiting and (left := ends - time.monotonic()) > 0:
        done, waiting = wait(waiting, timeout=left, return_when=FIRST_COMPLETED)
        yield from done


def _ask(session: OpenSession, id_: str, questions: _Questions, within: float) -> KernelReply:
    """Ask one kernel. No error repeats the address, which opens the notebook."""
    try:
        opened = _connect(session, id_, questions)
    except websocket.WebSocketBadStatusException as error:
        return KernelReply(why=f"its web socket was refused (HTTP {error.status_code})")
    except (websocket.WebSocketException, OSError, ValueError) as error:
        return KernelReply(why=f"its web socket did not open ({type(error).__name__})")
    try:
        return Conversation(opened, questions.ends, within).reply()
    except (websocket.WebSocketException, OSError, ValueError) as error:
        return KernelReply(why=f"its web socket broke ({type(error).__name__})")
    finally:
        opened.shutdown()


def _connect(session: OpenSession, id_: str, questions: _Questions) -> Any:
    """Open the kernel's channels, through no proxy of the environment."""
    where = session.base.replace("http", "ws", 1)
    left = max(0.1, questions.ends - time.monotonic())
    opened: Any = websocket.create_connection(
        f"{where}/api/kernels/{quote(id_, safe='')}/channels?session_id={uuid.uuid4().hex}",
        cookie=session.cookies,
        timeout=min(left, ANSWER_WITHIN),
        redirect_limit=0,
        http_no_proxy=["*"],
        header=["User-Agent: costguard"],
    )
    questions.sockets.append(opened)
    if questions.closed:
        opened.shutdown()
    return opened
