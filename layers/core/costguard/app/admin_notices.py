"""Notices to the admins about the account rather than one resource, each sent when it is due."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from costguard.app.apply import publish
from costguard.app.budget_alerts import budget_alerts
from costguard.app.ports import SweepPorts
from costguard.common.datetimes import say_local
from costguard.common.sanitize import single_line
from costguard.costs.budgets import SpendToDate
from costguard.enforcement.evaluation import Evaluation
from costguard.notifications import templates
from costguard.policy.model import Exemption, Policy
from costguard.resources.registry import is_notebook
from costguard.rules import idle

_LISTED = 20

UNOBSERVABLE_MARK = "blind-told"
TELL_UNOBSERVABLE_EVERY = timedelta(days=7)


def ended_exemptions(ports: SweepPorts, now: datetime) -> None:
    """Notify the admins, once, of every exemption that has ended."""
    for exemption in ports.policy.exemptions:
        mark = f"exemption-ended {','.join(exemption.names)} {exemption.until.isoformat()}"
        if now >= exemption.until and ports.marks.last_time(mark) is None:
            ports.texts.publish(exemption_ended(exemption, ports.policy))
            ports.marks.mark_time(mark, now)


def unobservable_notebooks(
    ports: SweepPorts, evaluations: Iterable[Evaluation], now: datetime
) -> None:
    """Report to the admins, once a week, how many notebooks cannot be observed."""
    if not (text := unobservable_report(evaluations)):
        return
    last = ports.marks.last_time(UNOBSERVABLE_MARK)
    if last is None or now - last >= TELL_UNOBSERVABLE_EVERY:
        ports.texts.publish(text)
        ports.marks.mark_time(UNOBSERVABLE_MARK, now)


def budgets(ports: SweepPorts, spent: SpendToDate, now: datetime) -> None:
    """Publish an alert for every budget that is nearly used up, once a month."""
    for mark, notice in budget_alerts(spent, ports.policy, ports.place, now=now):
        if ports.marks.last_time(mark) is None:
            publish(ports, notice)
            ports.marks.mark_time(mark, now)


def is_unobservable(evaluation: Evaluation) -> bool:
    """Tell whether nothing is known of a running notebook's activity."""
    return any(unknown.rule == idle.RULE.id for unknown in evaluation.unknowns)


def unobservable_report(evaluations: Iterable[Evaluation]) -> str | None:
    """Say for how many notebooks only the maximum age holds; None when all are observable."""
    running = [each for each in evaluations if is_notebook(each.resource)]
    unobservable = [each.resource.name for each in running if is_unobservable(each)]
    if not unobservable:
        return None
    more = f" and {len(unobservable) - _LISTED} more" if len(unobservable) > _LISTED else ""
    names = f"{single_line(', '.join(unobservable[:_LISTED]), 2000)}{more}"
    return templates.UNOBSERVABLE.format(len(unobservable), len(running), names)


def exemption_ended(exemption: Exemption, policy: Policy) -> str:
    """Write the text for the summary topic about an exemption that has ended."""
    return templates.EXEMPTION_ENDED.format(
        names=", ".join(exemption.names),
        until=say_local(exemption.until, policy.timezone),
        by=single_line(exemption.by),
        why=single_line(exemption.why, 300),
    )
