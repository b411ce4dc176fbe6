"""Pack statements into policies within the limits of IAM and Organizations.

Managed policy and boundary 6,144 characters without white space (IAM quotas); service control
policy 5,120 with it (Organizations quotas; newer third-party notes say 10,240).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from costguard_cli.guardrail.statement import RuleStatements, Statement, document, size

_LONGEST_NAME = 128
_ALL: Any = {"Sid": "TheRest", "Effect": "Allow", "Action": "*", "Resource": "*"}


class Format(Enum):
    """What kind of policy is written."""

    IAM = "iam"  # managed policies that only deny
    SCP = "scp"  # service control policies that only deny
    BOUNDARY = "boundary"  # one permissions boundary: allows all, but for the denies

    @property
    def limit(self) -> int:
        """The most characters of one policy."""
        return 5120 if self is Format.SCP else 6144

    @property
    def most(self) -> int:
        """How many can be attached by default; one SCP is FullAWSAccess."""
        return {Format.IAM: 10, Format.SCP: 4, Format.BOUNDARY: 1}[self]


class TooLargeError(ValueError):
    """It does not fit; the message says what to leave out."""


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """One policy document, ready to attach."""

    name: str
    rules: tuple[str, ...]
    document: dict[str, Any]

    @property
    def characters(self) -> int:
        """Its size as compact JSON."""
        return size(self.document)


def pack(
    format_: Format, stack: str, groups: tuple[RuleStatements, ...]
) -> tuple[PolicyDocument, ...]:
    """Fill policies: in IAM one or more per rule, so that AWS's error names the rule.

    Raises TooLargeError when a statement, a boundary or the number of policies is too large.
    """
    if format_ is Format.BOUNDARY:
        return (_boundary(stack, groups),)
    limit = format_.limit
    if format_ is Format.IAM:
        written = tuple(
            PolicyDocument(_name(stack, each.hint, i), (each.rule,), document(statements))
            for each in groups
            for i, statements in enumerate(_filled((each,), limit))
        )
    else:
        rules = tuple(each.rule for each in groups)
        written = tuple(
            PolicyDocument(_name(stack, "guardrail", i), rules, document(statements))
            for i, statements in enumerate(_filled(groups, limit))
        )
    if len(written) > format_.most:
        raise TooLargeError(
            f"{len(written)} policies, and {format_.most} can be attached. {_leave_out(groups)}"
        )
    return written


def _boundary(stack: str, groups: tuple[RuleStatements, ...]) -> PolicyDocument:
    statements = tuple(s for each in groups for s in each.statements)
    only = PolicyDocument(
        _name(stack, "boundary", 0),
        tuple(each.rule for each in groups),
        document(statements, first=(_ALL,)),
    )
    if only.characters > Format.BOUNDARY.limit:
        raise TooLargeError(
            f"A boundary is one policy of at most {Format.BOUNDARY.limit} characters, and this "
            f"has {only.characters}. {_leave_out(groups)}"
        )
    return only


def _filled(groups: tuple[RuleStatements, ...], limit: int) -> Iterator[tuple[Statement, ...]]:
    """Batch statements in order, as many as fit."""
    batch: tuple[Statement, ...] = ()
    for group in groups:
        for statement in group.statements:
            own_size = size(document((statement,)))
            if own_size > limit:
                raise TooLargeError(
                    f"{group.rule}: the statement {statement.sid} alone has {own_size} characters, "
                    f"of {limit}, and cannot be split. Name fewer teams, forms, values or "
                    f"exemptions, or leave it to the guard: --without {group.rule}"
                )
            if batch and size(document((*batch, statement))) > limit:
                yield batch
                batch = ()
            batch = (*batch, statement)
    if batch:
        yield batch


def _leave_out(groups: tuple[RuleStatements, ...]) -> str:
    sizes = {each.rule: size(document(each.statements)) for each in groups}
    ranked = sorted(sizes.items(), key=lambda item: -item[1])
    flags = ", ".join(f"--without {rule} ({characters})" for rule, characters in ranked)
    return f"Leave to the guard what matters least: {flags}"


def _name(stack: str, hint: str, i: int) -> str:
    """Name a policy in IAM's letters; AWS shows it to the person whose request was denied."""
    end = f"-{i + 1}" if i else ""
    letters = re.sub(r"[^A-Za-z0-9+=,.@_-]", "", f"{stack}-{hint}")
    return letters[: _LONGEST_NAME - len(end)].rstrip("-") + end
