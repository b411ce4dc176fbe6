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
handler.guard_ports()
print(json.dumps(sorted(sys.modules)))
"""
REPORTS = ("costguard.reports", "costguard.app.report", "costguard.costs.bill")
NOTIFIES = tuple(
    f"costguard.notifications.{name}"
    for name in ("batch", "digest", "dispatcher", "message", "recipients", "renderers", "sender")
)


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
    ours = {name for name in loaded if name.startswith("costguard.")}
    assert ours
    assert not {name for name in ours if name.startswith(REPORTS + NOTIFIES)}


def test_watch_loads_the_clients_it_uses_and_no_other(loaded: set[str]) -> None:
    used = {"dynamodb.cases", "sagemaker.inventory"}
    assert {f"costguard.adapters.{name}" for name in used} <= loaded
    others = {"cost_explorer", "jupyter", "ses", "s3", "price_list", "slack", "secrets"}
    assert not {f"costguard.adapters.{name}" for name in others} & loaded
    assert "costguard.bootstrap.notifier" not in loaded
