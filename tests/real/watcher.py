"""The guard's own eyes on a real Jupyter server: look, ask, remember, and weigh; two hours on.

Everything is the product's own code but for the clock and the presigned URL.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from costguard.adapters.heartbeat_file import HEARTBEAT_FILE
from costguard.adapters.jupyter import read_activity
from costguard.adapters.probe_client import ask_all
from costguard.app.activity_memory import join_activity, to_question, with_answer
from costguard.idleness.assessment import Idle, Unobservable, Working, assess
from costguard.idleness.memory import with_look
from costguard.idleness.signals import LoadThreshold
from costguard.resources.activity import WorkMemory
from local.clock import Clock
from local.jupyter.proxy import Proxy, forwarding_backend
from local.jupyter.server import TOKEN, JupyterServer
from local.paths import PROJECT
from tests.factories import notebook

NAME = "DoeJohn-Real"
LATER = timedelta(hours=2)


class Watcher:
    """Watches one server; what it saw it remembers, as the ledger does."""

    def __init__(self, server: JupyterServer) -> None:
        self.server = server
        self.proxy = Proxy(Clock(datetime.now(UTC) + LATER, frozen=True))
        self.proxy.backends[NAME] = forwarding_backend(server.url, TOKEN)
        self.memory = dict[str, WorkMemory]()

    def close(self) -> None:
        """Stop watching."""
        self.proxy.close()

    def verdict(self) -> Working | Idle | Unobservable:
        """Look, ask the kernels where that can help, and weigh."""
        now = self.proxy.clock.now()
        watched = notebook(NAME, started=now - 2 * LATER)
        looks = ask_all(self._ask, [watched], now)
        seen = join_activity([watched], looks, {}, self.memory)
        key = watched.ref.key
        if to_question([watched], seen, now, None):
            answers = ask_all(self._ask, [watched], now, kernels=True)
            seen[key] = with_answer(watched, seen[key], answers[NAME])
        found = assess(seen[key], LoadThreshold(), started=now - 2 * LATER, now=now)
        self.memory[key] = with_look(seen[key], found)
        return found

    def says(self) -> str:
        """Say the verdict in a word, and why."""
        found = self.verdict()
        if isinstance(found, Unobservable):
            return f"cannot tell: {found.why}"
        if isinstance(found, Working):
            return f"working: {found.by.says}"
        return "idle" if found.unseen is None else "idle, not all seen"

    def beat(self, home: Path, python: str = sys.executable) -> None:
        """Run the heartbeat once, as cron does on the box; it publishes nowhere."""
        metadata = home / "resource-metadata.json"
        box = {"ResourceName": NAME, "ResourceArn": "arn:aws:x:us-east-2:1:y"}
        metadata.write_text(json.dumps(box), encoding="utf-8")
        (home / "aws").write_text("#!/bin/sh\n")
        (home / "aws").chmod(0o755)
        options = f"--url={self.server.url} --token={TOKEN} --users-from=4000000000 --seconds=1"
        files = f"--metadata={metadata} --state={home}/state.json --directory={self.server.home}"
        script = PROJECT / "lifecycle" / "heartbeat.py"
        command = [python, "-S", str(script), *options.split(), *files.split()]
        path = {"PATH": f"{home}:/usr/bin:/bin"}
        subprocess.run(command, check=True, env=path)  # noqa: S603 - our own script

    def forget_beats(self) -> None:
        """Take the heartbeat's file away."""
        (self.server.home / HEARTBEAT_FILE).unlink(missing_ok=True)

    def _ask(self, name: str, /, *, kernels: bool = False) -> Mapping[str, Any]:
        return read_activity(self.proxy.presign(name, 1800), kernels=kernels)
