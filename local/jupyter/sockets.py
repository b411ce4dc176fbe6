"""Web sockets of notebooks: bytes passed on, or a kernel that answers questions or is at work."""

import contextlib
import json
import socket
import threading
from typing import Any

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Event, Ping, TextMessage
from wsproto.events import Request as Upgrade

_AT_ONCE = 65536


def pass_bytes(one: socket.socket, other: socket.socket) -> None:
    """Pass bytes both ways until either side hangs up."""
    back = threading.Thread(target=_pass_on, args=(other, one), daemon=True)
    back.start()
    _pass_on(one, other)
    back.join(5)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(_AT_ONCE):
            target.sendall(data)
    for each in (source, target):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


def answer_questions(client: socket.socket, request: bytes, *, free: bool, executions: int) -> None:
    """Answer as a kernel's channels do; a shell that is not free answers nothing."""
    connection = WSConnection(ConnectionType.SERVER)
    connection.receive_data(request)
    with contextlib.suppress(OSError):
        while True:
            for event in connection.events():
                answer = _answer(event, free=free, executions=executions)
                if answer:
                    client.sendall(connection.send(answer))
                if isinstance(event, CloseConnection):
                    return
            data = client.recv(_AT_ONCE)
            if not data:
                return
            connection.receive_data(data)


def _answer(event: Event, *, free: bool, executions: int) -> Event | None:
    match event:
        case Upgrade():
            return AcceptConnection()
        case Ping() | CloseConnection():
            return event.response()
        case TextMessage() if free:
            return TextMessage(data=_reply(json.loads(event.data), executions))
        case _:
            return None


def _reply(question: dict[str, Any], executions: int) -> str:
    sort = question["header"]["msg_type"].replace("_request", "_reply")
    content: dict[str, Any] = {"status": "ok", "implementation": "ipython"}
    if sort == "history_reply":
        content["history"] = [[0, executions, "a cell of somebody's"]]
    header = {"msg_type": sort, "msg_id": "1"}
    return json.dumps(
        {
            "header": header,
            "msg_type": sort,
            "parent_header": question["header"],
            "content": content,
            "channel": question["channel"],
        }
    )
