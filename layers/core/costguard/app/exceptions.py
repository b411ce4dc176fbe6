"""Exceptions that people asked for: what was approved counts, and everybody concerned hears."""

from collections.abc import Iterable, Sequence
from copy import replace
from datetime import datetime
from decimal import Decimal
from functools import partial

from costguard.app.admin_notices import tell_once
from costguard.app.outbox import publish
from costguard.app.ports import GuardPorts, SweepPorts
from costguard.common.datetimes import say_duration, say_local
from costguard.common.formatting import usd
from costguard.common.sanitize import single_line
from costguard.costs.budgets import CostContext, budget_statuses
from costguard.enforcement.notice_builder import build_finding, build_notice, notice_id, to_seconds
from costguard.notifications import templates
from costguard.notifications.notice import (
    ANSWERED,
    ASKED,
    Notice,
    NoticeOwner,
    NoticeRequest,
    NoticeResource,
    NoticeStage,
)
from costguard.policy.alternatives import cheaper_types
from costguard.policy.exceptions import ExceptionRequest, ExceptionState, with_approved
from costguard.policy.model import Policy
from costguard.resources.model import Resource
from costguard.resources.places import account_and_region
from costguard.rules import RULES

_HOUR = 3600


def current_policy(ports: GuardPorts) -> Policy:
    """Return the policy with the exceptions that admins approved."""
    return with_approved(ports.policy, ports.exceptions.requests())


def tell_of_exceptions(
    ports: SweepPorts, resources: Iterable[Resource], money: CostContext | None, now: datetime
) -> None:
    """Tell the admins of each new request, and its owner of each denial, once."""
    known = {resource.ref.key: resource for resource in resources}
    for request in ports.exceptions.requests():
        resource = known.get(request.ref.key)
        if request.state is ExceptionState.ASKED and now < request.until:
            tell = partial(_ask_admins, ports, request, resource, money)
            tell_once(ports, f"exception-asked {request.id}", tell, now)
        if request.state is ExceptionState.DENIED and resource:
            deny = partial(_publish_denial, ports, request, resource)
            tell_once(ports, f"exception-denied {request.id}", deny, now)


def request_notice(
    policy: Policy,
    request: ExceptionRequest,
    resource: Resource | None,
    money: CostContext,
    place: tuple[str, str],
    now: datetime,
) -> Notice:
    """Build the notice to the admins: what somebody asks for, what it costs, how to decide."""
    account, region = account_and_region(request.ref.place, place)
    types = ", ".join(map(single_line, request.types)) or None
    told = (*_asked(policy, request), *_money(policy, request, resource, money, now))
    first, *others = (build_finding(ASKED, line, "") for line in told)
    to_decide = templates.TO_DECIDE.format(id=request.id)
    return Notice(
        id=notice_id(NoticeStage.ASKED, [request.ref.key], [request.id]),
        time=to_seconds(now),
        stage=NoticeStage.ASKED,
        account=account,
        region=region,
        resource=NoticeResource(
            kind=request.kind, name=request.name, place=request.place, instance_type=types
        ),
        owner=NoticeOwner(name=single_line(request.by)),
        rules=(ASKED,),
        findings=(replace(first, remedy=to_decide), *others),
        zone=policy.timezone,
        request=NoticeRequest(id=request.id, until=request.until),
    )


def _asked(policy: Policy, request: ExceptionRequest) -> Sequence[str]:
    """Say what is asked for, and why."""
    rules = ", ".join(RULES[rule].title.lower() for rule in request.rules if rule in RULES)
    until = say_local(request.until, policy.timezone)
    return f"It breaks: {rules}", f"Until: {until}", f"Why: {single_line(request.why, 300)}"


def _money(
    policy: Policy,
    request: ExceptionRequest,
    resource: Resource | None,
    money: CostContext,
    now: datetime,
) -> Sequence[str]:
    """Say the price, the budgets that are left, and the cheapest allowed type that would do."""
    if resource is None:
        return ["What it costs is not known: it does not run now."]
    hourly = money.prices.hourly(resource)
    left = request.until - now
    lines = ["What it costs is not known: there is no price for it."]
    if hourly is not None:
        most = hourly * Decimal(left.total_seconds()) / _HOUR
        lines = [f"Cost: {usd(hourly)} an hour, at most {usd(most)} in {say_duration(left)}."]
    labels = policy.directory.labels(resource)
    for each in budget_statuses(policy.budgets, money.spend, labels) if money.spend else ():
        rest = usd(max(each.limit - each.spent, Decimal(0)))
        name = single_line(each.name)
        lines.append(f"Budget of {each.dimension} {name}: {rest} of {usd(each.limit)} is left.")
    found = min(cheaper_types(resource, policy, money.prices), key=lambda t: t[::-1], default=None)
    if found:
        lines.append(f"The cheapest allowed type that may do: {found[0]}, {usd(found[1])} an hour.")
    return lines


def _ask_admins(
    ports: SweepPorts,
    request: ExceptionRequest,
    resource: Resource | None,
    money: CostContext | None,
    since: datetime,
) -> None:
    costs = money or CostContext(None, ports.usage.prices(since))
    publish(ports, request_notice(ports.policy, request, resource, costs, ports.place, since))


def denial_notice(
    policy: Policy, request: ExceptionRequest, resource: Resource, now: datetime
) -> Notice:
    """Build the notice to the owner about a denied request; a repetition has the same id."""
    why = f": {single_line(request.answer, 300)}" if request.answer else ""
    reason = templates.EXCEPTION_DENIED.format(single_line(request.decided_by), why)
    finding = build_finding(ANSWERED, reason, "")
    notice = build_notice(NoticeStage.ANSWERED, resource, [finding], policy, now=now)
    named = notice_id(notice.stage, [resource.arn], [request.id])
    return replace(notice, id=named, time=to_seconds(now))


def _publish_denial(
    ports: SweepPorts, request: ExceptionRequest, resource: Resource, since: datetime
) -> None:
    publish(ports, denial_notice(ports.policy, request, resource, since))
