"""Idle notebooks in the week: who goes home, who only waits, who pretends, and who asks first."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from local.demo.environment import DemoEnvironment
from local.jupyter.proxy import answering

type Plan = Callable[..., None]
type Tags = Callable[[str], dict[str, str]]
KEEP = "costguard:keep-until"


def idle(stage: DemoEnvironment, scene: Plan, complete: Tags) -> None:
    """Script the notebooks that the rule `idle` is about, and good citizens who stop theirs."""
    _friday_evening(stage, scene, complete)
    _controller(stage, scene, complete)
    _keep_alive(stage, scene, complete)
    _terminal(stage, scene, complete)
    _kept(stage, scene, complete)
    for day, person, name in (
        (0, "John Doe", "DoeJohn-ExploreSageMaker"),
        (0, "Jane Roe", "RoeJane-Baseline"),
        (1, "Max Muster", "MusterMax-TryThings"),
        (2, "Jane Roe", "wattbot-RoeJane-embed"),
    ):
        scene(day, "17:00", person, f"stops {name} and goes home", _stops(stage, person, name))


def _friday_evening(stage: DemoEnvironment, scene: Plan, complete: Tags) -> None:
    jane, name = "Jane Roe", "RoeJane-FridayEvening"
    scene(4, "16:30", jane, f"works on {name}", _starts(stage, jane, name, complete))
    scene(
        4,
        "17:10",
        jane,
        "leaves for the weekend; the tab stays open",
        lambda: _rests(stage, name),
    )


def _controller(stage: DemoEnvironment, scene: Plan, complete: Tags) -> None:
    jane, name = "Jane Roe", "wattbot-RoeJane-Control"
    scene(1, "12:00", jane, f"works on {name}", _starts(stage, jane, name, complete))
    scene(
        1,
        "12:10",
        jane,
        "launches three hours of training from it, and waits",
        lambda: _waits(stage, jane, name, complete),
    )


def _waits(stage: DemoEnvironment, person: str, name: str, complete: Tags) -> None:
    _rests(stage, name)
    stage.account.will_run(f"{name}-train", for_=timedelta(hours=3))
    limit = {"MaxRuntimeInSeconds": 4 * 3600}
    stage.train(person, f"{name}-train", complete(person), "ml.m5.xlarge", StoppingCondition=limit)


def _keep_alive(stage: DemoEnvironment, scene: Plan, complete: Tags) -> None:
    muster, name = "Max Muster", "MusterMax-KeepAlive"
    scene(3, "08:00", muster, f"starts {name}", _starts(stage, muster, name, complete))
    busy = answering([("busy", _now(stage))])
    scene(
        3,
        "08:05",
        muster,
        "runs `while True: time.sleep(60)` in it, so that it counts as busy",
        lambda: stage.notebooks.backends.update({name: busy}),
    )


def _terminal(stage: DemoEnvironment, scene: Plan, complete: Tags) -> None:
    john, name = "John Doe", "DoeJohn-Terminal"
    scene(
        3, "09:30", john, f"starts {name}, with a heartbeat", _starts(stage, john, name, complete)
    )
    scene(
        3,
        "09:40",
        john,
        "runs a silent script in its terminal until noon, no kernel at work",
        lambda: _works_in_a_terminal(stage, name),
    )
    scene(3, "12:20", john, f"fetches the result and stops {name}", _stops(stage, john, name))


def _works_in_a_terminal(stage: DemoEnvironment, name: str) -> None:
    now = _now(stage)
    stage.notebooks.backends[name] = answering([], [now])
    for minutes in range(15, 150, 15):
        stage.clock.call_in(timedelta(minutes=minutes), lambda: _beats(stage, name))


def _beats(stage: DemoEnvironment, name: str) -> None:
    """Publish what lifecycle/heartbeat.py would."""
    told: dict[str, float] = {"BusyKernels": 0, "WorkingTerminals": 1, "CpuPercent": 3}
    about = [{"Name": "NotebookInstance", "Value": name}]
    data: Any = [{"MetricName": m, "Value": v, "Dimensions": about} for m, v in told.items()]
    stage.metrics.put_metric_data(Namespace="Costguard/Notebooks", MetricData=data)


def _kept(stage: DemoEnvironment, scene: Plan, complete: Tags) -> None:
    jane, name = "Jane Roe", "RoeJane-ToBeContinued"
    scene(2, "15:00", jane, f"works on {name}", _starts(stage, jane, name, complete))
    scene(
        2,
        "15:30",
        jane,
        "goes to a seminar and asks to keep it until seven: costguard:keep-until",
        lambda: _asks(stage, jane, name),
    )


def _asks(stage: DemoEnvironment, person: str, name: str) -> None:
    _rests(stage, name)
    stage.tag(person, name, {KEEP: "2026-12-02T19:00"})


def _starts(stage: DemoEnvironment, person: str, name: str, complete: Tags) -> Callable[[], None]:
    return lambda: stage.notebook(person, name, complete(person))


def _stops(stage: DemoEnvironment, person: str, name: str) -> Callable[[], object]:
    return lambda: stage.does(person, "StopNotebookInstance", NotebookInstanceName=name)


def _rests(stage: DemoEnvironment, name: str) -> None:
    """Let nobody touch it from now on; its tab stays open."""
    stage.notebooks.backends[name] = answering([("idle", _now(stage))])


def _now(stage: DemoEnvironment) -> datetime:
    return stage.clock.now()
