"""`costguard doctor`: what the guard needs around it is there, is missing, or could not be seen."""

from datetime import timedelta
from typing import Any

import pytest

from costguard.resources.activity import KernelMemory, WorkMemory
from costguard_cli.analysis import setup
from costguard_cli.analysis.health import HealthState
from costguard_cli.commands.doctor import look
from local.slack import Slack
from tests.cli.command import fake_session
from tests.cli.test_status import LAYERS, NOW, OUTPUTS, STACK
from tests.integration.aws import refusal

FINE, NOTE, BROKEN = HealthState.FINE, HealthState.NOTE, HealthState.BROKEN
OUTPUTS_OF_STACK: list[dict[str, str]] = [
    {"OutputKey": key, "OutputValue": value} for key, value in OUTPUTS.items()
]
SENDER = "costguard@example.org"
EVENTS = {"EventSelectors": [{"IncludeManagementEvents": True, "ReadWriteType": "All"}]}


def advanced(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"AdvancedEventSelectors": [{"FieldSelectors": list(fields)}]}


MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}


class Surroundings:
    """An account around a stack that has mail and Slack; what it is told to refuse, it refuses."""

    def __init__(self, slack: Slack, *, refused: str = "") -> None:
        self.slack, self.refused = slack, refused
        self.parameters = {"MailFrom": SENDER, "SlackTokenSecret": "costguard/slack"}
        self.production, self.verified = True, {"example.org"}
        self.logging, self.selectors = True, EVENTS
        self.outputs = [
            *OUTPUTS_OF_STACK,
            {"OutputKey": "ProbeFunctionName", "OutputValue": "probe"},
        ]

    def answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        if operation == self.refused:
            raise refusal("AccessDeniedException")
        if operation == "GetEmailIdentity" and asked["EmailIdentity"] not in self.verified:
            raise refusal("NotFoundException")
        parameters = [{"ParameterKey": k, "ParameterValue": v} for k, v in self.parameters.items()]
        answers: dict[str, dict[str, Any]] = {
            "DescribeStacks": {
                "Stacks": [STACK | {"Parameters": parameters, "Outputs": self.outputs}]
            },
            "GetTopicAttributes": {"Attributes": {"SubscriptionsConfirmed": "1"}},
            "GetAccount": {"SendingEnabled": True, "ProductionAccessEnabled": self.production},
            "GetEmailIdentity": {"VerifiedForSendingStatus": True},
            "GetSecretValue": {"SecretString": self.slack.secret},
            "DescribeTrails": {"trailList": [{"Name": "all", "TrailARN": "arn:all"}]},
            "GetTrailStatus": {"IsLogging": self.logging},
            "GetEventSelectors": self.selectors,
            "GetFunctionConfiguration": {"Layers": [{"Arn": arn} for arn in LAYERS]},
            "GetLayerVersionByArn": {"Description": LAYERS.get(asked.get("Arn", ""), "")},
            "GetItem": {},
            "Query": {"Items": []},
        }
        return answers[operation]

    def look(self) -> setup.Setup:
        services = (
            *("cloudformation", "sns", "sesv2", "secretsmanager"),
            *("cloudtrail", "lambda", "dynamodb"),
        )
        return look(fake_session(dict.fromkeys(services, self.answer), NOW), "costguard")


def states(found: setup.Setup) -> dict[str, HealthState]:
    return {check.name: check.state for check in found.checks}


@pytest.fixture(name="around")
def _around() -> Any:
    with Slack({}) as slack:
        yield Surroundings(slack)


def test_a_guard_with_all_it_needs_is_ready(around: Surroundings) -> None:
    found = around.look()
    assert (found.ready, found.unseen) == (True, ())
    assert states(found) == {
        "admins' topic": FINE,
        "e-mail": FINE,
        "sender": FINE,
        "Slack": FINE,
        "CloudTrail": FINE,
        "SDK": FINE,
        "probe": NOTE,
    }


