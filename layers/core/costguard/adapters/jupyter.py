"""Observe a notebook's Jupyter server from outside, without causing activity.

With `kernels`, each kernel that is not listed as busy is asked too; the answer states what that
changed. A part that cannot be read does not affect the other parts.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from costguard.adapters.clients import is_refusal
from costguard.adapters.heartbeat_file import read_heartbeat_file
from costguard.adapters.jupyter_session import JupyterSession, NoAnswerError
from costguard.adapters.kernel_conversation import KernelReply
from costguard.adapters.kernel_questions import ANSWER_WITHIN, OpenSession, ask_kernels
from costguard.common.observed import mapping, moment, printable

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

SESSION = 1800
"""Seconds: the shortest session that AWS gives."""
PATIENCE = 4.0
"""Seconds for each answer; the function's own timeout bounds them all."""
_ENOUGH = 12.0  # seconds for all questions, within the function's timeout
_MOMENT = 0.3
"""Seconds: a kernel that is busy for less only answers a panel, which asks again and again."""
_NOT_FOUND = 404
_MOST = 1000  # kernels, sessions or terminals of one server
ODD = "an answer that is not in Jupyter's form"

type AnswerJson = dict[str, Any]
"""The JSON of a JupyterAnswer, whose reader trusts nothing in it."""


def probe_notebook(
    sagemaker: "SageMakerClient", name: str, *, patience: float = PATIENCE, kernels: bool = False
) -> AnswerJson:
    """Return kernels and terminals, or the `problem`; never a URL, a cookie or a name."""
    ends = time.monotonic() + _ENOUGH
    try:
        asked = sagemaker.create_presigned_notebook_instance_url(
            NotebookInstanceName=name, SessionExpirationDurationInSeconds=SESSION
        )
    except ClientError as error:
        problem = f"no URL: {error.response['Error']['Code']}"
        return {"problem": problem, "refused": True} if is_refusal(error) else {"problem": problem}
    except BotoCoreError as error:
        return {"problem": f"no URL: {type(error).__name__}"}
    url = asked["AuthorizedUrl"]
    return read_activity(url, patience=patience, kernels=kernels, ends=ends)


def read_activity(
    url: str,
    *,
    patience: float = PATIENCE,
    kernels: bool = False,
    ends: float | None = None,
    answer_within: float = ANSWER_WITHIN,
) -> AnswerJson:
    """Open the session, then ask Jupyter for kernels, terminals and the heartbeat's file."""
    ends = time.monotonic() + _ENOUGH if ends is None else ends
    session = JupyterSession(url, patience)
    try:
        session.open()
        answer = _look(session)
        if kernels and answer["kernels"] and "problem" not in answer:
            _question(session, answer, ends, answer_within)
    except NoAnswerError as error:
        return {"problem": str(error)}
    finally:
        session.close()
    return answer


def _look(session: JupyterSession) -> AnswerJson:
    """Read the lists, then the heartbeat's file, which most notebooks do not have."""
    answer = collect_settled(partial(_listed, session))
    with suppress(NoAnswerError):
        told = read_heartbeat_file(session)
        if told.beats:
            answer["beats"] = list(told.beats)
        for kernel in answer["kernels"]:
            kernel["last"] = told.before.get((kernel["id"], str(kernel["last"])), kernel["last"])
    return answer


def collect_settled(ask: Callable[[str], list[Any]], moment: float = _MOMENT) -> AnswerJson:
    """Ask for each list; once more a moment later, where a kernel is busy and may only answer."""
    answer = collect_activity(ask)
    if any(kernel["state"] == "busy" for kernel in answer["kernels"]):
        time.sleep(moment)
        with suppress(NoAnswerError):
            again = collect_activity(ask)
            return answer if "problem" in again else again
    return answer


def collect_activity(ask: Callable[[str], list[Any]]) -> AnswerJson:
    """Ask for each list, and read it by entries; an unreadable entry does not affect the others.

    It is reported as a problem beside the readable entries: a busy kernel is always reported.
    """
    problems = list[str]()

    def lists(what: str) -> list[Any]:
        try:
            return ask(what)
        except NoAnswerError as error:
            problems.append(f"{what}: {error}")
            return []

    listed = ask("kernels")
    listed += [kernel for each in lists("sessions") if (kernel := mapping(each).get("kernel"))]
    found = {_identity(each, at): _kernel(each) for at, each in reversed([*enumerate(listed)])}
    kernels = [kernel for kernel in reversed(found.values()) if kernel]
    terminals = [moment(mapping(each).get("last_activity")) for each in lists("terminals")]
    if len(kernels) < len(found) or None in terminals or any(not k["last"] for k in kernels):
        problems.append(ODD)
    answer: AnswerJson = {
        "kernels": kernels,
        "terminals": [output.isoformat() for output in terminals if output],
    }
    return answer | ({"problem": problems[0]} if problems else {})


def _identity(raw: object, place: int) -> tuple[object, object]:
    """Identify a kernel by id and state, so that an idle duplicate does not hide a busy one."""
    fields = mapping(raw)
    name, state = printable(fields.get("id")), printable(fields.get("execution_state"), 40)
    return (place if name is None else name), state


def _kernel(raw: object) -> AnswerJson | None:
    """Read a kernel; None if it has no state."""
    told = mapping(raw)
    state, last = printable(told.get("execution_state"), 40), moment(told.get("last_activity"))
    if state is None:
        return None
    return {
        "id": printable(told.get("id")) or "",
        "state": state,
        "last": last and last.isoformat(),
    }


def _listed(session: JupyterSession, what: str) -> list[Any]:
    """Ask for one list. Raises NoAnswerError if the answer is not a list."""
    answer = session.api(what)
    if answer.status == _NOT_FOUND and what == "terminals":
        return []  # terminals are turned off there
    found = answer.json()
    if not isinstance(found, list) or len(found) > _MOST:
        raise NoAnswerError(ODD)
    return found


def _question(session: JupyterSession, answer: AnswerJson, ends: float, within: float) -> None:
    """Ask the kernels that are not busy, and read again what that changed."""
    listed = {k["id"]: k for k in answer["kernels"]}
    if any(kernel["state"] == "busy" for kernel in listed.values()):
        return
    ids = [id_ for id_, kernel in listed.items() if id_ and kernel["state"] != "dead"]
    replies = ask_kernels(
        OpenSession(session.base, session.cookies), ids, ends=ends, answer_within=within
    )
    reasons = [_told(listed[id_], reply) for id_, reply in replies.items()]
    unknown = [reason for reason in reasons if reason]
    if unknown:
        answer["why_unasked"] = unknown[0]
    try:
        after = {k["id"]: k["last"] for each in _listed(session, "kernels") if (k := _kernel(each))}
    except NoAnswerError:
        after = {}
    for id_, kernel in listed.items():
        if after.get(id_) and after[id_] != kernel["last"]:
            kernel["moved"] = after[id_]


def _told(kernel: dict[str, Any], reply: KernelReply) -> str | None:
    """Add a kernel's answer; return the reason if nothing is known.

    A kernel that never sent a status, and does not answer, may have no process.
    """
    if reply.free is False and kernel["state"] in {"starting", "restarting", "autorestarting"}:
        return "a kernel that is starting does not answer"
    if reply.free is None:
        return reply.why
    kernel["shell"] = "free" if reply.free else "busy"
    if reply.executions is not None:
        kernel["executions"] = reply.executions
    return None
