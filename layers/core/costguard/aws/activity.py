"""What notebooks are doing: Jupyter through `probe`, the heartbeat's metrics, jobs that ended."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from costguard.activity import Activity, Beat, Jupyter, read_jupyter
from costguard.aws.inventory import Inventory
from costguard.errors import FactsMissing
from costguard.lookout import Earliest, Seen
from costguard.model import Resource

NAMESPACE, DIMENSION = "Costguard/Notebooks", "NotebookInstance"
"""Where lifecycle/heartbeat.py publishes."""
METRICS = {
    "BusyKernels": ("busy_kernels", "Maximum"),
    "WorkingTerminals": ("working_terminals", "Maximum"),
    "CpuPercent": ("cpu", "Maximum"),
    "GpuPercent": ("gpu", "Maximum"),
    "SecondsSinceInput": ("since_input", "Minimum"),
}
PERIOD = timedelta(minutes=5)
LOOK_BACK = timedelta(hours=13)
"""157 periods of 500 metrics: less than the 100,800 points of one call (aws-facts 2)."""
ENDED_WITHIN = timedelta(hours=2)
_PER_CALL = 500 // len(METRICS)  # notebooks
_AGAIN_IN_VAIN = timedelta(minutes=30)
"""Who gave no answer, or has no heartbeat, is asked again after this long."""
_AT_ONCE = 20
_ENOUGH = 150.0  # seconds for all the probes of one sweep
_REFUSALS = (ClientError, BotoCoreError, FactsMissing)

type Ask = Callable[[str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Senses:
    """Looks with what it is given; `ask` is None where the probe is turned off.

    What it has seen it remembers for as long as its container lives: nobody is asked again before
    the answer can matter. Asking costs money, of CloudWatch (a metric each) as of Lambda. Without
    `earliest`, before a stop, everybody is asked everything.
    """

    inventory: Inventory
    cloudwatch: Callable[[], Any]
    ask: Ask | None
    _known: dict[str, tuple[datetime, Activity]] = field(default_factory=dict)
    _silent: dict[str, datetime] = field(default_factory=dict)  # since when no heartbeat is heard

    def activity(
        self, notebooks: Sequence[Resource], now: datetime, earliest: Earliest | None
    ) -> Seen:
        """See what there is of each; one that does not answer is a problem of its own."""
        fresh = [n for n in notebooks if not earliest or not self._suffices(n, now, earliest)]
        try:
            ended = tuple(self.inventory.ended(now - ENDED_WITHIN, now))
            asked = ask_all(self.ask, fresh, now) if self.ask else {}
            seen = _joined(fresh, asked, {})
            quiet = [n for n in fresh if not earliest or earliest(n, seen[n.ref.key]) <= now]
            silent = {n.name for n in quiet if _lately(self._silent.get(n.ref.key), now)}
            told = [n.name for n in quiet if not earliest or n.name not in silent]
            beats = heartbeats(self.cloudwatch(), told, now) if told else {}
        except _REFUSALS as error:
            return Seen(errors=(error,))
        self._silent.update((n.ref.key, now) for n in quiet if n.name in {*told} - beats.keys())
        seen = _joined(fresh, asked, beats)
        self._known.update((key, (now, activity)) for key, activity in seen.items())
        return Seen(activity={n.ref.key: self._known[n.ref.key][1] for n in notebooks}, ended=ended)

    def _suffices(self, notebook: Resource, now: datetime, earliest: Earliest) -> bool:
        """Tell whether what was seen before still says enough."""
        at, known = self._known.get(notebook.ref.key, (None, Activity()))
        in_vain = not known.beats and (known.jupyter is None or known.jupyter.problem is not None)
        if at is None or (notebook.started and at < notebook.started):
            return False
        return _lately(at, now) if in_vain else now < earliest(notebook, known)


def _lately(at: datetime | None, now: datetime) -> bool:
    return at is not None and now - at < _AGAIN_IN_VAIN


def _joined(
    notebooks: Sequence[Resource],
    asked: Mapping[str, Jupyter],
    beats: Mapping[str, tuple[Beat, ...]],
) -> dict[str, Activity]:
    """Keep of a heartbeat only this run's."""
    return {
        n.ref.key: Activity(
            jupyter=asked.get(n.name),
            beats=tuple(b for b in beats.get(n.name, ()) if n.started is None or b.at > n.started),
        )
        for n in notebooks
    }


def ask_all(ask: Ask, notebooks: Sequence[Resource], now: datetime) -> dict[str, Jupyter]:
    """Ask all at once, a few at a time; who does not answer in time holds nobody up."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        looks = {n.name: pool.submit(_asked, ask, n.name, now) for n in notebooks}
        wait(looks.values(), timeout=_ENOUGH)
        late = [name for name, look in looks.items() if look.cancel()]
    return {name: _late(now) if name in late else look.result() for name, look in looks.items()}


def _asked(ask: Ask, name: str, now: datetime) -> Jupyter:
    try:
        return read_jupyter(dict(ask(name)), now)
    except (*_REFUSALS, ValueError, KeyError, TypeError) as error:
        return Jupyter(seen=now, problem=f"the probe failed: {type(error).__name__}")


def _late(now: datetime) -> Jupyter:
    return Jupyter(seen=now, problem="there was no time to ask")


def ask_probe(client: Any, function: str, name: str) -> Mapping[str, Any]:
    """Invoke `probe` and wait. Raises ValueError where it failed."""
    answer = client.invoke(FunctionName=function, Payload=json.dumps({"notebook": name}).encode())
    facts = json.loads(answer["Payload"].read())
    if answer.get("FunctionError") or not isinstance(facts, dict):
        raise ValueError(function)
    return facts


def heartbeats(cloudwatch: Any, names: Sequence[str], now: datetime) -> dict[str, tuple[Beat, ...]]:
    """Read the metrics of all in bulk: 500 a call, every page of each."""
    values: dict[str, dict[datetime, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for some in batched(names, _PER_CALL, strict=False):
        queries = dict(_queries(some))
        pages = cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[query for query, _, _ in queries.values()],
            StartTime=now - LOOK_BACK,
            EndTime=now + PERIOD,
            ScanBy="TimestampAscending",
        )
        for page in pages:
            for row in page["MetricDataResults"]:
                _, name, field = queries[row["Id"]]
                if row["StatusCode"] in {"InternalError", "Forbidden"}:
                    raise FactsMissing(f"CloudWatch tells nothing of {field} of {name}")
                for when, value in zip(row["Timestamps"], row["Values"], strict=True):
                    values[name][when][field] = value
    return {
        name: tuple(Beat(at=min(when + PERIOD, now), **of[when]) for when in sorted(of))
        for name, of in values.items()
    }


def _queries(names: Sequence[str]) -> Iterator[tuple[str, tuple[dict[str, Any], str, str]]]:
    for number, name in enumerate(names):
        for metric, (word, statistic) in METRICS.items():
            dimensions = [{"Name": DIMENSION, "Value": name}]
            about = {"Namespace": NAMESPACE, "MetricName": metric, "Dimensions": dimensions}
            stat = {"Metric": about, "Period": int(PERIOD.total_seconds()), "Stat": statistic}
            query = f"{word}_{number}"
            yield query, ({"Id": query, "MetricStat": stat}, name, word)
