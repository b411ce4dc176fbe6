"""Every file in `events/` is accepted by the handler it belongs to."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
import time_machine

from costguard.common.errors import EventInvalid
from costguard.costs.prices import bundled_prices
from costguard.resources.events import CLOUDTRAIL
from costguard.resources.model import Resource, ResourceStatus
from costguard.resources.registry import KINDS
from tests.contract.calls import recording_calls
from tests.contract.template import EVERYTHING
from tests.factories import (
    GOOD_TAGS,
    arn,
    at,
    notebook,
    on,
    policy,
    processing_job,
    resource,
    training_job,
    transform_job,
    tuning_job,
)
from tests.scenarios.account import Account

type Handler = Callable[[dict[str, Any], object], dict[str, Any]]

ROOT = Path(__file__).parents[2]
EVENTS = ROOT / "events"
NOTEBOOK, JOB = "DoeJohn-ExploreSageMaker", "churn-2026-11-23-15-10-04-118"
TUNER = "tune-churn-261123-1530"
OTHERS = {  # what the samples create of the other kinds, by file
    "create-app": ("app", "d-0123456789ab/john-doe-lab/JupyterLab/default"),
    "create-ai-benchmark-job": ("ai-benchmark-job", "measure"),
    "create-ai-recommendation-job": ("ai-recommendation-job", "advise"),
    "create-auto-ml-job": ("automl-job", "churn-automl"),
    "create-auto-ml-job-v2": ("automl-job", "churn-automl"),
    "create-compilation-job": ("compilation-job", "compile"),
    "create-inference-recommendations-job": ("inference-recommendations-job", "recommend"),
    "create-job": ("job", "AgentRFT/tune-agent"),
    "create-labeling-job": ("labeling-job", "label-photos"),
    "create-mlflow-tracking-server": ("mlflow-tracking-server", "DoeJohn-Runs"),
    "create-monitoring-schedule": ("monitoring-schedule", "churn-hourly"),
    "create-optimization-job": ("optimization-job", "quantize"),
    "start-pipeline-execution": ("pipeline-execution", "churn/execution/p4jn9xou8a8s"),
}
OUTCOMES = {
    **dict.fromkeys(OTHERS, "looked"),
    "labeling-job-in-progress": "looked",
    "monitoring-schedule-scheduled": "looked",
    "add-tags": "unknown-name",  # its ARN is in lower case, and nobody has warned of it yet
    "create-endpoint": "looked",
    "create-space": "looked",
    "delete-app": "looked",
    "create-hyper-parameter-tuning-job": "looked",
    "create-notebook-instance": "looked",
    "create-processing-job": "looked",
    "create-project": "told",  # what it makes costs, and nothing watches it
    "create-training-job": "due",
    "create-training-session": "told",
    "create-transform-job": "looked",
    "delete-tags": "unknown-name",
    "endpoint-in-service": "looked",
    "hyper-parameter-tuning-job-in-progress": "looked",
    "notebook-instance-in-service": "looked",
    "notebook-instance-stopped": "looked",
    "pipeline-execution-executing": "looked",
    "processing-job-in-progress": "looked",
    "processing-job-of-the-debugger": "due",  # through its training job
    "training-job-in-progress": "due",
    "training-job-of-a-tuning-job": "looked",
    "transform-job-in-progress": "looked",
    "update-endpoint": "looked",
    "update-endpoint-weights-and-capacities": "looked",
    "update-training-job": "gone",  # its pool, which nobody keeps there
}


CLOCK = datetime(2026, 11, 23, 14, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    """Hold the system clock, which handlers read and nothing else does."""
    with time_machine.travel(CLOCK, tick=False):
        yield


def fleet() -> list[Resource]:
    """Make the resources that the events tell of."""
    debugger = "churn-2026-11-23-15-10-04--ProfilerReport-1a2b3c4d"
    return [
        notebook(NOTEBOOK),
        training_job(JOB, **on("ml.p4d.24xlarge")),
        tuning_job(TUNER),
        training_job(f"{TUNER}-001-4f1d2c3b", parent=arn("hyper-parameter-tuning-job", TUNER)),
        processing_job("clean-2026-11-23-16-00-00-907"),
        processing_job(debugger, parent=arn("training-job", JOB), tags={}),
        transform_job("score-churn-2026-11-23-17-20-00-551"),
        *(resource(*each, groups=(), instances=0, max_runtime=None) for each in OTHERS.values()),
        resource("endpoint", "churn-2026-11-23-18-05-00-120"),
        resource("space", "d-0123456789ab/john-doe-lab", status=ResourceStatus.STOPPED),
    ]


def handler(name: str, account: Account | None = None) -> Handler:
    """Load a copy of a handler of our own; with an account, give it the ports to that."""
    spec = spec_from_file_location(f"{name}_handler", ROOT / "functions" / name / "handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    if account:
        vars(module)[f"{name}_ports"] = lambda: getattr(account, f"{name}_ports")
    loaded: Handler = module.lambda_handler
    return loaded


def sample(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event


@pytest.mark.parametrize("name", OUTCOMES)
def test_watch_accepts_the_event(name: str) -> None:
    account = Account(policy(), *fleet())
    assert handler("watch", account)(sample(name), None) == {"outcome": OUTCOMES[name]}
    assert account.counted == [{"EventsReceived": 1, "EventsIgnored": 0}]
    assert account.notices == []


def test_sweep_accepts_the_clock() -> None:
    account = Account(policy(), *fleet())
    assert handler("sweep", account)(sample("schedule"), None)["StopsDue"] == 1
    assert account.markers["swept"].isoformat() == "2026-11-23T14:15:00+00:00"


def test_enforce_accepts_a_stop_reference() -> None:
    account = Account(policy(), *fleet())
    done = handler("enforce", account)(sample("stop-reference"), None)
    assert done == {f"training-job/{JOB}": "accepted"}
    assert account.stopped == [JOB]
    assert account.counted == [{"StopsAccepted": 1, "StopsNotDue": 0}]


@pytest.mark.parametrize(
    ("function", "event", "answer", "call"),
    [
        (
            "Probe",
            "probe",
            {"problem": "no URL: AccessDeniedException", "refused": True},
            "sagemaker:CreatePresignedNotebookInstanceUrl",
        ),
        ("Report", "report", {"period": "day", "usd": "0"}, "s3:PutObject"),
        (
            "Report",
            "report-prices",
            {"period": "prices", "prices": bundled_prices().age},
            "pricing:GetProducts",
        ),
        ("Notify", "notices", {"batchItemFailures": []}, "sns:Publish"),
    ],
)
def test_a_function_accepts_its_event_in_its_real_wiring(
    function: str, event: str, answer: dict[str, Any], call: str
) -> None:
    run, said = handler(function.lower()), list[dict[str, Any]]()
    with recording_calls(EVERYTHING.environment(function)) as recorder:
        heard = recorder.record(lambda: said.append(run(sample(event), None)))
    assert said == [answer]
    assert call in {action for action, _ in heard}


def test_every_file_is_tried() -> None:
    others = {"schedule", "stop-reference", "probe", "report", "report-prices", "notices"}
    assert {path.stem for path in EVENTS.glob("*")} == {*OUTCOMES, *others}


def test_there_is_a_change_and_a_call_for_every_kind() -> None:
    events = [sample(name) for name in OUTCOMES]
    changes = {event["detail-type"] for event in events}
    calls = {e["detail"]["eventName"] for e in events if e["detail-type"] == CLOUDTRAIL}
    assert changes == {d for k in KINDS.values() for d in k.events.detail_types} | {CLOUDTRAIL}
    known = [kind.events for kind in KINDS.values()]
    told = {"CreateProject", "CreateTrainingSession"}  # these stand for the calls that are told
    kept = {"AddTags", "DeleteTags", *told}
    assert calls >= {call for each in known for call in each.creates} | kept
    assert calls <= {call for each in known for call in (*each.creates, *each.changes)} | kept


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_sample_has_the_envelope_of_eventbridge(name: str) -> None:
    event = sample(name)
    assert list(event) == [
        *("version", "id", "detail-type", "source", "account", "time", "region"),
        *("resources", "detail"),
    ]
    assert (event["account"], event["region"]) == ("123456789012", "us-east-2")


def test_watch_counts_what_it_ignores() -> None:
    account = Account(policy())
    other = sample("notebook-instance-in-service") | {"detail-type": "SageMaker Model State Change"}
    assert handler("watch", account)(other, None) == {"outcome": "ignored-detail-type"}
    assert account.counted == [{"EventsReceived": 1, "EventsIgnored": 1}]


def test_watch_raises_and_counts_what_it_cannot_read(caplog: pytest.LogCaptureFixture) -> None:
    account = Account(policy())
    with pytest.raises(EventInvalid):
        handler("watch", account)({"id": "an-odd-one"}, None)
    assert account.counted == [{"EventsUnreadable": 1}]
    assert "an-odd-one" in caplog.text


def test_enforce_counts_what_was_not_due() -> None:
    account = Account(policy(), training_job(JOB, status=ResourceStatus.STOPPED, tags=GOOD_TAGS))
    handler("enforce", account)(sample("stop-reference"), None)
    assert account.counted == [{"StopsAccepted": 0, "StopsNotDue": 1}]


def test_sweep_refuses_a_clock_that_cannot_be_read() -> None:
    with pytest.raises(ValueError, match="expected an ISO time"):
        handler("sweep", Account(policy()))({"time": "soon"}, None)


def test_a_sweep_that_waited_longer_than_an_interval_is_skipped() -> None:
    account = Account(policy(), *fleet())
    account.sweep_every = timedelta(minutes=5)
    late = sample("schedule") | {"time": "2026-11-23T14:09:59Z"}
    assert handler("sweep", account)(late, None) == {}
    assert (account.counted, account.markers) == ([{"SweepsSkipped": 1}], {})


def test_an_admin_sweeps_without_a_time() -> None:
    account = Account(policy(), *fleet())
    assert handler("sweep", account)({}, None)["StopsDue"] == 1


@pytest.mark.parametrize("moment", ["2020-01-01T00:00:00Z", "2031-01-01T00:00:00Z"])
def test_no_event_moves_the_clock(moment: str) -> None:
    account = Account(policy(), notebook(NOTEBOOK, tags={}))
    handler("watch", account)(account.state_change_event(NOTEBOOK, at(0)) | {"time": moment}, None)
    [finding] = account.case(NOTEBOOK).findings.values()
    assert finding.since == CLOCK
    account.sweep_every = timedelta(days=9999)
    handler("sweep", account)({"time": moment}, None)
    assert account.markers["swept"] == CLOCK
