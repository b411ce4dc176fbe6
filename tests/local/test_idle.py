"""Idle notebooks end to end: the deployed functions on the local AWS, with IAM enforced."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from costguard.adapters.heartbeats import NAMESPACE
from local import sam
from local.account import ACCOUNT, utc
from local.demo.environment import DemoEnvironment
from local.jupyter.proxy import SimulatedKernel, jupyter_backend
from local.paths import PROJECT
from local.sagemaker.timings import Timings

POLICY = """
mode = "enforce"
timezone = "America/Chicago"
[rules.idle]
after_unseen = "1h"
"""
START = utc(2026, 11, 23, 14)
PARAMETERS = {"Mode": "enforce", "SweepEvery": "rate(10 minutes)"}
HOUR, MINUTES = timedelta(hours=1), timedelta(minutes=5)
JOHN = "John Doe"


class SimulatedOffice(DemoEnvironment):
    """The deployed guard, and its new notices and summaries."""

    def passes(self, time: timedelta) -> list[tuple[str, str]]:
        self.clock.advance(time)
        new = self.read_topics()
        self.summaries = new.summaries
        self.notices = new.alerts
        return [(n["stage"], n["resource"]["name"]) for n in new.alerts]

    def starts(
        self, name: str, kernel: str | None = None, tags: Mapping[str, str] | None = None
    ) -> None:
        """Let John create a notebook, whose kernel does this; without one Jupyter is dead."""
        self.notebook(JOHN, name, tags)
        if kernel:
            self.notebooks.backends[name] = jupyter_backend([(kernel, self.clock.now())])

    def beats(self, name: str, **metrics: float) -> None:
        """Publish a heartbeat as the notebook's script does."""
        data: Any = [
            {
                "MetricName": metric,
                "Value": value,
                "Dimensions": [{"Name": "NotebookInstance", "Value": name}],
            }
            for metric, value in metrics.items()
        ]
        self.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=data)

    def status(self, name: str) -> str:
        described = self.account.call("DescribeNotebookInstance", {"NotebookInstanceName": name})
        return str(described["NotebookInstanceStatus"])


@pytest.fixture(scope="module")
def deployed(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[SimulatedOffice, dict[str, str]]]:
    at = tmp_path_factory.mktemp("idle")
    (at / "policy.toml").write_text(POLICY)
    root = sam.copy_sources(at / "policy.toml", at / "project")
    with SimulatedOffice(
        port=0, start=START, frozen=True, pace=Timings(job_running=3 * HOUR)
    ) as office:
        office.open()
        outputs = sam.deploy(office, parameters=PARAMETERS, root=root)
        office.subscribe(outputs)
        yield office, outputs


@pytest.fixture
def office(deployed: tuple[SimulatedOffice, dict[str, str]]) -> Iterator[SimulatedOffice]:
    account = deployed[0].account
    yield deployed[0]
    for resource in account.resources():
        if resource.status == "InService":
            account.call("StopNotebookInstance", {"NotebookInstanceName": resource.name})
    deployed[0].passes(4 * MINUTES)


def test_an_idle_notebook_is_warned_looked_at_again_and_stopped(office: SimulatedOffice) -> None:
    office.starts("DoeJohn-Idle", "idle")
    office.starts("DoeJohn-Busy", "busy")
    assert office.passes(HOUR + 2 * MINUTES) == [("warning", "DoeJohn-Idle")]
    assert "no kernel busy, no terminal, no job" in office.notices[0]["reason"]
    assert office.passes(6 * MINUTES) == [("stopped", "DoeJohn-Idle")]
    assert (office.status("DoeJohn-Idle"), office.status("DoeJohn-Busy")) == (
        "Stopped",
        "InService",
    )


def test_a_cell_that_is_listed_idle_is_spared_by_the_deployed_guard(
    deployed: tuple[SimulatedOffice, dict[str, str]], office: SimulatedOffice
) -> None:
    office.starts("DoeJohn-Reloaded")
    hidden = SimulatedKernel("idle", office.clock.now(), free=False)
    office.notebooks.backends["DoeJohn-Reloaded"] = jupyter_backend([hidden])
    assert office.passes(3 * HOUR) == []
    assert office.status("DoeJohn-Reloaded") == "InService"
    key = {"pk": {"S": "work"}, "sk": {"S": "notebook-instance/doejohn-reloaded"}}
    table = deployed[1]["LedgerTableName"]
    row = office.client("dynamodb").get_item(TableName=table, Key=key)["Item"]
    assert "1 kernel listed as idle does not answer: a cell runs" in row["work"]["S"]


def test_a_proxy_that_refuses_web_sockets_is_told_to_the_admins_and_stops_nobody(
    office: SimulatedOffice,
) -> None:
    office.notebooks.refuses_sockets = True
    office.starts("DoeJohn-Closed", "idle")
    assert office.passes(3 * HOUR) == []
    office.notebooks.refuses_sockets = False
    told = [text for text in office.summaries if text.startswith("The kernels of 1 notebooks")]
    assert len(told) == 1
    assert "refused (HTTP 403)" in told[0]


