"""What `probe` finds on a notebook: what its Jupyter says, and odd things on some."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.soak.notebook_use import NotebookUse

_ODD_TIMES: tuple[Any, ...] = (
    "2026-11-23T14:05:00",
    "2026-11-23",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+14:00",
    "yesterday",
    "",
    None,
    0,
    -1e300,
    float("inf"),
    float("nan"),
    True,
    [],
    {"$date": 1},
    "2" * 5000,
)
_ODD_LISTS: tuple[Any, ...] = (None, "busy", 7, {}, [None], ["idle"], [[]], [{}], [{"state": 3}])


def answer(
    life: NotebookUse, now: datetime, name: str, *, kernels: bool = False
) -> Mapping[str, Any]:
    """Answer what `probe` would; on every other notebook a running cell is listed idle."""
    if life.hostile:
        return _odd(life.dice, now)
    if life.dark:
        return {"problem": "HTTP 502"}
    works, long_ago = life.works(now), now - timedelta(days=1)
    hidden = works and sum(map(ord, name)) % 2 == 0
    listed = "busy" if works and not hidden else "idle"
    begun = max((begin for begin, _ in life.busy if begin <= now), default=long_ago)
    since = begun if works else life.last(now) or long_ago  # a status moves it: no cell hides that
    kernel = {"id": "one", "state": listed, "last": since.isoformat()}
    if kernels and listed == "idle":
        kernel["shell"] = "busy" if works else "free"
    return {"kernels": [kernel], "terminals": []}


def _odd(dice: Random, now: datetime) -> Mapping[str, Any]:
    """Answer JSON that no Jupyter would: nobody can tell from it that a notebook is idle."""
    broken = {"state": dice.choice(("idle", "busy", None, 5)), "last": dice.choice(_ODD_TIMES)}
    busy = {"state": "busy", "last": now.isoformat()}
    return {
        "kernels": dice.choice(([broken, busy], [busy, broken], *_ODD_LISTS)),
        "terminals": dice.choice(([{"last": dice.choice(_ODD_TIMES)}], *_ODD_LISTS)),
    }
