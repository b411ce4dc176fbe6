"""The caller of a request, as CloudTrail records it: user, single sign-on, session."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The signer of a request. The ARN decides the shape: IAM user, assumed role or root."""

    arn: str
    source_ip: str = "192.0.2.10"
    user_agent: str = "aws-cli/2.31.0 Python/3.13.7 Linux/6.1 exe/x86_64.al2023"

    @classmethod
    def person(cls, account_id: str, name: str, permission_set: str = "Workshop") -> "Caller":
        """Return a user of IAM Identity Center, in a session of this name."""
        role = f"AWSReservedSSO_{permission_set}_{_letters(permission_set, 16).lower()}"
        return cls(arn=f"arn:aws:sts::{account_id}:assumed-role/{role}/{name}")

    @classmethod
    def user(cls, account_id: str, name: str) -> "Caller":
        """Return an IAM user with long-lived keys."""
        return cls(arn=f"arn:aws:iam::{account_id}:user/{name}")

    @classmethod
    def inside_notebook(cls, account_id: str, role: str) -> "Caller":
        """Return the execution role of a notebook or Studio, in a session named SageMaker."""
        return cls(arn=f"arn:aws:sts::{account_id}:assumed-role/{role}/SageMaker")

    def identity(self) -> dict[str, Any]:
        """Return the `userIdentity` of a CloudTrail record."""
        account_id, resource = self.arn.split(":", 5)[4:]
        sort, _, rest = resource.partition("/")
        shape = _SHAPES.get(sort, _user)
        return {
            "arn": self.arn,
            "accountId": account_id,
            "accessKeyId": "ASIA" + _letters(self.arn, 16),
            **shape(account_id, rest),
        }


def _user(_account_id: str, path: str) -> dict[str, Any]:
    name = path.rpartition("/")[2]
    return {
        "type": "IAMUser",
        "principalId": "AIDA" + _letters(name, 17),
        "accessKeyId": "AKIA" + _letters(name, 16),
        "userName": name,
    }


def _root(account_id: str, _path: str) -> dict[str, Any]:
    return {"type": "Root", "principalId": account_id}


def _session(account_id: str, path: str) -> dict[str, Any]:
    role, _, session = path.partition("/")
    issuer = {
        "type": "Role",
        "principalId": "AROA" + _letters(role, 17),
        "arn": f"arn:aws:iam::{account_id}:role/{_folder(role)}{role}",
        "accountId": account_id,
        "userName": role,
    }
    return {
        "type": "AssumedRole",
        "principalId": f"{issuer['principalId']}:{session}",
        "sessionContext": {
            "sessionIssuer": issuer,
            "webIdFederationData": {},
            "attributes": {"mfaAuthenticated": "false"},
        },
    }


def _folder(role: str) -> str:
    return "aws-reserved/sso.amazonaws.com/" if role.startswith("AWSReservedSSO_") else ""


def _letters(text: str, length: int) -> str:
    """Make an identifier that is always the same for the same text."""
    return sha256(text.encode()).hexdigest().upper()[:length]


_SHAPES = {"user": _user, "root": _root, "assumed-role": _session}
