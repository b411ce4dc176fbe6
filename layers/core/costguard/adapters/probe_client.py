"""Ask the probe function for the state of several Jupyter servers."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from costguard.adapters.clients import is_refusal
from costguard.common.codec import decode_builtins
from costguard.resources.activity import JupyterActivity, JupyterAnswer
from costguard.resources.model import Resource
from costguard.resources.places import HOME

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_AT_ONCE = 20
ENOUGH = 150.0
"""Seconds for all the probes of one sweep."""


type Ask = Callable[..., Mapping[str, Any]]
"""Asks about one notebook, by name; its answer is the JSON of a JupyterAnswer, once it was read.

With `kernels=True` each kernel that is not busy is asked whether it is free.
"""


def ask_all(
    ask: Ask,
    notebooks: Sequence[Resource],
    now: datetime,
    *,
    kernels: bool = False,
    ends: float | None = None,
) -> dict[str, JupyterActivity]:
    """Ask all, a few at a time; notebooks that time out do not delay the others."""
    left = ENOUGH if ends is None else max(0.0, ends - time.monotonic())
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        looks = {
            n.name: pool.submit(_asked, partial(ask, n.name), n.name, now, kernels=kernels)
            for n in notebooks
        }
        wait(looks.values(), timeout=left)
        late = [name for name, look in looks.items() if look.cancel()]
    return {name: _late(now) if name in late else look.result() for name, look in looks.items()}


def _asked(ask: Ask, name: str, now: datetime, *, kernels: bool) -> JupyterActivity:
    try:
        answer = ask(kernels=True) if kernels else ask()
        return decode_builtins(answer, JupyterAnswer, name).seen_at(now)
    except ClientError as error:
        why = error.response["Error"]["Code"]
        cannot = is_refusal(error) or why == "ResourceNotFoundException"  # there is no probe
        return JupyterActivity(seen=now, problem=f"the probe failed: {why}", refused=cannot)
    except Exception as error:  # noqa: BLE001 - one notebook's answer must not blind the others
        return JupyterActivity(seen=now, problem=f"the probe failed: {type(error).__name__}")


def _late(now: datetime) -> JupyterActivity:
    return JupyterActivity(seen=now, problem="there was no time to ask")


def ask_probe(
    client: "LambdaClient", function: str, name: str, /, *, kernels: bool = False, place: str = HOME
) -> Mapping[str, Any]:
    """Invoke `probe` and wait. Raises ValueError if it failed."""
    asked = {"notebook": name, "kernels": kernels} | ({"place": place} if place else {})
    answer = client.invoke(FunctionName=function, Payload=json.dumps(asked).encode())
    facts = json.loads(answer["Payload"].read())
    if answer.get("FunctionError") or not isinstance(facts, dict):
        raise ValueError(function)
    return facts
