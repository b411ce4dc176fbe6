"""A session with a notebook's Jupyter server: opened by a presigned URL, kept by cookies.

With the URL and the cookies, anybody can run any code as the notebook: they stay in this module,
and no error contains them.
"""

import json
from email.message import Message
from email.utils import parsedate_to_datetime
from functools import cache
from http.client import HTTPException, HTTPMessage
from http.cookiejar import CookieJar
from ssl import SSLContext, create_default_context
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPCookieProcessor,
    HTTPRedirectHandler,
    HTTPSHandler,
    ProxyHandler,
    Request,
    build_opener,
)

from msgspec import Struct

_LONGEST = 4 * 1024 * 1024  # bytes of one answer


_TIMEOUT = "timeout"


class NoAnswerError(Exception):
    """Jupyter did not answer; the message is fit for a log."""

    @property
    def hangs(self) -> bool:
        """Return whether the server did not answer in time."""
        return str(self) == _TIMEOUT


class HttpAnswer(Struct, frozen=True):
    """One answer of the server: `sent` is when, in seconds by its own clock."""

    status: int
    kind: str
    body: bytes
    sent: float | None = None

    def json(self) -> Any:
        """Read its JSON. Raises NoAnswerError where it is none."""
        if self.status != 200:  # noqa: PLR2004 - OK
            raise NoAnswerError(f"HTTP {self.status}")
        if "json" not in self.kind:
            raise NoAnswerError("a page instead of JSON: a sign-in page, perhaps")
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise NoAnswerError("a broken answer") from None


class _Stay(HTTPRedirectHandler):
    """Follow no redirect: the next page may be a sign-in page."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Refuse."""


@cache
def _tls() -> SSLContext:
    """Read the certificates of the authorities once, which takes 30 ms of processor time."""
    context = create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


class JupyterSession:
    """A session with one server; close it after use."""

    def __init__(self, url: str, patience: float) -> None:
        self._jar, self._patience = CookieJar(), patience
        handlers = ProxyHandler({}), HTTPCookieProcessor(self._jar), _Stay()
        self._opener = build_opener(HTTPSHandler(context=_tls()), *handlers)
        self._opener.addheaders = [("User-Agent", "costguard"), ("Accept", "application/json")]
        parts = urlsplit(url)
        self.base = f"{parts.scheme}://{parts.netloc}"
        self._url = url

    def open(self) -> None:
        """Open the session. Raises NoAnswerError if the URL does not open one."""
        self._get(self._url)
        if not len(self._jar):
            raise NoAnswerError("no session: the URL has expired, or access is denied")

    @property
    def cookies(self) -> str:
        """The cookies of the session, in the form of a header."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._jar)

    def api(self, what: str) -> HttpAnswer:
        """Call the API; with `no_track_activity` the server does not count the call as activity."""
        joint = "&" if "?" in what else "?"
        return self._get(f"{self.base}/api/{what}{joint}no_track_activity=1")

    def close(self) -> None:
        """Forget it."""
        self._opener.close()

    def _get(self, url: str) -> HttpAnswer:
        """Return any answer. The error never contains the URL."""
        try:
            with self._opener.open(url, timeout=self._patience) as answer:
                kind, sent = _about(answer.headers)
                return HttpAnswer(answer.status, kind, answer.read(_LONGEST), sent)
        except HTTPError as error:
            with error:
                kind, sent = _about(error.headers)
                return HttpAnswer(error.code, kind, b"", sent)
        except TimeoutError:
            raise NoAnswerError(_TIMEOUT) from None
        except (OSError, HTTPException, ValueError) as error:
            late = isinstance(getattr(error, "reason", None), TimeoutError)
            raise NoAnswerError(_TIMEOUT if late else type(error).__name__) from None


def _about(headers: Message) -> tuple[str, float | None]:
    """Read the type of an answer, and when it was sent."""
    kind = headers.get("Content-Type", "")
    try:
        return kind, parsedate_to_datetime(headers.get("Date", "")).timestamp()
    except (ValueError, TypeError, OverflowError, OSError):
        return kind, None
