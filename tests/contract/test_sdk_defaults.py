"""The SDK's defaults: what a notebook writes at its start, from its own tags and nothing else."""

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped] # cfn-lint brings it
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "lifecycle" / "sdk_defaults.py"
PROGRAM = runpy.run_path(str(SOURCE))
BOX: str = runpy.run_path(str(ROOT / "scripts" / "heartbeat"))["compact"](
    SOURCE.read_text(encoding="utf-8")
)
SDK = r"^[\w\s\d_.:/=+\-@]*$"  # what the schema of both majors takes
TAGS = {"Project": "sinkorswim", "Name": "John Doe", "Purpose": "TrainClassifier"}
ARN = "arn:aws:sagemaker:us-east-2:123456789012:notebook-instance/doejohn-explore"
WORDS = st.text() | st.text(" \n\t\x85\u2028\xe9\U0001d49c:#-=@+./_1", max_size=300)


@given(st.dictionaries(st.sampled_from(["Project", "Name", "Purpose"]), WORDS))
def test_every_value_survives_as_data_or_is_left_out_and_named(tags: dict[str, str]) -> None:
    text, refused = PROGRAM["document"](tags)
    read: dict[str, Any] = yaml.safe_load(text)
    assert read == json.loads(text)
    found = read["SageMaker"]
    remote = found.pop("PythonSDK")["Modules"]["RemoteFunction"]
    for each in (*found.values(), remote):
        taken = {tag["Key"]: tag["Value"] for tag in each["Tags"]}
        assert taken == {key: value for key, value in tags.items() if key not in refused}
        assert all(re.search(SDK, value) and len(value) <= 256 for value in taken.values())
    assert all(not re.search(SDK, tags[key]) or len(tags[key]) > 256 for key in refused)


@pytest.mark.parametrize(
    "value", ["- a", "a: b", "@home", "=1+1", " x ", "", "no", "2026-11-28", "a\nb", "Jörg Müller"]
)
def test_what_yaml_reads_in_another_way_is_a_text(value: str) -> None:
    text, refused = PROGRAM["document"]({"Name": value})
    assert refused == []
    assert yaml.safe_load(text)["SageMaker"]["TrainingJob"]["Tags"][0]["Value"] == value


def start(home: Path, aws: str, *, metadata: bool = True) -> str:
    """Start a notebook whose AWS CLI is a script; give what the log says."""
    (home / "bin").mkdir(exist_ok=True)
    (home / "bin" / "aws").write_text(f'#!/bin/bash\necho "$*" >{home}/asked\n{aws}\n')
    (home / "bin" / "aws").chmod(0o755)
    if metadata:
        (home / "metadata").write_text(json.dumps({"ResourceArn": ARN, "ResourceName": "x"}))
    script = BOX.replace("/etc/xdg", str(home)).replace(
        "/opt/ml/metadata/resource-metadata.json", str(home / "metadata")
    )
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", script],
        env=os.environ | {"PATH": f"{home / 'bin'}:{os.environ['PATH']}"},
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout.strip()


def answers(tags: dict[str, str]) -> str:
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    return f"cat <<'END'\n{json.dumps({'Tags': listed})}\nEND"


def test_a_start_writes_the_tags_of_the_notebook_itself(tmp_path: Path) -> None:
    said = start(tmp_path, answers(TAGS | {"ModelSize": "7B", "costguard:keep-until": "now"}))
    file = tmp_path / "sagemaker" / "config.yaml"
    assert said == f"costguard: SDK defaults {file} written"
    assert file.read_text() == PROGRAM["document"](TAGS)[0]
    assert f"--resource-arn {ARN}" in (tmp_path / "asked").read_text()
    assert file.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("aws", "metadata", "says"),
    [
        (
            "echo 'AccessDenied: no\nsagemaker:ListTags' >&2; exit 254",
            True,
            "ListTags: AccessDenied",
        ),
        (answers({"ModelSize": "7B"}), True, "no tag Project or Name or Purpose"),
        (answers({"Project": "a 'quote'"}), True, "no tag Project or Name or Purpose"),
        ("echo 'not JSON'", True, "not written: "),
        (answers(TAGS), False, "not written: "),
    ],
)
def test_where_the_tags_are_not_known_nothing_is_written_and_the_log_says_so(
    tmp_path: Path, aws: str, *, metadata: bool, says: str
) -> None:
    said = start(tmp_path, aws, metadata=metadata)
    assert "not written: " in said
    assert says in said
    assert "\n" not in said
    assert not (tmp_path / "sagemaker").exists()


def test_a_value_that_the_sdk_refuses_is_left_out_and_the_log_says_so(tmp_path: Path) -> None:
    said = start(tmp_path, answers(TAGS | {"Purpose": "what's new?"}))
    assert said.endswith("written, without Purpose, whose value the SDK refuses")


def test_a_file_of_somebody_else_is_left_alone_and_its_own_is_renewed(tmp_path: Path) -> None:
    file = tmp_path / "sagemaker" / "config.yaml"
    start(tmp_path, answers(TAGS))
    start(tmp_path, answers(TAGS | {"Project": "wattbot"}))
    assert "wattbot" in file.read_text()
    file.write_text("SchemaVersion: '1.0'\n")
    assert start(tmp_path, answers(TAGS)).endswith("is somebody else's")
    assert file.read_text() == "SchemaVersion: '1.0'\n"
