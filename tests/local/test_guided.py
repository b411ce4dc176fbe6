"""`sam build && sam deploy --guided` as a person types it, without make, on the local AWS."""

import tomllib
from pathlib import Path

import pytest

from local import sam
from local.account import LocalAws
from local.paths import PROJECT
from local.sam_cli import run_sam
from tests.contract.template import TEMPLATE

pytestmark = pytest.mark.real

ENTER = "\n"
BESIDE = 8  # name, Region, three yes or no, saving: whether, where, under which name


def test_enter_at_each_question_and_one_yes_make_a_guard_that_observes(
    aws: LocalAws, tmp_path: Path
) -> None:
    root = sam.copy_sources(PROJECT / "layers" / "policy" / "policy.toml", tmp_path)
    questions = len(TEMPLATE["Parameters"]) + BESIDE
    env = {**aws.env, "SAM_CLI_POLL_DELAY": "0.1"}
    run_sam("build", root=root, env=env)
    answers = ENTER * questions + "y" + ENTER
    said = run_sam("deploy", "--guided", root=root, env=env, answers=answers)
    assert "Deploy this changeset? [y/N]" in said
    name = sam.outputs(aws)["SweepFunctionName"]
    config = aws.client("lambda").get_function_configuration(FunctionName=name)
    assert config["Environment"]["Variables"]["MODE"] == "observe"
    kept = tomllib.loads((root / "samconfig.toml").read_text())["default"]["deploy"]["parameters"]
    assert kept["stack_name"] == "costguard"
