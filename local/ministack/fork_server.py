"""A function's process is forked where Python would be started: the SDK is loaded once for all.

It takes the place of Python's `subprocess` where MiniStack starts workers. There is a server for
each SDK, as long as this process lives; where it cannot fork, a process is started as before.
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import IO, Any, ClassVar

from ministack.core import lambda_runtime

from local.ministack import worker_forking


class ForkedProcess:
    """A process, with those of `Popen`'s names that are used; how it ended is not known."""

    def __init__(self, pid: int, pipes: tuple[IO[str], IO[str], IO[str]], alive: IO[bytes]) -> None:
        self.pid = pid
        self.stdin, self.stdout, self.stderr = pipes
        self.returncode: int | None = None
        self._alive = alive  # its other end closes when the process ends
        self._lock = Lock()

    def poll(self) -> int | None:
        """Return 0 once it has ended."""
        with suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended."""
        with self._lock:
            if self.returncode is None:
                ends = select.poll()
                ends.register(self._alive, select.POLLHUP)
                if not ends.poll(None if timeout is None else timeout * 1000):
                    raise subprocess.TimeoutExpired("a function", timeout or 0)
                self._alive.close()
                self.returncode = 0
            return self.returncode

    def terminate(self) -> None:
        """Ask it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


class ForkServer:
    """A process that has loaded the SDK of some layers, and forks."""

    def __init__(self, layers: list[str]) -> None:
        self._requests, theirs = socket.socketpair()
        self._lock = Lock()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - this project's own file
                # Without -P, the folder of the file would come first on its path.
                [sys.executable, "-P", worker_forking.__file__, str(theirs.fileno()), *layers],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        atexit.register(self.close)

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def close(self) -> None:
        """End it; the processes that it has forked go on until their input ends."""
        self._requests.close()
        self._process.wait()

    def fork(self, script: str, cwd: str, env: dict[str, str]) -> ForkedProcess:
        """Start a process that runs a script."""
        start = json.dumps({"script": script, "cwd": cwd, "env": env}).encode()
        pipes = [os.pipe() for _ in range(4)]
        (stdin, into), (out, stdout), (err, stderr), (alive, life) = pipes
        with self._lock:
            size = len(start).to_bytes(worker_forking.SIZE)
            socket.send_fds(self._requests, [size], [stdin, stdout, stderr, life])
            pid = int.from_bytes(self._requests.recv(worker_forking.SIZE))
        for each in (stdin, stdout, stderr, life):
            os.close(each)
        if not pid:
            raise RuntimeError("the fork server has ended")
        told, said, logged = os.fdopen(into, "w", buffering=1), os.fdopen(out), os.fdopen(err)
        told.write(start.decode())
        told.flush()
        return ForkedProcess(pid, (told, said, logged), os.fdopen(alive, "rb", buffering=0))


class ForkServers:
    """Takes the place of Python's `subprocess` where MiniStack starts workers."""

    _servers: ClassVar[dict[tuple[str, ...], ForkServer]] = {}
    _lock: ClassVar = Lock()

    def install(self) -> None:
        """Put it there."""
        lambda_runtime.subprocess = self

    def uninstall(self) -> None:
        """Give MiniStack its own back."""
        lambda_runtime.subprocess = subprocess

    def Popen(self, command: list[str], **options: Any) -> Any:  # noqa: N802 - the name called
        """Start a process."""
        env = options.get("env") or {}
        if command[0] != sys.executable or not _may_fork(env):
            return subprocess.Popen(command, **options)  # noqa: S603 - MiniStack's own command
        server = self._server_of(_layers_with_an_sdk(env))
        return server.fork(command[1], options["cwd"], env)

    def __getattr__(self, name: str) -> Any:
        """Give all else of the module."""
        return getattr(subprocess, name)

    def _server_of(self, layers: list[str]) -> ForkServer:
        with self._lock:
            server = self._servers.get(tuple(layers))
            if server is None or server.ended:
                server = self._servers[tuple(layers)] = ForkServer(layers)
            return server


def _may_fork(env: dict[str, str]) -> bool:
    """Whether a forked process would be as one that Python starts: it reads some settings then."""
    own = [name for name in env if name.startswith("PYTHON") and env[name] != os.environ.get(name)]
    return sys.platform == "linux" and not own


def _layers_with_an_sdk(env: dict[str, str]) -> list[str]:
    """Give the folders of those layers that have one, as they are on the function's path."""
    found = filter(None, env.get("_LAMBDA_LAYERS_DIRS", "").split(os.pathsep))
    folders = [Path(each, "python").resolve() for each in found]
    return [str(each) for each in reversed(folders) if (each / "botocore").is_dir()]
