"""A function's process goes on after its handler has raised, as Lambda's environment does.

Lambda resets an environment whose function crashed or timed out (lambda-runtime-environment,
"Failures during the invoke phase"); MiniStack ends the process of one that raised as well.
"""

import threading
import time
from subprocess import Popen
from typing import Any, Final

from ministack.core import lambda_runtime

_TIMED_OUT: Final = "Task timed out"


class Environments:
    """Keeps the processes that MiniStack would end, and uses them again."""

    def __init__(self) -> None:
        self._ended = threading.local()

    def install(self) -> None:
        """Take the place of MiniStack's own ends."""
        self._invoke = lambda_runtime.Worker.invoke
        self._signal, self._collect = lambda_runtime._signal, lambda_runtime._collect
        lambda_runtime.Worker.invoke = self._invoke_and_keep()
        lambda_runtime._signal = self._put_off
        lambda_runtime._collect = self._collect_what_ended

    def uninstall(self) -> None:
        """Give MiniStack its own back."""
        lambda_runtime.Worker.invoke = self._invoke
        lambda_runtime._signal, lambda_runtime._collect = self._signal, self._collect

    def _invoke_and_keep(self) -> Any:
        def invoke(worker: Any, *args: Any, **kwargs: Any) -> Any:
            ended: list[Popen[str]] = []
            self._ended.processes = ended
            try:
                response = self._invoke(worker, *args, **kwargs)
            finally:
                del self._ended.processes
            for process in ended:
                if process.poll() is None and not _timed_out(response):
                    worker._proc = process
                else:
                    self._signal(process)
                    self._collect(process, time.monotonic() + lambda_runtime._REAP_GRACE)
            return response

        return invoke

    def _put_off(self, process: Popen[str] | None) -> None:
        """Decide later, once it is known why it would end."""
        processes = getattr(self._ended, "processes", None)
        if processes is None or process is None:
            self._signal(process)
        else:
            processes.append(process)

    def _collect_what_ended(self, process: Popen[str] | None, deadline: float) -> None:
        if process not in getattr(self._ended, "processes", ()):
            self._collect(process, deadline)


def _timed_out(response: Any) -> bool:
    return str(response.get("error", "")).startswith(_TIMED_OUT)
