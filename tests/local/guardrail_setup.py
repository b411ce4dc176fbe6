"""The guardrail of the shipped policy as the command writes it, and what it is put in front of."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from costguard_cli.main import app

SHIPPED = str(Path(__file__).parents[2] / "layers/policy/policy.toml")


def policy(statement: dict[str, Any]) -> str:
    """Write a policy of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


EVERYTHING = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})


def write(at: Path, *options: str) -> dict[str, str]:
    """Run the command; give the policies it wrote, by name."""
    done = CliRunner().invoke(app, ["guardrail", "--policy", SHIPPED, "--out", str(at), *options])
    assert done.exit_code == 0, done.output
    return {each.stem: each.read_text() for each in sorted(at.iterdir())}
