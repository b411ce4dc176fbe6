"""`costguard policy`: check a policy file, explain it, compare two of them."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from costguard.common.errors import PolicyInvalid
from costguard.common.formatting import pluralize
from costguard.costs.prices import bundled_prices
from costguard.policy.loader import check_policy, parse_policy
from costguard.policy.model import Policy
from costguard.resources.model import Resource
from costguard_cli.analysis.assessment import AssessedResource, assess_fleet
from costguard_cli.analysis.context import (
    AnalysisContext,
    analysis_context,
    default_policy,
    money_without_ledger,
)
from costguard_cli.analysis.scan import read_fleet
from costguard_cli.aws.session import sessions
from costguard_cli.aws.stack import STACK
from costguard_cli.console import print_json, stderr_console, stdout_console
from costguard_cli.errors import EXIT_CODES, FINE, FOUND, CannotRunError
from costguard_cli.options import AsJson, Local, Profile, Regions, StackName
from costguard_cli.policies.diff import Affected, affected, changes
from costguard_cli.policies.summary import topics
from costguard_cli.policies.toml_positions import locate
from costguard_cli.policy_file import read_policy_file
from costguard_cli.views import policy as policy_view
from costguard_cli.views.audit_json import load

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Check a policy, explain it, and show the effect of a change.",
)

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False)]
OptionalFile = Annotated[
    Path | None,
    typer.Argument(exists=True, dir_okay=False, help="Default: layers/policy/policy.toml."),
]


@app.command(
    epilog=EXIT_CODES.format(found="the file has a problem; with --strict, something worth a look")
)
def check(
    file: OptionalFile = None,
    *,
    strict: Annotated[
        bool, typer.Option("--strict", help="Also exit with 1 for what is worth a look.")
    ] = False,
    json: AsJson = False,
) -> None:
    """List all problems of a policy file, with line and column.

    What is allowed but probably a mistake is listed as worth a look; it can be deployed.
    """
    text, source = (read_policy_file(file), str(file)) if file else default_policy()
    reading = check_policy(text)
    found = locate(text, reading.remarks)
    is_bad = reading.policy is None or (strict and bool(found))
    if json:
        print_json(policy_view.remarks_as_dicts(found))
    else:
        console = stderr_console() if is_bad else stdout_console()
        policy_view.remarks(console, source, text, found)
    raise typer.Exit(FOUND if is_bad else FINE)


@app.command()
def show(  # noqa: PLR0913 - a command's options
    file: OptionalFile = None,
    *,
    deployed: Annotated[
        bool, typer.Option("--deployed", help="Explain the deployed one, with approved exceptions.")
    ] = False,
    json: AsJson = False,
    profile: Profile = None,
    region: Regions = None,
    local: Local = False,
    stack: StackName = STACK,
) -> None:
    """Explain a policy in sentences."""
    if deployed:
        session = sessions(profile, region or (), local=local)[0]
        context = analysis_context(session, stack, None, None, now=session.now)
        policy, source = context.policy, context.source
    else:
        text, source = (read_policy_file(file), str(file)) if file else default_policy()
        policy = _parsed(text, source)
    parts = topics(policy)
    if json:
        print_json({"policy": source, "says": {topic.name: topic.sentences for topic in parts}})
    else:
        policy_view.summary(stdout_console(), source, parts)


@app.command(epilog=EXIT_CODES.format(found="the two differ"))
def diff(  # noqa: PLR0913 - a command's options
    old: File,
    new: File,
    *,
    audit: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Use a file that `audit --json` wrote."),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Use the resources that are in the account now.")
    ] = False,
    json: AsJson = False,
    profile: Profile = None,
    region: Regions = None,
    local: Local = False,
) -> None:
    """Explain what changed and, with --audit or --live, list the affected resources.

    Both policies are applied as if the stack were deployed with Mode=enforce and nobody had been
    warned.
    """
    before, after = (_parsed(read_policy_file(file), str(file)) for file in (old, new))
    changed, affected_rows, complete = changes(before, after), None, True
    if audit:
        saved_audit = load(audit)
        affected_rows, complete = (
            _affected(saved_audit.resources, before, after, saved_audit.now),
            saved_audit.complete,
        )
    elif live:
        affected_rows, complete = [], True
        for session in sessions(profile, region or (), local=local):
            fleet, unseen = read_fleet(
                session, AnalysisContext(policy=after, source=str(new)), now=session.now
            )
            affected_rows += _affected(fleet, before, after, session.now)
            complete = complete and not unseen
    if json:
        print_json(policy_view.as_dict(changed, affected_rows, complete=complete))
    else:
        policy_view.difference(stdout_console(), changed, affected_rows, complete=complete)
    raise typer.Exit(FOUND if changed else FINE)


def _affected(
    fleet: Sequence[Resource], before: Policy, after: Policy, now: datetime
) -> list[Affected]:
    """Assess each region's resources by both policies."""
    rows: list[Affected] = []
    for region in dict.fromkeys(resource.region for resource in fleet):
        resources = [resource for resource in fleet if resource.region == region]
        rows += affected(_assess(resources, before, now), _assess(resources, after, now))
    return rows


def _assess(
    resources: Sequence[Resource], policy: Policy, now: datetime
) -> tuple[AssessedResource, ...]:
    money = money_without_ledger(policy, bundled_prices(), now)
    return assess_fleet(resources, policy, bundled_prices(), now=now, money=money)


def _parsed(text: str, source: str) -> Policy:
    try:
        return parse_policy(text)
    except PolicyInvalid as exc:
        many = len(exc.problems)
        raise CannotRunError(
            f"{source} has {pluralize(many, 'problem')}.",
            f"See them: costguard policy check {source}",
        ) from None
