"""The week: who does what, and when, in the account's own time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from local.demo.environment import IMAGE, DemoEnvironment
from local.demo.idle_scenario import idle

ZONE = ZoneInfo("America/Chicago")
MONDAY = datetime(2026, 11, 30, tzinfo=ZONE)
MONDAY_MORNING = MONDAY + timedelta(hours=8, minutes=30)
NEXT_MONDAY = MONDAY + timedelta(days=7, hours=7, minutes=10)  # the weekly summary has come
FLOOD = 7  # notebooks in a script's loop: two more than max_stops

type Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing somebody does."""

    when: datetime
    who: str
    says: str
    act: Act


def tags(person: str, project: str = "sinkorswim", **more: str) -> dict[str, str]:
    """Tag a thing as the workshop asks."""
    return {"Project": project, "Name": person, "Purpose": "Workshop", **more}


def complete(person: str, project: str = "sinkorswim") -> dict[str, str]:
    """Tag a notebook with all four tags."""
    return tags(person, project, ModelSize="small")


def week(stage: DemoEnvironment) -> list[Scene]:
    """Write the script of the week."""
    scenes: list[Scene] = []

    def scene(day: int, clock: str, who: str, says: str, act: Act) -> None:
        hour, minute = map(int, clock.split(":"))
        when = MONDAY + timedelta(days=day, hours=hour, minutes=minute)
        scenes.append(Scene(when, who, says, act))

    _notebooks(stage, scene)
    _jobs(stage, scene)
    _exemption(stage, scene)
    _flood(stage, scene)
    idle(stage, scene, complete)
    return sorted(scenes, key=lambda each: each.when)


def _notebooks(stage: DemoEnvironment, scene: Callable[..., None]) -> None:
    """Script a good citizen, one who fixes in time, one who does not, and a wrong name."""
    john, jane, muster = "John Doe", "Jane Roe", "Max Muster"
    good, untagged, never = "DoeJohn-ExploreSageMaker", "RoeJane-Baseline", "MusterMax-TryThings"
    scene(
        0,
        "09:00",
        john,
        f"creates the notebook {good}, with all its tags",
        lambda: stage.notebook(john, good, complete(john)),
    )
    scene(
        0,
        "09:10",
        jane,
        f"creates {untagged} and forgets the tags",
        lambda: stage.notebook(jane, untagged),
    )
    scene(
        0,
        "10:30",
        jane,
        "runs the line from the notice",
        lambda: stage.tag(jane, untagged, complete(jane)),
    )
    scene(
        0,
        "10:40",
        muster,
        f"creates {never} without tags, and reads no mail",
        lambda: stage.notebook(muster, never),
    )
    scene(
        1,
        "09:00",
        muster,
        f"starts {never} again, still without tags",
        lambda: stage.does(muster, "StartNotebookInstance", NotebookInstanceName=never),
    )
    scene(
        1,
        "09:20",
        muster,
        "reads the notice, tags it",
        lambda: stage.tag(muster, never, complete(muster)),
    )
    scene(
        1,
        "09:25",
        muster,
        "and starts it once more",
        lambda: stage.does(muster, "StartNotebookInstance", NotebookInstanceName=never),
    )
    scene(
        2,
        "08:30",
        jane,
        "creates jane-roe-wattbott-embed: good tags, a name like no other",
        lambda: stage.notebook(jane, "jane-roe-wattbott-embed", complete(jane, "wattbot")),
    )
    scene(
        2,
        "09:30",
        jane,
        "makes it anew as the notice says, and stops the old one",
        lambda: _renamed(stage, jane),
    )


def _renamed(stage: DemoEnvironment, person: str) -> None:
    stage.notebook(person, "wattbot-RoeJane-embed", complete(person, "wattbot"))
    stage.does(person, "StopNotebookInstance", NotebookInstanceName="jane-roe-wattbott-embed")


