"""Play the week: deploy, let people act, show what the guard does, and keep it in build/demo."""

import argparse
import json
import shutil
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from local import message_log, sam
from local.demo.environment import DemoEnvironment, seconds_to_stop
from local.demo.money import independent_sum, keep_pages, keep_summary, says
from local.demo.output import DemoOutput, totals
from local.demo.scenario import MONDAY, MONDAY_MORNING, NEXT_MONDAY, Scene, week
from local.paths import PROJECT
from local.sagemaker.event_delivery import Faults
from local.sagemaker.resource import Resource

WHOLE_WEEK = 7
OUT = PROJECT / "build" / "demo"
POLICY = Path(__file__).parent / "policy.toml"
PARAMETERS = {"Mode": "enforce", "SweepEvery": "rate(30 minutes)", **message_log.PARAMETERS}
FAULTS = Faults(seed=7, duplicate=0.2, late=0.1)


class DemoRun:
    """One performance."""

    def __init__(
        self, stage: DemoEnvironment, show: DemoOutput, letterbox: message_log.MessageLog
    ) -> None:
        self.letterbox = letterbox
        self.stage = stage
        self.show = show
        self.notices: list[Mapping[str, Any]] = []

    def act(self, scene: Scene) -> None:
        """Let somebody do something."""
        self.show.person(self.stage.clock.now(), scene.who, scene.says)
        scene.act()

    def after_each(self) -> None:
        """Wait until the account has settled, then tell what was said."""
        self.stage.settle()
        now, mail = self.stage.clock.now(), self.stage.mail()
        for notice in mail.alerts:
            self.notices.append(notice)
            self.show.notice(now, notice)
            self._keep(notice)
            self._measure(now, notice)
        for text in mail.summaries:
            self.show.summary(now, text)
            keep_summary(OUT, text)
        for told in self.letterbox.fresh():
            self.show.aside(now, f"↳ {told.channel} to {told.to}: {told.heading}")

    def _keep(self, notice: Mapping[str, Any]) -> None:
        name = f"{len(self.notices):03}-{notice['stage']}-{notice['resource']['name']}.json"
        path = OUT / "outbox" / name.replace(" ", "-")
        path.write_text(json.dumps(notice, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    def _measure(self, now: datetime, notice: Mapping[str, Any]) -> None:
        """Print how fast a training job was stopped, in real time."""
        name = notice["resource"]["name"]
        if notice["stage"] == "stopped" and notice["resource"]["kind"] == "training-job":
            took = seconds_to_stop(self.stage.delivered, "StopTrainingJob", "trainingJobName", name)
            if took is not None:
                self.show.aside(
                    now, f"StopTrainingJob {took:.2f} real seconds after the first event"
                )


def main(arguments: list[str]) -> int:
    """Play the week, or its first days, and write build/demo."""
    until = _until(arguments)
    began, show = time.perf_counter(), DemoOutput()
    shutil.rmtree(OUT, ignore_errors=True)
    (OUT / "outbox").mkdir(parents=True)
    aws = DemoEnvironment(port=0, start=MONDAY_MORNING, frozen=True, faults=FAULTS)
    with aws as stage, message_log.workspace() as slack:
        stage.open()
        message_log.set_up(stage, slack)
        with show.console.status("deploying template.yaml to the local AWS with the SAM CLI"):
            outputs = sam.deploy(
                stage, parameters=PARAMETERS, root=sam.staged(POLICY, OUT.with_name("demo-stack"))
            )
        deployed = time.perf_counter()
        play = DemoRun(stage, show, message_log.MessageLog(stage, slack, OUT / "outbox"))
        stage.listen(outputs)
        stage.clock.after_each = play.after_each
        for scene in (each for each in week(stage) if each.when < until):
            stage.clock.call_at(scene.when, partial(play.act, scene))
        stage.clock.advance_to(until)
        keep_pages(stage, outputs["ReportBucketName"], OUT)
        _close(play, deployed - began, time.perf_counter() - deployed)
    return 0


def _until(arguments: list[str]) -> datetime:
    """Read how many days to play: seven end after the weekly summary, fewer at midnight."""
    parser = argparse.ArgumentParser(prog="make demo", description="Play a week of an account.")
    parser.add_argument(
        "--days",
        type=int,
        default=WHOLE_WEEK,
        choices=range(1, WHOLE_WEEK + 1),
        help="how many days of it (default: the whole week)",
    )
    days = parser.parse_args(arguments).days
    return NEXT_MONDAY if days == WHOLE_WEEK else MONDAY + timedelta(days=days)


def _made_by_the_service(resources: list[Resource]) -> int:
    parents = ("TrainingJobArn", "TuningJobArn")
    own = {"processing-job": parents[:1], "training-job": parents[1:]}
    return sum(any(f in r.fields for f in own.get(r.kind.name, ())) for r in resources)


def _close(play: DemoRun, deploying: float, playing: float) -> None:
    """Show the totals and write the timeline."""
    said, resources = totals(play.notices), play.stage.account.resources()
    stops = [
        e
        for e in play.stage.account.events
        if str(e["detail"].get("eventName", "")).startswith("Stop")
    ]
    held = next((n for n in play.notices if n["stage"] == "held-back"), None)
    rows = [
        ("resources seen", str(len(resources))),
        (
            "never bothered",
            str(len(resources) - len({n["resource"]["name"] for n in play.notices})),
        ),
        ("made by SageMaker (Debugger, tuning), left alone", str(_made_by_the_service(resources))),
        ("warnings", str(said["warning"])),
        ("fixed in time or after (all clear)", str(said["all-clear"])),
        ("stopped by Costguard, confirmed", str(said["stopped"])),
        ("Stop calls in all, by people and guard", str(len(stops))),
        ("held back", str(len(held["resources"]) if held else 0)),
        ("told to the admins as failed", str(said["failed"])),
        ("messages that people got", str(play.letterbox.number)),
        ("the week really cost, summed up independently", independent_sum(play.stage)),
        ("the weekly summary says", says(OUT)),
        ("seconds to deploy, to play", f"{deploying:.0f}, {playing:.0f}"),
    ]
    play.show.table(rows)
    timeline = {"events": play.show.timeline, "totals": dict(rows)}
    (OUT / "timeline.json").write_text(
        json.dumps(timeline, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    play.show.console.print(
        f"build/demo/timeline.json; {len(play.notices)} notices and "
        f"{play.letterbox.number} messages in build/demo/outbox/; "
        "cost summaries build/demo/{daily,weekly}.{txt,html}"
    )
