"""`costguard audit`: what each rule would say of the account now. It only reads."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from costguard.policy.model import Mode
from costguard_cli.analysis.assessment import Assessment
from costguard_cli.analysis.context import AnalysisContext, analysis_context, with_list_prices
from costguard_cli.analysis.scan import scan
from costguard_cli.aws.session import ReadOnlySession, sessions
from costguard_cli.aws.stack import STACK
from costguard_cli.console import print_json, screen
from costguard_cli.errors import COULD_NOT, FINE, FOUND
from costguard_cli.options import (
    AsJson,
    AsOf,
    EnforceCeiling,
    Local,
    PolicyFile,
    Profile,
    Regions,
    StackName,
)
from costguard_cli.views import audit as audit_view
from costguard_cli.views import audit_html, audit_json


def audit(  # noqa: PLR0913 - a command's options
    *,
    policy: PolicyFile = None,
    mode: EnforceCeiling = Mode.ENFORCE,
    as_of: AsOf = None,
    html: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write a page to share, too.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="List what is fine, or cannot be told, too.")
    ] = False,
    list_prices: Annotated[
        bool, typer.Option("--list-prices", help="Ask AWS's Price List, a few dozen calls more.")
    ] = False,
    json: AsJson = False,
    profile: Profile = None,
    region: Regions = None,
    local: Local = False,
    stack: StackName = STACK,
) -> None:
    """Say what the guard would say, stop and hold back now. Writes nothing, anywhere in AWS.

    Judged as if nobody had been warned yet, or by the ledger of the deployed stack where there is
    one. No notebook is opened, so idle ones are known by their heartbeat only.
    """
    found = sessions(profile, region or (), local=local)
    account = found[0].account()
    judged = [
        analysis_context(world, stack, policy, mode, now=as_of or world.now) for world in found
    ]
    if list_prices:
        judged = [with_list_prices(*pair) for pair in zip(judged, found, strict=True)]
    surveys = [
        scan(world, by, now=as_of or world.now) for world, by in zip(found, judged, strict=True)
    ]
    head = _head(account, found, judged, mode)
    if html:
        html.write_text(audit_html.render(surveys, head), encoding="utf-8")
    if json:
        print_json(audit_json.dump(surveys, head))
    else:
        audit_view.show(screen(), surveys, head, every=every)
    raise typer.Exit(exit_code(surveys))


def exit_code(surveys: Sequence[Assessment]) -> int:
    """Answer 1 for a broken rule; what was not seen is not fine either."""
    if any(survey.found for survey in surveys):
        return FOUND
    return COULD_NOT if any(survey.unseen for survey in surveys) else FINE


def _head(
    account: str, worlds: Sequence[ReadOnlySession], judged: Sequence[AnalysisContext], mode: Mode
) -> dict[str, str]:
    """Say what was looked at, and what it was judged by."""
    deployed = [each.stack for each in judged if each.stack]
    modes = sorted({stack.mode.value for stack in deployed})
    ledger = "the deployed one" if all(each.ports for each in judged) else "none: nobody was warned"
    return {
        "account": f"{account}, {', '.join(world.region for world in worlds)}",
        "policy": ", ".join(dict.fromkeys(each.source for each in judged)),
        "mode": mode.value + (f" (deployed: {', '.join(modes)})" if modes else " (none deployed)"),
        "ledger": ledger,
        "prices": judged[0].prices.age,
    }
