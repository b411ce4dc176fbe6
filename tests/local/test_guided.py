"""`sam build && sam deploy --guided` as a person types it, without make, on the local AWS."""

import os
import subprocess
import tomllib
from pathlib import Path

from local import sam
from local.account import LocalAws
from local.paths import PROJECT
from tests.contract.template import TEMPLATE

TOOLS = PROJECT / ".venv-sam" / "bin"
ENTER = "\n"
BESIDE = 8  # name, Region, three yes or no, saving: whether, where, under which name


def sam_cli(aws: LocalAws, root: Path, *arguments: str, answers: str = "") -> str:
    path = f"{TOOLS}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603 - the project's own tool
        [TOOLS / "sam", *arguments],
        cwd=root,
        env={**os.environ, **aws.env, "PATH": path, "SAM_CLI_POLL_DELAY": "0.1"},
        input=answers,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def test_enter_at_each_question_and_one_yes_make_a_guard_that_observes(
    aws: LocalAws, tmp_path: Path
) -> None:
    root = sam.copy_sources(PROJECT / "layers" / "policy" / "policy.toml", tmp_path)
    questions = len(TEMPLATE["Parameters"]) + BESIDE
    sam_cli(aws, root, "build")
    said = sam_cli(aws, root, "deploy", "--guided", answers=ENTER * questions + "y" + ENTER)
    assert "Deploy this changeset? [y/N]" in said
    name = sam.outputs(aws)["SweepFunctionName"]
    config = aws.client("lambda").get_function_configuration(FunctionName=name)
    assert config["Environment"]["Variables"]["MODE"] == "observe"
    kept = tomllib.loads((root / "samconfig.toml").read_text())["default"]["deploy"]["parameters"]
    assert kept["stack_name"] == "costguard"
