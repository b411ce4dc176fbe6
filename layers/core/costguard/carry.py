"""Carry out one step: write the case, tell, and hand over or carry out the stop."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from costguard import metering
from costguard.case import Case, sent
from costguard.messages import Notice, NoticeStage, load
from costguard.model import Resource
from costguard.plan import Step
from costguard.ports import Ports

RESEND_AFTER = timedelta(minutes=2)
"""A notice that waits in the outbox this long was left by somebody who died before sending it."""
TOLD = {stage.value: f"Told{stage.name.title().replace('_', '')}" for stage in NoticeStage}
"""The metric that counts the notices of a stage: `ToldWarning`, `ToldStopped`, `ToldWouldStop`."""


def carry_out(ports: Ports, step: Step, now: datetime) -> bool:
    """Write, then tell. A notice waits in the case until told; False when another was first."""
    if not step.changes:
        return True
    notices = [metering.priced(ports.meter, n, step.resource, now=now) for n in step.notices]
    waiting = tuple(n.as_dict() for n in notices)
    after = replace(step.after, outbox=step.after.outbox + waiting, updated=now)
    if not ports.save(after, step.before, now):
        return False
    if waiting:
        _tell(ports, step.resource, notices, now)
        written = replace(after, version=after.version + 1)
        ports.save(sent(written, (n.id for n in notices)), written, now)
    return True


def carry_and_hand_over(ports: Ports, step: Step, now: datetime) -> None:
    """Carry it out, and ask `enforce` to look again at what is due."""
    if carry_out(ports, step, now) and step.due:
        ports.hand_over(step.resource.ref, now)


def stop(ports: Ports, step: Step, now: datetime) -> str:
    """Stop it, between two audit rows. A failure is written down, so that a retry asks again."""
    asked = step.asked(now)
    if not carry_out(ports, replace(step, after=asked), now):
        return "overtaken"
    why: Mapping[str, object] = {rule: mark.reason for rule, mark in step.due}
    ports.audit("asked-to-stop", step.resource, now, why)
    try:
        outcome = ports.stop(step.resource)
    except Exception as exc:
        ports.audit("stop-failed", step.resource, now, {"error": str(exc)})
        if current := ports.case(step.resource.ref):
            ports.save(replace(current, asked=None), current, now)
        raise
    ports.audit(f"stop-{outcome}", step.resource, now, why)
    return outcome


def resend(ports: Ports, case: Case, now: datetime) -> None:
    """Tell what was decided on some time ago and is not known to be sent."""
    if case.outbox and case.updated and now - case.updated >= RESEND_AFTER:
        for raw in case.outbox:
            ports.tell(load(raw))
        if current := ports.case(case.ref):
            ports.save(sent(current, (raw["id"] for raw in case.outbox)), current, now)


def _tell(ports: Ports, resource: Resource, notices: Iterable[Notice], now: datetime) -> None:
    for notice in notices:
        ports.tell(notice)
        ports.count({TOLD[notice.stage]: 1})
        ports.audit(
            f"told-{notice.stage}", resource, now, {"notice": notice.id, "rule": notice.rule}
        )
