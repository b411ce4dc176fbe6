"""Track the violations in a simulation, and when each began."""

from collections import defaultdict
from datetime import datetime, timedelta

from local.sagemaker.resource import Resource
from tests.soak.invariant import Breach, Record
from tests.soak.oracle import Oracle, Violation, at_work, owner, runs
from tests.soak.people import People
from tests.soak.simulation import SKEW, Simulation

UNSEEN = timedelta(hours=3)
"""A fix that is undone within this time may be seen by no sweep."""


class ViolationTracker:
    """Keeps a record of every resource; `breaches` are the violated invariants."""

    def __init__(self, simulation: Simulation, people: People, oracle: Oracle) -> None:
        self.breaches: list[Breach] = []
        self._simulation, self._people, self._oracle = simulation, people, oracle
        self._records: defaultdict[str, Record] = defaultdict(Record)
        self._looked = simulation.clock.now()  # before that, nothing was as it is now
        people.acted = self.look

    def look(self) -> None:
        """Look at everything there is, and note what breaks a rule and since when."""
        now, everything = self._simulation.clock.now(), self._simulation.account.resources()
        jobs = at_work(everything)
        for resource in everything:
            record = self._records[resource.name]
            if runs(resource):
                record.run = _run(resource)
            self._note_owner(record, owner(resource), now)
            broken = {o.rule: o for o in self._oracle.offences(resource, now, jobs)}
            for rule in [r for r in record.since if r not in broken]:
                excused = rule in self._oracle.excused(resource, now, jobs)
                if runs(resource) or not (excused or rule == "idle"):  # who asks of what stands?
                    self._end(record, rule, now, fixed=not excused)
            for rule, offence in broken.items():
                self._begin(record, rule, offence, now)
        self._looked = now

    @staticmethod
    def _note_owner(record: Record, name: str, now: datetime) -> None:
        if record.owner != name:
            record.owner, record.owner_since = name, now

    @staticmethod
    def _end(record: Record, rule: str, now: datetime, *, fixed: bool) -> None:
        del record.since[rule]
        record.stopped_for.discard(rule)
        record.ended[rule] = now
        if not fixed:
            record.forgiven.add(rule)

    def _begin(self, record: Record, rule: str, offence: Violation, now: datetime) -> None:
        before = record.since.get(rule)
        if before is None or (offence.which and not before[0].startswith(offence.which)):
            record.times[rule] += rule not in record.forgiven or not record.times[rule]
            record.forgiven.discard(rule)
            which = f"{offence.which}#{record.times[rule]}"
            began = max(offence.since or now, self._looked)
            record.since[rule] = (which, began)
            if rule == "idle":
                record.valid_from[rule] = began - UNSEEN
            elif rule not in record.ended or now - record.ended[rule] > UNSEEN:
                record.valid_from[rule] = began - SKEW

    def _since(self, resource: Resource, offence: Violation) -> datetime:
        """Tell since when it both runs and breaks the rule."""
        _, began = self._records[resource.name].since[offence.rule]
        fields = resource.fields
        started: datetime = fields.get(resource.kind.started or "", fields["CreationTime"])
        if resource.kind.name == "notebook-instance":
            started = fields["LastModifiedTime"]
        return max(began, started)

    def _running(self) -> list[Resource]:
        return [r for r in self._simulation.account.resources() if runs(r)]

    def _offences(self, resource: Resource, now: datetime) -> list[Violation]:
        jobs = at_work(self._simulation.account.resources())
        return self._oracle.offences(resource, now, jobs)

    def _static(self, resource: Resource, now: datetime) -> list[Violation]:
        return [o for o in self._offences(resource, now) if o.rule != "idle"]

    def _breach(self, law: str, name: str, why: str) -> None:
        self.breaches.append(
            Breach(invariant=law, when=self._simulation.clock.now(), name=name, why=why)
        )


def _run(resource: Resource) -> object:
    """Name one run of a resource."""
    notebook = resource.kind.name == "notebook-instance"
    return resource.fields["LastModifiedTime" if notebook else "CreationTime"]
