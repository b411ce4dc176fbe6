"""One look into a notebook's Jupyter server, from outside, that leaves no trace of activity.

The presigned URL lets its holder run any code as the notebook: it and its cookies stay in here,
and no error repeats them.
"""

import json
from collections.abc import Callable
from functools import partial
from http.client import HTTPException, HTTPMessage
from http.cookiejar import CookieJar
from typing import IO, TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPCookieProcessor,
    HTTPRedirectHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

from botocore.exceptions import BotoCoreError, ClientError

from costguard.adapters.clients import is_refusal
from costguard.common.observed import mapping, moment, printable

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

SESSION = 1800
"""Seconds: the shortest session that AWS gives."""
PATIENCE = 4.0
"""Seconds for each answer; the function's own timeout bounds them all."""
_LONGEST = 4 * 1024 * 1024  # bytes of one answer
_NOT_FOUND = 404
_MOST = 1000  # kernels, sessions or terminals of one server
_ODD = "an answer of another form than Jupyter's"

type AnswerJson = dict[str, Any]
"""The JSON of a JupyterAnswer, whose reader trusts nothing in it."""


class _NoAnswerError(Exception):
    """Jupyter did not answer; the message is fit for a log."""


class _Stay(HTTPRedirectHandler):
    """Follow no redirect: the next page may be a sign-in page."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Refuse."""


def probe_notebook(
    sagemaker: "SageMakerClient", name: str, *, patience: float = PATIENCE
) -> AnswerJson:
    """Answer kernels and terminals, or the `problem`; never a URL, a cookie or a name in it."""
    try:
        asked = sagemaker.create_presigned_notebook_instance_url(
            NotebookInstanceName=name, SessionExpirationDurationInSeconds=SESSION
        )
    except ClientError as error:
        problem = f"no URL: {error.response['Error']['Code']}"
        return {"problem": problem, "refused": True} if is_refusal(error) else {"problem": problem}
    except BotoCoreError as error:
        return {"problem": f"no URL: {type(error).__name__}"}
    return read_activity(asked["AuthorizedUrl"], patience=patience)


def read_activity(url: str, *, patience: float = PATIENCE) -> AnswerJson:
    """Open the session, then ask Jupyter for its kernels, sessions and terminals."""
    jar = CookieJar()
    opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(jar), _Stay())
    opener.addheaders = [("User-Agent", "costguard"), ("Accept", "application/json")]
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}"
    try:
        _get(opener, url, patience)
        if not len(jar):
            return {"problem": "no session: the URL has expired, or access is denied"}
        return collect_activity(partial(_api, opener, base, patience=patience))
    except _NoAnswerError as error:
        return {"problem": str(error)}
    finally:
        opener.close()


def collect_activity(ask: Callable[[str], list[Any]]) -> AnswerJson:
    """Ask for each list, and read it piece by piece; a piece that is odd costs only itself.

    It is told as a problem beside what could be read: a kernel that is busy is told in any case.
    """
    problems = list[str]()

    def lists(what: str) -> list[Any]:
        try:
            return ask(what)
        except _NoAnswerError as error:
            problems.append(str(error))
            return []

    listed = ask("kernels")
    listed += [kernel for each in lists("sessions") if (kernel := mapping(each).get("kernel"))]
    found = {_identity(each, at): _kernel(each) for at, each in reversed([*enumerate(listed)])}
    kernels = [kernel for kernel in reversed(found.values()) if kernel]
    terminals = [moment(mapping(each).get("last_activity")) for each in lists("terminals")]
    if len(kernels) < len(found) or None in terminals or any(not k["last"] for k in kernels):
        problems.append(_ODD)
    answer: AnswerJson = {
        "kernels": kernels,
        "terminals": [output.isoformat() for output in terminals if output],
    }
    return answer | ({"problem": problems[0]} if problems else {})


def _identity(raw: object, place: int) -> tuple[object, object]:
    """Name a kernel in one state: none that is busy hides behind an idle one of the same id."""
    fields = mapping(raw)
    name, state = printable(fields.get("id")), printable(fields.get("execution_state"), 40)
    return (place if name is None else name), state


def _kernel(raw: object) -> AnswerJson | None:
    """Read a kernel; None where it does not say what it does."""
    state, last = mapping(raw).get("execution_state"), moment(mapping(raw).get("last_activity"))
    if (said := printable(state, 40)) is None:
        return None
    return {"state": said, "last": last and last.isoformat()}


def _api(opener: OpenerDirector, base: str, what: str, *, patience: float) -> list[Any]:
    """Ask for one list; `no_track_activity` keeps the question from counting as work."""
    status, kind, body = _get(opener, f"{base}/api/{what}?no_track_activity=1", patience)
    if status == _NOT_FOUND and what == "terminals":
        return []  # terminals are turned off there
    if status != 200:  # noqa: PLR2004 - OK
        raise _NoAnswerError(f"HTTP {status}")
    if "json" not in kind:
        raise _NoAnswerError("a page instead of JSON: a sign-in page, perhaps")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise _NoAnswerError("a broken answer") from None
    if not isinstance(found, list) or len(found) > _MOST:
        raise _NoAnswerError(_ODD)
    return found


def _get(opener: OpenerDirector, url: str, patience: float) -> tuple[int, str, bytes]:
    """Give status, content type and body of any answer. The error never repeats the URL."""
    try:
        with opener.open(url, timeout=patience) as answer:
            return answer.status, answer.headers.get("Content-Type", ""), answer.read(_LONGEST)
    except HTTPError as error:
        with error:
            return error.code, error.headers.get("Content-Type", ""), b""
    except TimeoutError:
        raise _NoAnswerError("timeout") from None
    except (OSError, HTTPException, ValueError) as error:
        late = isinstance(getattr(error, "reason", None), TimeoutError)
        raise _NoAnswerError("timeout" if late else type(error).__name__) from None
