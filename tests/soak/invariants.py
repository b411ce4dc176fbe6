"""The invariants, checked from outside: calls, topics, messages, the table."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from local.sagemaker.resource import Resource
from tests.soak.answers import Answers
from tests.soak.heard_laws import HeardLaws
from tests.soak.invariant import (
    ANSWERED,
    BROKEN,
    DISARMED,
    LATE,
    LOST,
    NO_GRACE,
    NOT_REBUILT,
    PROMISED,
    SILENT,
    TOO_MANY,
    TWO_MESSAGES,
    TWO_STOPS,
    UNAUDITED,
    UNHEARD,
    WRONG_STOP,
    Record,
)
from tests.soak.letters import Letter
from tests.soak.oracle import Oracle, Violation, runs
from tests.soak.people import People
from tests.soak.simulation import SKEW, SWEEP, Simulation
from tests.soak.watchdog import Watchdog

TOLERANCE = timedelta(minutes=6)
"""Two retries of a function take three minutes; clocks and the queue the rest."""
_HOLDS = timedelta(hours=12)
"""How long the brake may hold on before the admins have looked."""
_DELIVERED_WITHIN = timedelta(hours=3)
_SAID_WITHIN = timedelta(hours=6, minutes=20)


class Invariants(HeardLaws):
    """Checks what happens against the invariants."""

    def __init__(self, simulation: Simulation, people: People, oracle: Oracle) -> None:
        super().__init__(simulation, people, oracle)
        self.stops = 0
        self.answers = Answers(simulation, people)
        self.answers.on_kept = self._on_kept
        self._watchdog = Watchdog(simulation)
        self._decided: dict[str, tuple[datetime, str]] = {}
        self._published: set[str] = set()
        self.killed = False  # by the kill switch
        self._held: datetime | None = None
        self._marks: dict[str, set[str]] = {}
        self._by_events: set[str] = set()  # handed over since the last sweep
        simulation.on_row_written, simulation.on_published = (
            self._on_row_written,
            self._on_published,
        )
        simulation.on_run = self._on_run
        simulation.receivers.on_letter = self._on_letter
        simulation.cloud.before_stop, simulation.cloud.after_stop = (
            self._before_stop,
            self._after_stop,
        )

    def check_now(self) -> None:
        """Check that what runs is stopped in time."""
        self.look()
        for what in self._simulation.unexpected_errors:
            self._breach(BROKEN, "", what)
        if problem := self._watchdog.problem():
            self._breach(SILENT, "", problem)
        now = self._simulation.clock.now()
        still = self.killed or now < self._simulation.silent_until
        if still or not self._simulation.plan.rates.is_quiet(now):
            self._late_from = now
            return
        due = [r for r in self._running() if self._is_due(r, now)]
        braked = self._held and now - self._held < _HOLDS
        if braked and len(due) >= self._oracle.max_stops:
            self._late_from = now
        for resource in due:
            for violation in self._offences(resource, now):
                if violation.must and (late := self._overdue(resource, violation, now)):
                    self._breach(LATE, resource.name, f"{violation.rule}: {late}")

    def _is_due(self, resource: Resource, now: datetime) -> bool:
        return any(
            now - self._since(resource, o) >= self._oracle.grace(o.rule, resource.kind.name)
            for o in self._offences(resource, now)
        )

    def _overdue(self, resource: Resource, violation: Violation, now: datetime) -> str:
        record = self._records[resource.name]
        began = max(
            self._since(resource, violation), self._late_from, record.owner_since or self._late_from
        )  # another owner begins a whole grace
        kept = self.answers.kept_until(resource, record.run)
        if kept and violation.rule == "idle":
            began = max(began, kept)
        grace = self._oracle.grace(violation.rule, resource.kind.name)
        over = now - began - grace - 2 * SWEEP - TOLERANCE
        if over <= timedelta():
            return ""
        first = self._counts_from(resource, violation.rule)
        heard = [self._heard(resource, violation.rule, {to}, first) for to in self._whom(resource)]
        if grace and (latest := max(filter(None, heard), default=None)):
            over = now - latest - grace - 2 * SWEEP - TOLERANCE
        elif grace and violation.rule not in record.stopped_for:
            over -= _SAID_WITHIN
        return f"since {began:%H:%M} with a grace of {grace}" if over > timedelta() else ""

    def on_ledger_lost(self) -> None:
        """Forget what only the ledger held, as it was lost."""
        self._late_from = self._simulation.clock.now()
        self._decided = {k: v for k, v in self._decided.items() if k in self._published}
        for record in self._records.values():
            record.warned.clear()
            record.stopped_for.clear()
            record.outcome_due = None
        self._marks.clear()
        self.answers.forget()
        self._by_events.clear()
        self.begin_anew()

    def check_rebuilt_ledger(self) -> None:
        """Check the ledger against current violations, two sweeps after it was lost."""
        self.look()
        now = self._simulation.clock.now()
        for resource in self._running():
            missing = {
                o.rule
                for o in self._offences(resource, now)
                if o.must and now - self._since(resource, o) > 2 * SWEEP
                if not (_is_idleness(o) and self._is_kept_idle(resource, now))
            } - self._marks.get(f"{resource.kind.name}/{resource.name}".lower(), set())
            if missing:
                self._breach(NOT_REBUILT, resource.name, f"{', '.join(missing)} not in the ledger")

    def check_day(self) -> None:
        """Check the invariants that allow some hours."""
        now = self._simulation.clock.now()
        for notice, (when, name) in list(self._decided.items()):
            if now - when < _DELIVERED_WITHIN or now < self._simulation.silent_until:
                continue
            if notice not in self._published:
                self._breach(LOST, name, f"notice {notice} never reached the topic")
            del self._decided[notice]
        self._check_letters(now)
        for name, record in self._records.items():
            if record.outcome_due and now - record.outcome_due > _DELIVERED_WITHIN:
                self._breach(UNAUDITED, name, "the outcome of its stop was never written")
                record.outcome_due = None

    def _before_stop(self, prefix: str, name: str) -> None:
        self.look()
        now = self._simulation.clock.now()
        record = self._records[name]
        self._people.record(name, f"the guard calls Stop{prefix}")
        if not record.audited:
            self._breach(UNAUDITED, name, "no audit row was written before the call")
        record.audited, record.outcome_due = False, now
        resource = next((r for r in self._simulation.account.resources() if r.name == name), None)
        if resource is None:
            return
        if self.killed:
            self._breach(WRONG_STOP, name, "the kill switch is thrown")
        if record.accepted_in is not None and record.accepted_in == record.run:
            self._breach(TWO_STOPS, name, "it was asked to stop twice in one run")
        if runs(resource):
            self._judge_stop(resource, record, now)

    def _judge_stop(self, resource: Resource, record: Record, now: datetime) -> None:
        offences = self._offences(resource, now)
        if not offences:
            self._breach(WRONG_STOP, resource.name, "it breaks no rule of the policy")
        elif all(map(_is_idleness, offences)) and self._is_kept_idle(resource, now):
            self._breach(ANSWERED, resource.name, "somebody was told that it is kept for longer")
        elif self.answers.has_asked(resource, record.run, frozenset(self._whom(resource))):
            return
        elif not any(self._may(resource, record, o, now) for o in offences):
            rules = ", ".join(o.rule for o in offences)
            self._breach(NO_GRACE, resource.name, f"{rules}: warned {record.warned or 'never'}")
        elif not any(self._was_heard(resource, record, o, now) for o in offences):
            who, rules = ", ".join(self._whom(resource)), ", ".join(o.rule for o in offences)
            self._breach(UNHEARD, resource.name, f"{rules}: {who} had not heard a grace ago")
        elif not any(self._is_kept(resource, record, o, now) for o in offences):
            self._breach(PROMISED, resource.name, "somebody has read a later deadline")

    def _is_kept_idle(self, resource: Resource, now: datetime) -> bool:
        """Whether somebody was told that it is kept for longer than until now."""
        until = self.answers.kept_until(resource, self._records[resource.name].run)
        return until is not None and now < until

    def _may(self, resource: Resource, record: Record, violation: Violation, now: datetime) -> bool:
        """Whether the policy allows this stop now."""
        rule, grace = violation.rule, self._full(resource, record, violation.rule)
        if not grace or (rule != "idle" and rule in record.stopped_for):
            return True
        if rule not in record.warned:
            return False
        _, warned = record.warned[rule]
        of_this_run = rule != "idle" or warned >= resource.fields["LastModifiedTime"]
        return of_this_run and now - warned >= grace - TOLERANCE

    def _after_stop(self, _prefix: str, name: str, outcome: str) -> None:
        self._people.record(name, f"AWS answers: {outcome}")
        record, now = self._records[name], self._simulation.clock.now()
        if outcome == "accepted":
            record.accepted_in = record.run
        if outcome != "refused":
            self.stops += 1
            found = [r for r in self._simulation.account.resources() if r.name == name]
            for resource in found:
                record.stopped_for |= {o.rule for o in self._static(resource, now)}

    def _on_kept(self, name: str) -> None:
        """Let a later idleness be warned of anew."""
        self._records[name].warned.pop("idle", None)

    def _on_letter(self, letter: Letter) -> None:
        if self.killed and letter.announces_a_stop:
            self._breach(DISARMED, letter.subject, f"{letter.to} has read of a stop to come")

    def _on_published(self, topic: str, notice: Mapping[str, Any]) -> None:
        if topic != "alerts" or notice["id"] in self._published:
            return
        self._published.add(notice["id"])
        self.look()
        if notice["stage"] == "held-back":
            self._held = self._late_from = self._simulation.clock.now()
            self._people.admin([named["name"] for named in notice["resources"]])
            return
        name, rules = notice["resource"]["name"], notice["rule"].split(",")
        self.hearing.published(notice["stage"], name, notice["id"])
        self._notices[notice["id"]] = (self._simulation.clock.now(), name)
        record = self._records[name]
        self._people.record(name, f"notice: {notice['stage']} {notice['rule']}")
        if notice["stage"] == "warning":
            self._warned(name, record, rules, notice)
            if notice["deadline"]:
                self._people.warned(name, datetime.fromisoformat(notice["deadline"]))
        elif notice["stage"] == "all-clear":
            for rule in rules:
                record.warned.pop(rule, None)
                record.stopped_for.discard(rule)
        elif notice["stage"] == "stopped":
            record.told_stops += 1
            if record.told_stops > record.asked:
                self._breach(TWO_MESSAGES, name, "more notices of a stop than stops")

    def _warned(
        self, name: str, record: Record, rules: list[str], notice: Mapping[str, Any]
    ) -> None:
        now, decided = self._simulation.clock.now(), datetime.fromisoformat(notice["time"])
        violations = {rule: record.since.get(rule, ("", now))[0] for rule in rules}
        began = [record.since[rule][1] for rule in rules if rule in record.since]
        if now - decided > TOLERANCE or any(moment - decided > SKEW for moment in began):
            violations = dict.fromkeys(rules, notice["id"])  # told of what was then
        to = frozenset(notice.get("addressees", ()))
        again = any(
            rule not in record.warned
            or (to and not to & record.addressed[rule])  # whoever made it may become known later
            or record.warned[rule][0] != violations[rule]
            or record.warned[rule][1] <= self._may_warn_again_from(record)
            for rule in rules
        )
        if not again:
            self._breach(TWO_MESSAGES, name, f"warned again of {', '.join(rules)}")
        for rule in rules:
            known = rule in record.warned and record.warned[rule][0] == violations[rule]
            record.addressed[rule] = to | (record.addressed[rule] if known else frozenset())
            if rule not in record.warned or (
                rule == "idle" and record.warned[rule][0] != violations[rule]
            ):
                record.warned[rule] = (violations[rule], now)
            else:
                record.warned[rule] = (violations[rule], record.warned[rule][1])

    def _may_warn_again_from(self, record: Record) -> datetime:
        """Answer when it last got another owner, began to run, or all was said anew."""
        run = record.run if isinstance(record.run, datetime) else self._anew_from
        return max(self._anew_from, record.owner_since or self._anew_from, run)

    def _on_row_written(self, row: Mapping[str, Any]) -> None:
        pk, now = row["pk"]["S"], self._simulation.clock.now()
        if (pk, row["sk"]["S"]) == ("note", "swept"):
            self._by_events.clear()
        if (pk, row["sk"]["S"]) == ("note", "woke"):  # too many sweeps failed, one after another
            self.begin_anew()
        if pk == "case":
            case = json.loads(row["case"]["S"])
            self._marks[row["sk"]["S"]] = set(case["marks"])
            for notice in case["outbox"]:
                self._decided.setdefault(notice["id"], (now, notice["resource"]["name"]))
        if pk.startswith("audit#"):
            what, arn = row["what"]["S"], row["arn"]["S"]
            named = (r.name for r in self._simulation.account.resources() if r.arn == arn.lower())
            record = self._records[next(named, arn)]
            if what == "asked-to-stop":
                record.audited = True
                record.asked += 1
            elif what.startswith("stop-") or what == "told-stopped":
                record.outcome_due = None

    def _on_run(self, job: str, _now: datetime, handed: list[str]) -> None:
        most = self._oracle.max_stops
        if job == "Sweep" and len(handed) > most:
            self._breach(TOO_MANY, "", f"{len(handed)} stops were handed over by one sweep")
        if job == "Watch":
            self._by_events |= set(handed)
        if len(self._by_events) > most:
            self._breach(TOO_MANY, "", "events handed over more stops between two sweeps")


def _is_idleness(offence: Violation) -> bool:
    """Whether a keep holds for it: for what is idle, and not for a run that is too old."""
    return offence.rule == "idle" and not offence.which.startswith("age")
