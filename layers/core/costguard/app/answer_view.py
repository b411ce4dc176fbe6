"""The facts of the page of one resource: what is open, and which answers it can have now."""

from datetime import datetime, timedelta

from costguard.app.answer_tags import tags_to_choose
from costguard.app.answering import one_keep
from costguard.app.at_place import at_place
from costguard.app.door_ports import DoorPorts
from costguard.enforcement.answers import (
    Responder,
    can_be_kept,
    may_be_stopped,
)
from costguard.enforcement.case import Case
from costguard.enforcement.enforced import is_enforced
from costguard.policy.model import Policy
from costguard.reports.answer_page import AnswerFacts, OpenFinding
from costguard.resources.model import Resource
from costguard.rules import RULES
from costguard.rules.missing_tags import RULE as MISSING_TAGS


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
    policy = at_place(ports, resource.place).policy
    sets_tags = MISSING_TAGS.id in case.findings and not resource.place
    return AnswerFacts(
        resource=resource,
        owner=by.name,
        usd_per_hour=ports.meter.prices(now).hourly(resource),
        findings=tuple(
            OpenFinding(rule=rule, reason=each.reason, stops=stops_at(case, rule, policy))
            for rule, each in case.findings.items()
        ),
        keep=one_keep(policy) if can_be_kept(case, policy) else None,
        stops=may_be_stopped(case, policy),
        tags=tags_to_choose(policy, resource, now) if sets_tags else (),
        longest=policy.self_service.longest if case.findings.keys() & RULES else timedelta(0),
        asks_for_page=asks_for_page,
        zone=policy.timezone,
        now=now,
    )


def stops_at(case: Case, rule: str, policy: Policy) -> datetime | None:
    """Return when it is stopped for an open rule, at the earliest: who hears later has more."""
    finding = case.findings[rule]
    is_due = finding.is_warning and is_enforced(policy, rule, case.kind)
    return finding.deadline if is_due else None
