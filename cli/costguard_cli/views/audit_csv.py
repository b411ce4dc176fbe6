"""An audit as a table for a spreadsheet: a row for each resource."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from costguard.common.spreadsheet import csv_text
from costguard.resources.registry import KINDS
from costguard_cli.analysis.assessment import AssessedResource, Assessment

type Row = tuple[str | Decimal | int | None, ...]
COLUMNS: Row = (
    *("outcome", "stops at (UTC)", "region", "kind", "name", "owner", "instances"),
    *("instance types", "USD an hour", "rules broken", "why", "not known", "ARN"),
)


def render(assessments: Sequence[Assessment]) -> str:
    """Write all resources, also those that break no rule."""
    return csv_text((COLUMNS, *_rows(assessments)))


def _rows(assessments: Sequence[Assessment]) -> Iterator[Row]:
    for assessment in assessments:
        for row in assessment.rows:
            yield _row(row, assessment.region)


def _row(row: AssessedResource, region: str) -> Row:
    broken, resource = row.evaluation.violations, row.resource
    return (
        row.outcome.value,
        f"{row.when:%Y-%m-%d %H:%M}" if row.when else "",
        region,
        KINDS[resource.kind].title,
        resource.name,
        row.owner.name,
        resource.instances,
        " or ".join(resource.instance_types),
        row.usd_per_hour,
        ", ".join(broken),
        "; ".join(fail.reason for fail in broken.values()),
        "; ".join(unknown.fact for unknown in row.evaluation.unknowns),
        resource.arn,
    )
