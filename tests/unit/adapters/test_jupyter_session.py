"""What each session with a Jupyter server costs."""

from typing import Any
from urllib.request import HTTPSHandler

from costguard.adapters.jupyter_session import JupyterSession


def test_all_sessions_read_the_certificates_of_the_authorities_once() -> None:
    sessions = [JupyterSession(f"https://{name}.example", patience=1) for name in "ab"]
    openers: list[Any] = [session._opener for session in sessions]
    handlers: list[Any] = [each for opener in openers for each in opener.handlers]
    trusted = [vars(each)["_context"] for each in handlers if isinstance(each, HTTPSHandler)]
    assert len(trusted) == 2
    assert len(set(trusted)) == 1
