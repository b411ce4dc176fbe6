"""What `watch` loads before its first event: measured in modules, since seconds would flake."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.test_settings import ENVIRONMENT

ROOT = Path(__file__).parents[2]
READY = """
import json, sys
import handler
handler.ports()
print(json.dumps(sorted(sys.modules)))
"""
REPORTS = {"bill", "page", "page_charts", "page_table", "report", "summary", "summary_text"}
NOTIFIES = {"digests", "forms", "letter", "mailbag", "post", "postman", "routing"}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    layer = tmp_path_factory.mktemp("layer") / "costguard_policy"
    layer.mkdir()
    text = (ROOT / "layers" / "policy" / "policy.toml").read_text(encoding="utf-8")
    (layer / "policy.toml").write_text(text, encoding="utf-8")
    path = [ROOT / "functions" / "watch", ROOT / "layers" / "core", layer.parent]
    done = subprocess.run(  # noqa: S603 - our own code, in a fresh interpreter
        [sys.executable, "-c", READY],
        env={
            **ENVIRONMENT,
            "AWS_DEFAULT_REGION": "us-east-2",
            "PYTHONPATH": ":".join(str(p) for p in path),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("module", ["boto3", "s3transfer", "multiprocessing", "slack_sdk"])
def test_watch_loads_nothing_that_it_does_not_use(loaded: set[str], module: str) -> None:
    assert not {name for name in loaded if name.split(".")[0] == module}


def test_watch_loads_nothing_of_the_reports_and_letters(loaded: set[str]) -> None:
    ours = {name.split(".")[1] for name in loaded if name.startswith("costguard.")}
    assert ours
    assert ours & (REPORTS | NOTIFIES) == set()


def test_watch_loads_the_clients_it_uses_and_no_other(loaded: set[str]) -> None:
    assert {"costguard.aws.ledger", "costguard.aws.inventory"} <= loaded
    others = {"billing", "jupyter", "mail", "pages", "postal", "prices", "slack", "secrets"}
    assert not {f"costguard.aws.{name}" for name in others} & loaded
