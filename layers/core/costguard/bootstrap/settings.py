"""The function's environment, read once and checked as a whole.

It is longer than other modules because the settings of every function are here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from msgspec import Struct, field

from costguard.bootstrap.spoke_settings import SpokeSettings, read_places
from costguard.common.errors import SettingsInvalid
from costguard.policy.model import Mode

_TABLE = re.compile(r"arn:[a-z-]+:dynamodb:(?P<region>[a-z0-9-]+):\d+:table/(?P<name>[\w.-]+)")

_RATE = re.compile(r"rate\((?P<minutes>\d+) minutes?\)")


class GuardSettings(Struct, frozen=True, kw_only=True):
    """The settings of a guard function from the template."""

    ledger_table: str
    alerts_topic: str
    summary_topic: str
    stop_queue: str
    stack: str
    function: str
    mode: Mode  # the upper limit for every rule
    sweep_interval: timedelta
    self_service: bool = False  # people may answer notices, and ask for exceptions
    probe: str | None = None  # the function that opens notebooks, unless turned off
    park_queue: str | None = None  # of the function that deletes, where an admin asked for it
    rosters: str = ""  # the bucket, or `bucket/folder`, with the rosters; only the sweep has it
    spokes: SpokeSettings = SpokeSettings()

    @property
    def place(self) -> tuple[str, str]:
        """The account and the region, as the topic's ARN names them."""
        return _place(self.alerts_topic)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "GuardSettings":
        """Read the environment. Raises SettingsInvalid with everything that is missing or wrong."""
        names = {
            "ledger_table": "LEDGER_TABLE",
            "alerts_topic": "ALERTS_TOPIC_ARN",
            "summary_topic": "SUMMARY_TOPIC_ARN",
            "stop_queue": "STOP_QUEUE_URL",
            "stack": "STACK",
            "function": "AWS_LAMBDA_FUNCTION_NAME",
        }
        problems = list(_mode_problems(environment))
        rate = environment.get("SWEEP_EVERY", "")
        interval = sweep_interval_of(rate)
        if interval is None:
            problems.append(f"SWEEP_EVERY: expected a rate such as rate(5 minutes), got {rate!r}")
        return cls(
            **_required(names, environment, problems),
            mode=Mode(environment["MODE"]),
            sweep_interval=interval or timedelta(0),
            self_service=_takes_answers(environment),
            probe=environment.get("PROBE_FUNCTION") or None,
            park_queue=environment.get("PARK_QUEUE_URL") or None,
            rosters=environment.get("ROSTERS", ""),
            spokes=SpokeSettings.read(environment).besides(_place(environment["ALERTS_TOPIC_ARN"])),
        )


class ReportSettings(Struct, frozen=True, kw_only=True):
    """The settings of the report from the template."""

    ledger_table: str
    summary_topic: str
    bucket: str
    timezone: str  # of its schedules
    self_service: bool = False  # admins may have approved exceptions
    other_ledgers: Mapping[str, str] = field(default_factory=dict)  # table by region
    spokes: tuple[str, ...] = ()  # the places that the stack guards besides its own

    @property
    def place(self) -> tuple[str, str]:
        """The account and the region, as the topic's ARN names them."""
        return _place(self.summary_topic)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "ReportSettings":
        """Read the environment. Raises SettingsInvalid with everything that is missing."""
        names = {
            "ledger_table": "LEDGER_TABLE",
            "summary_topic": "SUMMARY_TOPIC_ARN",
            "bucket": "REPORT_BUCKET",
            "timezone": "TIMEZONE",
        }
        problems = list[str]()
        given = [arn for arn in environment.get("OTHER_LEDGERS", "").split(",") if arn]
        tables = [found for arn in given if (found := _TABLE.fullmatch(arn))]
        if len(tables) < len(given):
            problems.append(f"OTHER_LEDGERS: expected ARNs of tables, got {', '.join(given)!r}")
        spokes, wrong = read_places(environment)
        problems += wrong
        return cls(
            **_required(names, environment, problems),
            spokes=spokes,
            self_service=_takes_answers(environment),
            other_ledgers={found["region"]: found["name"] for found in tables},
        )


