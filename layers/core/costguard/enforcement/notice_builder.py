"""Build the notice about one resource, or about stops that `max_stops` held back."""

import hashlib
from collections.abc import Sequence
from copy import replace
from datetime import UTC, datetime
from typing import Any

from msgspec import UNSET

from costguard.common.sanitize import single_line
from costguard.enforcement.enforced import is_enforced
from costguard.notifications.notice import (
    Notice,
    NoticeFinding,
    NoticeOwner,
    NoticeResource,
    NoticeStage,
)
from costguard.notifications.templates import rule_title
from costguard.policy.model import Policy
from costguard.resources.commands import fill_in
from costguard.resources.model import Resource
from costguard.resources.registry import KINDS
from costguard.rules import RULES

_LISTED = 300  # resources in one notice: keeps it far below the 256 KiB of SNS


def build_notice(
    stage: NoticeStage,
    resource: Resource,
    findings: Sequence[NoticeFinding],
    policy: Policy,
    *,
    now: datetime,
    stops: int = 0,
) -> Notice:
    """Build a notice about one resource; several findings make one notice."""
    rules = [finding.rule for finding in findings]
    if stage is NoticeStage.WARNING:  # after a lowered mode, earlier warnings have none
        findings = [_as_enforced(finding, resource, policy) for finding in findings]
    acts = stage in (NoticeStage.WARNING, NoticeStage.WOULD_STOP, NoticeStage.STOPPED)
    return Notice(
        id=notice_id(stage, [resource.arn], rules, now.isoformat()),
        time=to_seconds(now),
        stage=stage,
        account=resource.account,
        region=resource.region,
        resource=_named(resource),
        owner=_owner_of(resource, policy),
        rules=tuple(rules),
        findings=tuple(findings),
        deadline=_first_deadline(stage, findings),
        stops=stops,
        zone=policy.timezone,
        **(_what_a_stop_does(resource) if acts else {}),
    )


def _first_deadline(stage: NoticeStage, findings: Sequence[NoticeFinding]) -> datetime | None:
    """Return the time of a stop, also of one that a higher mode would do."""
    if stage not in (NoticeStage.WARNING, NoticeStage.WOULD_STOP):
        return None
    return min((each.deadline for each in findings if each.deadline), default=None)


def _as_enforced(finding: NoticeFinding, resource: Resource, policy: Policy) -> NoticeFinding:
    """Remove the deadline of a finding whose rule may not stop anything."""
    stops = is_enforced(policy, finding.rule, resource.kind)
    return finding if stops else replace(finding, deadline=None)


def _owner_of(resource: Resource, policy: Policy) -> NoticeOwner:
    owner = policy.directory.owner(resource)
    name = single_line(owner.name or "") or None
    return NoticeOwner(name=name, email=owner.email, slack=owner.slack)


def _what_a_stop_does(resource: Resource) -> dict[str, Any]:
    words = KINDS[resource.kind].words
    restart = fill_in(words.restart, resource)
    return {"kept": words.kept, "lost": words.lost, "restart": restart}


def build_finding(
    rule: str,
    reason: str,
    remedy: str,
    *,
    deadline: datetime | None = None,
) -> NoticeFinding:
    """Build a finding under its rule's title."""
    return NoticeFinding(
        rule=rule,
        title=RULES[rule].title if rule in RULES else rule_title(rule),
        reason=reason,
        remedy=remedy,
        deadline=deadline and to_seconds(deadline),
    )


def build_held_back(resources: Sequence[Resource], policy: Policy, *, now: datetime) -> Notice:
    """Build the notice to the admins about the stops that `max_stops` held back."""
    first, rules = resources[0], ("max-stops",)
    contact = policy.contact
    return Notice(
        id=notice_id(NoticeStage.HELD_BACK, [r.arn for r in resources], rules, now.isoformat()),
        time=to_seconds(now),
        stage=NoticeStage.HELD_BACK,
        account=first.account,
        region=first.region,
        resource=NoticeResource(kind="several", name=f"{len(resources)} resources"),
        owner=NoticeOwner(name=contact.name, email=contact.email, slack=contact.slack),
        rules=rules,
        resources=tuple(_named(r) for r in resources[:_LISTED]),
        max_stops=policy.max_stops,
        zone=policy.timezone,
    )


def notice_id(stage: NoticeStage, arns: Sequence[str], rules: Sequence[str], *rest: object) -> str:
    """Return the id of a notice; the same facts give the same id."""
    named = "|".join((stage.value, *arns, *rules, *map(str, rest)))
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def decided_from(notice: Notice, version: int) -> Notice:
    """Add the version of the case from which a notice was decided.

    A notice of the same moment from a later version is another notice, and comes after it.
    """
    if not version:
        return notice
    named = hashlib.sha256(f"{notice.id}|{version}".encode()).hexdigest()[:32]
    return replace(notice, id=named, version=version)


def to_seconds(moment: datetime) -> datetime:
    """Truncate a time to the contract's form: UTC, whole seconds."""
    return moment.astimezone(UTC).replace(microsecond=0)


def _named(resource: Resource) -> NoticeResource:
    between = " or " if len(resource.choices) > 1 else ","
    return NoticeResource(
        arn=resource.arn,
        kind=resource.kind,
        name=resource.name,
        instance_type=between.join(resource.instance_types) or None,
        instance_count=resource.instances,
        place=resource.place or UNSET,
    )
