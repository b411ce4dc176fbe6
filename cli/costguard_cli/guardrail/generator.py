"""Generate the guardrail of a policy, and the commands that attach it."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from costguard_cli.guardrail import self_protection, statements
from costguard_cli.guardrail.coverage import Uncovered, not_denied, of_owners, stricter, uncovered
from costguard_cli.guardrail.packing import Format, PolicyDocument, pack
from costguard_cli.guardrail.statement import RuleStatements
from costguard_cli.guardrail.statements import Scope

BUILDERS = (
    statements.instance_types,
    statements.required_tags,
    statements.good_names,
    statements.run_times,
)


class Target(Enum):
    """What managed policies and boundaries are attached to."""

    ROLE = "role"  # the execution role that notebooks and jobs run under
    PEOPLE = "people"  # the group, or permission set, that people sign in with


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardrailOptions:
    """The options besides the policy itself. Without a `stack` no stack is protected."""

    format_: Format
    stack: str = "costguard"
    admins: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    only_watched: bool = False
    parks: bool = False  # the stack has Park=yes
    owner_tag: str = ""  # the tag that names the owner of a notebook, and of a principal


@dataclass(frozen=True, slots=True)
class Guardrail:
    """The policies to attach, and what they do not or not quite do."""

    policies: tuple[PolicyDocument, ...]
    uncovered: tuple[Uncovered, ...]
    stricter: tuple[Uncovered, ...]


def generate(scope: Scope, options: GuardrailOptions) -> Guardrail:
    """Generate a guardrail. Raises TooLargeError where it does not fit."""
    groups = [make(scope) for make in BUILDERS]
    if options.stack:
        groups.append(self_protection.protect_stack(options.stack, options.admins))
    if options.only_watched:
        groups.append(self_protection.only_watched(parks=options.parks))
    if options.owner_tag:
        groups.append(self_protection.only_owners(options.owner_tag))
    parts: tuple[RuleStatements, ...] = tuple(
        each for each in groups if each.statements and each.rule not in options.without
    )
    return Guardrail(
        pack(options.format_, options.stack or "costguard", parts),
        (*uncovered(scope, options.without), *open_doors(options)),
        stricter(scope, options.without),
    )


def open_doors(options: GuardrailOptions) -> Iterator[Uncovered]:
    """List what the options leave open: operations that nothing else stops, and notebooks."""
    if not options.only_watched or "unwatched" in options.without:
        yield from not_denied()
    yield of_owners("" if "owners" in options.without else options.owner_tag)


def commands(
    guardrail: Guardrail, format_: Format, target: Target, name: str, directory: str
) -> Iterator[str]:
    """Return the commands that create and attach each policy, saved as `directory`/NAME.json."""
    holder = shlex.quote(name)
    for each in guardrail.policies:
        file = shlex.quote(f"file://{directory}/{each.name}.json")
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
            word = "role" if target is Target.ROLE else "user"
            yield (
                f"aws iam put-{word}-permissions-boundary --{word}-name {holder} "
                f"--permissions-boundary {arn}"
            )
        else:
            word = "role" if target is Target.ROLE else "group"
            yield f"aws iam attach-{word}-policy --{word}-name {holder} --policy-arn {arn}"
