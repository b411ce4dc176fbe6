"""One IAM statement, and a rule's statements together. Sizes are those of compact JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

type Condition = Mapping[str, Mapping[str, str | list[str]]]

ANYTHING = ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A Deny. Exactly one of `actions` and `but_actions`; `but_resources` comes first if given."""

    sid: str
    actions: tuple[str, ...] = ()
    but_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ANYTHING
    but_resources: tuple[str, ...] = ()
    condition: Condition = field(default_factory=dict)

    @property
    def document(self) -> dict[str, Any]:
        """Write it as IAM reads it."""
        acts = {"Action": self.actions} if self.actions else {"NotAction": self.but_actions}
        on = {"NotResource": self.but_resources} if self.but_resources else {}
        written: dict[str, Any] = {"Sid": self.sid, "Effect": "Deny"}
        for key, values in (acts | (on or {"Resource": self.resources})).items():
            written[key] = values[0] if len(values) == 1 else list(values)
        return written | ({"Condition": dict(self.condition)} if self.condition else {})


@dataclass(frozen=True, slots=True)
class RuleStatements:
    """The statements of one rule. Its `hint` shows in AWS's error, which names the policy's ARN."""

    rule: str
    hint: str
    statements: tuple[Statement, ...]


def document(statements: tuple[Statement, ...], *, first: tuple[Any, ...] = ()) -> dict[str, Any]:
    """Write a whole policy."""
    return {"Version": "2012-10-17", "Statement": [*first, *(s.document for s in statements)]}


def compact(written: Mapping[str, Any]) -> str:
    """Write JSON without the white space that a policy does not need."""
    return json.dumps(written, separators=(",", ":"), ensure_ascii=False)


def size(written: Mapping[str, Any]) -> int:
    """Count bytes: never fewer than the characters that IAM and Organizations count."""
    return len(compact(written).encode())
