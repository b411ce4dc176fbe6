from datetime import timedelta
from typing import Any

from local.sagemaker.account import Account
from tests.local.sagemaker_cases import (
    HOUR,
    account,
    definition,
    refused,
    status,
    tagged,
    training,
    tuning,
)

SOON = timedelta(minutes=1)


def children(aws: Account, **asked: Any) -> list[dict[str, Any]]:
    answer = aws.call(
        "ListTrainingJobsForHyperParameterTuningJob",
        {"HyperParameterTuningJobName": "tune", "MaxResults": 100, **asked},
    )
    found: list[dict[str, Any]] = answer["TrainingJobSummaries"]
    return found


def tuner(aws: Account) -> dict[str, Any]:
    name = {"HyperParameterTuningJobName": "tune"}
    return aws.call("DescribeHyperParameterTuningJob", name)


def stop(aws: Account, child: str) -> None:
    aws.call("StopTrainingJob", {"TrainingJobName": child})


def test_a_tuner_launches_as_many_children_as_may_run_at_once() -> None:
    aws = account()
    aws.call("CreateHyperParameterTuningJob", tuning(most=5, parallel=2))
    aws.clock.advance(SOON)
    assert len(children(aws)) == 2
    aws.clock.advance(HOUR)
    assert len(children(aws)) == 4


