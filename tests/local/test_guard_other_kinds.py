"""AutoML jobs, servers, schedules and jobs with a category: what a client of AWS's API meets."""

import json
from datetime import timedelta
from typing import Any

import pytest

from local.demo.environment import listed
from tests.local.guard import TAGS, Guard

ROLE = "arn:aws:iam::123456789012:role/workshop"
DATA = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://workshop-data/churn/"}}
OUT = {"S3OutputPath": "s3://workshop-data/out/"}


@pytest.fixture(autouse=True, scope="module")
def priced(guard: Guard) -> None:
    """Let the guard read prices."""
    guard.invoke("Report", {"time": guard.aws.clock.now().isoformat(), "period": "prices"})


@pytest.fixture(autouse=True)
def swept(guard: Guard) -> None:
    """Begin behind a sweep: events stop no more than `max_stops` between two."""
    guard.next_sweep()


def test_an_automl_job_with_candidates_on_large_instances_is_stopped_as_a_whole(
    guard: Guard,
) -> None:
    guard.sagemaker.create_auto_ml_job(
        AutoMLJobName="churn-automl",
        InputDataConfig=[{"DataSource": DATA, "TargetAttributeName": "churned"}],
        OutputDataConfig=OUT,
        RoleArn=ROLE,
        AutoMLJobConfig={"CompletionCriteria": {"MaxCandidates": 20}},
        Tags=listed(TAGS),
    )
    guard.next_sweep()
    job = guard.sagemaker.describe_auto_ml_job(AutoMLJobName="churn-automl")
    assert job["AutoMLJobStatus"] in {"Stopping", "Stopped"}
    jobs = guard.sagemaker.list_training_jobs(NameContains="churn-automl")["TrainingJobSummaries"]
    assert {job["TrainingJobStatus"] for job in jobs} <= {"Stopping", "Stopped"}
    guard.next_sweep()
    stopped = [n for n in guard.notices_about("churn-automl") if n["stage"] == "stopped"]
    assert [(n["resource"]["kind"], n["rule"]) for n in stopped] == [
        ("automl-job", "instance-type")
    ]


def server(guard: Guard, name: str) -> Any:
    return guard.sagemaker.describe_mlflow_tracking_server(TrackingServerName=name)


def test_an_mlflow_server_is_warned_about_stopped_and_can_be_started_again(guard: Guard) -> None:
    guard.sagemaker.create_mlflow_tracking_server(
        TrackingServerName="runs",
        ArtifactStoreUri="s3://workshop-data/mlflow",
        RoleArn=ROLE,
        Tags=listed(TAGS),
    )
    guard.wait(minutes=70)
    guard.next_sweep()
    assert guard.stages_of("runs") == ["warning"]
    guard.wait(minutes=40)
    guard.next_sweep()
    assert server(guard, "runs")["TrackingServerStatus"] in {"Stopping", "Stopped"}
    guard.next_sweep()
    guard.sagemaker.start_mlflow_tracking_server(TrackingServerName="runs")
    guard.wait(minutes=10)
    assert server(guard, "runs")["TrackingServerStatus"] == "Started"


def test_a_schedule_without_tags_is_warned_about_and_stopped_and_loses_nothing(
    guard: Guard,
) -> None:
    guard.sagemaker.create_monitoring_schedule(
        MonitoringScheduleName="churn-hourly",
        MonitoringScheduleConfig={
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
            "MonitoringJobDefinitionName": "churn-quality",
            "MonitoringType": "DataQuality",
        },
    )
    guard.wait(minutes=10)
    assert guard.stages_of("churn-hourly") == ["warning"]
    guard.wait(minutes=70)
    guard.next_sweep()
    found = guard.sagemaker.describe_monitoring_schedule(MonitoringScheduleName="churn-hourly")
    assert found["MonitoringScheduleStatus"] == "Stopped"


def test_a_job_with_a_category_is_found_by_it_and_stopped_when_it_ran_too_long(
    guard: Guard,
) -> None:
    guard.account.script_job("tune-agent", for_=timedelta(days=3))
    guard.sagemaker.create_job(
        JobName="tune-agent",
        RoleArn=ROLE,
        JobCategory="AgentRFT",
        JobConfigSchemaVersion="1.0.0",
        JobConfigDocument="{}",
        Tags=listed(TAGS),
    )
    guard.wait(minutes=70)
    guard.next_sweep()
    job = guard.sagemaker.describe_job(JobName="tune-agent", JobCategory="AgentRFT")
    assert job["JobStatus"] in {"Stopping", "Stopped"}


def test_a_pipeline_with_large_jobs_is_stopped_as_a_whole_and_makes_no_more(guard: Guard) -> None:
    arguments = {
        "AlgorithmSpecification": {"TrainingImage": "churn:1", "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://workshop-data/out/"},
        "ResourceConfig": {
            "InstanceType": "ml.p4d.24xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 50,
        },
        "RoleArn": ROLE,
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }
    steps = [{"Name": n, "Type": "Training", "Arguments": arguments} for n in ("fit", "again")]
    guard.sagemaker.create_pipeline(
        PipelineName="churn",
        PipelineDefinition=json.dumps({"Version": "2020-12-01", "Steps": steps}),
        ClientRequestToken="x" * 32,
        RoleArn=ROLE,
        Tags=listed(TAGS),
    )
    run = guard.sagemaker.start_pipeline_execution(PipelineName="churn")["PipelineExecutionArn"]
    guard.wait(minutes=2)
    guard.next_sweep()
    guard.next_sweep()
    described = guard.sagemaker.describe_pipeline_execution(PipelineExecutionArn=run)
    assert described["PipelineExecutionStatus"] == "Stopped"
    made = guard.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=run)
    assert [each["StepName"] for each in made["PipelineExecutionSteps"]] == ["fit"]
    name = "/".join(run.split("/")[1:])
    [stopped] = [n for n in guard.notices_about(name) if n["stage"] == "stopped"]
    assert (stopped["resource"]["kind"], stopped["owner"]["name"]) == (
        "pipeline-execution",
        "John Doe",
    )
    assert f"--pipeline-execution-arn {run}" in stopped["restart"]


def test_the_summary_has_what_each_of_them_costs(guard: Guard) -> None:
    guard.wait(hours=24)
    before = len(guard.summaries())
    guard.invoke("Report", {"time": guard.aws.clock.now().isoformat(), "period": "week"})
    text = guard.summaries()[before]
    spent = text[text.index("SPEND") : text.index("RUNNING NOW")]
    assert "$0.00  without a project tag" in spent  # the jobs of an AutoML job are its owner's
    assert spent.count("$1.07") == 5  # this period, the month, one project, one owner, one kind
    assert "mlflow tracking server in us-east-2 (3 h 17 min)" in text  # no list has its price
