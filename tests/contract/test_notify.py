"""What `notify` may do is what its adapters call: no less, and no more."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ADAPTERS = ("deliveries", "mail", "postal", "secrets")
CALLS = {
    "get_item": "dynamodb:GetItem",
    "put_item": "dynamodb:PutItem",
    "query": "dynamodb:Query",
    "publish": "sns:Publish",
    "send_email": "ses:SendEmail",
    "send_message": "sqs:SendMessage",
    "change_message_visibility": "sqs:ChangeMessageVisibility",
    "get_secret_value": "secretsmanager:GetSecretValue",
    "get_parameter": "ssm:GetParameter",
}


def granted() -> set[str]:
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    role = template.partition("\n  Notify:\n")[2].partition("\n  NotifyLogs:\n")[0]
    return set(re.findall(r"\b(?:dynamodb|sns|ses|sqs|secretsmanager|ssm|sagemaker):\w+", role))


def called() -> set[str]:
    code = "".join((ROOT / f"layers/core/costguard/aws/{a}.py").read_text() for a in ADAPTERS)
    return {action for call, action in CALLS.items() if f".{call}" in code}


def test_notify_is_granted_what_it_calls_and_nothing_else() -> None:
    assert granted() - {"ses:FromAddress"} == called() == set(CALLS.values())


def test_the_sdk_that_is_tested_is_the_one_that_is_deployed() -> None:
    pinned = (ROOT / "layers/notify/requirements.txt").read_text().strip().partition("==")[2]
    assert f"slack-sdk=={pinned}" in (ROOT / "pyproject.toml").read_text()