def test_a_tuner_completes_with_its_last_child() -> None:
    aws = account()
    aws.call("CreateHyperParameterTuningJob", tuning(most=3, parallel=2))
    aws.clock.advance(12 * HOUR)
    told = tuner(aws)
    assert told["HyperParameterTuningJobStatus"] == "Completed"
    assert told["TrainingJobStatusCounters"]["Completed"] == 3
    assert told["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 0, "Failed": 0}


def test_a_child_knows_its_parent_and_carries_its_name_and_tags() -> None:
    aws = account()
    arn = aws.call("CreateHyperParameterTuningJob", tuning(Tags=tagged(Project="churn")))
    aws.clock.advance(SOON)
    child = children(aws)[0]
    told = aws.call("DescribeTrainingJob", {"TrainingJobName": child["TrainingJobName"]})
    assert told["TuningJobArn"] == arn["HyperParameterTuningJobArn"]
    assert told["TrainingJobName"].startswith("tune-001-")
    tags = aws.call("ListTags", {"ResourceArn": told["TrainingJobArn"]})
    assert tags["Tags"] == tagged(Project="churn")


def test_stopping_the_parent_stops_its_running_children() -> None:
    aws = account()
    aws.call("CreateHyperParameterTuningJob", tuning())
    aws.clock.advance(SOON)
    aws.call("StopHyperParameterTuningJob", {"HyperParameterTuningJobName": "tune"})
    assert {child["TrainingJobStatus"] for child in children(aws)} == {"Stopping"}
    assert status(aws, "HyperParameterTuningJob", "tune") == "Stopping"
    aws.clock.advance(HOUR)
    assert [child["TrainingJobStatus"] for child in children(aws)] == ["Stopped"] * 2
    assert status(aws, "HyperParameterTuningJob", "tune") == "Stopped"


def test_stopping_a_child_makes_the_tuner_launch_another() -> None:
    aws = account()
    aws.call("CreateHyperParameterTuningJob", tuning(most=4, parallel=2))
    aws.clock.advance(SOON)
    stop(aws, children(aws)[0]["TrainingJobName"])
    aws.clock.advance(timedelta(minutes=3))
    assert len(children(aws)) == 3
    assert tuner(aws)["TrainingJobStatusCounters"]["Stopped"] == 1
    assert tuner(aws)["HyperParameterTuningJobStatus"] == "InProgress"


def test_a_parent_without_children_yet_stops_at_once() -> None:
    aws = account()
    aws.call("CreateHyperParameterTuningJob", tuning())
    aws.call("StopHyperParameterTuningJob", {"HyperParameterTuningJobName": "tune"})
    aws.clock.advance(HOUR)
    assert children(aws) == []
    assert status(aws, "HyperParameterTuningJob", "tune") == "Stopped"


def test_a_tuner_takes_its_definitions_in_turn() -> None:
    aws = account()
    big = {**definition()["ResourceConfig"], "InstanceType": "ml.p4d.24xlarge"}
    definitions = [
        definition(DefinitionName="small"),
        definition(DefinitionName="big", ResourceConfig=big),
    ]
    asked = tuning(TrainingJobDefinitions=definitions)
    del asked["TrainingJobDefinition"]
    aws.call("CreateHyperParameterTuningJob", asked)
    aws.clock.advance(SOON)
    names = [child["TrainingJobDefinitionName"] for child in children(aws, SortBy="Name")]
    assert names == ["small", "big"]


def test_a_tuner_can_choose_among_instances() -> None:
    aws = account()
    choice = {
        "InstanceConfigs": [
            {"InstanceType": "ml.g5.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 50},
        ],
    }
    loose = definition(HyperParameterTuningResourceConfig=choice)
    del loose["ResourceConfig"]
    aws.call("CreateHyperParameterTuningJob", tuning(TrainingJobDefinition=loose))
    aws.clock.advance(SOON)
    name = children(aws)[0]["TrainingJobName"]
    told = aws.call("DescribeTrainingJob", {"TrainingJobName": name})
    assert told["ResourceConfig"] == choice["InstanceConfigs"][0]


def test_a_tuner_needs_resources_in_every_definition() -> None:
    loose = definition()
    del loose["ResourceConfig"]
    asked = tuning(TrainingJobDefinition=loose)
    code, message = refused(account(), "CreateHyperParameterTuningJob", **asked)
    assert code == "ValidationException"
    assert "trainingJobDefinition.resourceConfig" in message


def test_the_service_tells_of_the_children_it_creates() -> None:
    aws = account()
    aws.call("CreateHyperParameterTuningJob", tuning())
    aws.clock.advance(SOON)
    made = [e for e in aws.events if e["detail-type"] == "AWS Service Event via CloudTrail"]
    assert [event["detail"]["eventName"] for event in made] == ["CreateTrainingJob"] * 2
    assert {event["detail"]["eventType"] for event in made} == {"AwsServiceEvent"}


RULE = {"RuleConfigurationName": "LossNotDecreasing", "RuleEvaluatorImage": "rules:1"}
PROFILE = {"RuleConfigurationName": "ProfilerReport", "RuleEvaluatorImage": "rules:1"}


def watched(aws: Account) -> list[dict[str, Any]]:
    asked = training(DebugRuleConfigurations=[RULE], ProfilerRuleConfigurations=[PROFILE])
    aws.call("CreateTrainingJob", asked)
    found: list[dict[str, Any]] = aws.call("ListProcessingJobs", {})["ProcessingJobSummaries"]
    return found


def test_debugger_rules_run_as_processing_jobs_of_the_training_job() -> None:
    aws = account()
    jobs = watched(aws)
    assert len(jobs) == 2
    for job in jobs:
        told = aws.call("DescribeProcessingJob", {"ProcessingJobName": job["ProcessingJobName"]})
        assert told["TrainingJobArn"].endswith(":training-job/train-1")
        assert aws.call("ListTags", {"ResourceArn": job["ProcessingJobArn"]}) == {"Tags": []}


def test_debugger_rules_run_as_long_as_the_training_job() -> None:
    aws = account()
    aws.script_job("train", for_=HOUR)
    names = [job["ProcessingJobName"] for job in watched(aws)]
    aws.clock.advance(HOUR)
    assert {status(aws, "ProcessingJob", name) for name in names} == {"InProgress"}
    aws.clock.advance(HOUR)
    assert {status(aws, "ProcessingJob", name) for name in names} == {"Completed"}


def test_debugger_rules_stop_with_the_training_job() -> None:
    aws = account()
    names = [job["ProcessingJobName"] for job in watched(aws)]
    aws.clock.advance(timedelta(minutes=10))
    stop(aws, "train-1")
    aws.clock.advance(HOUR)
    assert {status(aws, "ProcessingJob", name) for name in names} == {"Stopped"}
