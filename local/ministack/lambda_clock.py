"""The clock of the functions: the account's, in each process that MiniStack runs one in.

No variable, parameter or event tells a function the time: its process is started with another
system clock (`worker_clock`), which is read again before each invocation.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, Final

from ministack.core import lambda_runtime

from local.clock import Clock
from local.ministack import worker_clock

_LOADED: Final = "    _ms_install_invoke_depth()\n"  # the SDK is loaded, the handler not yet
_INVOKED: Final = '        event = _ms_msg["event"]\n'
_DEADLINE: Final = "time.time()"  # of the time that an invocation has left, which is real


class FunctionClock:
    """Tells the functions' processes the clock, through a file that each of them reads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._folder = TemporaryDirectory(prefix="costguard-clock-")
        self._file = Path(self._folder.name) / "clock.json"
        self._lock = Lock()
        self._invoke = lambda_runtime.Worker.invoke
        self._worker = ""

    def install(self) -> None:
        """Start every process with the clock, and tell it before every invocation."""
        self._worker = script = lambda_runtime._PYTHON_WORKER_SCRIPT
        assert all(line in script for line in (_LOADED, _INVOKED, _DEADLINE))
        follow = f"__import__('runpy').run_path({worker_clock.__file__!r})['follow']"
        begin = f"    _read_clock = {follow}({str(self._file)!r})\n"
        script = script.replace(_DEADLINE, "time.monotonic()")
        script = script.replace(_LOADED, _LOADED + begin)
        script = script.replace(_INVOKED, f"        _read_clock()\n{_INVOKED}")
        lambda_runtime._PYTHON_WORKER_SCRIPT = script
        lambda_runtime.Worker.invoke = self._invoke_on_the_clock()

    def uninstall(self) -> None:
        """Give MiniStack its own back."""
        lambda_runtime._PYTHON_WORKER_SCRIPT = self._worker
        lambda_runtime.Worker.invoke = self._invoke
        self._folder.cleanup()

    def _invoke_on_the_clock(self) -> Any:
        def invoke(worker: Any, *args: Any, **kwargs: Any) -> Any:
            self._tell()
            return self._invoke(worker, *args, **kwargs)

        return invoke

    def _tell(self) -> None:
        """Write the clock in one step: other processes may read it now."""
        fresh = self._file.with_suffix(".new")
        with self._lock:
            frozen, offset = self._clock.reading()
            # Without its zone, which would become the process's TZ; it is read as UTC.
            moment = frozen.replace(tzinfo=None).isoformat() if frozen else None
            fresh.write_text(json.dumps({"frozen": moment, "offset": offset.total_seconds()}))
            fresh.replace(self._file)