def test_an_account_in_the_sandbox_of_ses_is_not_ready(around: Surroundings) -> None:
    around.production = False
    found = around.look()
    assert not found.ready
    assert states(found)["e-mail"] is BROKEN


def test_a_sender_that_nobody_has_verified_is_not_ready(around: Surroundings) -> None:
    around.verified = {"example.com"}
    assert states(around.look())["sender"] is BROKEN


def test_a_token_without_a_scope_is_told_which_and_what_for(around: Surroundings) -> None:
    around.slack.scopes.remove("users:read.email")
    [told] = [check for check in around.look().checks if check.name == "Slack"]
    assert told.state is BROKEN
    assert "users:read.email (to find a person by an e-mail address)" in told.text


def test_a_token_that_slack_refuses_is_said_without_showing_it(around: Surroundings) -> None:
    around.slack.every_response = around.slack.respond("/api/auth.test", {}, "other")
    found = around.look()
    assert found.unseen == ("Slack: Slack refuses the token: invalid_auth",)
    assert around.slack.secret not in str(found)


@pytest.mark.parametrize(
    ("logging", "selectors", "state"),
    [
        (True, EVENTS, FINE),
        (False, EVENTS, BROKEN),
        (True, {"EventSelectors": [{"IncludeManagementEvents": False}]}, BROKEN),
        (
            True,
            {"EventSelectors": [{"IncludeManagementEvents": True, "ReadWriteType": "ReadOnly"}]},
            BROKEN,
        ),
        (True, advanced(MANAGEMENT), FINE),
        (True, advanced(MANAGEMENT, {"Field": "readOnly", "Equals": ["true"]}), BROKEN),
        (True, advanced(MANAGEMENT, {"Field": "readOnly", "Equals": ["false"]}), FINE),
        (True, advanced({"Field": "eventCategory", "Equals": ["Data"]}), BROKEN),
    ],
)
def test_only_a_trail_that_logs_changes_counts(
    around: Surroundings, *, logging: bool, selectors: dict[str, Any], state: HealthState
) -> None:
    around.logging, around.selectors = logging, selectors
    assert states(around.look())["CloudTrail"] is state


def test_what_is_not_set_up_is_a_note_and_no_fault(around: Surroundings) -> None:
    around.parameters, around.outputs = {}, OUTPUTS_OF_STACK
    found = around.look()
    assert found.ready
    assert {states(found)[name] for name in ("e-mail", "Slack", "probe")} == {NOTE}


@pytest.mark.parametrize(
    ("refused", "what"),
    [("GetAccount", "e-mail"), ("GetSecretValue", "Slack"), ("DescribeTrails", "CloudTrail")],
)
def test_what_is_refused_is_named_and_hides_nothing_else(
    around: Surroundings, refused: str, what: str
) -> None:
    around.refused = refused
    found = around.look()
    assert found.unseen == (f"{what}: denied",)
    assert states(found)["admins' topic"] is FINE


@pytest.mark.parametrize(
    ("answered", "refused", "state", "said"),
    [
        (None, None, NOTE, "no kernel has answered yet"),
        (2, None, FINE, "answered by web socket 2 h ago"),
        (2, 5, FINE, "answered by web socket 2 h ago"),
        (5, 2, NOTE, "refused on the way, last 2 h ago"),
        (None, 2, NOTE, "refused on the way"),
    ],
)
def test_the_way_to_the_kernels_is_open_if_the_last_word_was_an_answer(
    answered: float | None, refused: float | None, state: HealthState, said: str
) -> None:
    def ago(hours: float | None) -> Any:
        return None if hours is None else NOW - timedelta(hours=hours)

    kernel = KernelMemory(last=NOW, listed=NOW, latest=NOW, free=ago(answered))
    found = setup.kernels_asked([WorkMemory(kernels={"k": kernel})], ago(refused), NOW)
    assert found.state is state
    assert said in found.text


def test_lambdas_own_sdk_is_noted() -> None:
    assert setup.sdk_version("Lambda's own, of a version that it does not tell").state is NOTE
