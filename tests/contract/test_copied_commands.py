"""The AWS CLI of the lock accepts every command in messages and documents."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session

from costguard.resources.commands import is_tag_text
from costguard.resources.registry import KINDS
from costguard.rules import RULES
from tests.aws_cli import RefusedLineError, parse_arguments, parse_line
from tests.contract.shell_lines import blocks_of, inline_of

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(page for page in sorted(ROOT.glob("docs/*.md")) if page.name != "threat-model.md"),
]  # the threat model names commands, and gives none to copy
GOLDEN = sorted(path for path in ROOT.glob("tests/golden/*/*.txt"))
COPIED = re.compile(r"""^(?:(?! *").*: )?(aws .+)$""", re.MULTILINE)
FILTERS = ("awk", "sed", "date", "cat")  # what the documents' commands are fed through
RECORDER = """
aws() {
  for argument in "$@"; do
    if [[ $argument == fileb:///dev/fd/* ]]; then
      argument=fileb-content:$(<"${argument#fileb://}")
    fi
    printf '%s\\0' "$argument" >&3
  done
  printf '\\1\\0' >&3
  echo arn:aws:dynamodb:us-east-2:123456789012:table/the-ledger/backup/1
}
name() { echo "what-is-named-$1"; }
"""
"""A bash function that writes down what the CLI would be given, and answers with an ARN."""


def commands_of(document: Path) -> list[str]:
    """Give the blocks and the words in the text that call the AWS CLI."""
    text = document.read_text(encoding="utf-8").replace(".venv/bin/aws ", "aws ")
    blocks = [block for block in blocks_of(text) if "aws " in block]
    return blocks + [words for words in inline_of(text) if words.startswith("aws ")]


def recorded(script: str, path: Path) -> list[list[str]]:
    """Let bash expand a script, without any other program, and give each call of the CLI."""
    tools = path / "bin"
    tools.mkdir(exist_ok=True)
    for name in FILTERS:
        found = shutil.which(name)
        assert found
        (tools / name).unlink(missing_ok=True)
        (tools / name).symlink_to(found)
    calls = path / "calls"
    subprocess.run(  # noqa: S603 - the project's own pages, in a shell that can run nothing else
        ["/bin/bash", "--norc", "-c", f"exec 3>'{calls}'; {RECORDER}\nset -r\n{script}"],
        env={"PATH": str(tools), "STACK": "costguard", "REPORT": "report"},
        cwd=path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    *parts, _ = calls.read_text(encoding="utf-8").split("\1\0")
    return [part.split("\0")[:-1] for part in parts]


def with_files(arguments: list[str], path: Path) -> list[str]:
    """Put a real file where the shell gave the content of a pipe."""
    begin = "fileb-content:"
    for number, argument in enumerate(arguments):
        if argument.startswith(begin):
            file = path / f"content-{number}"
            file.write_text(argument.removeprefix(begin), encoding="utf-8")
            arguments[number] = f"fileb://{file}"
    return arguments


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_command_of_a_document_is_taken_by_the_cli(document: Path, tmp_path: Path) -> None:
    for script in commands_of(document):
        calls = recorded(script, tmp_path)
        own = script.replace("aws-", "").count("aws ")
        assert len(calls) >= max(1, own), script
        for call in calls:
            parse_arguments(with_files(call, tmp_path))


def test_a_block_of_another_language_hides_no_other() -> None:
    text = "```json\n{}\n```\n`aws x`\n```bash\naws y\n```\n`aws z`\n"
    assert blocks_of(text) == ["aws y\n"]
    assert inline_of(text) == ["aws x", "aws z"]


def test_a_command_that_the_cli_does_not_take_is_noticed(tmp_path: Path) -> None:
    [call] = recorded("aws lambda invoke --cli-binary-format raw-in-base64-out out", tmp_path)
    with pytest.raises(RefusedLineError):
        parse_arguments(call)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_line_of_a_message_is_taken_by_the_cli(path: Path) -> None:
    for line in COPIED.findall(path.read_text(encoding="utf-8")):
        parse_line(line)


def test_the_golden_messages_have_lines_to_copy() -> None:
    lines = [line for path in GOLDEN for line in COPIED.findall(path.read_text(encoding="utf-8"))]
    assert len(lines) > 20


def test_what_a_tag_may_hold_is_what_the_model_says() -> None:
    model = get_session().get_service_model("sagemaker")
    tag: dict[str, Any] = getattr(model.shape_for("Tag"), "members")  # noqa: B009 - a Structure
    for member, longest in (("Key", 128), ("Value", 256)):
        assert tag[member].metadata["max"] == longest
        pattern = tag[member].metadata["pattern"]
        assert re.sub(r"[\^$()*]", "", pattern) == r"[\p{L}\p{Z}\p{N}_.:/=+\-@]"
    assert is_tag_text("Grüße 2_.:/=+-@")
    assert not any(map(is_tag_text, "',&\"$`[]{}\n\\"))


MAX_RUNTIME = {
    "training-job": {
        ("2.257.7", "sagemaker.estimator.EstimatorBase", "max_run"),
        ("3.27.0", "sagemaker.train.ModelTrainer", "stopping_condition"),
        ("3.27.0", "sagemaker.core.shapes.StoppingCondition", "max_runtime_in_seconds"),
        ("2.257.7", "sagemaker.remote_function.remote", "max_runtime_in_seconds"),
        ("3.27.0", "sagemaker.core.remote_function.remote", "max_runtime_in_seconds"),
    },
    "processing-job": {
        ("2.257.7", "sagemaker.processing.Processor", "max_runtime_in_seconds"),
        ("3.27.0", "sagemaker.core.processing.Processor", "max_runtime_in_seconds"),
    },
    "hyper-parameter-tuning-job": {
        ("2.257.7", "sagemaker.tuner.HyperparameterTuner", "max_runtime_in_seconds"),
        ("3.27.0", "sagemaker.train.tuner.HyperparameterTuner", "max_runtime_in_seconds"),
    },
}
"""By kind: the arguments that set MaxRuntimeInSeconds, as read in the SDK: of a StoppingCondition,
and of a tuning job's ResourceLimits, which hold for all of its jobs together."""


@pytest.mark.parametrize("kind", KINDS)
def test_the_remedy_of_a_long_job_names_the_arguments_of_the_sdk(kind: str) -> None:
    named = set(re.findall(r"(\w+)=", KINDS[kind].words.max_runtime))
    arguments = {argument for _, _, argument in MAX_RUNTIME.get(kind, ())}
    assert named == arguments
    has_limit = KINDS[kind].translation.limits is not None
    is_stopping_condition = "MaxRuntimeInSeconds" in KINDS[kind].words.asks_too_much
    assert bool(named) is (has_limit and is_stopping_condition)


def test_no_remedy_takes_for_granted_what_another_rule_may_refuse() -> None:
    for kind in KINDS.values():
        assert "same type" not in kind.words.rename
        assert "same tags" not in kind.words.rename
    assert set(RULES)
