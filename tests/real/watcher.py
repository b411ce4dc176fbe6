"""The guard's own eyes on a real Jupyter server: look, ask, remember, and weigh; four hours on.

Everything is the product's own code but for the clock and the presigned URL. Three hours is what
an idle notebook is left alone for at most: what is idle now would be stopped.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec import Struct

from costguard.adapters.jupyter import read_activity
from costguard.adapters.probe_client import ask_all
from costguard.app.activity_memory import join_activity, to_question, with_answer
from costguard.idleness.assessment import Idle, Unobservable, Working, assess
from costguard.idleness.memory import with_look
from costguard.idleness.signals import LoadThreshold
from costguard.resources.activity import Activity, Shell, WorkMemory
from costguard.resources.model import Resource
from costguard.rules.base import EvaluationContext, Fail
from costguard.rules.idle import Options, check
from local.clock import Clock
from local.jupyter.proxy import Proxy, forwarding_backend
from local.jupyter.server import TOKEN, JupyterServer
from local.paths import PROJECT
from tests.factories import PEOPLE, notebook

NAME = "DoeJohn-Real"
LATER = timedelta(hours=4)


class Sight(Struct, frozen=True):
    """What one look came to: the verdict, and what was listed and answered for it."""

    found: Working | Idle | Unobservable
    activity: Activity
    stopped: bool

    @property
    def verdict(self) -> str:
        """Say it in a word or two."""
        if isinstance(self.found, Idle):
            return "idle" if self.found.unseen is None else "idle, not all seen"
        return "working" if isinstance(self.found, Working) else "cannot tell"

    @property
    def why(self) -> str:
        """Say why."""
        if isinstance(self.found, Idle):
            return ", ".join(each.says for each in self.found.by)
        return self.found.by.says if isinstance(self.found, Working) else self.found.why

    @property
    def moved(self) -> datetime | None:
        """Answer when Jupyter's kernels worked last, as far as this look counts it."""
        signals = self.found.by if isinstance(self.found, Idle) else ()
        return max((s.last for s in signals if s.signal == "jupyter" and s.last), default=None)

    @property
    def listed(self) -> str:
        """Say how Jupyter listed the kernels."""
        jupyter = self.activity.jupyter
        return ", ".join(kernel.state for kernel in (jupyter.kernels if jupyter else None) or ())

    @property
    def answered(self) -> str:
        """Say what the kernels answered."""
        jupyter = self.activity.jupyter
        kernels = (jupyter.kernels if jupyter else None) or ()
        words = {None: "not asked", Shell.FREE: "free", Shell.BUSY: "no answer"}
        return ", ".join(words[kernel.shell] for kernel in kernels)


class Watcher:
    """Watches one server; what it saw it remembers, as the ledger does."""

    def __init__(self, server: JupyterServer, home: Path) -> None:
        self.server, self.home = server, home
        self.proxy = Proxy(Clock(datetime.now(UTC) + LATER, frozen=True))
        self.proxy.backends[NAME] = forwarding_backend(server.url, TOKEN)
        self.memory = dict[str, WorkMemory]()

    def close(self) -> None:
        """Stop watching."""
        self.proxy.close()

    def look(self) -> Sight:
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
        return Sight(found, seen[key], _is_stopped(watched, seen[key], now))

    def look_by_heartbeat_alone(self) -> Sight:
        """Look with no way to the kernels, as if they had never been asked."""
        kept, self.memory, self.proxy.refuses_sockets = self.memory, {}, True
        try:
            return self.look()
        finally:
            self.memory, self.proxy.refuses_sockets = kept, False

    def beat(self) -> Mapping[str, float]:
        """Run the heartbeat once, as cron does on the box, which publishes nowhere."""
        metadata = self.home / "resource-metadata.json"
        box = {"ResourceName": NAME, "ResourceArn": "arn:aws:x:us-east-2:1:y"}
        metadata.write_text(json.dumps(box), encoding="utf-8")
        (self.home / "aws").write_text("#!/bin/sh\n", encoding="utf-8")
        (self.home / "aws").chmod(0o755)
        state = self.home / "state.json"
        options = f"--url={self.server.url} --token={TOKEN} --users-from=4000000000 --seconds=1"
        files = f"--metadata={metadata} --state={state} --directory={self.server.home}"
        script = PROJECT / "lifecycle" / "heartbeat.py"
        command = [sys.executable, "-S", str(script), *options.split(), *files.split()]
        path = {"PATH": f"{self.home}:/usr/bin:/bin"}
        subprocess.run(command, check=True, env=path)  # noqa: S603 - our own script
        told: dict[str, float] = json.loads(state.read_text(encoding="utf-8"))["beats"][-1]
        return told

    def _ask(self, name: str, /, *, kernels: bool = False) -> Mapping[str, Any]:
        return read_activity(self.proxy.presign(name, 1800), kernels=kernels)


def _is_stopped(watched: Resource, activity: Activity, now: datetime) -> bool:
    """Answer whether the rule of the shipped limits would have it stopped."""
    ctx = EvaluationContext(now=now, directory=PEOPLE)
    observed = notebook(NAME, started=watched.started, activity=activity)
    return isinstance(check(observed, Options(), ctx), Fail)
