"""`costguard guardrail` as an admin types it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from costguard_cli.main import app

SHIPPED = Path(__file__).parents[2] / "layers/policy/policy.toml"


def run(*options: str, policy: Path = SHIPPED) -> Result:
    return CliRunner().invoke(app, ["guardrail", "--policy", str(policy), *options])


def words(said: Result) -> str:
    """Give what was printed as one line, whatever the terminal's width."""
    return " ".join(said.output.replace("│", " ").split())


def test_it_says_what_it_would_write_what_it_cannot_and_how_to_attach_it() -> None:
    said = run()
    assert said.exit_code == 0
    for part in (
        "costguard-instance-type-is-not-allowed",
        "the policy allows these requests (guardrail = false): training job, tuning job",
        "over-budget IAM does not know costs",
        "Stricter than Costguard",
        "aws iam attach-role-policy --role-name ml-sagemaker-use --policy-arn ",
        "Nothing was written: name a folder with --out",
    ):
        assert part in words(said)


def test_it_writes_one_file_a_policy(tmp_path: Path) -> None:
    said = run("--out", str(tmp_path / "new"), "--for", "people", "--role", "students")
    files = sorted((tmp_path / "new").iterdir())
    assert len(files) == 5
    for file in files:
        assert json.loads(file.read_text())["Version"] == "2012-10-17"
        assert f"file://{file}" in said.output
    assert "aws iam attach-group-policy --group-name students " in said.output


def test_a_service_control_policy_is_written_without_white_space(tmp_path: Path) -> None:
    run("--format", "scp", "--admin", "arn:aws:iam::*:role/Admin", "--out", str(tmp_path))
    (only,) = tmp_path.iterdir()
    text = only.read_text()
    assert len(text) <= 5120
    assert "\n" not in text
    assert "arn:aws:iam::*:role/Admin" in text


def test_json_holds_the_policies_and_the_gaps() -> None:
    said = json.loads(run("--json", "--without", "itself", "--without", "naming").stdout)
    assert said.keys() == {"policies", "uncovered", "stricter", "attach"}
    assert [each["rules"] for each in said["policies"]] == [
        ["instance-type"],
        ["missing-tags"],
        ["long-running"],
    ]
    assert all(each["characters"] <= 6144 for each in said["policies"])
    assert {"about", "why"} == said["uncovered"][0].keys()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--format", "scp"), "name who may still change Costguard"),
        (
            ("--admin", "arn:aws:sts::123456789012:assumed-role/Admin/me"),
            "(of a session: its role's)",
        ),
        (("--admin", "Admin"), "is not the ARN of a role or user"),
        (("--stack", "a b"), "is no stack name"),
        (("--without", "money"), "is none of instance-type, missing-tags, naming"),
        (("--format", "word"), "Invalid value for '--format'"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(options: tuple[str, ...], why: str) -> None:
    said = run(*options)
    assert said.exit_code == 2
    assert why in words(said)


def test_a_policy_with_problems_is_refused_with_all_of_them(tmp_path: Path) -> None:
    bad = tmp_path / "policy.toml"
    bad.write_text('mode = "shout"\n[rules.naming]\nguardrail = "maybe"\n')
    said = run(policy=bad)
    assert said.exit_code == 1
    assert "mode: expected one of" in said.output
    assert "rules.naming.guardrail: expected true or false, got 'maybe'" in said.output


def test_what_does_not_fit_is_refused_with_what_to_leave_out(tmp_path: Path) -> None:
    keys = [f"Key{i:03}" for i in range(60)]
    crowded = tmp_path / "policy.toml"
    crowded.write_text(f'mode = "enforce"\n[rules.missing-tags]\nrequired = {keys}\n')
    said = run("--format", "boundary", policy=crowded)
    assert said.exit_code == 1
    assert "--without missing-tags" in said.output


def test_nothing_enforced_is_nothing_to_attach(tmp_path: Path) -> None:
    soft = tmp_path / "policy.toml"
    soft.write_text("[rules.naming]\n")
    said = run("--stack", "", policy=soft)
    assert "There is nothing to attach." in said.output
    assert "its mode is observe: what is not stopped is not denied (--all)" in words(said)
