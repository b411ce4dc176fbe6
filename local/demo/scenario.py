"""The scenario of the week: its steps, in the account's own time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from local.demo.answers import answers
from local.demo.environment import BUILT_IN_RULES, DemoEnvironment
from local.demo.idle_scenario import idle
from local.demo.slack_answers import asks_for_more
from local.slack import Slack

ZONE = ZoneInfo("America/Chicago")
MONDAY = datetime(2026, 11, 30, tzinfo=ZONE)
MONDAY_MORNING = MONDAY + timedelta(hours=8, minutes=30)
NEXT_MONDAY = MONDAY + timedelta(days=7, hours=7, minutes=10)  # the weekly summary has come
FLOOD = 7  # notebooks in a script's loop: two more than max_stops

type Action = Callable[[], object]


@dataclass(frozen=True, slots=True)
class ScenarioStep:
    """One action of a person."""

    when: datetime
    person: str
    text: str
    action: Action


def tags(person: str, project: str = "sinkorswim", **more: str) -> dict[str, str]:
    """Return the tags that the workshop requires."""
    return {"Project": project, "Name": person, "Purpose": "Workshop", **more}


def complete(person: str, project: str = "sinkorswim") -> dict[str, str]:
    """Return all four tags of a notebook."""
    return tags(person, project, ModelSize="small")


def week(aws: DemoEnvironment, slack: Slack) -> list[ScenarioStep]:
    """Return the steps of the week, in order."""
    steps: list[ScenarioStep] = []

    def add_step(day: int, clock: str, person: str, text: str, action: Action) -> None:
        hour, minute = map(int, clock.split(":"))
        when = MONDAY + timedelta(days=day, hours=hour, minutes=minute)
        steps.append(ScenarioStep(when, person, text, action))

    _notebooks(aws, add_step)
    _jobs(aws, add_step)
    _exemption(aws, add_step)
    _flood(aws, add_step)
    idle(aws, add_step, complete)
    answers(aws, add_step, complete)
    asks_for_more(aws, slack, add_step, complete)
    return sorted(steps, key=lambda each: each.when)


def _notebooks(aws: DemoEnvironment, add_step: Callable[..., None]) -> None:
    """Script a good citizen, one who fixes in time, one who does not, and a wrong name."""
    john, jane, muster = "John Doe", "Jane Roe", "Max Muster"
    good, untagged, never = "DoeJohn-ExploreSageMaker", "RoeJane-Baseline", "MusterMax-TryThings"
    add_step(
        0,
        "09:00",
        john,
        f"creates the notebook {good}, with all its tags",
        lambda: aws.notebook(john, good, complete(john)),
    )
    add_step(
        0,
        "09:10",
        jane,
        f"creates {untagged} and forgets the tags",
        lambda: aws.notebook(jane, untagged),
    )
    add_step(
        0,
        "10:30",
        jane,
        "runs the line from the notice",
        lambda: aws.tag(jane, untagged, complete(jane)),
    )
    add_step(
        0,
        "10:40",
        muster,
        f"creates {never} without tags, and reads no mail",
        lambda: aws.notebook(muster, never),
    )
    add_step(
        1,
        "09:00",
        muster,
        f"starts {never} again, still without tags",
        lambda: aws.call_as(muster, "StartNotebookInstance", NotebookInstanceName=never),
    )
    add_step(
        1,
        "09:20",
        muster,
        "reads the notice, tags it",
        lambda: aws.tag(muster, never, complete(muster)),
    )
    add_step(
        1,
        "09:25",
        muster,
        "and starts it once more",
        lambda: aws.call_as(muster, "StartNotebookInstance", NotebookInstanceName=never),
    )
    add_step(
        2,
        "08:30",
        jane,
        "creates jane-roe-wattbott-embed: good tags, a name like no other",
        lambda: aws.notebook(jane, "jane-roe-wattbott-embed", complete(jane, "wattbot")),
    )
    add_step(
        2,
        "09:30",
        jane,
        "makes it anew as the notice says, and stops the old one",
        lambda: _renamed(aws, jane),
    )


def _renamed(aws: DemoEnvironment, person: str) -> None:
    aws.notebook(person, "wattbot-RoeJane-embed", complete(person, "wattbot"))
    aws.call_as(person, "StopNotebookInstance", NotebookInstanceName="jane-roe-wattbott-embed")


def _jobs(aws: DemoEnvironment, add_step: Callable[..., None]) -> None:
    """Script the jobs: a good one with Debugger, an 8-GPU mistake, a tuner, one with no events."""
    john, jane, muster = "John Doe", "Jane Roe", "Max Muster"
    good, huge = "sinkorswim-DoeJohn-Train-1", "sinkorswim-MusterMax-TrainBig-1"
    tuner, lost = "wattbot-RoeJane-Tune-1", "sinkorswim-DoeJohn-Train-2"
    debugger = [
        {
            "RuleConfigurationName": "LossNotDecreasing",
            "RuleEvaluatorImage": BUILT_IN_RULES,
        }
    ]
    add_step(
        1,
        "10:00",
        john,
        f"trains {good} on ml.m5.xlarge, watched by Debugger",
        lambda: aws.train(john, good, tags(john), "ml.m5.xlarge", DebugRuleConfigurations=debugger),
    )
    add_step(
        1,
        "11:00",
        muster,
        f"launches {huge} on ml.p4d.24xlarge by mistake",
        lambda: aws.train(muster, huge, tags(muster), "ml.p4d.24xlarge"),
    )
    add_step(
        2,
        "10:00",
        jane,
        f"tunes {tuner} on ml.g5.12xlarge; its own events are lost",
        lambda: _tune_unseen(aws, jane, tuner),
    )
    add_step(
        3,
        "09:05",
        john,
        f"trains {lost} on ml.p3.8xlarge; every event of it is lost",
        lambda: _train_unseen(aws, john, lost),
    )


def _about(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda event: name in str(event["detail"])


def _tune_unseen(aws: DemoEnvironment, person: str, name: str) -> None:
    for _ in ("created", "in progress"):
        aws.account.lose_next(
            lambda e: name in str(e["detail"]) and "Training Job" not in e["detail-type"]
        )
    aws.tune(person, name, tags(person, "wattbot"), "ml.g5.12xlarge")


def _train_unseen(aws: DemoEnvironment, person: str, name: str) -> None:
    for _ in ("created", "starting", "downloading", "training"):
        aws.account.lose_next(_about(name))
    aws.train(person, name, tags(person), "ml.p3.8xlarge")


def _exemption(aws: DemoEnvironment, add_step: Callable[..., None]) -> None:
    """Script a project that may use a big machine until Thursday noon."""
    marie, name = "Marie Curie", "genomics-CurieMarie-Align"
    add_step(
        2,
        "14:00",
        marie,
        f"creates {name} on ml.m5.24xlarge; the project is exempt until Thursday",
        lambda: aws.notebook(marie, name, complete(marie, "genomics"), "ml.m5.24xlarge"),
    )
    add_step(
        3,
        "11:30",
        marie,
        "has finished in time and stops it",
        lambda: aws.call_as(marie, "StopNotebookInstance", NotebookInstanceName=name),
    )


def _flood(aws: DemoEnvironment, add_step: Callable[..., None]) -> None:
    """Script a loop that makes more untagged notebooks than the guard will stop in one run."""
    john = "John Doe"
    names = [f"DoeJohn-Batch-{number}" for number in range(1, FLOOD + 1)]
    add_step(
        4,
        "09:00",
        john,
        f"runs a loop that creates {FLOOD} notebooks without tags",
        lambda: _create_all(aws, john, names),
    )
    add_step(
        4,
        "15:10",
        "an admin",
        "reads the held-back list and has them tagged",
        lambda: _tag_all(aws, john, names),
    )
    add_step(4, "15:30", john, "stops them all", lambda: _stop_all(aws, john, names))


def _create_all(aws: DemoEnvironment, person: str, names: list[str]) -> None:
    for name in names:
        aws.notebook(person, name)


def _stop_all(aws: DemoEnvironment, person: str, names: list[str]) -> None:
    for name in names:
        aws.call_as(person, "StopNotebookInstance", NotebookInstanceName=name)


def _tag_all(aws: DemoEnvironment, person: str, names: list[str]) -> None:
    for name in names:
        aws.tag(person, name, complete(person))
