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
from local.demo.money import independent_sum, keep_pages, keep_summary, weekly_total
from local.demo.output import DemoOutput, totals
from local.demo.scenario import MONDAY, MONDAY_MORNING, NEXT_MONDAY, ScenarioStep, week
from local.paths import PROJECT
from local.sagemaker.event_delivery import Faults
from local.sagemaker.resource import Resource

WHOLE_WEEK = 7
OUT = PROJECT / "build" / "demo"
POLICY = Path(__file__).parent / "policy.toml"
ROSTER = POLICY.with_name("ml.csv")
PARAMETERS = {
    "Mode": "enforce",
    "SweepEvery": "rate(30 minutes)",
    "SelfService": "public",
    **message_log.PARAMETERS,
}
FAULTS = Faults(seed=7, duplicate=0.2, late=0.1)


class DemoRun:
    """One run of the demo."""

    def __init__(
        self, aws: DemoEnvironment, output: DemoOutput, messages: message_log.MessageLog
    ) -> None:
        self.messages = messages
        self.aws = aws
        self.output = output
        self.notices: list[Mapping[str, Any]] = []

    def act(self, step: ScenarioStep) -> None:
        """Run one step."""
        self.output.person(self.aws.clock.now(), step.person, step.text)
        said = step.action()
        if isinstance(said, str):
            self.output.note(self.aws.clock.now(), said)

    def after_each(self) -> None:
        """Wait until the account has settled, then print new notices and messages."""
        self.aws.settle()
        now, published = self.aws.clock.now(), self.aws.read_topics()
        for notice in published.alerts:
            self.notices.append(notice)
            self.output.notice(now, notice)
            self._keep(notice)
            self._measure(now, notice)
        for text in published.summaries:
            self.output.summary(now, text)
            keep_summary(OUT, text)
        for message in self.messages.read_new():
            self.output.note(now, f"↳ {message.channel} to {message.to}: {message.heading}")

    def _keep(self, notice: Mapping[str, Any]) -> None:
        name = f"{len(self.notices):03}-{notice['stage']}-{notice['resource']['name']}.json"
        path = OUT / "outbox" / name.replace(" ", "-")
        path.write_text(json.dumps(notice, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    def _measure(self, now: datetime, notice: Mapping[str, Any]) -> None:
        """Print how fast a training job was stopped, in real time."""
        name = notice["resource"]["name"]
        if notice["stage"] == "stopped" and notice["resource"]["kind"] == "training-job":
            took = seconds_to_stop(self.aws.delivered, "StopTrainingJob", "trainingJobName", name)
            if took is not None:
                self.output.note(
                    now, f"StopTrainingJob {took:.2f} real seconds after the first event"
                )


def main(arguments: list[str]) -> int:
    """Play the week, or its first days, and write build/demo."""
    until = _until(arguments)
    began, output = time.perf_counter(), DemoOutput()
    shutil.rmtree(OUT, ignore_errors=True)
    (OUT / "outbox").mkdir(parents=True)
    environment = DemoEnvironment(port=0, start=MONDAY_MORNING, frozen=True, faults=FAULTS)
    with environment as aws, message_log.workspace(MONDAY_MORNING) as slack:
        aws.open()
        message_log.set_up(aws, slack)
        with output.console.status("deploying template.yaml to the local AWS with the SAM CLI"):
            outputs = sam.deploy(
                aws,
                parameters=PARAMETERS,
                root=sam.copy_sources(POLICY, OUT.with_name("demo-stack")),
            )
        deployed = time.perf_counter()
        run = DemoRun(aws, output, message_log.MessageLog(aws, slack, OUT / "outbox"))
        aws.subscribe(outputs)
        place = {"Bucket": outputs["ReportBucketName"], "Key": f"rosters/{ROSTER.name}"}
        aws.client("s3").put_object(**place, Body=ROSTER.read_bytes())
        aws.clock.after_each = run.after_each
        for step in (each for each in week(aws, slack) if each.when < until):
            aws.clock.call_at(step.when, partial(run.act, step))
        aws.clock.advance_to(until)
        keep_pages(aws, outputs["ReportBucketName"], OUT)
        _report_totals(run, deployed - began, time.perf_counter() - deployed)
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


def _report_totals(run: DemoRun, deploying: float, playing: float) -> None:
    """Show the totals and write the timeline."""
    counts, resources = totals(run.notices), run.aws.account.resources()
    stops = [
        e
        for e in run.aws.account.events
        if str(e["detail"].get("eventName", "")).startswith("Stop")
    ]
    held_back = next((n for n in run.notices if n["rule"] == "max-stops"), None)
    rows = [
        ("resources seen", str(len(resources))),
        (
            "never bothered",
            str(len(resources) - len({n["resource"]["name"] for n in run.notices})),
        ),
        ("made by SageMaker (Debugger, tuning), left alone", str(_made_by_the_service(resources))),
        ("warnings", str(counts["warning"])),
        ("fixed in time or after (all clear)", str(counts["all-clear"])),
        ("stopped by Costguard, confirmed", str(counts["stopped"])),
        ("Stop calls in all, by people and guard", str(len(stops))),
        ("held back", str(len(held_back["resources"]) if held_back else 0)),
        ("told to the admins as failed", str(counts["failed"])),
        ("messages that people got", str(run.messages.number)),
        ("the week really cost, summed up independently", independent_sum(run.aws)),
        ("the weekly summary says", weekly_total(OUT)),
        ("seconds to deploy, to play", f"{deploying:.0f}, {playing:.0f}"),
    ]
    run.output.table(rows)
    timeline = {"events": run.output.timeline, "totals": dict(rows)}
    (OUT / "timeline.json").write_text(
        json.dumps(timeline, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    run.output.console.print(
        f"build/demo/timeline.json; {len(run.notices)} notices and "
        f"{run.messages.number} messages in build/demo/outbox/; "
        "cost summaries build/demo/{daily,weekly}.{txt,html}"
    )