def test_activity_withdraws_the_warning(office: SimulatedOffice) -> None:
    office.starts("DoeJohn-Back", "idle")
    assert office.passes(HOUR + 2 * MINUTES) == [("warning", "DoeJohn-Back")]
    office.notebooks.backends["DoeJohn-Back"] = jupyter_backend([("busy", office.clock.now())])
    assert office.passes(2 * MINUTES) == [("all-clear", "DoeJohn-Back")]


def test_a_heartbeat_keeps_what_jupyter_cannot_see(office: SimulatedOffice) -> None:
    office.starts("DoeJohn-Thread", "idle")
    heard: list[tuple[str, str]] = []
    for _ in range(8):
        office.beats("DoeJohn-Thread", BusyKernels=0, WorkingTerminals=0, CpuPercent=90)
        assert office.passes(2 * MINUTES) == []
    for _ in range(14):
        office.beats("DoeJohn-Thread", BusyKernels=0, WorkingTerminals=0, CpuPercent=1)
        heard += office.passes(2 * MINUTES)
    assert heard[0] == ("warning", "DoeJohn-Thread")


def test_a_controller_is_left_alone_until_half_an_hour_after_its_job(
    office: SimulatedOffice,
) -> None:
    office.starts("DoeJohn-Control", "idle")
    office.passes(2 * MINUTES)
    job = "DoeJohn-Control-2026-11-23-14-00-00-123"
    office.train(JOHN, job, {}, "ml.m5.large", StoppingCondition={"MaxRuntimeInSeconds": 14400})
    assert office.passes(3 * HOUR) == []
    asked = office.account.call("DescribeTrainingJob", {"TrainingJobName": job})
    assert asked["TrainingJobStatus"] == "InProgress"
    assert office.passes(4 * MINUTES) == []
    assert office.passes(HOUR)[0] == ("warning", "DoeJohn-Control")
    ended = office.account.call("DescribeTrainingJob", {"TrainingJobName": job})["TrainingEndTime"]
    told = utc(2026, 11, 23).fromisoformat(office.notices[0]["time"])
    assert timedelta(minutes=30) <= told - ended <= timedelta(minutes=40)


def test_who_cannot_be_seen_is_only_counted(office: SimulatedOffice) -> None:
    office.starts("DoeJohn-Dead")
    assert office.passes(2 * HOUR) == []
    assert office.status("DoeJohn-Dead") == "InService"


def test_the_probe_answers_facts_and_nothing_of_it_is_logged(
    deployed: tuple[SimulatedOffice, dict[str, str]], office: SimulatedOffice
) -> None:
    office.starts("DoeJohn-Asked", "idle")
    office.passes(MINUTES)
    name = deployed[1]["ProbeFunctionName"]
    event = json.loads((PROJECT / "events" / "probe.json").read_text())
    answer = office.client("lambda").invoke(
        FunctionName=name, Payload=json.dumps(event | {"notebook": "DoeJohn-Asked"})
    )
    facts = json.loads(answer["Payload"].read())
    assert facts.keys() == {"kernels", "terminals"}
    logs = office.client("logs")
    groups = [g["logGroupName"] for g in logs.describe_log_groups()["logGroups"]]
    pages = (logs.filter_log_events(logGroupName=group)["events"] for group in groups)
    said = "".join(e["message"] for events in pages for e in events)
    assert said
    assert not any(word in said for word in ("authToken", "_sm_session", "127.0.0.1:"))


def test_the_calls_that_opened_notebooks_tell_nobody_how(office: SimulatedOffice) -> None:
    office.starts("DoeJohn-Trail", "idle")
    office.passes(HOUR + 2 * MINUTES)
    opened = [
        e["detail"]
        for e in office.account.events
        if e["detail"].get("eventName") == "CreatePresignedNotebookInstanceUrl"
    ]
    assert opened
    assert {d["userIdentity"]["arn"].split("/")[1].split("-")[1] for d in opened} == {"ProbeRole"}
    assert "authToken" not in json.dumps(opened, default=str)


def test_the_heartbeats_configuration_is_there_to_be_attached(
    deployed: tuple[SimulatedOffice, dict[str, str]],
) -> None:
    office, outputs = deployed
    told = office.client("sagemaker").describe_notebook_instance_lifecycle_config(
        NotebookInstanceLifecycleConfigName=outputs["HeartbeatConfigName"]
    )
    assert len(told["OnStart"][0]["Content"]) <= 16384
    assert f":{ACCOUNT}:" in told["NotebookInstanceLifecycleConfigArn"]


def test_turned_off_there_is_no_probe_and_no_role_for_it(
    deployed: tuple[SimulatedOffice, dict[str, str]], tmp_path: Path
) -> None:
    office, _ = deployed
    (tmp_path / "policy.toml").write_text(POLICY)
    root = sam.copy_sources(tmp_path / "policy.toml", tmp_path / "project")
    office.starts("DoeJohn-Unseen", "idle")
    off = {"ProbeNotebooks": "no", "Mode": "enforce"}
    outputs = sam.deploy(office, stack="without", parameters=off, root=root)
    assert "ProbeFunctionName" not in outputs
    roles = [r["RoleName"] for r in office.client("iam").list_roles()["Roles"]]
    assert not [role for role in roles if role.startswith("without-Probe")]
