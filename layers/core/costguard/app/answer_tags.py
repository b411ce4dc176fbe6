"""The answers to a notice that add tags: the policy's own, or that it is not theirs."""

from collections.abc import Mapping
from copy import replace
from datetime import datetime

from costguard.app.ports import RespondPorts
from costguard.enforcement.answers import Answered, Responder
from costguard.enforcement.case import Case
from costguard.notifications.recipients import ADMINS, recipient_key
from costguard.ownership.claims import NOT_MINE
from costguard.ownership.directory import Person
from costguard.policy.model import Policy
from costguard.resources.commands import is_tag_text
from costguard.resources.model import Resource
from costguard.rules.base import EvaluationContext
from costguard.rules.missing_tags import RULE as MISSING_TAGS
from costguard.rules.missing_tags import TagChoice, chosen_tags, tag_choices


def tags_to_choose(policy: Policy, resource: Resource, now: datetime) -> tuple[TagChoice, ...]:
    """List the tags that a form asks for; none where the policy requires none."""
    settings = policy.rules.get(MISSING_TAGS.id)
    return tag_choices(resource, settings.options, _context(policy, now)) if settings else ()


def _context(policy: Policy, now: datetime) -> EvaluationContext:
    return EvaluationContext(now=now, directory=policy.directory, zone=policy.timezone.info)


def answer_with_fix(
    ports: RespondPorts,
    resource: Resource,
    by: Responder,
    given: Mapping[str, str],
    now: datetime,
    _case: Case,
) -> Answered:
    """Set the policy's tags, to values that the policy allows."""
    policy = ports.policy
    if (settings := policy.rules.get(MISSING_TAGS.id)) is None:
        return Answered(done=False, says="The policy requires no tags.")
    tags, wrong = chosen_tags(resource, settings.options, _context(policy, now), given)
    owner, key = tags.get(policy.owner_tag), policy.owner_tag
    is_new = owner != (resource.tags or {}).get(key)
    if owner and is_new and by.key != ADMINS and not _names_only(ports, owner, by):
        wrong = {**wrong, key: f"{key} may name only yourself"}
    if wrong:
        says = f"Nothing was changed: {'; '.join(sorted(wrong.values()))}."
        return Answered(done=False, says=says, wrong=wrong)
    if not tags:
        return Answered(done=True, says=f"The tags of {resource.name} are right.")
    ports.tagger.add_tags(resource, tags)
    listed = ", ".join(f"{key} = {value}" for key, value in tags.items())
    return Answered(done=True, says=f"{resource.name} now has {listed}.")


def answer_with_not_mine(
    ports: RespondPorts, resource: Resource, by: Responder, _case: Case
) -> Answered:
    """Tag it with the person who disowns it: the admins hear, and whoever is the next owner."""
    directory = ports.policy.directory
    person = _person_of(ports, by)
    before = (resource.tags or {}).get(NOT_MINE, "").strip()
    said = person.handle or person.address if person else ""
    value = " / ".join(filter(None, (before, said)))
    after = replace(resource, tags={**(resource.tags or {}), NOT_MINE: value})
    if person is None or not is_tag_text(value) or person not in directory.owner(after).disowned:
        says = f"{resource.name} was created by you, or counts for somebody else already."
        return Answered(done=False, says=says)
    ports.tagger.add_tags(resource, {NOT_MINE: value})
    owner = directory.owner(after).name or "nobody who is known"
    says = f"{resource.name} no longer counts for you, but for {owner}. The admins are told."
    return Answered(done=True, says=says)


def _names_only(ports: RespondPorts, text: str, by: Responder) -> bool:
    people = ports.policy.directory.named(text).people
    return [recipient_key(each, ports.policy.directory) for each in people] == [by.key]


def _person_of(ports: RespondPorts, by: Responder) -> Person | None:
    directory = ports.policy.directory
    keys = {recipient_key(person, directory): person for person in directory.people}
    return keys.get(by.key)
