"""Make the account's clock the system clock of a function's process.

MiniStack's worker runs this file in that process, which finds nothing else of this project. The
handler and all that it imports get the account's time from `datetime.now` and `time.time`;
`time.monotonic` stays real, and so do the signatures of calls: the account's other callers sign
with the real time as well.
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any


def follow(reading: str) -> Callable[[], None]:
    """Start with the time in a file; call the returned function before each invocation."""
    time_machine = _time_machine()
    real = time_machine.escape_hatch
    _keep_the_sdk_in_real_time(real)
    traveller = time_machine.travel(0).start()  # from here on the real time is to be had

    def read_again() -> None:
        told = json.loads(Path(reading).read_text(encoding="utf-8"))
        if told["frozen"]:
            traveller.move_to(datetime.fromisoformat(told["frozen"]), tick=False)
        else:
            traveller.move_to(real.time.time() + told["offset"], tick=True)

    read_again()
    return read_again


def _time_machine() -> Any:
    """Import it without pytest, which it would load: a tenth of a second of each cold start."""
    sys.modules["pytest"] = None  # type: ignore[assignment]  # an import is refused
    loaded = import_module("time_machine")
    del sys.modules["pytest"]
    return loaded


def _keep_the_sdk_in_real_time(real: Any) -> None:
    """Let the SDK sign with the real time, and wait by it: a frozen token bucket never fills."""
    sdk: Any = import_module("botocore.auth")  # that of the function's layer
    bucket: Any = import_module("botocore.retries.bucket")

    def utc_now() -> Any:
        return real.datetime.datetime.now(UTC).replace(tzinfo=None)

    sdk.get_current_datetime = utc_now
    bucket.Clock.current_time = lambda _: real.time.time()
