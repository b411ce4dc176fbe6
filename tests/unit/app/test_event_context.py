"""The creator of a resource, from CloudTrail's record of the caller."""

from typing import Any

import pytest

from costguard.ownership.creator import Creator
from costguard.resources.events import ResourceEvent, creator_login, parse_event
from tests.factories import at, notebook, policy
from tests.scenarios.account import Account

JANE, JOHN = "jane.roe@example.org", "john.doe@example.org"
ROLE = "arn:aws:sts::1:assumed-role/AWSReservedSSO_Workshop_0f"
SSO, JOHNS = f"{ROLE}/{JANE}", f"{ROLE}/{JOHN}"


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
    assert creator_login(identity) == login


def created(name: str, hour: float = 0, session: str = SSO) -> dict[str, Any]:
    return {
        "detail-type": "AWS API Call via CloudTrail",
        "time": at(hour).isoformat(),
        "detail": {
            "eventSource": "sagemaker.amazonaws.com",
            "eventName": "CreateNotebookInstance",
            "userIdentity": {"type": "AssumedRole", "arn": session},
            "requestParameters": {"notebookInstanceName": name},
        },
    }


def test_the_event_of_a_create_call_names_the_creator() -> None:
    seen = parse_event(created("DoeJohn-x"))
    assert isinstance(seen, ResourceEvent)
    assert seen.creator == JANE


def test_watch_remembers_who_created_a_resource() -> None:
    account = Account(policy(), notebook("DoeJohn-x"))
    account.deliver(created("DoeJohn-x"))
    assert account.creators == {"notebook-instance/doejohn-x": Creator(JANE, at(0))}


@pytest.mark.parametrize(
    ("hour", "session", "written"),
    [
        (0, SSO, []),
        (1 / 120, SSO, []),  # the same call, told twice
        (2, SSO, [JANE]),  # deleted, and made again by the same person
        (-30, SSO, []),
        (1, JOHNS, [JOHN]),  # deleted, and made again
        (-1, JOHNS, []),  # an event that comes late
    ],
)
def test_watch_writes_a_creator_only_where_that_is_news(
    hour: float, session: str, written: list[str]
) -> None:
    account = Account(policy(), notebook("DoeJohn-x"))
    account.deliver(created("DoeJohn-x"))
    account.deliver(created("DoeJohn-x", hour, session))
    assert account.created == [JANE, *written]
