"""Tell a person, once, that what somebody else created counts as theirs."""

import shlex
from copy import replace
from datetime import datetime

from costguard.common.sanitize import single_line
from costguard.enforcement.case import Case
from costguard.enforcement.notice_builder import build_notice
from costguard.notifications import templates
from costguard.notifications.notice import CHARGED, Notice, NoticeFinding, NoticeStage
from costguard.ownership.claims import NOT_MINE
from costguard.ownership.directory import Person
from costguard.policy.model import Policy
from costguard.resources.model import Resource


def tell_charged(
    resource: Resource, case: Case, policy: Policy, *, now: datetime
) -> tuple[Case, tuple[Notice, ...]]:
    """Build the notice to a person who is charged for what somebody else created.

    Where no rule that speaks to owners sums up over people, nobody is charged for anything.
    """
    if resource.creator is None or not policy.charges(resource.kind):
        return case, ()
    person = policy.directory.owner(resource).charged
    if person is None or policy.directory.by_login(resource.creator) == person:
        return case, ()
    label = policy.directory.label(person)
    if case.charged == label:
        return case, ()
    finding = NoticeFinding(
        rule=CHARGED,
        title=templates.rule_title(CHARGED),
        reason=templates.CHARGED_REASON.format(single_line(resource.creator)),
        remedy=templates.NOT_MINE_REMEDY.format(line=_not_mine(resource, person, policy)),
    )
    notice = build_notice(NoticeStage.CHARGED, resource, [finding], policy, now=now)
    return replace(case, charged=label), (notice,)


def _not_mine(resource: Resource, person: Person, policy: Policy) -> str:
    """Write the command that sets the tag; earlier values of others stay."""
    before = policy.directory.named((resource.tags or {}).get(NOT_MINE, "")).people
    value = " / ".join(each.handle or each.address for each in (*before, person))
    return (
        f"aws sagemaker add-tags --region {resource.region} "
        f"--resource-arn {shlex.quote(resource.arn)} "
        f"--tags {shlex.quote(f'Key={NOT_MINE},Value={value}')}"
    )
