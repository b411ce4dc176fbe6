"""The facts of the page of one resource: what is open, and which answers it can have now."""

from datetime import datetime, timedelta

from costguard.app.answering import one_keep
from costguard.app.door_ports import DoorPorts
from costguard.enforcement.answers import (
    Responder,
    can_be_kept,
    may_be_stopped,
)
from costguard.enforcement.case import Case, Finding
from costguard.enforcement.enforced import is_enforced
from costguard.policy.model import Policy
from costguard.reports.answer_page import AnswerFacts, OpenFinding
from costguard.resources.model import Resource
from costguard.rules import RULES
from costguard.rules.base import EvaluationContext
from costguard.rules.missing_tags import RULE as MISSING_TAGS
from costguard.rules.missing_tags import TagChoice, tag_choices


def facts_of(
    ports: DoorPorts,
    resource: Resource,
    case: Case,
    by: Responder,
    now: datetime,
    *,
    asks_for_page: bool,
) -> AnswerFacts:
    """Gather what the page shows."""
    policy = ports.policy
    return AnswerFacts(
        resource=resource,
        owner=by.name,
        usd_per_hour=ports.meter.prices(now).hourly(resource),
        findings=tuple(
            OpenFinding(rule=r, reason=each.reason, stops=_stops(case, r, each, policy))
            for r, each in case.findings.items()
        ),
        keep=one_keep(policy) if can_be_kept(case, policy) else None,
        stops=may_be_stopped(case, policy),
        tags=_tags(policy, resource, case, now),
        longest=policy.self_service.longest if case.findings.keys() & RULES else timedelta(0),
        asks_for_page=asks_for_page,
        zone=policy.timezone,
        now=now,
    )


def _stops(case: Case, rule: str, finding: Finding, policy: Policy) -> datetime | None:
    """Return when it is stopped for a rule, at the earliest: who hears later has more time."""
    is_due = finding.is_warning and is_enforced(policy, rule, case.kind)
    return finding.deadline if is_due else None


def _tags(policy: Policy, resource: Resource, case: Case, now: datetime) -> tuple[TagChoice, ...]:
    settings = policy.rules.get(MISSING_TAGS.id)
    if settings is None or MISSING_TAGS.id not in case.findings:
        return ()
    zone = policy.timezone.info
    ctx = EvaluationContext(now=now, directory=policy.directory, zone=zone)
    return tag_choices(resource, settings.options, ctx)
