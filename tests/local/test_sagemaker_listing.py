from datetime import timedelta
from itertools import chain
from typing import Any

import pytest

from local.sagemaker.account import Account
from tests.local.sagemaker_cases import JOBS, START, account, notebook, refused, tagged, training

MINUTE = timedelta(minutes=1)


def pages(aws: Account, operation: str, **asked: Any) -> list[list[str]]:
    """Follow every NextToken; give the names on each page."""
    found: list[list[str]] = []
    token: dict[str, str] = {}
    while True:
        answer = aws.call(operation, {**asked, **token})
        items = next(value for value in answer.values() if isinstance(value, list))
        found.append([next(v for k, v in i.items() if k.endswith("Name")) for i in items])
        if "NextToken" not in answer:
            return found
        token = {"NextToken": answer["NextToken"]}


def notebooks(*names: str) -> Account:
    """Make notebooks, a minute apart."""
    aws = account()
    for name in names:
        aws.call("CreateNotebookInstance", notebook(name))
        aws.clock.advance(MINUTE)
    return aws


@pytest.mark.parametrize("prefix", JOBS)
def test_every_kind_of_job_is_listed_ten_to_a_page(prefix: str) -> None:
    aws = account()
    for number in range(12):
        aws.call(f"Create{prefix}", JOBS[prefix](f"job-{number:02d}"))
    found = pages(aws, f"List{prefix}s")
    assert [len(page) for page in found] == [10, 2]
    assert sorted(chain.from_iterable(found)) == [f"job-{number:02d}" for number in range(12)]


def test_a_training_page_is_cut_before_it_is_filtered_so_one_can_be_empty() -> None:
    aws = account()
    for number in range(6):
        aws.call("CreateTrainingJob", training(f"job-{number}"))
        aws.clock.advance(MINUTE / 2)
    for number in (2, 3):
        aws.call("StopTrainingJob", {"TrainingJobName": f"job-{number}"})
    found = pages(aws, "ListTrainingJobs", StatusEquals="InProgress", MaxResults=2)
    assert found == [["job-5", "job-4"], [], ["job-1", "job-0"]]


def test_notebooks_are_filtered_before_a_page_is_cut() -> None:
    aws = notebooks("a", "b", "c", "d", "e")
    found = pages(aws, "ListNotebookInstances", StatusEquals="InService", MaxResults=2)
    assert found == [["a", "b"], ["c"]]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"NameContains": "DOE"}, ["DoeJane-x", "DoeJohn-x"]),
        ({"StatusEquals": "Pending"}, ["DoeJane-x", "RoeRichard-x"]),
        ({"CreationTimeAfter": START}, ["DoeJane-x", "RoeRichard-x"]),
        ({"CreationTimeBefore": START + MINUTE}, ["DoeJohn-x"]),
        ({"LastModifiedTimeAfter": START + 2 * MINUTE}, ["DoeJohn-x"]),
        ({"LastModifiedTimeBefore": START + 2 * MINUTE}, ["RoeRichard-x"]),
        ({"SortBy": "CreationTime"}, ["DoeJohn-x", "RoeRichard-x", "DoeJane-x"]),
        ({"SortOrder": "Descending"}, ["RoeRichard-x", "DoeJohn-x", "DoeJane-x"]),
        ({"SortBy": "Status"}, ["DoeJohn-x", "DoeJane-x", "RoeRichard-x"]),
    ],
)
def test_notebooks_are_filtered_and_sorted(asked: dict[str, Any], names: list[str]) -> None:
    aws = account()
    for name in ("DoeJohn-x", "RoeRichard-x", "DoeJane-x"):
        aws.call("CreateNotebookInstance", notebook(name))
        aws.clock.advance(MINUTE)
    assert pages(aws, "ListNotebookInstances", **asked) == [names]


def test_training_jobs_come_newest_first() -> None:
    aws = account()
    for name in ("first", "second"):
        aws.call("CreateTrainingJob", training(name))
        aws.clock.advance(MINUTE)
    assert pages(aws, "ListTrainingJobs") == [["second", "first"]]


def test_what_is_created_between_two_pages_is_not_shown_twice() -> None:
    aws = account()
    for number in range(4):
        aws.call("CreateTrainingJob", training(f"job-{number}"))
        aws.clock.advance(MINUTE)
    first = aws.call("ListTrainingJobs", {"MaxResults": 2})
    aws.call("CreateTrainingJob", training("newest"))
    rest = aws.call("ListTrainingJobs", {"MaxResults": 2, "NextToken": first["NextToken"]})
    names = [job["TrainingJobName"] for job in rest["TrainingJobSummaries"]]
    assert names == ["job-1", "job-0"]


def test_a_summary_says_less_than_describe() -> None:
    aws = notebooks("a")
    (summary,) = aws.call("ListNotebookInstances", {})["NotebookInstances"]
    assert summary["InstanceType"] == "ml.t3.medium"
    assert not {"RoleArn", "VolumeSizeInGB", "Tags"} & summary.keys()


def test_a_token_that_is_none_is_refused() -> None:
    refusal = refused(account(), "ListNotebookInstances", NextToken="nonsense!")
    assert refusal == ("ValidationException", "Invalid NextToken.")


def test_tags_are_added_overwritten_and_removed() -> None:
    aws = account()
    made = aws.call("CreateNotebookInstance", notebook("a", Tags=tagged(Project="churn")))
    arn = {"ResourceArn": made["NotebookInstanceArn"]}
    aws.call("AddTags", {**arn, "Tags": tagged(Project="fraud", Name="Doe")})
    assert aws.call("ListTags", arn)["Tags"] == tagged(Project="fraud", Name="Doe")
    aws.call("DeleteTags", {**arn, "TagKeys": ["Name", "Other"]})
    assert aws.call("ListTags", arn)["Tags"] == tagged(Project="fraud")


def test_tags_are_found_by_an_arn_in_any_case() -> None:
    aws = account()
    made = aws.call("CreateNotebookInstance", notebook("DoeJohn-x", Tags=tagged(a="b")))
    arn = made["NotebookInstanceArn"].replace("doejohn", "DoeJohn")
    assert aws.call("ListTags", {"ResourceArn": arn})["Tags"] == tagged(a="b")


def test_a_resource_holds_fifty_tags() -> None:
    aws = account()
    full = tagged(**{f"key-{n}": "x" for n in range(50)})
    made = aws.call("CreateNotebookInstance", notebook("a", Tags=full))
    arn = made["NotebookInstanceArn"]
    assert refused(aws, "AddTags", ResourceArn=arn, Tags=tagged(more="x"))[0] == (
        "ResourceLimitExceeded"
    )
    assert aws.call("ListTags", {"ResourceArn": arn, "MaxResults": 50}) == {"Tags": full}
    _, message = refused(aws, "ListTags", ResourceArn=arn, MaxResults=49)
    assert message.endswith("Member must have value greater than or equal to 50")


def test_only_what_was_ever_tagged_is_known_to_the_tagging_api() -> None:
    aws = account()
    for name, tags in (("never", {}), ("once", {"Tags": tagged(a="b")})):
        made = aws.call("CreateNotebookInstance", notebook(name, **tags))
    aws.call("DeleteTags", {"ResourceArn": made["NotebookInstanceArn"], "TagKeys": ["a"]})
    assert aws.tagged() == {made["NotebookInstanceArn"]: []}