class NotifySettings(Struct, frozen=True, kw_only=True):
    """The settings of `notify` from the template: names of secrets, never secrets."""

    ledger_table: str
    summary_topic: str
    queue: str
    stack: str
    function: str
    mode: Mode  # the upper limit for every rule
    parks: bool = False  # whether the deployment may delete what can be made again
    mail_from: str = ""
    slack_token: str = ""
    slack_webhook: str = ""
    chat_topic: str = ""
    self_service: bool = False  # people may answer notices
    door_url: str = ""  # of the public door, where there is one

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "NotifySettings":
        """Read the environment. Raises SettingsInvalid with everything that is missing."""
        names = {
            "ledger_table": "LEDGER_TABLE",
            "summary_topic": "SUMMARY_TOPIC_ARN",
            "queue": "NOTIFY_QUEUE_URL",
            "stack": "STACK",
            "function": "AWS_LAMBDA_FUNCTION_NAME",
        }
        optional = {
            "mail_from": "MAIL_FROM",
            "slack_token": "SLACK_TOKEN_NAME",
            "slack_webhook": "SLACK_WEBHOOK_NAME",
            "chat_topic": "CHAT_TOPIC_ARN",
            "door_url": "DOOR_URL",
        }
        return cls(
            **_required(names, environment, list(_mode_problems(environment))),
            mode=Mode(environment["MODE"]),
            parks=environment.get("PARK") == "yes",
            self_service=_takes_answers(environment),
            **{field: environment.get(name, "") for field, name in optional.items()},
        )


class RespondSettings(Struct, frozen=True, kw_only=True):
    """The settings of `respond` from the template."""

    ledger_table: str
    stop_queue: str
    region: str  # Lambda sets it
    mode: Mode  # the upper limit for every rule
    park_queue: str | None = None
    spokes: SpokeSettings = SpokeSettings()

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "RespondSettings":
        """Read the environment. Raises SettingsInvalid with everything that is missing."""
        names = {"ledger_table": "LEDGER_TABLE", "stop_queue": "STOP_QUEUE_URL"}
        return cls(
            **_required(names, environment, list(_mode_problems(environment))),
            region=environment.get("AWS_REGION", ""),
            mode=Mode(environment["MODE"]),
            park_queue=environment.get("PARK_QUEUE_URL") or None,
            spokes=SpokeSettings.read(environment),
        )


def sweep_interval_of(rate: str) -> timedelta | None:
    """Read how often a schedule fires: a rate in minutes, as the template allows it."""
    found = _RATE.fullmatch(rate)
    return timedelta(minutes=int(found["minutes"])) if found else None


def _takes_answers(environment: Mapping[str, str]) -> bool:
    return environment.get("SELF_SERVICE", "off") != "off"


def _mode_problems(environment: Mapping[str, str]) -> Iterator[str]:
    """Return the problems of the mode."""
    mode, words = environment.get("MODE", ""), [m.value for m in Mode]
    if mode not in words:
        yield f"MODE: expected one of {', '.join(words)}, got {mode!r}"


def _place(arn: str) -> tuple[str, str]:
    _, _, _, region, account, _ = arn.split(":")
    return account, region


def _required(
    names: Mapping[str, str], environment: Mapping[str, str], others: Sequence[str] = ()
) -> dict[str, str]:
    """Read variables by key. Raises SettingsInvalid with those missing, and what else is wrong."""
    missing = [f"{name}: missing" for name in names.values() if not environment.get(name)]
    if problems := [*missing, *others]:
        raise SettingsInvalid(problems)
    return {key: environment[name] for key, name in names.items()}
