"""The environment and the wiring."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from costguard.aws.clients import client
from costguard.aws.wiring import ports
from costguard.errors import SettingsInvalid
from costguard.policy import Mode
from costguard.ports import Ports
from costguard.settings import Settings

POLICY = Path(__file__).parents[2] / "layers/policy/policy.toml"
ENVIRONMENT = {
    "LEDGER_TABLE": "ledger",
    "ALERTS_TOPIC_ARN": "alerts",
    "SUMMARY_TOPIC_ARN": "summaries",
    "STOP_QUEUE_URL": "stops",
    "STACK": "costguard",
    "AWS_LAMBDA_FUNCTION_NAME": "costguard-watch",
    "MODE": "observe",
}


def test_the_environment_is_read() -> None:
    settings = Settings.read(ENVIRONMENT)
    assert (settings.ledger_table, settings.mode) == ("ledger", Mode.OBSERVE)


def test_everything_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        Settings.read({"MODE": "shout"})
    assert caught.value.problems == (
        *(f"{name}: missing" for name in ENVIRONMENT if name != "MODE"),
        "MODE: expected one of observe, warn, enforce, got 'shout'",
    )


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Ports]:
    """Wire the ports as in a function, with its layer; clients call nobody by themselves."""
    layer = tmp_path / "costguard_policy"
    layer.mkdir()
    (layer / "policy.toml").write_bytes(POLICY.read_bytes())
    monkeypatch.syspath_prepend(tmp_path)
    for name, value in (ENVIRONMENT | {"AWS_DEFAULT_REGION": "us-east-2"}).items():
        monkeypatch.setenv(name, value)
    yield ports()
    ports.cache_clear()
    client.cache_clear()
    sys.modules.pop("costguard_policy", None)


def test_the_deployments_mode_caps_the_policy(wired: Ports) -> None:
    assert {wired.policy.mode_of(rule) for rule in wired.policy.rules} == {Mode.OBSERVE}


def test_the_ports_are_wired_once(wired: Ports) -> None:
    assert ports() is wired
