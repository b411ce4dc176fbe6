"""Ask the probe function what the Jupyter servers of several notebooks are doing."""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from costguard.adapters.clients import is_refusal
from costguard.common.codec import decode_builtins
from costguard.resources.activity import JupyterActivity, JupyterAnswer
from costguard.resources.model import Resource

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_AT_ONCE = 20
_ENOUGH = 150.0  # seconds for all the probes of one sweep

type Ask = Callable[[str], Mapping[str, Any]]
"""Ask about one notebook; the answer is the JSON of a JupyterAnswer, once it has been read."""


def ask_all(ask: Ask, notebooks: Sequence[Resource], now: datetime) -> dict[str, JupyterActivity]:
    """Ask all at once, a few at a time; who does not answer in time holds nobody up."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        looks = {n.name: pool.submit(_asked, ask, n.name, now) for n in notebooks}
        wait(looks.values(), timeout=_ENOUGH)
        late = [name for name, look in looks.items() if look.cancel()]
    return {name: _late(now) if name in late else look.result() for name, look in looks.items()}


def _asked(ask: Ask, name: str, now: datetime) -> JupyterActivity:
    try:
        return decode_builtins(ask(name), JupyterAnswer, name).seen_at(now)
    except ClientError as error:
        why = error.response["Error"]["Code"]
        cannot = is_refusal(error) or why == "ResourceNotFoundException"  # there is no probe
        return JupyterActivity(seen=now, problem=f"the probe failed: {why}", refused=cannot)
    except Exception as error:  # noqa: BLE001 - one notebook's answer must not blind the others
        return JupyterActivity(seen=now, problem=f"the probe failed: {type(error).__name__}")


def _late(now: datetime) -> JupyterActivity:
    return JupyterActivity(seen=now, problem="there was no time to ask")


def ask_probe(client: "LambdaClient", function: str, name: str) -> Mapping[str, Any]:
    """Invoke `probe` and wait. Raises ValueError where it failed."""
    answer = client.invoke(FunctionName=function, Payload=json.dumps({"notebook": name}).encode())
    facts = json.loads(answer["Payload"].read())
    if answer.get("FunctionError") or not isinstance(facts, dict):
        raise ValueError(function)
    return facts
