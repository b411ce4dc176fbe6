"""The laws, held against all that can be seen from outside: calls, topics, letters, the table."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from costguard.notifications.message import Message
from costguard.notifications.renderers import text
from local.sagemaker.resource import Resource
from tests.soak.invariant import (
    BROKEN,
    LATE,
    LOST,
    NO_GRACE,
    NOT_REBUILT,
    TOO_MANY,
    TWO_MESSAGES,
    TWO_STOPS,
    UNAUDITED,
    WRONG_STOP,
    Record,
)
from tests.soak.oracle import Offence, Oracle, runs
from tests.soak.people import People
from tests.soak.violations import Watcher
from tests.soak.world import SKEW, SWEEP, World

TOLERANCE = timedelta(minutes=6)
"""Two retries of a function take three minutes; clocks and the queue the rest."""
_HOLDS = timedelta(hours=12)
"""How long the brake may hold on before the admins have looked."""
_DELIVERED_WITHIN = timedelta(hours=3)


class Laws(Watcher):
    """Holds what happens against the laws."""

    def __init__(self, world: World, people: People, oracle: Oracle) -> None:
        super().__init__(world, people, oracle)
        self.stops = 0
        self._decided: dict[str, tuple[datetime, str]] = {}
        self._published: set[str] = set()
        self._letters: set[str] = set()
        self._digests: list[str] = []
        self._held: datetime | None = None
        self._marks: dict[str, set[str]] = {}
        self._late_from = world.clock.now()
        self._by_events: set[str] = set()  # handed over since the last sweep
        world.wrote, world.published, world.delivered = self._wrote, self._told, self._letter
        world.ran = self._ran
        world.cloud.before_stop, world.cloud.after_stop = self._before_stop, self._after_stop

    def tick(self) -> None:
        """Hold what runs against the time by which it should have been stopped."""
        self.look()
        for what in self._world.broken:
            self._breach(BROKEN, "", what)
        now = self._world.clock.now()
        if not self._world.plan.rates.is_quiet(now):
            self._late_from = now
            return
        due = [r for r in self._running() if self._is_due(r, now)]
        braked = self._held and now - self._held < _HOLDS
        if braked and len(due) >= self._oracle.max_stops:
            self._late_from = now
        for resource in due:
            for offence in self._offences(resource, now):
                if offence.must and (late := self._overdue(resource, offence, now)):
                    self._breach(LATE, resource.name, f"{offence.rule}: {late}")

    def _is_due(self, resource: Resource, now: datetime) -> bool:
        return any(
            now - self._since(resource, o) >= self._oracle.grace(o.rule, resource.kind.name)
            for o in self._offences(resource, now)
        )

    def _overdue(self, resource: Resource, offence: Offence, now: datetime) -> str:
        began = max(self._since(resource, offence), self._late_from)
        grace = self._oracle.grace(offence.rule, resource.kind.name)
        over = now - began - grace - 2 * SWEEP - TOLERANCE
        return f"since {began:%H:%M} with a grace of {grace}" if over > timedelta() else ""

    def wiped(self) -> None:
        """Note that the ledger has been lost: what it held is known to nobody."""
        self._late_from = self._world.clock.now()
        self._decided = {k: v for k, v in self._decided.items() if k in self._published}
        for record in self._records.values():
            record.warned.clear()
            record.stopped_for.clear()
            record.outcome_due = None
        self._marks.clear()
        self._by_events.clear()

    def rebuilt(self) -> None:
        """Hold the ledger against what breaks the rules now, two sweeps after it was lost."""
        self.look()
        now = self._world.clock.now()
        for resource in self._running():
            missing = {
                o.rule
                for o in self._offences(resource, now)
                if o.must and now - self._since(resource, o) > 2 * SWEEP
            } - self._marks.get(f"{resource.kind.name}/{resource.name}".lower(), set())
            if missing:
                self._breach(NOT_REBUILT, resource.name, f"{', '.join(missing)} not in the ledger")

    def evening(self) -> None:
        """Hold the day against the laws that take their time."""
        now = self._world.clock.now()
        for notice, (when, name) in list(self._decided.items()):
            if now - when < _DELIVERED_WITHIN:
                continue
            if notice not in self._published:
                self._breach(LOST, name, f"notice {notice} never reached the topic")
            elif notice not in self._letters and not any(name in d for d in self._digests):
                self._breach(LOST, name, f"notice {notice} never reached anybody")
            del self._decided[notice]
        self._digests.clear()
        for name, record in self._records.items():
            if record.outcome_due and now - record.outcome_due > _DELIVERED_WITHIN:
                self._breach(UNAUDITED, name, "the outcome of its stop was never written")
                record.outcome_due = None

    def _before_stop(self, prefix: str, name: str) -> None:
        self.look()
        now = self._world.clock.now()
        record = self._records[name]
        self._people.tell(name, f"the guard calls Stop{prefix}")
        if not record.audited:
            self._breach(UNAUDITED, name, "no audit row was written before the call")
        record.audited, record.outcome_due = False, now
        resource = next((r for r in self._world.account.resources() if r.name == name), None)
        if resource is None:
            return
        if record.accepted_in is not None and record.accepted_in == record.run:
            self._breach(TWO_STOPS, name, "it was asked to stop twice in one run")
        if runs(resource):
            self._judge_stop(resource, record, now)

    def _judge_stop(self, resource: Resource, record: Record, now: datetime) -> None:
        offences = self._offences(resource, now)
        if not offences:
            self._breach(WRONG_STOP, resource.name, "it breaks no rule of the policy")
        elif not any(self._may(resource, record, o, now) for o in offences):
            rules = ", ".join(o.rule for o in offences)
            self._breach(NO_GRACE, resource.name, f"{rules}: warned {record.warned or 'never'}")

    def _may(self, resource: Resource, record: Record, offence: Offence, now: datetime) -> bool:
        """Tell whether the policy lets this stop come now."""
        rule, grace = offence.rule, self._oracle.grace(offence.rule, resource.kind.name)
        if rule == "missing-tags":  # taken away again: half of the grace each time, five times
            grace /= 2 ** min(max(record.times[rule] - 1, 0), 5)
        if not grace or (rule != "idle" and rule in record.stopped_for):
            return True
        if rule not in record.warned:
            return False
        _, warned = record.warned[rule]
        of_this_run = rule != "idle" or warned >= resource.fields["LastModifiedTime"]
        return of_this_run and now - warned >= grace - TOLERANCE

    def _after_stop(self, _prefix: str, name: str, outcome: str) -> None:
        self._people.tell(name, f"AWS answers: {outcome}")
        record, now = self._records[name], self._world.clock.now()
        if outcome == "accepted":
            record.accepted_in = record.run
        if outcome != "refused":
            self.stops += 1
            found = [r for r in self._world.account.resources() if r.name == name]
            for resource in found:
                record.stopped_for |= {o.rule for o in self._static(resource, now)}

    def _told(self, topic: str, said: Mapping[str, Any]) -> None:
        if topic != "alerts" or said["id"] in self._published:
            return
        self._published.add(said["id"])
        self.look()
        if said["stage"] == "held-back":
            self._held = self._late_from = self._world.clock.now()
            self._people.admin([named["name"] for named in said["resources"]])
            return
        name, rules = said["resource"]["name"], said["rule"].split(",")
        record = self._records[name]
        self._people.tell(name, f"notice: {said['stage']} {said['rule']}")
        if said["stage"] == "warning":
            self._warned(name, record, rules, said)
            if said["deadline"]:
                self._people.warned(name, datetime.fromisoformat(said["deadline"]))
        elif said["stage"] == "all-clear":
            for rule in rules:
                record.warned.pop(rule, None)
                record.stopped_for.discard(rule)
        elif said["stage"] == "stopped":
            record.told_stops += 1
            if record.told_stops > record.asked:
                self._breach(TWO_MESSAGES, name, "more notices of a stop than stops")

    def _warned(self, name: str, record: Record, rules: list[str], said: Mapping[str, Any]) -> None:
        now, decided = self._world.clock.now(), datetime.fromisoformat(said["time"])
        which = {rule: record.since.get(rule, ("", now))[0] for rule in rules}
        began = [record.since[rule][1] for rule in rules if rule in record.since]
        if now - decided > TOLERANCE or any(moment - decided > SKEW for moment in began):
            which = dict.fromkeys(rules, said["id"])  # told of what was then
        if all(rule in record.warned and record.warned[rule][0] == which[rule] for rule in rules):
            self._breach(TWO_MESSAGES, name, f"warned again of {', '.join(rules)}")
        for rule in rules:
            if rule not in record.warned or (
                rule == "idle" and record.warned[rule][0] != which[rule]
            ):
                record.warned[rule] = (which[rule], now)
            else:
                record.warned[rule] = (which[rule], record.warned[rule][1])

    def _wrote(self, row: Mapping[str, Any]) -> None:
        pk, now = row["pk"]["S"], self._world.clock.now()
        if (pk, row["sk"]["S"]) == ("note", "swept"):
            self._by_events.clear()
        if pk == "case":
            case = json.loads(row["case"]["S"])
            self._marks[row["sk"]["S"]] = set(case["marks"])
            for notice in case["outbox"]:
                self._decided.setdefault(notice["id"], (now, notice["resource"]["name"]))
        if pk.startswith("audit#"):
            what, arn = row["what"]["S"], row["arn"]["S"]
            named = (r.name for r in self._world.account.resources() if r.arn == arn.lower())
            record = self._records[next(named, arn)]
            if what == "asked-to-stop":
                record.audited = True
                record.asked += 1
            elif what.startswith("stop-") or what == "told-stopped":
                record.outcome_due = None

    def _ran(self, job: str, _now: datetime, handed: list[str]) -> None:
        most = self._oracle.max_stops
        if job == "Sweep" and len(handed) > most:
            self._breach(TOO_MANY, "", f"{len(handed)} stops were handed over by one sweep")
        if job == "Watch":
            self._by_events |= set(handed)
        if len(self._by_events) > most:
            self._breach(TOO_MANY, "", "events handed over more stops between two sweeps")

    def _letter(self, letter: Message) -> None:
        self._letters.add(letter.ref)
        if letter.stage == "digest":
            self._digests.append(text.render(letter))
