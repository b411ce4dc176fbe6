"""`costguard explain`: every rule's answer about one resource, its history, and the next step."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

import typer

from costguard.adapters.dynamodb.audit import DynamoDbAudit
from costguard.adapters.dynamodb.markers import DynamoDbMarkers
from costguard.adapters.dynamodb.table import Table
from costguard.enforcement.audit import AuditEntry
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.places import NOWHERE, account_and_region
from costguard.resources.registry import KINDS, kind_of_arn, labelled_ref
from costguard_cli.analysis.assessment import assess_resource
from costguard_cli.analysis.context import LEDGER, AnalysisContext, analysis_context
from costguard_cli.analysis.evidence import Evidence
from costguard_cli.analysis.find import find_resource
from costguard_cli.analysis.history import in_order
from costguard_cli.analysis.scan import survey_region, unreadable_from
from costguard_cli.aws.session import ReadOnlySession, sessions
from costguard_cli.aws.stack import STACK
from costguard_cli.console import print_json, stdout_console
from costguard_cli.errors import FINE, FOUND, CannotRunError
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
from costguard_cli.views import explain as explain_view
from costguard_cli.views.explain import Explained

_HISTORY = timedelta(days=35)


def explain(  # noqa: PLR0913 - a command's options
    resource: Annotated[str, typer.Argument(help="A name, kind/name, or an ARN.")],
    *,
    policy: PolicyFile = None,
    mode: Ceiling = None,
    as_of: AsOf = None,
    json: AsJson = False,
    profile: Profile = None,
    region: Regions = None,
    local: Local = False,
    stack: StackName = STACK,
) -> None:
    """Show every rule's answer about one resource with its facts, and the next step."""
    refs, at = refs_of(resource), place_of(resource)
    for session in sessions(profile, [at[1]] if at else region or (), local=local):
        if at:
            require_place(resource, at, session, region or ())
        now = as_of or session.now
        context = analysis_context(session, stack, policy, mode, now=now)
        described = find_resource(session, refs, context)
        if described is None:
            continue
        explained = _explained(session, described, context, now=now)
        if json:
            print_json(explain_view.as_dict(explained))
        else:
            explain_view.show(stdout_console(), explained)
        raise typer.Exit(FOUND if explained.row.evaluation.violations else FINE)
    raise CannotRunError(
        f"There is no {resource} here.",
        f"Kinds are {', '.join(KINDS)}. Look elsewhere with --region.",
    )


def place_of(text: str) -> tuple[str, str] | None:
    """Return the account and the Region that an ARN or a label names; None for a name."""
    if text.startswith("arn:"):
        _, _, _, region, account, *_ = (*text.split(":"), "", "", "", "", "")
        return account, region
    ref = labelled_ref(text)
    return account_and_region(ref.place, NOWHERE) if ref and ref.place else None


def require_place(
    text: str, place: tuple[str, str], session: ReadOnlySession, regions: Sequence[str]
) -> None:
    """Refuse what is elsewhere: of the name there may be another resource here.

    Raises CannotRunError with what to do instead.
    """
    account, region = place
    if regions and region not in ",".join(regions).split(","):
        raise CannotRunError(
            f"{text} is in {region}, and --region says {', '.join(regions)}.",
            f"Leave out --region, or say --region {region}.",
        )
    if account != (own := session.account()):
        raise CannotRunError(
            f"{text} is in account {account}, and your login is for account {own}.",
            f"Use a login for {account} (--profile), and the policy of the stack that guards it "
            "(--policy FILE).",
        )


def refs_of(text: str) -> list[ResourceRef]:
    """Parse a name, kind/name, account/Region/kind/name or ARN, as seen from its own place.

    A name alone is of what people make: what is left of it, a warm pool, is named with its kind.
    Raises CannotRunError for an unknown kind.
    """
    if (ref := labelled_ref(text)) and not text.startswith("arn:"):
        return [ResourceRef(ref.kind, ref.name)]
    kind = kind_of_arn(text) if text.startswith("arn:") else None
    if kind:
        return [ResourceRef(kind.name, kind.identity.name_in_arn(text))]
    if text.startswith("arn:") or "/" in text.rstrip("/"):
        raise CannotRunError(
            f"{text} names no kind that Costguard evaluates.", f"They are {', '.join(KINDS)}."
        )
    return [ResourceRef(name, text) for name, kind in KINDS.items() if kind.events.creates]


def _explained(
    session: ReadOnlySession, resource: Resource, context: AnalysisContext, *, now: datetime
) -> Explained:
    survey = survey_region(session, context, now=now)
    step = survey.plan_of(resource, now)
    row = assess_resource(step, context.policy, context.prices)
    history, creator = _history(session, context, resource.ref, now)
    evidence = Evidence(
        resource=step.resource,
        policy=context.policy,
        now=now,
        fleet=survey.fleet,
        money=survey.money,
        prices=context.prices,
    )
    unseen = (*context.unseen, *unreadable_from(survey.errors))
    return Explained(
        row=row, evidence=evidence, context=context, history=history, creator=creator, unseen=unseen
    )


def _history(
    session: ReadOnlySession, context: AnalysisContext, ref: ResourceRef, now: datetime
) -> tuple[tuple[AuditEntry, ...], str | None]:
    """Read a resource's audit entries and its creator; none without a readable ledger."""
    if context.stack is None or any(each.what == LEDGER for each in context.unseen):
        return (), None
    table = Table(session.client("dynamodb"), context.stack.outputs["LedgerTableName"])
    done = DynamoDbAudit(table).entries(now - _HISTORY, now)
    return in_order(a for a in done if a.ref.key == ref.key), DynamoDbMarkers(table).creator(ref)
