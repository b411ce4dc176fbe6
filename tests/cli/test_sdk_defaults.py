"""`costguard sdk-defaults`: the file that a laptop needs, and what it lacks."""

import json

import pytest

from costguard.policy.loader import parse_policy
from costguard_cli.analysis.context import AnalysisContext
from costguard_cli.commands.sdk_defaults import document, wanted_tags
from tests.cli.command import run


def test_tags_given_by_hand_need_no_account() -> None:
    done = run("sdk-defaults", "--tag", "Project=sinkorswim", "--tag", "Name=a=b")
    assert done.code == 0
    assert done.out == document({"Project": "sinkorswim", "Name": "a=b"})[0]
    tags = json.loads(done.out)["SageMaker"]["ProcessingJob"]["Tags"]
    assert tags == [{"Key": "Project", "Value": "sinkorswim"}, {"Key": "Name", "Value": "a=b"}]
    assert "/etc/xdg/sagemaker/config.yaml" in done.err
    assert "ModelTrainer: give those tags=[Tag(key=..., value=...)]" in done.words


def test_a_value_that_the_sdk_refuses_is_left_out_and_said() -> None:
    done = run("sdk-defaults", "--tag", "Project=sinkorswim", "--tag", "Purpose=what's new?")
    assert done.code == 1
    assert "what's new?" not in done.out
    assert "Left out Purpose: the SDK refuses its value" in done.words


@pytest.mark.parametrize("tag", ["Project", "=x"])
def test_what_is_no_tag_is_refused(tag: str) -> None:
    assert run("sdk-defaults", "--tag", tag).code == 2


def test_without_tags_there_is_no_file() -> None:
    done = run("sdk-defaults")
    assert (done.code, done.out) == (2, "")
    assert "Name a notebook, or --tag" in done.words


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        ('[rules.missing-tags.required]\n"*" = ["Team", "Cost"]', ("Team", "Cost")),
        ('owner_tag = "Owner"\n[rules.naming]', ("Project", "Owner", "Purpose")),
    ],
)
def test_the_tags_are_those_that_the_policy_requires_of_jobs(
    policy: str, wanted: tuple[str, ...]
) -> None:
    context = AnalysisContext(policy=parse_policy(policy), source="a test")
    assert wanted_tags(context) == wanted
