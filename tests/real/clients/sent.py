"""What a client sent: its calls as CloudTrail recorded them, and the form of the name."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

AHEAD = timedelta(hours=5, minutes=45)
"""How far the clock of the client's machine is ahead of UTC: no stamp can confuse the two."""
_STAMPS = (
    (r"\d{4}(-\d\d){5}-\d{3}$", "%Y-%m-%d-%H-%M-%S-%f", "YYYY-MM-DD-hh-mm-ss-mmm"),
    (r"\d{4}(-\d\d){5}$", "%Y-%m-%d-%H-%M-%S", "YYYY-MM-DD-hh-mm-ss"),
    (r"\d{6}-\d{4}$", "%y%m%d-%H%M", "YYMMDD-hhmm"),
    (r"\d{14}$", "%Y%m%d%H%M%S", "YYYYMMDDhhmmss"),
    (r"\d{12}$", "%Y%m%d%H%M", "YYYYMMDDhhmm"),
)
_RANDOM = re.compile(r"(?<=^endpoint-)[0-9a-f]{8}$")


@dataclass(frozen=True)
class Sent:
    """What came of one call: the request, as CloudTrail recorded it, and who refused it."""

    operation: str = ""
    name: str = ""
    form: str = ""
    tags: tuple[str, ...] = ()
    limit: int | None = None
    instances: str = ""
    besides: tuple[str, ...] = ()
    raised: str = ""
    guard: str = ""

    @property
    def refused(self) -> str:
        """Say who refused it: AWS, or the client before it asked."""
        return ("AWS" if self.operation else "client") if self.raised else ""


def form_of(name: str, now: datetime) -> str:
    """Put what a stamp is made of, and by which clock, in its place."""
    for pattern, digits, words in _STAMPS:
        if found := re.search(pattern, name):
            stamp = datetime.strptime(found[0], digits).replace(tzinfo=UTC)
            clocks = {"UTC": now, "local": now + AHEAD}
            near = [clock for clock, time in clocks.items() if abs(time - stamp) < AHEAD / 2]
            base = re.sub(r"-[0-9a-f]{8}-$", "-<8>-", name[: found.start()])
            return f"{base}<{words} {near[0]}>"
    return _RANDOM.sub("[8]", name)


def read_calls(calls: Sequence[Mapping[str, Any]], now: datetime, raised: str) -> Sent:
    """Read what a client created: the last is what was asked for, the others stand besides."""
    *others, last = calls
    request, made = last["requestParameters"], last["eventName"].removeprefix("Create")
    everything = [call["requestParameters"] for call in calls]
    name = request[f"{made[:1].lower()}{made[1:].removesuffix('V2')}Name"]
    held = (*_all("resourceLimits", everything), *_all("stoppingCondition", everything))
    limits = [each["maxRuntimeInSeconds"] for each in held if each.get("maxRuntimeInSeconds")]
    besides = {*(_BESIDES & request.keys())}
    besides |= {call["eventName"].removeprefix("Create") for call in others}
    return Sent(
        operation=last["eventName"],
        name=name,
        form=form_of(name, now),
        tags=tuple(tag["key"] for tag in request.get("tags") or ()),
        limit=limits[0] if limits else None,
        instances=", ".join(_machines(everything)),
        besides=tuple(sorted(besides)),
        raised=raised,
    )


_BESIDES = {
    "debugHookConfig",
    "enableManagedSpotTraining",
    "profilerConfig",
    "retryStrategy",
    "serverlessJobConfig",
}


def _machines(request: object) -> Iterator[str]:
    """List what a request asks for, wherever it states it."""
    if isinstance(request, Mapping):
        if "instanceType" in request:
            count = request.get("instanceCount", request.get("initialInstanceCount", 1))
            yield f"{count} x {request['instanceType']}"
        for each in request.values():
            yield from _machines(each)
    elif isinstance(request, list):
        for each in request:
            yield from _machines(each)


def _all(member: str, within: object) -> Iterator[Mapping[str, Any]]:
    """Find a member, however deep."""
    if isinstance(within, Mapping):
        for name, value in within.items():
            if name == member:
                yield value
            yield from _all(member, value)
    elif isinstance(within, list):
        for each in within:
            yield from _all(member, each)
