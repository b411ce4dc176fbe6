"""Look up the present recipients of a warning, and the warnings that they received."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeIs

from costguard.app.ports import GuardPorts
from costguard.app.silence import Silence
from costguard.enforcement.case import Case, Finding
from costguard.enforcement.evaluation import Evaluation
from costguard.enforcement.hearing import GivenWarning, Hearing, Warned
from costguard.enforcement.notice_builder import build_notice, to_seconds
from costguard.notifications.delivery import Delivery, DeliveryStatus
from costguard.notifications.notice import NoticeStage
from costguard.notifications.recipients import ADMINS, Recipient, recipients_of
from costguard.ownership.channel import Channel
from costguard.policy.model import Mode, Policy
from costguard.resources.model import Resource
from costguard.resources.registry import KINDS

_SETTLED = (DeliveryStatus.SENT, DeliveryStatus.FAILED)


def find_hearing(
    ports: GuardPorts, evaluation: Evaluation, case: Case | None, silence: Silence, now: datetime
) -> Hearing:
    """Read the ledger, if a warning or a stop can depend on it."""
    kind = KINDS[evaluation.resource.kind]
    if not any(ports.policy.mode_of(r, kind) is Mode.ENFORCE for r in evaluation.violations):
        return Hearing(valid_since=silence.valid_since, asleep=silence.asleep)
    recipients = tuple(each.key for each in warned_now(ports.policy, evaluation.resource, now))
    warnings = _warnings(case, evaluation)
    earlier = {
        rule: _of_earlier(ports, case, finding, recipients)
        for rule, finding in warnings.items()
        if case and not case.warning_of(rule)
    }
    again = _names_again(case, evaluation)
    wanted = (r for r, each in warnings.items() if again or now >= (each.deadline or now))
    given = [(case and case.warning_of(rule)) or earlier[rule] for rule in wanted]
    asked = {(to, each.to[to]) for each in given for to in recipients if to in each.to}
    found = {(to, warned.notice): _ask(ports, to, warned) for to, warned in asked}
    return Hearing(
        recipients=recipients,
        accepted={key: row.sent or row.at for key, row in found.items() if _is_sent(row)},
        refused=frozenset(key for key, row in found.items() if _is_refused(row)),
        earlier=earlier,
        valid_since=silence.valid_since,
        asleep=silence.asleep,
    )


def warned_now(policy: Policy, resource: Resource, now: datetime) -> tuple[Recipient, ...]:
    """List the present recipients of a warning; rooms do not count."""
    notice = build_notice(NoticeStage.WARNING, resource, (), policy, now=now)
    found = recipients_of(notice, policy, tuple(Channel), resource.creator)
    return tuple(each for each in found if not each.is_room)


def _warnings(case: Case | None, evaluation: Evaluation) -> Mapping[str, Finding]:
    """List the open findings of a case that have a warning."""
    return {
        rule: finding
        for rule, finding in (case.findings if case else {}).items()
        if rule in evaluation.violations and finding.is_warning
    }


def _names_again(case: Case | None, evaluation: Evaluation) -> bool:
    """Return whether a new finding leads to a notice that repeats earlier warnings."""
    known = case.findings if case else {}
    new = (r for r, fail in evaluation.violations.items() if _cause(known, r) != fail.cause)
    return any(new)


def _cause(findings: Mapping[str, Finding], rule: str) -> str | None:
    return findings[rule].cause if rule in findings else None


def _of_earlier(
    ports: GuardPorts, case: Case, finding: Finding, recipients: tuple[str, ...]
) -> GivenWarning:
    """Find the recipients of a warning of an earlier version, by the time of its notice."""
    at = to_seconds(finding.since)
    grace = (finding.deadline or finding.since) - finding.since
    waiting = [n for n in case.outbox if n.stage is NoticeStage.WARNING and n.time == at]
    if waiting:
        to = dict.fromkeys(recipients, Warned(waiting[0].id, at))
        return GivenWarning(since=finding.since, grace=grace, to=to)
    rows = {key: ports.deliveries.recent(key, at) for key in recipients}
    to = {key: Warned(row.notice, row.at) for key in rows for row in rows[key] if row.at == at}
    return GivenWarning(since=finding.since, grace=grace, to=to)


def _ask(ports: GuardPorts, to: str, warned: Warned) -> Delivery | None:
    """Read the delivery of a warning; for an unreachable owner, the admins' copy counts."""
    row = _row(ports, to, warned)
    failed = row is not None and row.status is DeliveryStatus.FAILED
    return _row(ports, ADMINS, warned) or row if failed else row


def _row(ports: GuardPorts, to: str, warned: Warned) -> Delivery | None:
    key = Delivery(to=to, notice=warned.notice, at=warned.at, status=DeliveryStatus.SENT)
    found = ports.deliveries.find(key)
    return found if found is None or found.status in _SETTLED else None


def _is_sent(row: Delivery | None) -> TypeIs[Delivery]:
    return row is not None and row.status is DeliveryStatus.SENT


def _is_refused(row: Delivery | None) -> bool:
    return row is not None and row.status is DeliveryStatus.FAILED
