"""Fork functions' processes from one that has loaded the SDK, which takes a fifth of a second.

This file runs in a process of its own, which finds nothing else of this project and loads nothing
of a function: what a function imports, and the state of its modules, are its process's alone.
"""

import gc
import json
import os
import runpy
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

SIZE = 4  # bytes of a number on the wire
_STREAMS = 3  # stdin, stdout and stderr
_SDK = (
    "botocore.auth",
    "botocore.handlers",
    "botocore.httpsession",
    "botocore.retries.bucket",
    "botocore.session",
    "time_machine",
    "urllib.request",
)


def main(control: int, layers: list[str]) -> None:
    """Load the SDK of these layers, then fork a process for each request, until there are none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, _reap)
    _load(layers)
    with socket.socket(fileno=control) as requests:
        while True:
            size, descriptors, *_ = socket.recv_fds(requests, SIZE, _STREAMS + 1)
            if not size:
                return
            pid = os.fork()
            if not pid:
                requests.close()
                _become(int.from_bytes(size), layers, *descriptors)
            for each in descriptors:
                os.close(each)
            requests.sendall(pid.to_bytes(SIZE))


def _load(layers: list[str]) -> None:
    path = list(sys.path)
    sys.path[:0] = layers
    sys.modules["pytest"] = None  # type: ignore[assignment]  # time_machine would load it
    for name in _SDK if layers else ("boto3", *_SDK):
        import_module(name)
    del sys.modules["pytest"]
    sys.path[:] = path
    gc.collect()
    gc.freeze()


def _reap(*_: object) -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _become(size: int, layers: list[str], *descriptors: int) -> NoReturn:
    """Run a script as Python would; the last descriptor closes when the process ends."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, descriptor in enumerate(descriptors[:_STREAMS]):
        os.dup2(descriptor, number)
        os.close(descriptor)
    start = _read(size)
    script, env = start["script"], start["env"]
    os.chdir(start["cwd"])
    if any(name in sys.modules for name in _own_modules(env, layers)):
        os.set_inheritable(descriptors[-1], True)  # noqa: FBT003 - it takes no keyword
        os.execve(sys.executable, [sys.executable, script], env)  # noqa: S606 - it has an SDK of its own
    os.set_inheritable(descriptors[-1], False)  # noqa: FBT003
    os.environ.clear()
    os.environ.update(env)
    sys.argv = [script]
    sys.path.insert(0, str(Path(script).parent))
    runpy.run_path(script, run_name="__main__")
    sys.exit()


def _read(size: int) -> Any:
    """Read what comes first, and no more: the rest of the input is the script's."""
    found = b""
    while len(found) < size:
        found += os.read(0, size - len(found))
    return json.loads(found)


def _own_modules(env: dict[str, str], layers: list[str]) -> Iterator[str]:
    """Name what a function would import from its code, or another layer, before what is loaded."""
    places = [Path.cwd()]
    for each in filter(None, env.get("_LAMBDA_LAYERS_DIRS", "").split(os.pathsep)):
        python = Path(each, "python")
        places += [Path(each)] if str(python.resolve()) in layers else [Path(each), python]
    return (entry.stem for place in places if place.is_dir() for entry in place.iterdir())


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
