"""Idle notebooks in the week: left running, waiting, pretending to work, and kept by request."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from local.demo.environment import DemoEnvironment
from local.jupyter.proxy import SimulatedKernel, jupyter_backend

type AddStep = Callable[..., None]
type Tags = Callable[[str], dict[str, str]]
KEEP = "costguard:keep-until"


def idle(aws: DemoEnvironment, add_step: AddStep, complete: Tags) -> None:
    """Script the notebooks that the rule `idle` is about, and good citizens who stop theirs."""
    _friday_evening(aws, add_step, complete)
    _controller(aws, add_step, complete)
    _keep_alive(aws, add_step, complete)
    _terminal(aws, add_step, complete)
    _hidden(aws, add_step, complete)
    _kept(aws, add_step, complete)
    for day, person, name in (
        (0, "John Doe", "DoeJohn-ExploreSageMaker"),
        (0, "Jane Roe", "RoeJane-Baseline"),
        (1, "Max Muster", "MusterMax-TryThings"),
        (2, "Jane Roe", "wattbot-RoeJane-embed"),
    ):
        add_step(day, "17:00", person, f"stops {name} and goes home", _stops(aws, person, name))


def _friday_evening(aws: DemoEnvironment, add_step: AddStep, complete: Tags) -> None:
    jane, name = "Jane Roe", "RoeJane-FridayEvening"
    add_step(4, "16:30", jane, f"works on {name}", _starts(aws, jane, name, complete))
    add_step(
        4,
        "17:10",
        jane,
        "leaves for the weekend; the tab stays open",
        lambda: rests(aws, name),
    )


def _controller(aws: DemoEnvironment, add_step: AddStep, complete: Tags) -> None:
    jane, name = "Jane Roe", "wattbot-RoeJane-Control"
    add_step(1, "12:00", jane, f"works on {name}", _starts(aws, jane, name, complete))
    add_step(
        1,
        "12:10",
        jane,
        "launches three hours of training from it, and waits",
        lambda: _waits(aws, jane, name, complete),
    )


def _waits(aws: DemoEnvironment, person: str, name: str, complete: Tags) -> None:
    rests(aws, name)
    aws.account.script_job(f"{name}-train", for_=timedelta(hours=3))
    limit = {"MaxRuntimeInSeconds": 4 * 3600}
    aws.train(person, f"{name}-train", complete(person), "ml.m5.xlarge", StoppingCondition=limit)


def _keep_alive(aws: DemoEnvironment, add_step: AddStep, complete: Tags) -> None:
    muster, name = "Max Muster", "MusterMax-KeepAlive"
    add_step(3, "08:00", muster, f"starts {name}", _starts(aws, muster, name, complete))
    busy = jupyter_backend([("busy", _now(aws))])
    add_step(
        3,
        "08:05",
        muster,
        "runs `while True: time.sleep(60)` in it, so that it counts as busy",
        lambda: aws.notebooks.backends.update({name: busy}),
    )


def _terminal(aws: DemoEnvironment, add_step: AddStep, complete: Tags) -> None:
    john, name = "John Doe", "DoeJohn-Terminal"
    add_step(
        3, "09:30", john, f"starts {name}, with a heartbeat", _starts(aws, john, name, complete)
    )
    add_step(
        3,
        "09:40",
        john,
        "runs a silent script in its terminal until noon, no kernel at work",
        lambda: _works_in_a_terminal(aws, name),
    )
    add_step(3, "12:20", john, f"fetches the result and stops {name}", _stops(aws, john, name))


def _works_in_a_terminal(aws: DemoEnvironment, name: str) -> None:
    now = _now(aws)
    aws.notebooks.backends[name] = jupyter_backend([], [now])
    for minutes in range(15, 150, 15):
        aws.clock.call_in(timedelta(minutes=minutes), lambda: _beats(aws, name))


def _beats(aws: DemoEnvironment, name: str) -> None:
    """Publish the metrics of lifecycle/heartbeat.py."""
    values: dict[str, float] = {"BusyKernels": 0.001, "CpuPercent": 3}  # a terminal
    dimensions = [{"Name": "NotebookInstance", "Value": name}]
    data: Any = [{"MetricName": m, "Value": v, "Dimensions": dimensions} for m, v in values.items()]
    aws.metrics.put_metric_data(Namespace="Costguard/Notebooks", MetricData=data)


def _hidden(aws: DemoEnvironment, add_step: AddStep, complete: Tags) -> None:
    """Script two cells that work for hours while Jupyter lists their kernels as idle."""
    for day, person, name, what in (
        (1, "Jane Roe", "RoeJane-Reloaded", "reloads the page while a cell trains"),
        (2, "John Doe", "DoeJohn-ProgressBar", "shows a tqdm bar in a cell that trains"),
    ):
        add_step(day, "09:30", person, f"starts {name}", _starts(aws, person, name, complete))
        hides = f"{what}: Jupyter lists its kernel as idle"
        add_step(day, "09:40", person, hides, lambda name=name: _hides(aws, name))
        add_step(day, "15:00", person, f"looks after {name}", lambda name=name: aws.spared(name))
        add_step(day, "15:10", person, f"stops {name}", _stops(aws, person, name))


def _hides(aws: DemoEnvironment, name: str) -> None:
    """Let a cell run from now on in a kernel that is listed idle."""
    kernel = SimulatedKernel("idle", _now(aws), free=False)
    aws.notebooks.backends[name] = jupyter_backend([kernel])


def _kept(aws: DemoEnvironment, add_step: AddStep, complete: Tags) -> None:
    jane, name = "Jane Roe", "RoeJane-ToBeContinued"
    add_step(2, "15:00", jane, f"works on {name}", _starts(aws, jane, name, complete))
    add_step(
        2,
        "15:30",
        jane,
        "goes to a seminar and asks to keep it until seven: costguard:keep-until",
        lambda: _asks(aws, jane, name),
    )


def _asks(aws: DemoEnvironment, person: str, name: str) -> None:
    rests(aws, name)
    aws.tag(person, name, {KEEP: "2026-12-02T19:00"})


def _starts(aws: DemoEnvironment, person: str, name: str, complete: Tags) -> Callable[[], None]:
    return lambda: aws.notebook(person, name, complete(person))


def _stops(aws: DemoEnvironment, person: str, name: str) -> Callable[[], object]:
    return lambda: aws.call_as(person, "StopNotebookInstance", NotebookInstanceName=name)


def rests(aws: DemoEnvironment, name: str) -> None:
    """Leave a notebook idle from now on, with its tab open."""
    aws.notebooks.backends[name] = jupyter_backend([("idle", _now(aws))])


def _now(aws: DemoEnvironment) -> datetime:
    return aws.clock.now()
