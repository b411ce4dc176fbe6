"""An audit as JSON, and back: what `audit --json` writes and `policy diff --audit` reads."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec import to_builtins

from costguard.common.codec import decode_builtins
from costguard.common.errors import StoredDataInvalid
from costguard.resources.model import NO_LIMIT, Resource
from costguard_cli.analysis.assessment import AssessedResource, Assessment, total_cost
from costguard_cli.errors import CannotRunError
from costguard_cli.views.studio import studio_dict
from costguard_cli.views.unwatched import unwatched_dicts

SCHEMA = "costguard.audit/1"
_NO_LIMIT = "none"


@dataclass(frozen=True, slots=True)
class SavedAudit:
    """The part of a saved audit that can be assessed again."""

    now: datetime
    resources: tuple[Resource, ...]
    complete: bool  # everything could be read


def dump(assessments: Sequence[Assessment], head: Mapping[str, str]) -> dict[str, Any]:
    """Encode assessments as JSON."""
    rows = [row for assessment in assessments for row in assessment.rows]
    found = [row for row in rows if row.evaluation.violations]
    return {
        "schema": SCHEMA,
        "time": assessments[0].now.isoformat(),
        **head,
        "regions": [assessment.region for assessment in assessments],
        "totals": {
            "running": len(rows),
            "found": len(found),
            "outcomes": {o: sum(r.outcome.value == o for r in rows) for o in _outcomes(rows)},
            "usd_per_hour": _usd(total_cost(rows).usd_per_hour),
            "usd_per_hour_found": _usd(total_cost(found).usd_per_hour),
            "unpriced": total_cost(rows).unpriced,
        },
        "resources": [dump_row(row) for row in rows],
        "notes": list(dict.fromkeys(note for s in assessments for note in s.notes)),
        "unwatched": [unwatched_dicts(s.unwatched, s.prices) for s in assessments],
        "studio": [studio_dict(s.studio, s.region, s.prices) for s in assessments],
        "could_not_look": [
            {"region": s.region, "what": u.what, "why": u.why, "times": u.times}
            for s in assessments
            for u in s.unseen
        ],
    }


def dump_row(row: AssessedResource) -> dict[str, Any]:
    """Encode one resource, its evaluation, and its facts."""
    evaluation = row.evaluation
    return {
        "outcome": row.outcome.value,
        "stops_at": row.when and row.when.isoformat(),
        "owner": {"name": row.owner.name, "known": row.owner.known},
        "usd_per_hour": _usd(row.usd_per_hour),
        "findings": [
            {"rule": rule, "reason": fail.reason, "remedy": fail.remedy}
            for rule, fail in evaluation.violations.items()
        ],
        "cannot_tell": [
            *({"rule": gap.rule, "why": gap.fact} for gap in evaluation.unknowns),
            *({"rule": rule, "why": "not asked"} for rule in sorted(evaluation.deferred)),
        ],
        "resource": dump_resource(row.resource),
    }


def dump_resource(resource: Resource) -> dict[str, Any]:
    """Write the facts of a resource: times as ISO texts, durations in seconds."""
    facts = to_builtins(resource, builtin_types=(datetime, timedelta))
    written: dict[str, Any] = json.loads(json.dumps(facts, default=_text_or_seconds))
    return written


def load_resource(raw: Mapping[str, Any]) -> Resource:
    """Read them back. Raises StoredDataInvalid."""
    unlimited = {"max_runtime": NO_LIMIT} if raw.get("max_runtime") == _NO_LIMIT else {}
    return decode_builtins({**raw, **unlimited}, Resource, "resource", str(raw.get("name")))


def load(path: Path) -> SavedAudit:
    """Read a saved audit. Raises CannotRunError with what is wrong with the file."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        resources = tuple(load_resource(each["resource"]) for each in raw["resources"])
        return SavedAudit(datetime.fromisoformat(raw["time"]), resources, not raw["could_not_look"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StoredDataInvalid) as exc:
        raise CannotRunError(
            f"{path} is not a saved audit: {exc}", "Make one: costguard audit --json > audit.json"
        ) from None


def _text_or_seconds(value: datetime | timedelta) -> str | float:
    if isinstance(value, datetime):
        return value.isoformat()
    return _NO_LIMIT if value == NO_LIMIT else value.total_seconds()


def _outcomes(rows: Sequence[AssessedResource]) -> list[str]:
    return [o.value for o in sorted({row.outcome for row in rows}, key=lambda o: o.rank)]


def _usd(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)
