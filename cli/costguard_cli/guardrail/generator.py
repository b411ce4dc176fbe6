"""The whole guardrail of a policy, and the commands that attach it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from costguard_cli.guardrail import self_protection, statements
from costguard_cli.guardrail.coverage import Uncovered, stricter, uncovered
from costguard_cli.guardrail.packing import Format, Written, pack
from costguard_cli.guardrail.statement import Chapter
from costguard_cli.guardrail.statements import Scope

CHAPTERS = (
    statements.instance_types,
    statements.required_tags,
    statements.good_names,
    statements.run_times,
)


class For(Enum):
    """Whom managed policies and boundaries are attached to."""

    ROLE = "role"  # the execution role that notebooks and jobs run under
    PEOPLE = "people"  # the group, or permission set, that people sign in with


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for besides the policy itself. Without a `stack` no stack is protected."""

    format_: Format
    stack: str = "costguard"
    admins: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    only_watched: bool = False


@dataclass(frozen=True, slots=True)
class Guardrail:
    """The policies to attach, and what they do not or not quite do."""

    policies: tuple[Written, ...]
    uncovered: tuple[Uncovered, ...]
    stricter: tuple[Uncovered, ...]


def write(scope: Scope, wish: Wish) -> Guardrail:
    """Write it. Raises TooLargeError where it does not fit."""
    chapters = [make(scope) for make in CHAPTERS]
    if wish.stack:
        chapters.append(self_protection.the_guard(wish.stack, wish.admins))
    if wish.only_watched:
        chapters.append(self_protection.only_watched())
    kept: tuple[Chapter, ...] = tuple(
        each for each in chapters if each.statements and each.rule not in wish.without
    )
    return Guardrail(
        pack(wish.format_, wish.stack or "costguard", kept),
        uncovered(scope, wish.without),
        stricter(scope, wish.without),
    )


def commands(of: Guardrail, format_: Format, whom: For, name: str, at: str) -> Iterator[str]:
    """Say how to create and attach each policy, written as `at`/NAME.json."""
    for each in of.policies:
        file = f"file://{at}/{each.name}.json"
        if format_ is Format.SCP:
            yield (
                f"aws organizations create-policy --type SERVICE_CONTROL_POLICY --name {each.name} "
                f"--description Costguard --content {file}"
            )
            yield "aws organizations attach-policy --policy-id POLICY-ID --target-id OU-OR-ACCOUNT"
            continue
        yield f"aws iam create-policy --policy-name {each.name} --policy-document {file}"
        arn = f"arn:aws:iam::ACCOUNT:policy/{each.name}"
        if format_ is Format.BOUNDARY:
            word = "role" if whom is For.ROLE else "user"
            yield (
                f"aws iam put-{word}-permissions-boundary --{word}-name {name} "
                f"--permissions-boundary {arn}"
            )
        else:
            word = "role" if whom is For.ROLE else "group"
            yield f"aws iam attach-{word}-policy --{word}-name {name} --policy-arn {arn}"
