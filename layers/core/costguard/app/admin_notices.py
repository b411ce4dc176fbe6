"""Notices to the admins about the account rather than one resource, each sent when it is due."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from costguard.app.budget_alerts import budget_alerts
from costguard.app.outbox import publish
from costguard.app.ports import AdminPorts, SweepPorts
from costguard.app.silence import SLEPT, Silence
from costguard.app.silence_report import silence_report
from costguard.app.telling import IN_HAND, tell_by_mark
from costguard.app.unobservable import refused_report, unasked_report, unobservable_report
from costguard.common.datetimes import say_local
from costguard.common.sanitize import single_line
from costguard.costs.budgets import SpendToDate
from costguard.enforcement.evaluation import PARENT, Evaluation
from costguard.enforcement.notice_builder import (
    build_finding,
    build_notice,
    notice_id,
    to_seconds,
)
from costguard.enforcement.plan import ResourcePlan
from costguard.notifications import templates
from costguard.notifications.notice import Notice, NoticeStage
from costguard.policy.model import Exemption, Policy
from costguard.resources.places import account_and_region, within
from costguard.resources.told_calls import ToldCall

_ONCE = datetime.fromtimestamp(0, UTC)  # in the id of a notice that is sent only once

UNOBSERVABLE_MARK = "blind-told"
TELL_UNOBSERVABLE_EVERY = timedelta(days=7)
UNASKED_MARK = "kernels-unasked"
REFUSED_MARK = "probe-refused"
TELL_REFUSED_EVERY = timedelta(days=1)
TELL_CALL_EVERY = timedelta(days=1)
TELL_SILENCE_FOR = timedelta(days=14)
"""How long a silence that nobody could be told of is tried to be told."""


def ended_silence(
    ports: SweepPorts, silence: Silence, plans: Sequence[ResourcePlan], now: datetime
) -> None:
    """Tell the admins what a silence of the guard was: the sweep that ended it, or a later one."""
    woke = silence.valid_since
    slept = ports.marks.last_time(SLEPT) if woke and now - woke < TELL_SILENCE_FOR else None
    if slept is None:
        return

    def tell(ended: datetime) -> None:
        zone, prices = ports.policy.timezone, ports.usage.prices(now)
        ports.texts.publish(silence_report(plans, prices, slept, ended, zone))

    tell_once(ports, f"silence {slept.isoformat()}", tell, now)


def ended_exemptions(ports: SweepPorts, now: datetime) -> None:
    """Notify the admins, once, of every exemption that has ended."""
    for exemption in ports.policy.exemptions:
        mark = f"exemption-ended {','.join(exemption.names)} {exemption.until.isoformat()}"
        if now >= exemption.until:
            text = exemption_ended(exemption, ports.policy)
            tell_once(ports, mark, partial(_publish_text, ports, text), now)


def unobservable_notebooks(
    ports: SweepPorts, evaluations: Iterable[Evaluation], now: datetime
) -> None:
    """Report to the admins, once a week, how many notebooks cannot be observed.

    If AWS refuses the calls, that is reported at once and daily, because the admins can fix it.
    """
    evaluations = tuple(evaluations)
    if text := refused_report(evaluations):
        tell = partial(_publish_text, ports, text)
        tell_once(ports, REFUSED_MARK, tell, now, every=TELL_REFUSED_EVERY)
    if text := unasked_report(evaluations):
        tell_once(ports, UNASKED_MARK, partial(_publish_text, ports, text), now)
        ports.marks.mark_time(UNASKED_MARK, now)  # `status` shows that it is still so
    if text := unobservable_report(evaluations):
        tell = partial(_publish_text, ports, text)
        tell_once(ports, UNOBSERVABLE_MARK, tell, now, every=TELL_UNOBSERVABLE_EVERY)


def budgets(ports: SweepPorts, spent: SpendToDate, now: datetime) -> None:
    """Publish an alert for every budget that is nearly used up, once a month."""
    for mark, notice in budget_alerts(spent, ports.policy, ports.place, now=now):
        tell_once(ports, mark, partial(_publish_notice, ports, notice), now)


def _publish_text(ports: AdminPorts, text: str, _since: datetime) -> None:
    ports.texts.publish(text)


def _publish_notice(ports: SweepPorts, notice: Notice, since: datetime) -> None:
    """Publish a notice with the time of its first attempt, so that a repetition has the same id."""
    publish(ports, replace(notice, time=to_seconds(since)))


def tell_once(
    ports: AdminPorts,
    mark: str,
    tell: Callable[[datetime], None],
    now: datetime,
    *,
    every: timedelta | None = None,
) -> bool:
    """Notify the admins unless a marker shows that they were; return whether it was sent now."""
    return tell_by_mark(ports.marks, mark, tell, now, every=every)


def tell_together(ports: SweepPorts, text: str, lines: Mapping[str, str], now: datetime) -> None:
    """Send the admins several lines, each with its own marker, in one text."""
    hands = {mark: ports.marks.take_in_hand(mark, now, now + IN_HAND) for mark in lines}
    held = {mark: lines[mark] for mark, since in hands.items() if since is not None}
    if not held:
        return
    try:
        ports.texts.publish(text.format("\n".join(held.values())))
    except Exception:
        for mark in held:
            ports.marks.take_in_hand(mark, now + IN_HAND, now)
        raise
    for mark in held:
        ports.marks.mark_time(mark, now)


def unjudged_parents(ports: SweepPorts, evaluations: Iterable[Evaluation], now: datetime) -> None:
    """Publish one notice, once, for each schedule or job of no known kind that makes others.

    The notice is about the first child: a monitoring schedule creates one every hour.
    """
    found: dict[str | None, Evaluation] = {}
    for each in filter(is_unjudged, evaluations):
        found.setdefault(each.resource.parent, each)
    for parent, evaluation in found.items():
        notice = unjudged_parent(evaluation, ports.policy, now)
        tell_once(ports, f"parent-told {parent}", partial(_publish_notice, ports, notice), now)


def is_unjudged(evaluation: Evaluation) -> bool:
    """Return whether a resource has a parent that is not evaluated either."""
    return any(unknown.rule == PARENT for unknown in evaluation.unknowns)


def unjudged_parent(evaluation: Evaluation, policy: Policy, now: datetime) -> Notice:
    """Build the notice about a parent, under an id that is the same for all its children."""
    [fact] = [unknown.fact for unknown in evaluation.unknowns if unknown.rule == PARENT]
    finding = build_finding(PARENT, fact, templates.UNJUDGED_REMEDY)
    notice = build_notice(NoticeStage.FAILED, evaluation.resource, [finding], policy, now=now)
    parent = evaluation.resource.parent or ""
    return replace(notice, id=notice_id(notice.stage, [parent], notice.rules, _ONCE))


def cost_call(ports: AdminPorts, call: ToldCall, place: str, now: datetime) -> bool:
    """Tell the admins of a call whose cost nothing watches, once a day for each caller."""
    account, region = account_and_region(place, ports.place)
    text = templates.COST_CALL.format(
        caller=single_line(call.caller),
        operation=call.operation,
        about=f" ({single_line(call.about)})" if call.about else "",
        account=account,
        region=region,
        why=call.why,
    )
    tell = partial(_publish_text, ports, text)
    return tell_once(
        ports, f"call-told {within(place, call.key)}", tell, now, every=TELL_CALL_EVERY
    )


def exemption_ended(exemption: Exemption, policy: Policy) -> str:
    """Write the text for the summary topic about an exemption that has ended."""
    return templates.EXEMPTION_ENDED.format(
        names=", ".join(exemption.names),
        until=say_local(exemption.until, policy.timezone),
        by=single_line(exemption.by),
        why=single_line(exemption.why, 300),
    )
