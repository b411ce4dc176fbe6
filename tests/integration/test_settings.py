"""The environment and the wiring."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from costguard.adapters import clients
from costguard.app.ports import SweepPorts
from costguard.bootstrap.guard import sweep_ports
from costguard.bootstrap.settings import GuardSettings, NotifySettings, ReportSettings
from costguard.common.errors import SettingsInvalid
from costguard.policy.model import Mode
from tests.contract.calls import forget_ports

POLICY = Path(__file__).parents[2] / "layers/policy/policy.toml"
ENVIRONMENT = {
    "LEDGER_TABLE": "ledger",
    "ALERTS_TOPIC_ARN": "arn:aws:sns:us-east-2:123456789012:alerts",
    "SUMMARY_TOPIC_ARN": "arn:aws:sns:us-east-2:123456789012:summaries",
    "STOP_QUEUE_URL": "stops",
    "STACK": "costguard",
    "AWS_LAMBDA_FUNCTION_NAME": "costguard-watch",
    "MODE": "observe",
    "SWEEP_EVERY": "rate(5 minutes)",
}
A_PROBE, NO_PROBE = {"PROBE_FUNCTION": "probe"}, {"PROBE_FUNCTION": ""}


def test_the_environment_is_read() -> None:
    settings = GuardSettings.read(ENVIRONMENT)
    assert (settings.ledger_table, settings.mode) == ("ledger", Mode.OBSERVE)
    assert settings.place == ("123456789012", "us-east-2")


@pytest.mark.parametrize(("given", "probe"), [({}, None), (NO_PROBE, None), (A_PROBE, "probe")])
def test_the_probe_may_be_turned_off(given: dict[str, str], probe: str | None) -> None:
    assert GuardSettings.read(ENVIRONMENT | given).probe == probe


@pytest.mark.parametrize(
    ("given", "queue"),
    [({}, None), ({"PARK_QUEUE_URL": ""}, None), ({"PARK_QUEUE_URL": "park"}, "park")],
)
def test_what_deletes_is_there_only_where_it_has_a_queue(
    given: dict[str, str], queue: str | None
) -> None:
    assert GuardSettings.read(ENVIRONMENT | given).park_queue == queue


def test_everything_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        GuardSettings.read({"MODE": "shout"})
    assert caught.value.problems == (
        *(f"{name}: missing" for name in ENVIRONMENT if name not in ("MODE", "SWEEP_EVERY")),
        "MODE: expected one of observe, warn, enforce, got 'shout'",
        "SWEEP_EVERY: expected a rate such as rate(5 minutes), got ''",
    )


def test_the_reports_environment_is_read_or_all_that_is_missing_is_told() -> None:
    names = ("LEDGER_TABLE", "SUMMARY_TOPIC_ARN")
    given = {name: ENVIRONMENT[name] for name in names}
    given |= {"REPORT_BUCKET": "pages", "TIMEZONE": "America/Chicago"}
    settings = ReportSettings.read(given)
    assert (settings.bucket, settings.place) == ("pages", ("123456789012", "us-east-2"))
    with pytest.raises(SettingsInvalid) as caught:
        ReportSettings.read({})
    assert caught.value.problems == tuple(f"{name}: missing" for name in given)


@pytest.mark.parametrize(
    ("given", "others"),
    [
        ("", {}),
        ("arn:aws:dynamodb:eu-west-1:123456789012:table/one", {"eu-west-1": "one"}),
        (
            "arn:aws:dynamodb:eu-west-1:1:table/a,arn:aws-cn:dynamodb:cn-north-1:1:table/b",
            {"eu-west-1": "a", "cn-north-1": "b"},
        ),
    ],
)
def test_other_regions_ledgers_are_known_by_their_region(
    given: str, others: dict[str, str]
) -> None:
    told = ENVIRONMENT | {"REPORT_BUCKET": "pages", "TIMEZONE": "UTC", "OTHER_LEDGERS": given}
    assert ReportSettings.read(told).other_ledgers == others


def test_a_ledger_that_is_no_table_is_refused() -> None:
    told = {"REPORT_BUCKET": "pages", "TIMEZONE": "UTC", "OTHER_LEDGERS": "costguard-there"}
    with pytest.raises(SettingsInvalid, match="OTHER_LEDGERS: expected ARNs of tables"):
        ReportSettings.read(told)


def test_the_places_of_spokes_are_read_once_each() -> None:
    told = ENVIRONMENT | {"REPORT_BUCKET": "pages", "TIMEZONE": "UTC"}
    west = "222233334444/eu-west-1"
    assert ReportSettings.read(told).spokes == ()
    assert ReportSettings.read(told | {"SPOKES": f"{west}, {west},"}).spokes == (west,)
    with pytest.raises(SettingsInvalid, match=r"got 'eu-west-1'\n.*got '2222/eu-west-1'"):
        ReportSettings.read(told | {"SPOKES": f"{west},eu-west-1,2222/eu-west-1"})


def test_notify_needs_no_channel_but_its_queue() -> None:
    needed = {"NOTIFY_QUEUE_URL": "notices", **ENVIRONMENT}
    settings = NotifySettings.read(needed)
    assert (settings.queue, settings.mail_from, settings.slack_token) == ("notices", "", "")
    with pytest.raises(SettingsInvalid) as caught:
        NotifySettings.read({})
    missing = ("LEDGER_TABLE", "SUMMARY_TOPIC_ARN", "NOTIFY_QUEUE_URL", "STACK")
    told = tuple(f"{name}: missing" for name in (*missing, "AWS_LAMBDA_FUNCTION_NAME"))
    mode = "MODE: expected one of observe, warn, enforce, got ''"
    assert caught.value.problems == (*told, mode)


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[SweepPorts]:
    """Wire the ports as in a function, with its layer; clients call nobody by themselves."""
    layer = tmp_path / "costguard_policy"
    layer.mkdir()
    (layer / "policy.toml").write_bytes(POLICY.read_bytes())
    monkeypatch.syspath_prepend(tmp_path)
    for name, value in (ENVIRONMENT | {"AWS_DEFAULT_REGION": "us-east-2"}).items():
        monkeypatch.setenv(name, value)
    yield sweep_ports()
    forget_ports()
    clients._client.cache_clear()
    sys.modules.pop("costguard_policy", None)


def test_the_deployments_mode_caps_the_policy(wired: SweepPorts) -> None:
    assert {wired.policy.mode_of(rule) for rule in wired.policy.rules} == {Mode.OBSERVE}


def test_the_ports_are_wired_once(wired: SweepPorts) -> None:
    assert sweep_ports() == wired
    assert sweep_ports().policy is wired.policy