def _jobs(stage: DemoEnvironment, scene: Callable[..., None]) -> None:
    """Script the jobs: a good one with Debugger, an 8-GPU mistake, a tuner, one with no events."""
    john, jane, muster = "John Doe", "Jane Roe", "Max Muster"
    good, huge = "sinkorswim-DoeJohn-Train-1", "sinkorswim-MusterMax-TrainBig-1"
    tuner, lost = "wattbot-RoeJane-Tune-1", "sinkorswim-DoeJohn-Train-2"
    debugger = [
        {
            "RuleConfigurationName": "LossNotDecreasing",
            "RuleEvaluatorImage": f"{IMAGE}-debugger-rules",
        }
    ]
    scene(
        1,
        "10:00",
        john,
        f"trains {good} on ml.m5.xlarge, watched by Debugger",
        lambda: stage.train(
            john, good, tags(john), "ml.m5.xlarge", DebugRuleConfigurations=debugger
        ),
    )
    scene(
        1,
        "11:00",
        muster,
        f"launches {huge} on ml.p4d.24xlarge by mistake",
        lambda: stage.train(muster, huge, tags(muster), "ml.p4d.24xlarge"),
    )
    scene(
        2,
        "10:00",
        jane,
        f"tunes {tuner} on ml.g5.12xlarge; its own events are lost",
        lambda: _tune_unseen(stage, jane, tuner),
    )
    scene(
        3,
        "09:05",
        john,
        f"trains {lost} on ml.p3.8xlarge; every event of it is lost",
        lambda: _train_unseen(stage, john, lost),
    )


def _about(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda event: name in str(event["detail"])


def _tune_unseen(stage: DemoEnvironment, person: str, name: str) -> None:
    for _ in ("created", "in progress"):
        stage.account.lose_next(
            lambda e: name in str(e["detail"]) and "Training Job" not in e["detail-type"]
        )
    stage.tune(person, name, tags(person, "wattbot"), "ml.g5.12xlarge")


def _train_unseen(stage: DemoEnvironment, person: str, name: str) -> None:
    for _ in ("created", "starting", "downloading", "training"):
        stage.account.lose_next(_about(name))
    stage.train(person, name, tags(person), "ml.p3.8xlarge")


def _exemption(stage: DemoEnvironment, scene: Callable[..., None]) -> None:
    """Script a project that may use a big machine until Thursday noon."""
    marie, name = "Marie Curie", "genomics-CurieMarie-Align"
    scene(
        2,
        "14:00",
        marie,
        f"creates {name} on ml.m5.24xlarge; the project is exempt until Thursday",
        lambda: stage.notebook(marie, name, complete(marie, "genomics"), "ml.m5.24xlarge"),
    )
    scene(
        3,
        "11:30",
        marie,
        "has finished in time and stops it",
        lambda: stage.does(marie, "StopNotebookInstance", NotebookInstanceName=name),
    )


def _flood(stage: DemoEnvironment, scene: Callable[..., None]) -> None:
    """Script a loop that makes more untagged notebooks than the guard will stop in one run."""
    john = "John Doe"
    names = [f"DoeJohn-Batch-{number}" for number in range(1, FLOOD + 1)]
    scene(
        4,
        "09:00",
        john,
        f"runs a loop that creates {FLOOD} notebooks without tags",
        lambda: _create_all(stage, john, names),
    )
    scene(
        4,
        "15:10",
        "an admin",
        "reads the held-back list and has them tagged",
        lambda: _tag_all(stage, john, names),
    )
    scene(4, "15:30", john, "stops them all", lambda: _stop_all(stage, john, names))


def _create_all(stage: DemoEnvironment, person: str, names: list[str]) -> None:
    for name in names:
        stage.notebook(person, name)


def _stop_all(stage: DemoEnvironment, person: str, names: list[str]) -> None:
    for name in names:
        stage.does(person, "StopNotebookInstance", NotebookInstanceName=name)


def _tag_all(stage: DemoEnvironment, person: str, names: list[str]) -> None:
    for name in names:
        stage.tag(person, name, complete(person))
