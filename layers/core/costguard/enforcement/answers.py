"""What people answer to a notice about a resource: keep it for a while, or stop it now.

An answer changes the case, which is written over the version that it was decided from: of an
answer and a stop at the same moment, one is told the truth about the other.
"""

from collections.abc import Mapping
from copy import replace
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, field

from costguard.common.datetimes import say_duration, say_local
from costguard.common.formatting import shortened_list
from costguard.enforcement.case import Case, FindingState
from costguard.enforcement.enforced import is_enforced
from costguard.enforcement.hearing import GraceWaiver
from costguard.enforcement.waivers import waived, waivers_of
from costguard.idleness.keep_until import KeepDecision, answer_keep, decide_keep
from costguard.notifications.recipients import names_of
from costguard.notifications.templates import rule_title
from costguard.policy.model import Policy
from costguard.resources.activity import KeepRequest
from costguard.resources.commands import fill_in
from costguard.resources.model import Resource, ResourceStatus
from costguard.resources.registry import how_to_end
from costguard.rules import RULES
from costguard.rules.idle import RULE as _IDLE

IDLE = _IDLE.id
"""The rule whose violation an owner may keep for a while."""
_AGE = "age"  # its other cause, which no owner may extend
_NOT_RUNNING = "{} does not run, so there is nothing to do."
_TOO_LATE = "It is too late: {} is already being stopped."
_OVER = "What this message reported of {} is over, or was reported anew since."
_KEPT_ALREADY = "{} is kept until {}; {} asked for it."
_SECOND = timedelta(seconds=1)  # the times of notices have no smaller part
_LISTED = 5


class Responder(Struct, frozen=True, kw_only=True):
    """Who answers: the name of a person, and the key under which they get notices."""

    name: str
    key: str
    via: str = ""  # how they are known, where that is weaker than a login


class Answered(Struct, frozen=True, kw_only=True):
    """What came of an answer, in words; `case` is None where nothing has to be written."""

    done: bool
    says: str
    case: Case | None = None
    over: bool = False  # refused, because the notice that it answers is over
    wrong: Mapping[str, str] = field(default_factory=dict)  # what is wrong, by field of the form


def keep_of(resource: Resource, case: Case, policy: Policy, now: datetime) -> KeepDecision:
    """Decide whether the owner keeps an idle resource at present."""
    options = _options(policy)
    if options is None:
        return KeepDecision()
    zone, run = policy.timezone.info, resource.started
    return decide_keep(resource.tags, case.kept, options.keep, zone=zone, now=now, run=run)


def can_be_kept(case: Case, policy: Policy) -> bool:
    """Return whether a keep would change anything: of what is idle, and not too old."""
    finding = case.findings.get(IDLE)
    return finding is not None and finding.cause != _AGE and _options(policy) is not None


def may_be_stopped(case: Case, policy: Policy) -> bool:
    """Return whether there is a grace to give up."""
    return any(_may_stop(case, rule, policy) for rule in case.findings)


def answer_with_keep(
    case: Case, resource: Resource, policy: Policy, by: Responder, wanted: timedelta, now: datetime
) -> Answered:
    """Keep an idle resource for this run, within the limits of the policy."""
    options, finding = _options(policy), case.findings.get(IDLE)
    if refused := _out_of_time(case, resource):
        return refused
    if options is None or finding is None or resource.started is None:
        return _refused(_not_to_keep(case, resource))
    if finding.cause == _AGE:
        return _refused(f"Keeping it does not extend this: {finding.reason}.")
    if wanted <= timedelta():
        return _refused("It is not kept: a time to come is expected.")
    zone, until = policy.timezone, (now + wanted).astimezone(policy.timezone.info)
    answer = KeepRequest(until.isoformat(timespec="seconds"), now, by.name)
    run = resource.started
    kept, decided = answer_keep(case.kept, options.keep, answer, zone=zone.info, run=run)
    if decided.until is None:
        return _refused(f"It is not kept: {decided.refused}.")
    others = [title for rule in case.findings if rule != IDLE and (title := _title(rule))]
    rest = f" This does not change: {_list(others)}." if others else ""
    _, oldest = options.at(decided.until, zone.info)
    if decided.until - run > oldest:
        rest = f" But no run may last longer than {say_duration(oldest)}, kept or not.{rest}"
    says = f"{resource.name} is kept until {say_local(decided.until, zone)}.{rest}"
    changed = replace(case, kept=kept) if kept is not case.kept else None
    return Answered(done=True, says=says, case=changed)


