"""Who made it: what CloudTrail tells of the caller."""

from typing import Any

import pytest

from costguard.events import Sighting, login_of, parse
from tests.factories import at, notebook, policy
from tests.scenarios.account import Account

SSO = "arn:aws:sts::1:assumed-role/AWSReservedSSO_Workshop_0f/jane.roe@example.org"


@pytest.mark.parametrize(
    ("identity", "login"),
    [
        ({"type": "AssumedRole", "arn": SSO}, "jane.roe@example.org"),
        (
            {"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/ci/GitHubActions"},
            "GitHubActions",
        ),
        ({"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/nb/SageMaker"}, None),
        ({"type": "AssumedRole"}, None),
        ({"type": "IAMUser", "userName": "jdoe"}, "jdoe"),
        ({"type": "IAMUser"}, None),
        ({"type": "Root", "arn": "arn:aws:iam::1:root"}, None),
        ({"invokedBy": "config.amazonaws.com"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_caller_is_a_user_or_the_person_of_a_session(identity: object, login: str | None) -> None:
    assert login_of(identity) == login


def created(name: str) -> dict[str, Any]:
    return {
        "detail-type": "AWS API Call via CloudTrail",
        "time": at(0).isoformat(),
        "detail": {
            "eventSource": "sagemaker.amazonaws.com",
            "eventName": "CreateNotebookInstance",
            "userIdentity": {"type": "AssumedRole", "arn": SSO},
            "requestParameters": {"notebookInstanceName": name},
        },
    }


def test_the_event_of_a_create_call_names_the_creator() -> None:
    seen = parse(created("DoeJohn-x"))
    assert isinstance(seen, Sighting)
    assert seen.creator == "jane.roe@example.org"


def test_watch_remembers_who_created_a_resource() -> None:
    account = Account(policy(), notebook("DoeJohn-x"))
    account.watch(created("DoeJohn-x"))
    assert account.creators == {"notebook-instance/doejohn-x": "jane.roe@example.org"}
