"""Notices: what is said, in the contract's shape and in words a person understands. Pure."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from costguard.kinds import KINDS
from costguard.model import Resource
from costguard.plain import inert, plain
from costguard.policy import Exemption, Policy
from costguard.zone import Zone

SCHEMA = "costguard.notice/1"
_NAMED = 20  # resources in one sentence
_LISTED = 300  # resources in one notice: keeps it far below the 256 KiB of SNS
_MOST_BYTES, _CUT, _FINDINGS = 240_000, 6000, 10  # SNS takes 256 KiB with the attributes
_SUBJECT_LIMIT = 99  # SNS refuses 100 characters, and anything but printable ASCII may be lost


class NoticeStage(Enum):
    """What a notice is about."""

    WOULD_STOP = "would-stop"
    WARNING = "warning"
    STOPPED = "stopped"
    ALL_CLEAR = "all-clear"
    HELD_BACK = "held-back"
    FAILED = "failed"


_FOR_ADMINS = {NoticeStage.WOULD_STOP, NoticeStage.HELD_BACK, NoticeStage.FAILED}
_SAYS = {
    NoticeStage.WOULD_STOP: "would have been warned and stopped (observe mode)",
    NoticeStage.WARNING: "breaks the account's rules",
    NoticeStage.STOPPED: "was stopped",
    NoticeStage.ALL_CLEAR: "is fine now. Settled",
    NoticeStage.FAILED: "needs an admin's eye",
}


@dataclass(frozen=True, slots=True)
class Point:
    """One finding as a notice names it."""

    rule: str
    reason: str
    remedy: str
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message on the alerts topic; DESIGN 5 fixes the fields up to `cost`. Times are UTC."""

    schema: str
    id: str
    time: str
    account: str
    region: str
    stage: str
    rule: str  # several are joined by commas
    resource: Mapping[str, Any]
    owner: Mapping[str, str | None]
    reason: str
    remedy: str
    deadline: str | None
    cost: Mapping[str, Any]
    audience: str  # owner, or admins
    findings: tuple[Mapping[str, Any], ...]
    stops: int  # how often it was stopped before and with this
    kept: str | None = None  # what a stop keeps, loses, and how to start again
    lost: str | None = None
    restart: str | None = None
    resources: tuple[Mapping[str, Any], ...] = ()  # where a notice is about several

    @property
    def attributes(self) -> dict[str, str]:
        """The message attributes that a subscription can filter on."""
        return {
            "stage": self.stage,
            "rule": self.rule,
            "kind": str(self.resource["kind"]),
            "owner": plain(self.owner["name"] or "") or "unknown",
        }

    @property
    def subject(self) -> str:
        """One line of printable ASCII that SNS accepts."""
        line = plain(f"Costguard {self.stage}: {self.resource['name']} ({self.rule})", 200)
        return line.encode("ascii", "replace").decode()[:_SUBJECT_LIMIT]

    def as_dict(self) -> dict[str, Any]:
        """Turn it into the body, ready for JSON."""
        return asdict(self)


def fitted(notice: Notice) -> Notice:
    """Shorten a notice that SNS would refuse for its size; nothing is lost by being refused."""
    if len(json.dumps(notice.as_dict(), ensure_ascii=False).encode()) <= _MOST_BYTES:
        return notice
    findings = tuple(
        {**each, "reason": inert(each["reason"], _CUT), "remedy": inert(each["remedy"], _CUT)}
        for each in notice.findings[:_FINDINGS]
    )
    reason, remedy = inert(notice.reason, _CUT), inert(notice.remedy, _CUT)
    return replace(notice, findings=findings, reason=reason, remedy=remedy)


def load(raw: Mapping[str, Any]) -> Notice:
    """Read a notice back from the ledger's outbox."""
    return Notice(**dict(raw) | {k: tuple(raw[k]) for k in ("findings", "resources")})


def notice(
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
            "name": plain(owner.name or "") or None,
            "email": owner.email,
            "slack": owner.slack,
        },
        reason="\n".join(_reason(stage, resource, points, policy, stops)),
        remedy="\n\n".join(dict.fromkeys(p.remedy for p in points if p.remedy))
        if stage is not NoticeStage.ALL_CLEAR
        else "Nothing to do.",
        deadline=iso_utc(min(deadlines)) if ends else None,
        findings=tuple(asdict(p) | {"deadline": p.deadline and iso_utc(p.deadline)} for p in points),
        stops=stops,
        kept=kind.kept if acts else None,
        lost=kind.lost if acts else None,
        restart=kind.restart.format(name=resource.name, region=resource.region) if acts else None,
    )


def held_back(resources: Sequence[Resource], policy: Policy, *, now: datetime) -> Notice:
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


def exemption_ended(exemption: Exemption, policy: Policy) -> str:
    """Tell the admins that an exemption is over, as text for the summary topic."""
    return (
        f"An exemption has ended: {', '.join(exemption.names)}, "
        f"until {say_local(exemption.until, policy.timezone)}.\n"
        f"Given by {plain(exemption.by)}: {plain(exemption.why, 300)}\n"
        "From now on the rules apply again; owners are warned first where the policy gives grace.\n"
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
    yield f"The {KINDS[resource.kind].title} {plain(resource.name)} {_SAYS[stage]}:"
    yield from (f"- {point.reason}" for point in points)
    if stage is NoticeStage.WARNING:
        ends = min((p.deadline for p in points if p.deadline), default=None)
        when = ends and f"It will be stopped on {say_local(ends, policy.timezone)} unless this is fixed."
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
    return "\n".join([f"- {plain(r.name)} ({r.kind})" for r in resources[:_NAMED]] + more)


def say_local(moment: datetime, zone: Zone) -> str:
    """Say `Mon 23 Nov 2026 12:00 CST`."""
    return f"{moment.astimezone(zone.info):%a %d %b %Y %H:%M %Z}"


def iso_utc(moment: datetime) -> str:
    """Write `2026-11-23T18:00:00Z`."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
