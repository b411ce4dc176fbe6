"""docs/runbook.md as its readers use it: headings to go to, commands to run."""

import os
import re
import subprocess
from pathlib import Path

from local.account import LocalAws
from local.paths import PROJECT

PATH = PROJECT / "docs" / "runbook.md"
_AWS = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }'  # which it ignores for SQS
_QUERY = re.compile(r"```text\n(.*?)```", re.DOTALL)
_FENCE = re.compile(r"```bash\n(.*?)```", re.DOTALL)


def sections() -> dict[str, str]:
    """Give the text under each heading, by the heading's anchor."""
    parts = re.split(r"^#+ (.+)$", PATH.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {
        re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-"): text
        for title, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def commands(anchor: str) -> list[str]:
    """Give the blocks of commands under a heading."""
    return _FENCE.findall(sections()[anchor])


def queries(anchor: str) -> list[str]:
    """Give the queries of Logs Insights under a heading."""
    return _QUERY.findall(sections()[anchor])


def run(aws: LocalAws, anchor: str, *blocks: int) -> str:
    """Run a heading's blocks, all or some, in one shell with the AWS CLI; give what was said."""
    [setting] = commands("runbook")
    there = commands(anchor)
    chosen = [there[number] for number in blocks or range(len(there))]
    return _bash(aws, "\n".join((_AWS, setting, *chosen)))


def _bash(aws: LocalAws, script: str) -> str:
    tools = Path(PROJECT / ".venv" / "bin")
    told = subprocess.run(  # noqa: S603 - the project's own page
        ["/bin/bash", "-euo", "pipefail", "-c", script],
        cwd=PROJECT,
        env={"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "AWS_PAGER": "", **aws.env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, f"{script}\n{told.stdout}{told.stderr}"
    aws.settle()
    return told.stdout
