"""Web sockets of notebooks: bytes passed on, or a kernel that answers questions or is at work."""

import contextlib
import json
import socket
import threading
from collections.abc import Mapping
from typing import Any

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Event, Ping, TextMessage
from wsproto.events import Request as Upgrade

_AT_ONCE = 65536

type Answers = Mapping[str, Mapping[str, Any]]


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


def answer_questions(client: socket.socket, request: bytes, answers: Answers | None) -> None:
    """Answer as a kernel's channels do, by the sort of reply; None: a shell that is not free."""
    connection = WSConnection(ConnectionType.SERVER)
    connection.receive_data(request)
    with contextlib.suppress(OSError):
        while True:
            for event in connection.events():
                answer = _answer(event, answers)
                if answer:
                    client.sendall(connection.send(answer))
                if isinstance(event, CloseConnection):
                    return
            data = client.recv(_AT_ONCE)
            if not data:
                return
            connection.receive_data(data)


def _answer(event: Event, answers: Answers | None) -> Event | None:
    match event:
        case Upgrade():
            return AcceptConnection()
        case Ping() | CloseConnection():
            return event.response()
        case TextMessage() if answers is not None:
            return TextMessage(data=_reply(json.loads(event.data), answers))
        case _:
            return None


def _reply(question: dict[str, Any], answers: Answers) -> str:
    sort = question["header"]["msg_type"].replace("_request", "_reply")
    header = {"msg_type": sort, "msg_id": "1"}
    return json.dumps(
        {
            "header": header,
            "msg_type": sort,
            "parent_header": question["header"],
            "content": {"status": "ok", **answers.get(sort, {})},
            "channel": question["channel"],
        }
    )
