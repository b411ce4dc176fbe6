"""Who is an admin: by the ARN that AWS gives a caller, or by Slack's id of a member."""

import pytest

from costguard.common.errors import PolicyInvalid
from costguard.policy.loader import parse_policy
from costguard.policy.self_service import SelfService

ACCOUNT = "123456789012"
SESSIONS = f"arn:aws:sts::{ACCOUNT}:assumed-role"


@pytest.mark.parametrize(
    ("admin", "caller"),
    [
        (f"arn:aws:iam::{ACCOUNT}:user/anna", f"arn:aws:iam::{ACCOUNT}:user/anna"),
        (f"arn:aws:iam::{ACCOUNT}:role/Admin", f"{SESSIONS}/Admin/anna"),
        (f"arn:aws:iam::{ACCOUNT}:role/a/b/Admin", f"{SESSIONS}/Admin/x"),
        (f"{SESSIONS}/AWSReservedSSO_A_1/anna@x.org", f"{SESSIONS}/AWSReservedSSO_A_1/anna@x.org"),
        ("U0123456789", "U0123456789"),
    ],
)
def test_an_admin_is_known_by_its_arn_or_by_its_role(admin: str, caller: str) -> None:
    assert SelfService(admins=(admin,)).is_admin(caller)


@pytest.mark.parametrize(
    "caller",
    [
        "",
        f"arn:aws:iam::{ACCOUNT}:user/Admin",
        "arn:aws:sts::999999999999:assumed-role/Admin/anna",
        f"{SESSIONS}/AdminX/anna",
        f"{SESSIONS}/Other/Admin",
        f"arn:aws-cn:sts::{ACCOUNT}:assumed-role/Admin/anna",
        f"arn:aws:sts::{ACCOUNT}:federated-user/Admin",
        "U0123456789",
    ],
)
def test_nobody_else_is_an_admin(caller: str) -> None:
    assert not SelfService(admins=(f"arn:aws:iam::{ACCOUNT}:role/Admin",)).is_admin(caller)
    assert not SelfService().is_admin(caller)


def test_an_arn_and_a_member_stand_in_one_list() -> None:
    listed = (f"arn:aws:iam::{ACCOUNT}:user/anna", "U0123456789")
    read = parse_policy(f"[self_service]\nadmins = {[*listed]}")
    assert read.self_service.admins == listed


@pytest.mark.parametrize(
    "text",
    ["anna", "*", f"arn:aws:iam::{ACCOUNT}:root", "C0123456789", "#admins", "u0123456789", "U0 1"],
)
def test_what_names_no_principal_and_no_member_is_a_problem_of_the_policy(text: str) -> None:
    with pytest.raises(PolicyInvalid, match="admins"):
        parse_policy(f'[self_service]\nadmins = ["{text}"]')
