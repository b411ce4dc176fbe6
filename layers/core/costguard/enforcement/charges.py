"""Notify a person, once, that another person's resource counts as theirs."""

from copy import replace
from datetime import datetime

from costguard.common.sanitize import single_line
from costguard.enforcement.case import Case
from costguard.enforcement.notice_builder import build_notice
from costguard.notifications import templates
from costguard.notifications.notice import CHARGED, Notice, NoticeFinding, NoticeStage
from costguard.ownership.claims import NOT_MINE
from costguard.ownership.directory import Directory, Person
from costguard.policy.model import Policy
from costguard.resources.commands import add_tags_command, is_tag_text
from costguard.resources.model import Resource


def tell_charged(
    resource: Resource, case: Case, policy: Policy, *, now: datetime
) -> tuple[Case, tuple[Notice, ...]]:
    """Build the notice to a person who is charged for a resource that somebody else created.

    Nobody is charged unless a rule with notices to owners sums up over people.
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
    value = " / ".join(_named(each, policy.directory) for each in (*before, person))
    return add_tags_command(resource, {NOT_MINE: value})


def _named(person: Person, directory: Directory) -> str:
    """Return a unique text for a person that a tag can hold."""
    ways = filter(None, (person.handle, person.address, *person.aliases, person.name))
    finds = (w for w in ways if is_tag_text(w) and directory.named(w).people == (person,))
    return next(finds, person.address)
