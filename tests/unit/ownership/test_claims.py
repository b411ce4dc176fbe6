"""What a resource states about its owner."""

import pytest

from costguard.ownership.claims import (
    DEFAULT_PATTERNS,
    SEPARATORS,
    claimed_name,
    hints,
    name_windows,
    owner_part,
    pieces,
    whole_names,
)
from costguard.resources.model import Resource
from costguard.resources.naming import NamePattern
from costguard.resources.per_kind import for_all
from tests.factories import notebook, processing_job, training_job

JOBS = for_all((NamePattern("{LastnameFirstname}-{Purpose}"),))


@pytest.mark.parametrize(
    ("text", "level", "found"),
    [
        ("John Doe / Jane Roe", 0, ["John Doe", "Jane Roe"]),
        ("John Doe and Jane Roe + Max Moe", 0, ["John Doe and Jane Roe + Max Moe"]),
        ("José Ortega y Gasset / Max Moe", 0, ["José Ortega y Gasset", "Max Moe"]),
        ("John Doe and Jane Roe + Max Moe", 1, ["John Doe", "Jane Roe", "Max Moe"]),
        ("John Doe <john@x.org>", 0, ["john@x.org", "John Doe <", ">"]),
        ("a@x.org b@x.org", 0, ["a@x.org", "b@x.org"]),
        ("john+aws@x.org", 0, ["john+aws@x.org"]),
        ("Doe, John", 0, ["Doe, John"]),
        ("owner: John Doe (PI)", 2, ["owner", "John Doe", "PI"]),
        ("", 0, []),
    ],
)
def test_a_tag_may_name_several_people(text: str, level: int, found: list[str]) -> None:
    assert list(pieces(text, SEPARATORS[level], whole_names(()))) == found


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        (notebook("MoeMax-Explore"), "MoeMax"),
        (notebook("wattbot-MoeMax-Explore"), "MoeMax"),
        (notebook("explore-MoeMax"), "MoeMax"),
        (notebook("PyTorch-Explore"), None),
        (notebook("SinkOrSwim-Explore"), None),
        (processing_job("WattBot-embed-gte-large"), None),  # its kind says no owner
        (training_job("TrainStep-x"), None),
    ],
)
def test_a_bare_word_is_a_claim_where_names_of_the_kind_say_whose_they_are(
    resource: Resource, name: str | None
) -> None:
    teams = {"SinkOrSwim"}
    assert claimed_name(resource, DEFAULT_PATTERNS, teams.__contains__) == name


def test_a_step_of_a_pipeline_claims_nobody() -> None:
    step = training_job("pipelines-cos5h1n0dv8j-TrainStep-AbCdEfGh1x")
    assert claimed_name(step, JOBS, lambda _: False) is None
    assert claimed_name(training_job("TrainStep-x"), JOBS, lambda _: False) == "TrainStep"


def test_the_owners_place_is_a_patterns() -> None:
    assert owner_part(notebook("wattbot-DoeJohn-x"), DEFAULT_PATTERNS) == "DoeJohn"
    assert owner_part(notebook("x"), DEFAULT_PATTERNS) is None
    assert owner_part(training_job("DoeJohn-x"), for_all((NamePattern("{Purpose}"),))) is None


def test_numbers_are_no_part_of_a_name() -> None:
    texts = [text for *_, text in name_windows("doe-john-10-x-2026-11-23-14-00-00-123")]
    assert texts == ["doe-john", "doe", "john", "x"]


def test_tags_of_sagemaker_hint_at_people() -> None:
    arn = "arn:aws:sagemaker:us-east-2:123456789012"
    tags = {
        "sagemaker:user-profile-name": "jane",
        "sagemaker:name": "Churn weekly",
        "sagemaker:user-profile-arn": f"{arn}:user-profile/d-1/jane-roe",
        "sagemaker:pipeline-execution-arn": f"{arn}:pipeline/doejohn-churn/execution/cos5h1n0dv8j",
    }
    assert list(hints(tags)) == ["jane", "Churn weekly", "jane-roe", "doejohn-churn"]
    assert list(hints({"sagemaker:pipeline-execution-arn": "odd"})) == []
