"""`costguard audit`: the result of each rule for the present account. It only reads."""

from collections.abc import Sequence
from copy import replace
from pathlib import Path
from typing import Annotated

import typer

from costguard.policy.model import Mode
from costguard_cli.analysis.assessment import Assessment
from costguard_cli.analysis.context import AnalysisContext, analysis_context, with_list_prices
from costguard_cli.analysis.doors import ask_doors
from costguard_cli.analysis.scan import scan
from costguard_cli.aws.session import ReadOnlySession, sessions
from costguard_cli.aws.stack import STACK
from costguard_cli.console import print_json, stdout_console
from costguard_cli.errors import COULD_NOT, FINE, FOUND
from costguard_cli.options import (
    AsJson,
    AsOf,
    Ceiling,
    Local,
    PolicyFile,
    Profile,
    Regions,
    StackName,
)
from costguard_cli.views import audit as audit_view
from costguard_cli.views import audit_csv, audit_html, audit_json


def audit(  # noqa: PLR0913 - a command's options
    *,
    policy: PolicyFile = None,
    mode: Ceiling = None,
    as_of: AsOf = None,
    html: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Also write an HTML page.")
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="Also write a CSV file, for a spreadsheet."),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Also list what is fine, or cannot be evaluated.")
    ] = False,
    list_prices: Annotated[
        bool,
        typer.Option(
            "--list-prices", help="Ask the AWS Price List for prices (a few dozen calls)."
        ),
    ] = False,
    door: Annotated[
        list[str] | None,
        typer.Option(
            help="A role, or the ARN of a user: what may it call that Costguard could not stop? "
            "May be repeated."
        ),
    ] = None,
    json: AsJson = False,
    profile: Profile = None,
    region: Regions = None,
    local: Local = False,
    stack: StackName = STACK,
) -> None:
    """Show what the guard would report, stop and hold back now. Writes nothing in AWS.

    The result is that of the next sweep of the deployed stack, by its ledger and its Mode; without
    a stack, that of a first sweep in enforce. No notebook is opened: if only its Jupyter can show
    whether it is idle, the answer is "not asked".
    """
    opened = sessions(profile, region or (), local=local)
    account = opened[0].account()
    contexts = [
        analysis_context(session, stack, policy, mode, now=as_of or session.now)
        for session in opened
    ]
    if list_prices:
        contexts = [with_list_prices(*pair) for pair in zip(contexts, opened, strict=True)]
    assessments = [
        scan(session, context, now=as_of or session.now)
        for session, context in zip(opened, contexts, strict=True)
    ]
    parks = all(context.policy.parks for context in contexts)
    assessments = _with_doors(assessments, opened[0], account, door or (), parks=parks)
    header = _head(account, opened, contexts, mode)
    if html:
        html.write_text(audit_html.render(assessments, header), encoding="utf-8")
    if csv:
        csv.write_text(audit_csv.render(assessments), encoding="utf-8", newline="")
    if json:
        print_json(audit_json.dump(assessments, header))
    else:
        audit_view.show(stdout_console(), assessments, header, every=every)
    raise typer.Exit(exit_code(assessments))


def _with_doors(
    assessments: Sequence[Assessment],
    session: ReadOnlySession,
    account: str,
    doors: Sequence[str],
    *,
    parks: bool,
) -> list[Assessment]:
    """Add what roles may call: IAM is one for all regions, so the first assessment has it."""
    first, *others = assessments
    notes, unseen = ask_doors(session.client("iam"), account, doors, parks=parks)
    seen = replace(first, notes=(*first.notes, *notes), unseen=(*first.unseen, *unseen))
    return [seen, *others]


def exit_code(assessments: Sequence[Assessment]) -> int:
    """Return 1 for a violation, else 2 where something could not be read."""
    if any(assessment.found for assessment in assessments):
        return FOUND
    return COULD_NOT if any(assessment.unseen for assessment in assessments) else FINE


def _head(
    account: str,
    opened: Sequence[ReadOnlySession],
    contexts: Sequence[AnalysisContext],
    mode: Mode | None,
) -> dict[str, str]:
    """Return the header: the account and regions, and the context of the assessment."""
    deployed = [each.stack for each in contexts if each.stack]
    modes = sorted({stack.mode.value for stack in deployed})
    ledger = (
        "the deployed one" if all(each.ports for each in contexts) else "none: nobody was warned"
    )
    return {
        "account": f"{account}, {', '.join(session.region for session in opened)}",
        "policy": ", ".join(dict.fromkeys(each.source for each in contexts)),
        "mode": _modes(mode, modes),
        "ledger": ledger,
        "prices": contexts[0].prices.age,
    }


def _modes(mode: Mode | None, deployed: Sequence[str]) -> str:
    """Say by which Mode it was judged, and which one is deployed."""
    if mode is None:
        return ", ".join(deployed) or f"{Mode.ENFORCE.value} (none deployed)"
    return f"{mode.value} ({f'deployed: {", ".join(deployed)}' if deployed else 'none deployed'})"
