"""`costguard explain`: every rule's answer about one resource, its history, and what comes next."""

from collections.abc import Iterable
from copy import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

import typer
from botocore.exceptions import ClientError

from costguard.adapters.dynamodb.audit import DynamoDbAudit
from costguard.adapters.dynamodb.markers import DynamoDbMarkers
from costguard.adapters.dynamodb.table import Table
from costguard.adapters.sagemaker.inventory import SageMakerInventory
from costguard.enforcement.audit import AuditEntry
from costguard.enforcement.evaluation import evaluate
from costguard.enforcement.plan import plan_resource
from costguard.ownership.fleet import Fleet
from costguard.resources.model import Resource, ResourceRef, ResourceStatus
from costguard.resources.registry import KINDS, kind_of_arn
from costguard_cli.analysis.assessment import assess_resource
from costguard_cli.analysis.context import LEDGER, AnalysisContext, analysis_context
from costguard_cli.analysis.evidence import Evidence
from costguard_cli.analysis.scan import fleet_of
from costguard_cli.aws.session import ReadOnlySession, sessions
from costguard_cli.aws.stack import STACK
from costguard_cli.console import print_json, screen
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
    """Say what every rule answers about one resource, by which facts, and what comes next."""
    refs = refs_of(resource)
    at = [resource.split(":")[3]] if resource.startswith("arn:") else region or ()
    for world in sessions(profile, at, local=local):
        now = as_of or world.now
        judged = analysis_context(world, stack, policy, mode, now=now)
        found = _find(world, refs, judged)
        if found is None:
            continue
        said = _explained(world, found, judged, now=now)
        if json:
            print_json(explain_view.as_dict(said))
        else:
            explain_view.show(screen(), said)
        raise typer.Exit(FOUND if said.row.evaluation.violations else FINE)
    raise CannotRunError(
        f"There is no {resource} here.",
        f"Kinds are {', '.join(KINDS)}. Look elsewhere with --region.",
    )


def refs_of(text: str) -> list[ResourceRef]:
    """Read what a person calls a resource. Raises CannotRunError for a kind that is not ours."""
    kind = kind_of_arn(text) if text.startswith("arn:") else None
    first, _, rest = text.partition("/")
    if kind:
        return [ResourceRef(kind.name, kind.identity.name_in_arn(text))]
    if rest and first in KINDS:
        return [ResourceRef(first, rest)]
    if text.startswith("arn:") or rest:
        raise CannotRunError(
            f"{text} names no kind that is judged.", f"They are {', '.join(KINDS)}."
        )
    return [ResourceRef(kind, text) for kind in KINDS]


def _find(
    world: ReadOnlySession, asked: Iterable[ResourceRef], basis: AnalysisContext
) -> Resource | None:
    """Look for it under each kind that it may be; an ARN may spell its name in lower case."""
    refs = [basis.cases[r.key].ref if r.key in basis.cases else r for r in asked]
    found = [resource for ref in refs if (resource := _look(world, ref)) is not None]
    if len(found) > 1:
        names = ", ".join(f"{r.kind}/{r.name}" for r in found)
        raise CannotRunError(f"There are several: {names}.", "Name one of them like this.")
    return found[0] if found else None


def _look(world: ReadOnlySession, ref: ResourceRef) -> Resource | None:
    """Describe it, and read its tags from the source."""
    tagging = partial(world.client, "resourcegroupstaggingapi")
    inventory = SageMakerInventory(world.client("sagemaker"), tagging)
    try:
        resource = inventory.describe(ref)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationException":  # no name of that kind
            return None
        raise
    if resource is None:
        return None
    return replace(resource, tags=inventory.tags(resource.arn), tags_confirmed=True)


def _explained(
    world: ReadOnlySession, resource: Resource, basis: AnalysisContext, *, now: datetime
) -> Explained:
    fleet: Fleet | None = None
    unseen = basis.unseen
    judge = partial(evaluate, policy=basis.policy, now=now, money=basis.money)
    judgement = judge(resource)
    if (
        judgement.deferred and resource.status is ResourceStatus.RUNNING
    ):  # only the whole fleet can tell
        seen, missed = fleet_of(world, basis, now=now)
        unseen += missed
        active = {r.arn: r.activity for r in seen}
        resource = replace(resource, activity=active.get(resource.arn))
        others = (r for r in seen if r.arn != resource.arn)
        fleet = Fleet((*others, resource), basis.policy.directory)
        judgement = judge(resource, fleet=fleet)
    case = basis.cases.get(resource.ref.key)
    step = plan_resource(judgement, case, basis.policy, now=now)
    row = assess_resource(judgement, step, basis.policy, basis.prices)
    history, creator = _remembered(world, basis, resource.ref, now)
    known = Evidence(
        resource=resource, policy=basis.policy, now=now, fleet=fleet, money=basis.money
    )
    return Explained(
        row=row, known=known, basis=basis, history=history, creator=creator, unseen=unseen
    )


def _remembered(
    world: ReadOnlySession, basis: AnalysisContext, ref: ResourceRef, now: datetime
) -> tuple[tuple[AuditEntry, ...], str | None]:
    """Read what was done about it, and who made it; nothing without a ledger that can be read."""
    if basis.stack is None or any(each.what == LEDGER for each in basis.unseen):
        return (), None
    table = Table(world.client("dynamodb"), basis.stack.outputs["LedgerTableName"])
    done = DynamoDbAudit(table).entries(now - _HISTORY, now)
    return tuple(a for a in done if a.ref.key == ref.key), DynamoDbMarkers(table).creator(ref)
