"""The people of a random account: what they create, break, fix, restart and forget. Seeded."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from random import Random
from typing import Any

from local.sagemaker.errors import AwsError
from local.sagemaker.identity import Caller
from tests.local.sagemaker_cases import JOBS, definition, notebook
from tests.soak import jupyter
from tests.soak.notebook_use import NotebookUse
from tests.soak.receivers import MEMBERS
from tests.soak.simulation import Simulation

PEOPLE = ("John Doe", "Jane Roe", "Max Muster", "Marie Curie", "Ada Lovelace", "Alan Turing")
TEAMS = ("sinkorswim", "wattbot", "genomics")
ARRIVALS = 30  # a day
_GOOD, _BAD = ("ml.t3.medium", "ml.m5.large"), ("ml.p3.2xlarge", "ml.g4dn.12xlarge")
_KINDS = {
    "NotebookInstance": 10,
    "TrainingJob": 5,
    "HyperParameterTuningJob": 2,
    "ProcessingJob": 2,
    "TransformJob": 2,
}
_BUILD = "a build"
_HUB = "arn:aws:sagemaker:us-east-2:aws:hub-content/SageMakerPublicHub/Model/llama/1.0.0"


class People:
    """Everybody who uses the account, and the admin who reads what is held back."""

    def __init__(self, simulation: Simulation, seed: int) -> None:
        self._simulation = simulation
        self._random = Random(f"people/{seed}")  # noqa: S311 - chance, not secrets
        self._number = count(1)
        self.notebook_use: dict[str, NotebookUse] = {}
        self.creators: dict[str, str] = {}  # by resource; a build's role is nobody
        self._owners: dict[str, str] = {}  # whose its owner says it is
        self.created = 0
        self.history: dict[str, list[str]] = {}
        self.acted: Callable[[], None] = lambda: None
        self.read: Callable[[str], None] = lambda _name: None  # a warning about a resource
        simulation.probe = self.jupyter

    def live(self, day: datetime) -> None:
        """Plan who comes in the course of a day."""
        for _ in range(ARRIVALS):
            when = day + timedelta(minutes=self._random.uniform(0, 24 * 60 - 1))
            self._simulation.clock.call_at(when, self._arrive)

        if self._random.random() < 0.5:
            self._simulation.clock.call_at(
                day + timedelta(hours=self._random.uniform(1, 16)), self._class
            )

    def _class(self) -> None:
        """Let a class begin: many notebooks, or jobs, at once, all on a machine too big."""
        prefix = self._random.choice(("NotebookInstance", "TrainingJob"))
        cluster = {"InstanceType": _BAD[0], "InstanceCount": 1, "VolumeSizeInGB": 10}
        for _ in range(8):
            person = self._random.choice(PEOPLE)
            name = f"{_handle(person)}-Class{next(self._number)}"
            parameters = notebook(name, InstanceType=_BAD[0])
            if prefix == "TrainingJob":
                parameters = JOBS[prefix](name, ResourceConfig=cluster)
            self._make(prefix, name, parameters, _tags(person), person)

    def newcomers(self) -> None:
        """Let three people begin who have not heard of tags."""
        for person in PEOPLE[:3]:
            name = f"{_handle(person)}-New{next(self._number)}"
            self._make("NotebookInstance", name, notebook(name), {}, person)
            self._later(10 * 60, 20 * 60, partial(self._end, name))

    def warned(self, name: str, deadline: datetime) -> None:
        """Let the owner read a warning; many mend what they can at the last moment."""
        left = deadline - self._simulation.clock.now()
        if left > timedelta(minutes=30) and self._random.random() < 0.5:
            early = timedelta(minutes=self._random.uniform(-12, 12))
            self._simulation.clock.call_in(left - early, partial(self._fix, name))
        self.read(name)

    def jupyter(self, name: str, *, kernels: bool = False) -> Mapping[str, Any]:
        """Answer what `probe` would."""
        now = self._simulation.clock.now()
        return jupyter.answer(self.notebook_use[name], now, name, kernels=kernels)

    def admin(self, names: list[str]) -> None:
        """Let the admin look after what the brake held back: all but two of it is ended."""
        for name in names[2:]:
            self._later(45, 90, partial(self._end, name))

    def _arrive(self) -> None:
        rng = self._random
        prefix = rng.choices([*_KINDS], [*_KINDS.values()])[0]
        person, faults = rng.choice(PEOPLE), rng.random()
        name = f"{_handle(person)}-{rng.choice(('Explore', 'Train', 'Lab'))}{next(self._number)}"
        if rng.random() < 0.25:
            name = f"{rng.choice(TEAMS[:2])}-{name}"
        if faults > 0.93:
            name = f"genomics-{name}"  # the policy exempts these
        elif faults > 0.88:
            name = f"loan-{name}"  # and these for a while
        elif prefix == "NotebookInstance" and rng.random() < 0.12:
            name = f"my-notebook-{next(self._number)}"
        self._create(prefix, name, person)

    def _create(self, prefix: str, name: str, person: str) -> None:
        rng = self._random
        tags = _tags(person)
        for key in list(tags):
            if rng.random() < 0.08:
                del tags[key]
        if rng.random() < 0.06:
            tags["Project"] = "bitcoin"
        if rng.random() < 0.05:
            tags = {}
        if name.startswith("my-notebook") and rng.random() < 0.6:
            self._of_several(name, person, tags)
        elif self._make(prefix, name, self._asked(prefix, name), tags, person):
            if prefix == "NotebookInstance":
                self._plans(name)
            elif rng.random() < 0.4:
                self._later(20, 500, partial(self._fix, name))

    def _of_several(self, name: str, person: str, tags: dict[str, str]) -> None:
        """Let a build make a notebook whose owner shows only later, or which changes hands."""
        first, then = self._random.sample([each for each in PEOPLE if each != person], 2)
        tags = tags and {**tags, "Name": first}
        asked = self._asked("NotebookInstance", name)
        if self._make("NotebookInstance", name, asked, tags, _BUILD):
            self._later(2, 110, partial(self._give, name, then))
            self._later(10 * 60, 40 * 60, partial(self._end, name))

    def _give(self, name: str, person: str) -> None:
        """Say by its tag that it is somebody's."""
        self._owners[name] = person
        self._tag("AddTags", name, {"Tags": _listed({"Name": person})})

    def _make(
        self,
        prefix: str,
        name: str,
        parameters: dict[str, Any],
        tags: Mapping[str, str],
        person: str,
    ) -> bool:
        if prefix == "NotebookInstance":
            seen = self._random.random()
            odd = 0.2 < seen < 0.35
            self.notebook_use[name] = NotebookUse(Random(seen), dark=seen < 0.35, hostile=odd)  # noqa: S311
        self.creators[name], self._owners[name] = person, tags.get("Name", person)
        made = self._do(
            f"Create{prefix}", name, parameters | ({"Tags": _listed(tags)} if tags else {})
        )
        self.created += made
        return made

    def _asked(self, prefix: str, name: str) -> dict[str, Any]:
        rng = self._random
        machine = rng.choice(_BAD if rng.random() < 0.15 else _GOOD)
        runs = timedelta(minutes=rng.choice((20, 60, 120, 300, 420)))
        limit = {"MaxRuntimeInSeconds": 3600 * (24 if rng.random() < 0.1 else 8)}
        many = 5 if rng.random() < 0.1 else 1
        self._simulation.account.script_job(name, for_=runs)
        if prefix == "NotebookInstance":
            return notebook(name, InstanceType=machine)
        cluster = {"InstanceType": machine, "InstanceCount": many, "VolumeSizeInGB": 10}
        if prefix == "HyperParameterTuningJob":
            limits = {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": min(many, 2)}
            config = {"Strategy": "Random", "ResourceLimits": limits}
            defined = definition(ResourceConfig=cluster, StoppingCondition=limit)
            return JOBS[prefix](
                name, HyperParameterTuningJobConfig=config, TrainingJobDefinition=defined
            )
        if prefix == "TransformJob":
            del cluster["VolumeSizeInGB"]
            return JOBS[prefix](name, TransformResources=cluster)
        if prefix == "ProcessingJob":
            return JOBS[prefix](
                name, ProcessingResources={"ClusterConfig": cluster}, StoppingCondition=limit
            )
        parameters = JOBS[prefix](name, ResourceConfig=cluster, StoppingCondition=limit)
        if rng.random() < 0.2:  # AWS chooses what it runs on, and does not tell
            del parameters["ResourceConfig"]
            parameters["ServerlessJobConfig"] = {"BaseModelArn": _HUB, "JobType": "FineTuning"}
        return parameters

    def _plans(self, name: str) -> None:
        """Plan the life of a notebook: fixes, breaks, restarts, other types, and its end."""
        rng = self._random
        actions = [
            (0.5, partial(self._fix, name)),
            (0.1, partial(self._break, name)),
            (0.3, partial(self._call, "Stop", name)),
            (0.6, partial(self._call, "Start", name)),
            (0.4, partial(self._call, "Start", name)),
            (0.2, partial(self._retype, name)),
        ]
        for chance, act in actions:
            if rng.random() < chance:
                self._later(5, 24 * 60, act)
        self._later(10 * 60, 40 * 60, partial(self._end, name))

    def _fix(self, name: str) -> None:
        self._tag("AddTags", name, {"Tags": _listed(_tags(self._owners[name]))})

    def _break(self, name: str) -> None:
        self._tag("DeleteTags", name, {"TagKeys": ["Purpose"]})

    def _tag(self, operation: str, name: str, parameters: dict[str, Any]) -> None:
        account = self._simulation.account
        arn = next((r.arn for r in account.resources() if r.name == name), None)
        if arn and self._do(operation, name, {"ResourceArn": arn, **parameters}):
            self._simulation.cloud.retagged(arn, account.tagged().get(arn, []))

    def _retype(self, name: str) -> None:
        """Stop it, give it another type, and start it."""
        better = self._random.choice((*_GOOD, *_BAD))
        self._call("Stop", name)
        parameters = {"NotebookInstanceName": name, "InstanceType": better}
        self._in(3, partial(self._do, "UpdateNotebookInstance", name, parameters))
        self._in(6, partial(self._call, "Start", name))

    def _end(self, name: str) -> None:
        """Stop whatever it is, and delete it if it is a notebook."""
        for found in [r for r in self._simulation.account.resources() if r.name == name]:
            prefix = found.kind.prefix
            self._do(f"Stop{prefix}", name, {f"{prefix}Name": name})
        self._in(5, partial(self._call, "Delete", name))

    def _call(self, verb: str, name: str) -> None:
        self._do(f"{verb}NotebookInstance", name, {"NotebookInstanceName": name})

    def _do(self, operation: str, name: str, parameters: dict[str, Any]) -> bool:
        """Make a call, as a person; what AWS refuses stays undone."""
        try:
            caller = _caller(self.creators[name], self._simulation.account.place.account_id)
            self._simulation.account.call(operation, parameters, caller=caller)
        except AwsError:
            return False
        self.record(name, f"somebody: {operation}")
        self.acted()
        return True

    def record(self, name: str, what: str) -> None:
        """Record a line in the history of a resource."""
        lines = self.history.setdefault(name, [])
        lines.append(f"{self._simulation.clock.now():%d %b %H:%M:%S} {what}")

    def _later(self, least: float, most: float, act: Any) -> None:
        self._in(self._random.uniform(least, most), act)

    def _in(self, minutes: float, act: Any) -> None:
        self._simulation.clock.call_in(timedelta(minutes=minutes), act)


def _caller(person: str, account: str) -> Caller:
    """Name who calls: a person by single sign-on, or the role of a build."""
    if person == _BUILD:
        return Caller.inside_notebook(account, "build")
    return Caller.person(account, address(person))


def _handle(person: str) -> str:
    first, last = person.split()
    return f"{last}{first}"


def _tags(person: str) -> dict[str, str]:
    return {"Project": "wattbot", "Name": person, "Purpose": "Lab", "ModelSize": "small"}


def _listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def everybody() -> Iterator[str]:
    """Write the roster of the policy."""
    for name in PEOPLE:
        slack = MEMBERS.get(address(name))
        told = f'slack = "{slack}"\n' if slack else ""
        yield f'[[people]]\nname = "{name}"\nemail = "{address(name)}"\n{told}'


def address(person: str) -> str:
    """Write the e-mail address of a person."""
    return f"{person.lower().replace(' ', '.')}@example.org"
