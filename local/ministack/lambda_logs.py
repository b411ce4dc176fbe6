"""What a function has written is complete when its invocation ends, however busy this host is.

MiniStack waits for it for 50 ms of real time; what comes later is taken for the next invocation's,
and a metric in it gets another time. The process says when it has written all.
"""

import time
from queue import Empty
from typing import Any, Final

from ministack.core import lambda_runtime

END: Final = "end of the invocation's log 7f1c0a52"
_ANSWERED: Final = "        _real_stdout.flush()\n\nrun()\n"
_AT_MOST: Final = 10.0  # seconds

_script = lambda_runtime._PYTHON_WORKER_SCRIPT
_drain = lambda_runtime.Worker._drain_stderr_bounded


def install() -> None:
    """Read up to the end. Install it after all that takes the place of the worker's script."""
    before, answered, after = lambda_runtime._PYTHON_WORKER_SCRIPT.rpartition(_ANSWERED)
    assert answered, "MiniStack's worker answers elsewhere"
    end = f"        print({END!r}, file=sys.stderr, flush=True)\n"
    script = before + answered.replace("\n", f"\n{end}", 1) + after
    lambda_runtime._PYTHON_WORKER_SCRIPT = script
    lambda_runtime.Worker._drain_stderr_bounded = _read


def uninstall() -> None:
    """Leave MiniStack as it was."""
    lambda_runtime._PYTHON_WORKER_SCRIPT = _script
    lambda_runtime.Worker._drain_stderr_bounded = _drain


def _read(worker: Any) -> str:
    """Read what the process writes until it says so, or ends."""
    lines: list[str] = []
    until = time.monotonic() + _AT_MOST
    while time.monotonic() < until:
        try:
            line: str = worker._stderr_queue.get(timeout=0.05)
        except Empty:
            if not worker._stderr_thread.is_alive():
                break
            continue
        lines.append(line.removesuffix(END))
        if line.endswith(END):
            break
    return "\n".join(lines).removesuffix("\n")
