"""Ask the probe function what the Jupyter servers of several notebooks are doing."""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime
from typing import Any

from costguard.adapters.clients import AWS_ERRORS
from costguard.common.errors import IncompleteDataError
from costguard.resources.activity import JupyterActivity, read_jupyter
from costguard.resources.model import Resource

_AT_ONCE = 20
_ENOUGH = 150.0  # seconds for all the probes of one sweep

type Ask = Callable[[str], Mapping[str, Any]]


def ask_all(ask: Ask, notebooks: Sequence[Resource], now: datetime) -> dict[str, JupyterActivity]:
    """Ask all at once, a few at a time; who does not answer in time holds nobody up."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        looks = {n.name: pool.submit(_asked, ask, n.name, now) for n in notebooks}
        wait(looks.values(), timeout=_ENOUGH)
        late = [name for name, look in looks.items() if look.cancel()]
    return {name: _late(now) if name in late else look.result() for name, look in looks.items()}


def _asked(ask: Ask, name: str, now: datetime) -> JupyterActivity:
    try:
        return read_jupyter(dict(ask(name)), now)
    except (*AWS_ERRORS, IncompleteDataError, ValueError, KeyError, TypeError) as error:
        return JupyterActivity(seen=now, problem=f"the probe failed: {type(error).__name__}")


def _late(now: datetime) -> JupyterActivity:
    return JupyterActivity(seen=now, problem="there was no time to ask")


def ask_probe(client: Any, function: str, name: str) -> Mapping[str, Any]:
    """Invoke `probe` and wait. Raises ValueError where it failed."""
    answer = client.invoke(FunctionName=function, Payload=json.dumps({"notebook": name}).encode())
    facts = json.loads(answer["Payload"].read())
    if answer.get("FunctionError") or not isinstance(facts, dict):
        raise ValueError(function)
    return facts
