"""Answers to warnings: what owners press, what strangers try, and what each was told.

By the documents an answer counts only of whom the warning is for. *Keep* holds for what is idle, in
this run, until the time that was said. *Stop* gives up the rest of the own grace.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from local.sagemaker.resource import Resource
from tests.soak.people import PEOPLE, People, address
from tests.soak.routing import whom
from tests.soak.simulation import Simulation

_KEPT = timedelta(hours=2)
_TAKEN = 200


class Answers:
    """Who has answered what; nobody answers before `begin`."""

    def __init__(self, simulation: Simulation, people: People) -> None:
        self._simulation, self._people = simulation, people
        self._asked: defaultdict[tuple[str, object], set[str]] = defaultdict(set)  # to stop it
        self._kept: dict[tuple[str, object], datetime] = {}
        self.on_kept: Callable[[str], None] = lambda _name: None

    def begin(self, seed: int) -> None:
        """Let people answer what they read, now and then as somebody else's."""
        self._random = Random(f"answers/{seed}")  # noqa: S311 - chance, not secrets
        self._people.read = self._read

    def has_asked(self, resource: Resource, run: object, who: frozenset[str]) -> bool:
        """Return whether everybody whose grace it is has asked to stop it in this run."""
        return who <= self._asked[resource.name, run]

    def kept_until(self, resource: Resource, run: object) -> datetime | None:
        """Return until when somebody was told that it is kept in this run."""
        return self._kept.get((resource.name, run))

    def forget(self) -> None:
        """Forget what only the ledger held."""
        self._asked.clear()
        self._kept.clear()

    def _read(self, name: str) -> None:
        """Let whoever reads of a resource answer a while later, and somebody else try to."""
        chance, soon = self._random.random(), self._random.uniform(1, 12)
        action = "keep" if chance < 0.5 else "stop" if chance < 0.7 else ""
        if action:
            self._in(soon, partial(self._press, name, action, ""))
        if self._random.random() < 0.5:
            stranger = address(self._random.choice(PEOPLE))
            self._in(soon / 2, partial(self._press, name, "stop", stranger))

    def _press(self, name: str, action: str, by: str) -> None:
        """Let somebody answer; without a name it is the one whom the warning is for."""
        found = next((r for r in self._simulation.account.resources() if r.name == name), None)
        if found is None:
            return
        theirs = whom(found, self._people.creators[name])
        who = by or next((each for each in sorted(theirs) if each != "admins"), "")
        run, now = _run_of(found), self._simulation.clock.now()
        status = self._simulation.answer(request(who, name, action))
        self._people.record(name, f"{who} answers: {action} ({status})")
        if who in theirs and action == "stop":  # even if an error came back, it may be written
            self._asked[name, run].add(who)
            self._kept.pop((name, run), None)
        if action == "keep" and status == _TAKEN:
            self._kept[name, run] = now + _KEPT
            self.on_kept(name)

    def _in(self, minutes: float, act: Any) -> None:
        self._simulation.clock.call_in(timedelta(minutes=minutes), act)


def request(who: str, name: str, action: str) -> Mapping[str, Any]:
    """Write the event of an answer by somebody whom IAM knows."""
    iam = {"userArn": f"arn:aws:iam::123456789012:user/{who}"}
    body = json.dumps({"action": action, "resource": name})
    return {"requestContext": {"authorizer": {"iam": iam}}, "body": body}


def _run_of(resource: Resource) -> object:
    notebook = resource.kind.name == "notebook-instance"
    return resource.fields["LastModifiedTime" if notebook else "CreationTime"]
