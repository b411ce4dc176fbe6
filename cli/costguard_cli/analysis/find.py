"""Find one resource by what people call it, with its tags confirmed."""

from collections.abc import Iterable
from copy import replace

from botocore.exceptions import ClientError

from costguard.resources.model import Resource, ResourceRef
from costguard_cli.analysis.context import AnalysisContext
from costguard_cli.analysis.inventory import inventory_of
from costguard_cli.aws.session import ReadOnlySession
from costguard_cli.errors import CannotRunError


def find_resource(
    session: ReadOnlySession, candidates: Iterable[ResourceRef], context: AnalysisContext
) -> Resource | None:
    """Find the resource among its possible references; an ARN may have its name in lower case."""
    refs = [context.cases[r.key].ref if r.key in context.cases else r for r in candidates]
    found = [resource for ref in refs if (resource := _describe(session, ref)) is not None]
    if len(found) > 1:
        names = ", ".join(f"{r.kind}/{r.name}" for r in found)
        raise CannotRunError(f"There are several: {names}.", "Name one of them like this.")
    return found[0] if found else None


def _describe(session: ReadOnlySession, ref: ResourceRef) -> Resource | None:
    """Describe a resource, with its tags confirmed."""
    inventory = inventory_of(session)
    try:
        resource = inventory.describe(ref)
    except ClientError as error:
        if (
            error.response["Error"]["Code"] == "ValidationException"
        ):  # not a valid name of this kind
            return None
        raise
    if resource is None:
        return None
    return replace(resource, tags=inventory.tags(resource.arn), tags_confirmed=True)
