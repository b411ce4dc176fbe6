"""An audit as JSON, and back: what `audit --json` writes and `policy diff --audit` reads."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from cattrs.errors import BaseValidationError
from cattrs.preconf.json import make_converter

from costguard.resources.model import NO_LIMIT, Resource
from costguard_cli.analysis.assessment import AssessedResource, Assessment, total_cost
from costguard_cli.errors import CannotRunError

SCHEMA = "costguard.audit/1"
_NO_LIMIT = "none"

_convert = make_converter()
_convert.register_unstructure_hook(
    timedelta, lambda span: _NO_LIMIT if span == NO_LIMIT else span.total_seconds()
)
_convert.register_structure_hook(
    timedelta, lambda raw, _: NO_LIMIT if raw == _NO_LIMIT else timedelta(seconds=raw)
)


@dataclass(frozen=True, slots=True)
class SavedAudit:
    """What of a saved audit can be judged again."""

    now: datetime
    resources: tuple[Resource, ...]
    whole: bool  # nothing was left unseen


def dump(surveys: Sequence[Assessment], head: Mapping[str, str]) -> dict[str, Any]:
    """Write surveys for machines."""
    rows = [row for survey in surveys for row in survey.rows]
    found = [row for row in rows if row.evaluation.violations]
    return {
        "schema": SCHEMA,
        "time": surveys[0].now.isoformat(),
        **head,
        "regions": [survey.region for survey in surveys],
        "totals": {
            "running": len(rows),
            "found": len(found),
            "outcomes": {o: sum(r.outcome.value == o for r in rows) for o in _outcomes(rows)},
            "usd_per_hour": _usd(total_cost(rows).usd_per_hour),
            "usd_per_hour_found": _usd(total_cost(found).usd_per_hour),
            "unpriced": total_cost(rows).unpriced,
        },
        "resources": [dump_row(row) for row in rows],
        "could_not_look": [
            {"region": s.region, "what": u.what, "why": u.why, "times": u.times}
            for s in surveys
            for u in s.unseen
        ],
    }


def dump_row(row: AssessedResource) -> dict[str, Any]:
    """Write one resource, what was said of it, and the facts that this rests on."""
    said = row.evaluation
    return {
        "outcome": row.outcome.value,
        "stops_at": row.when and row.when.isoformat(),
        "owner": {"name": row.owner.name, "known": row.owner.known},
        "usd_per_hour": _usd(row.usd_per_hour),
        "findings": [
            {"rule": rule, "reason": fail.reason, "remedy": fail.remedy}
            for rule, fail in said.violations.items()
        ],
        "cannot_tell": [
            *({"rule": gap.rule, "why": gap.fact} for gap in said.unknowns),
            *({"rule": rule, "why": "not asked"} for rule in sorted(said.deferred)),
        ],
        "resource": _convert.unstructure(row.resource),
    }


def load(path: Path) -> SavedAudit:
    """Read a saved audit. Raises CannotRunError with what is wrong with the file."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        resources = tuple(_convert.structure(r["resource"], Resource) for r in raw["resources"])
        return SavedAudit(datetime.fromisoformat(raw["time"]), resources, not raw["could_not_look"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, BaseValidationError) as exc:
        raise CannotRunError(
            f"{path} is not a saved audit: {exc}", "Make one: costguard audit --json > audit.json"
        ) from None


def _outcomes(rows: Sequence[AssessedResource]) -> list[str]:
    return [o.value for o in sorted({row.outcome for row in rows}, key=lambda o: o.rank)]


def _usd(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)
