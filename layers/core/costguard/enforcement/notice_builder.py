"""Build the notice about one resource, or about the stops that the brake held back."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from costguard.common.datetimes import iso_utc, say_local
from costguard.common.sanitize import single_line
from costguard.notifications.notice import SCHEMA, Notice, NoticeStage, Point
from costguard.policy.model import Policy
from costguard.resources.model import Resource
from costguard.resources.registry import KINDS

_NAMED = 20  # resources in one sentence

_LISTED = 300  # resources in one notice: keeps it far below the 256 KiB of SNS

_FOR_ADMINS = {NoticeStage.WOULD_STOP, NoticeStage.HELD_BACK, NoticeStage.FAILED}

_SAYS = {
    NoticeStage.WOULD_STOP: "would have been warned and stopped (observe mode)",
    NoticeStage.WARNING: "breaks the account's rules",
    NoticeStage.STOPPED: "was stopped",
    NoticeStage.ALL_CLEAR: "is fine now. Settled",
    NoticeStage.FAILED: "needs an admin's eye",
}


def build_notice(
    stage: NoticeStage,
    resource: Resource,
    points: Sequence[Point],
    policy: Policy,
    *,
    now: datetime,
    stops: int = 0,
) -> Notice:
    """Say something about one resource; several findings make one notice."""
    kind, owner = KINDS[resource.kind], policy.directory.owner(resource)
    deadlines = [p.deadline for p in points if p.deadline]
    ends = stage in (NoticeStage.WARNING, NoticeStage.WOULD_STOP) and deadlines
    acts = stage in (NoticeStage.WARNING, NoticeStage.WOULD_STOP, NoticeStage.STOPPED)
    return Notice(
        **head(stage, [resource.arn], [p.rule for p in points], now),
        account=resource.account,
        region=resource.region,
        resource=_named(resource),
        owner={
            "name": single_line(owner.name or "") or None,
            "email": owner.email,
            "slack": owner.slack,
        },
        reason="\n".join(_reason(stage, resource, points, policy, stops)),
        remedy="\n\n".join(dict.fromkeys(p.remedy for p in points if p.remedy))
        if stage is not NoticeStage.ALL_CLEAR
        else "Nothing to do.",
        deadline=iso_utc(min(deadlines)) if ends else None,
        findings=tuple(
            asdict(p) | {"deadline": p.deadline and iso_utc(p.deadline)} for p in points
        ),
        stops=stops,
        kept=kind.words.kept if acts else None,
        lost=kind.words.lost if acts else None,
        restart=kind.words.restart.format(name=resource.name, region=resource.region)
        if acts
        else None,
    )


def build_held_back(resources: Sequence[Resource], policy: Policy, *, now: datetime) -> Notice:
    """Tell the admins, once for all, which stops the brake held back."""
    first, number = resources[0], len(resources)
    return Notice(
        **head(NoticeStage.HELD_BACK, [r.arn for r in resources], ["max-stops"], now),
        account=first.account,
        region=first.region,
        resource={
            "arn": None,
            "kind": "several",
            "name": f"{number} resources",
            "instance_type": None,
            "instance_count": None,
        },
        owner={
            "name": policy.contact.name,
            "email": policy.contact.email,
            "slack": policy.contact.slack,
        },
        reason=f"{number} resources are due to be stopped in one run, more than max_stops = "
        f"{policy.max_stops}; none was stopped:\n{_several(resources)}",
        remedy="If they should stop, raise max_stops in the policy. If not, the policy may be "
        "wrong: correct it, or deploy with Mode=observe.",
        deadline=None,
        findings=(),
        stops=0,
        resources=tuple(_named(r) for r in resources[:_LISTED]),
    )


def head(
    stage: NoticeStage, arns: Sequence[str], rules: Sequence[str], now: datetime
) -> dict[str, Any]:
    """Begin a notice: its identity and stage; what it costs is not known yet."""
    named = "|".join((stage.value, *arns, *rules, now.isoformat()))
    return {
        "schema": SCHEMA,
        "id": hashlib.sha256(named.encode()).hexdigest()[:32],
        "time": iso_utc(now),
        "stage": stage.value,
        "rule": ",".join(rules),
        "audience": "admins" if stage in _FOR_ADMINS else "owner",
        "cost": {"usd_per_hour": None, "usd_so_far": None, "estimated": True},  # None: not known
    }


def _reason(
    stage: NoticeStage, resource: Resource, points: Sequence[Point], policy: Policy, stops: int
) -> Iterator[str]:
    yield f"The {KINDS[resource.kind].title} {single_line(resource.name)} {_SAYS[stage]}:"
    yield from (f"- {point.reason}" for point in points)
    if stage is NoticeStage.WARNING:
        ends = min((p.deadline for p in points if p.deadline), default=None)
        when = (
            ends
            and f"It will be stopped on {say_local(ends, policy.timezone)} unless this is fixed."
        )
        yield when or "Nothing is stopped for this; please fix it."
    if stage is NoticeStage.STOPPED and stops > 1:
        yield f"This was stop number {stops}."


def _named(resource: Resource) -> dict[str, Any]:
    return {
        "arn": resource.arn,
        "kind": resource.kind,
        "name": resource.name,
        "instance_type": ",".join(resource.instance_types) or None,
        "instance_count": resource.instances,
    }


def _several(resources: Sequence[Resource]) -> str:
    more = [f"- and {len(resources) - _NAMED} more"] if len(resources) > _NAMED else []
    return "\n".join([f"- {single_line(r.name)} ({r.kind})" for r in resources[:_NAMED]] + more)