def answer_with_stop(
    case: Case,
    resource: Resource,
    policy: Policy,
    by: Responder,
    recipients: tuple[str, ...],
    now: datetime,
) -> Answered:
    """Waive the rest of the person's grace, so that what breaks a rule is stopped now."""
    if refused := _out_of_time(case, resource):
        return refused
    warned = [r for r in case.findings if _may_stop(case, r, policy)]
    if not warned or by.key not in recipients:
        how = fill_in(how_to_end(resource), resource)
        return _refused(f"Costguard may not stop {resource.name} now. {how}")
    before = {(each.rule, each.since, each.to) for each in case.waivers}
    new = [
        GraceWaiver(rule=r, since=case.findings[r].since, to=by.key, by=by.name, at=now)
        for r in warned
        if (r, case.findings[r].since, by.key) not in before
    ]
    standing = tuple(each for rule in case.findings for each in waivers_of(case, rule))
    after = replace(case, waivers=(*standing, *new))
    waiting = names_of((key for key in recipients if key not in waived(after, warned[0])), policy)
    says = f"{resource.name} is being stopped, for: {_list(map(_title, warned))}."
    if waiting:
        says = (
            f"{resource.name} is stopped when {_list(waiting)} asks for it too, or at the deadline."
        )
    return Answered(done=True, says=says, case=after if new else None)


def kept_since(case: Case, policy: Policy, told: datetime, now: datetime) -> Answered | None:
    """Refuse a second keep by the same notice: a doubled press is one answer."""
    for each in case.kept:
        until = datetime.fromisoformat(each.value) if each.by and each.seen >= told else now
        if until > now:
            says = _KEPT_ALREADY.format(case.name, say_local(until, policy.timezone), each.by)
            return Answered(done=False, says=says, over=True)
    return None


def refuse_if_over(
    case: Case, resource: Resource, rules: tuple[str, ...], told: datetime
) -> Answered | None:
    """Refuse an answer to a notice of which nothing is open any more as it was."""
    found = (case.findings.get(rule) for rule in rules)
    if any(each is not None and each.since <= told + _SECOND for each in found):
        return None
    late = _out_of_time(case, resource)
    says = late.says if late else _OVER.format(case.name)
    return Answered(done=False, says=says, over=True)


def _out_of_time(case: Case, resource: Resource) -> Answered | None:
    """Refuse an answer about what is stopped, or is being stopped."""
    if case.stopping or resource.status is ResourceStatus.STOPPING:
        return _refused(_TOO_LATE.format(resource.name))
    if resource.status is not ResourceStatus.RUNNING:
        return _refused(_NOT_RUNNING.format(resource.name))
    return None


def _may_stop(case: Case, rule: str, policy: Policy) -> bool:
    """Return whether a rule has warned and may stop: only then is there a grace to waive."""
    warned = case.findings[rule].state is FindingState.WARNED and rule in policy.rules
    return warned and is_enforced(policy, rule, case.kind)


def _not_to_keep(case: Case, resource: Resource) -> str:
    """Say why there is nothing to keep; only what is idle can be kept."""
    titles = _list(map(_title, case.findings))
    why = f"what was reported is not idleness but: {titles}" if titles else "nothing was reported"
    return f"{resource.name} is not kept, because {why}."


def _options(policy: Policy) -> Any:
    found = policy.rules.get(IDLE)
    return found.options if found else None


def _title(rule: str) -> str:
    return RULES[rule].title.lower() if rule in RULES else rule_title(rule)


def _list(words: Any) -> str:
    return ", ".join(shortened_list(list(words), _LISTED))


def _refused(says: str) -> Answered:
    return Answered(done=False, says=says)
