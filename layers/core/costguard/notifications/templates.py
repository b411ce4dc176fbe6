"""Every sentence of a message around a rule's reason and remedy, each written once.

Messages (`composer`, `digest`) and the contract's `reason` and `remedy` (`schema`) use them. It
loads no message and no channel, because `watch` needs it to publish a notice. It is longer than
other modules so that each sentence is found here.
"""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from costguard.common.calendar import Zone
from costguard.common.datetimes import say_local, say_when
from costguard.common.formatting import shortened_list, usd
from costguard.common.sanitize import single_line
from costguard.notifications.notice import (
    ANSWERED,
    ASKED,
    CHARGED,
    STUCK,
    BudgetFacts,
    CostEstimate,
    Notice,
    NoticeFinding,
    NoticeResource,
    NoticeStage,
    Resolution,
)
from costguard.resources.registry import KINDS

_SUBJECTS = {
    NoticeStage.WOULD_STOP: "Would have been stopped: {name}",
    NoticeStage.WARNING: "Please fix {name} {by}",
    NoticeStage.STOPPED: "Stopped: {name}",
    NoticeStage.ALL_CLEAR: "All clear: {name}",
    NoticeStage.HELD_BACK: "Held back: {name} are due to be stopped at once",
    NoticeStage.FAILED: "Action needed: {name} could not be {failed}",
    NoticeStage.BUDGET: "Budget alert: {name} {used}",
    NoticeStage.CHARGED: "Is it yours? {name} counts as yours",
    NoticeStage.ANSWERED: "The admins answered: {name}",
    NoticeStage.ASKED: "Please decide: {owner} asks for an exception for {name}",
}
_INTROS = {
    NoticeStage.WOULD_STOP: "The {kind} {name} breaks the account's rules. In enforce mode its "
    "owner would have been warned, and it would have been stopped. Nothing was done.",
    NoticeStage.WARNING: "The {kind} {name} breaks the account's rules. {fate}",
    NoticeStage.STOPPED: "The {kind} {name} broke the account's rules and was stopped. {again}",
    NoticeStage.ALL_CLEAR: "{cleared} {nothing}",
    NoticeStage.HELD_BACK: "{name} are due to be stopped in one run, more than {limit}. None was "
    "stopped.",
    NoticeStage.FAILED: "Costguard could not {fail} the {kind} {name}. {harm}",
    NoticeStage.BUDGET: "The {name} {spent}. {lasts}",
    NoticeStage.CHARGED: "The {kind} {name} has started. It counts as yours in your caps and, if "
    "you have one, in your budget. Nothing will be stopped because of this message.",
    NoticeStage.ANSWERED: "The admins have answered the request about the {kind} {name}. What was "
    "reported before still applies, with the same deadline.",
    NoticeStage.ASKED: "{owner} asks for an exception: the {kind} {name}. Until somebody "
    "decides, nothing changes.",
}
_COMPLIANT = "The {kind} {name} is compliant again. Thank you."
_NOT_ASKED_ANY_MORE = "The {kind} {name} will not be stopped for what was reported."
_NOTHING_TO_DO = "There is nothing to do."
_STOPS = "It will be stopped on {} unless this is fixed."
_STOPS_NEVER = "Nothing will be stopped, but please fix this."
_STOP_NUMBER = "This was stop number {}."
_NOT_EVALUATED = "Nothing was stopped because of this."
_NOT_STOPPED = "AWS has not finished the stop."
_LIMIT = "the policy allows"

WHY = {
    NoticeStage.ALL_CLEAR: "Resolved",
    NoticeStage.HELD_BACK: "Due to be stopped",
    NoticeStage.ASKED: "The request",
}
"""The title over the findings of a notice, where it is not `Why`."""
FIX, OWNERS_FIX = "How to fix it", "How its owner can fix it"
FIX_FIRST = "Before you start it again"
IF_STOPPED, DONE_BY_STOP, WOULD_DO = "If it is stopped", "What the stop did", "What a stop would do"
KEEP, RESTART, TO_DO = "If it must keep running", "To start it again", "What to do"
KEPT, LOST = "Kept: {}.", "Lost: {}."
EXCEPTION = "Need an exception? Ask {contact} and include the reason and an end date."
ADMINS_EXCEPTION = "Add an exemption to the policy, with the reason and an end date."
ASK = "Questions, or more time? Ask {contact}."
FOOTER = "Costguard watches SageMaker in account {account}, {region}. Notice {id}."
FOOTER_OF_SEVERAL = "Costguard watches SageMaker in several accounts or Regions. Notice {id}."
REMINDER = "Reminder: {}"
BROKEN_WORDS = "The policy's own wording was not used ({})."
MANY = "Several things happened in a short time. Each is listed once, oldest first."
DIGEST_STOPS = "; stops at {}"
HAPPENED, COMMANDS = "What happened", "Commands to fix these"
UNKNOWN = "not known"
OWNER_UNKNOWN = "Owner unknown: {who}{by}."
NOT_IN_ROSTER, UNCLAIMED = "“{}” is not in the roster", "neither its name nor a tag names a person"
NAMED_OWNER = "“{}” (no address is known)"
AMBIGUOUS = "“{}” may be {}; put a handle or an e-mail address into the tag"
CREATED_BY = ", created by “{}”"
BOTH_TOLD = "Its name or a tag names {}, and {} created it. Both of you get this message."
ALL_TOLD = "Its name or a tag names {}. All of you get this message."
UNREACHED = "This message was for {}, who could not be reached ({})."
NO_RECIPIENT = "the notice is no longer for them"
NO_CHANNEL = "no channel is set up for them"
BUSY = "too many messages"
UNOBSERVABLE = """\
Costguard cannot tell whether {} of {} notebooks are in use.
Jupyter does not answer, and there is no heartbeat. Only the maximum age applies to them: {}.
Attach the heartbeat's lifecycle configuration to them, or deploy with ProbeNotebooks=yes.
"""
PROBE_REFUSED = """\
Costguard is not allowed to ask {} notebooks what they are doing: {}.
AWS refuses the call, so these notebooks do not count as idle; only the maximum age applies.
The functions need lambda:InvokeFunction on the probe, and the probe needs
sagemaker:CreatePresignedNotebookInstanceUrl. What to do: docs/runbook.md#the-probe-is-refused
"""
NO_NAME = "no name"
UNKNOWN_OWNERS = """\
These names run more than one person may run, and the roster does not have them.
Nothing is stopped because of this: the limits for one owner apply only to people of the roster.
{}
Add the people to the roster of the policy, or ask the owners to tag their resources.
Each name is reported once a month.
"""
DISOWNED = """\
Somebody says that a resource is not theirs. It no longer counts for them.
{}
Anybody with permission to tag can write the tag costguard:not-mine. Ask them if in doubt.
"""
DISOWNED_LINE = "- {}: {}{}; it counts for {}"
UNASKED = """\
The kernels of {} notebooks could not be asked whether they are free: {}.
Jupyter may list a kernel as idle while a cell runs in it. So without a heartbeat, none of these
notebooks is stopped for idleness; only the maximum age applies to them: {}.
Attach the heartbeat's lifecycle configuration to them: it asks the kernels from inside.
"""
EXEMPTION_ENDED = """\
An exemption has ended: {names}, until {until}.
Given by {by}: {why}
From now on the rules apply again; owners are warned first if the policy gives a grace period.
"""

SPOKE_UNREAD = """\
Costguard cannot read {place}. Nothing there is judged, stopped or metered anew until it can; its
open warnings and its usage stay as they are. All other accounts and Regions are guarded as before.

Why: {why}

Check that the stack of the spoke is there, that its roles trust this stack, and that its external
id is the one of this stack."""
SPOKE_PARTLY_READ = """\
Costguard cannot read all of {place}. What it can read there is guarded as before, but no notebook
there is judged idle: a job that is not seen may belong to it.

Why: {why}"""
SPOKE_READ = """\
Costguard reads {place} again. Warnings there from before count only if it was unread for a short
time; after a longer one everybody is warned anew."""
TO_DECIDE = (
    'costguard approve {id}, or costguard deny {id} --why "…". Add --until to change the end.'
)
EXCEPTION_DENIED = "{} denied the exception that was asked for{}"
ROSTER_REFUSED = """\
The roster {file} is refused as a whole. {holds}
{problems}
Correct the file and put it there again: the next sweep reads it. This version is told only once.
What a roster may look like: docs/first-steps.md#an-instructors-path
"""
ROSTER_UNREAD = """\
The roster {file} cannot be read. {holds}
{why}
Without the permission to list the bucket, S3 says of a missing file that access is denied. This is
told once a day.
"""
ROSTER_HOLDS = "The last good one holds: of {}, with {}."
NO_ROSTER_HOLDS = "There was no good one before: nobody of the course is known."
CREDIT_SUBJECT = "Costguard: a credit of the account ends"
CREDIT_ENDS = """\
A credit of the account ends:
{}
After it the account pays. This is told 30 days before it, and 7 days before.
"""
COST_CALL = """\
{caller} called {operation}{about} in account {account}, {region}: {why}.
Costguard has no rule about this: no budget counts it, and nothing warns of it or stops it. Look at
it yourself. `costguard guardrail --only-watched` writes policies that deny such calls.
The next call of {operation} by {caller} is told after a day.
"""

SILENT = """\
Costguard evaluated nothing from {since} to {until}, for {span}.
{ran}
What began and ended in between was not seen: only AWS's bill has it.
{warned} Earlier warnings count no more, and the first sweep stopped nothing.
Look for the reason in the log of Sweep, in its schedule and in its concurrency.
"""
NOTHING_RAN = "Nothing that runs now ran then."
RAN_MEANWHILE = "Of what runs now, {} ran then too, and cost about {} in that time: {}."
UNPRICED_MEANWHILE = "The price is not known, and not in that sum, of {}."
WARNED_ANEW = "Warned anew, with a whole grace period: {}."
NONE_WARNED = "Nobody had to be warned anew."

EXEMPT_UNTIL = "an admin has exempted it from this rule until {}"
KEPT_UNTIL = "{} keeps it until {}; what runs then is evaluated again"
ASKED_TO_STOP = "; {} asked to stop it now"
RULE_OFF = "an admin has switched this rule off"
RETURNED = "; it was fixed before and is back, so the grace period is shorter"
NOT_DELETED = ". Costguard does not delete it: {}"
GENTLER = "\nGentler than deleting it:\n{}"
GONE_REMEDY = (
    "Nothing needs to be done. What is made again as it was is judged by the same rules again."
)
UNKNOWN_STATUS = "AWS reports the status {}, which Costguard does not know: it may cost money"
UNJUDGED_PARENT = "it was created by {}, which Costguard does not evaluate"
NOT_EVALUATED_REMEDY = (
    "Costguard does not stop what it cannot evaluate. Please check it yourself. You get this "
    "message once."
)
UNJUDGED_REMEDY = (
    "Costguard stops neither this resource nor the one that created it. Please check that one "
    "yourself. You get this message once, also for everything that it creates later."
)
CHARGED_REASON = "“{}” created it, and its name or its owner tag says that it is yours"
NOT_MINE_REMEDY = (
    "If it is yours, there is nothing to do. If it is not, run this line. From then on it does not "
    "count for you, and the admins are notified once.\n{line}"
)
STUCK_FINDING = NoticeFinding(
    rule=STUCK,
    title="The stop has not finished",
    reason="it was asked to stop 30 minutes ago and has not; it still costs money",
    remedy="AWS has no call that forces a stop. Look at it in the console, and contact AWS Support "
    "if it does not stop.",
)
_TITLES = {
    "parent": "Created by something that is not evaluated",
    "status": "Its status is not known",
    "max-stops": "More stops at once than the policy allows",
    STUCK: STUCK_FINDING.title,
    CHARGED: "Somebody else created it",
    ANSWERED: "The answer of the admins",
    ASKED: "The request",
}
_REMEDIES = {
    NoticeStage.ALL_CLEAR: _NOTHING_TO_DO,
    NoticeStage.HELD_BACK: "If they should stop, raise max_stops in the policy. If not, the policy "
    "may be wrong: correct it, or deploy with Mode=observe.",
    NoticeStage.BUDGET: "Stop what is not needed, or have the budget raised in the policy. At "
    "100 % the rule over-budget applies.",
}
_NO_BUDGET = {"used": "", "spent": "", "lasts": ""}
LISTED = 50  # points in a message
_LISTED = 20  # resources in the contract's text


class Wording(Struct, frozen=True, kw_only=True):
    """All sentences about one notice; a message puts them in their places."""

    values: dict[str, str]  # values that other sentences may use
    subject: str
    intro: str
    brief: str  # for a line of a digest
    why: str  # the title over the points
    points: tuple[str, ...]
    reason: str  # used if there are no points
    remedies: tuple[str, ...]


def word_notice(notice: Notice, zone: Zone, now: datetime) -> Wording:
    """Write the sentences of a notice for a reader's time zone and the present time."""
    values = _say_values(notice, zone, now)
    findings = tuple(_say_finding(notice, each) for each in notice.findings)
    names = [single_line(each.name or str(each.arn)) for each in notice.resources]
    points = findings + shortened_list(names, LISTED)
    return Wording(
        values=values,
        subject=_SUBJECTS[notice.stage].format_map(values).strip(),
        intro=_say_intro(notice, values),
        brief=_say_briefly(notice, values),
        why=_why_title(notice),
        points=points,
        reason="" if points else contract_reason(notice),
        remedies=_remedies(notice),
    )


def _say_values(notice: Notice, zone: Zone, now: datetime | None = None) -> dict[str, str]:
    """Return the values of sentences, as plain text; with `now`, a deadline has its distance."""
    ends, stuck = notice.stops_at, STUCK in notice.rules
    when = say_when(ends, now, zone) if ends and now else say_local(ends, zone) if ends else ""
    titles = [title_of(finding) for finding in notice.findings] or map(rule_title, notice.rules)
    texts = {
        "name": notice.resource.name or "the account",
        "kind": _say_kind(notice),
        "rule": ", ".join(titles),
        "owner": notice.owner.name or "unknown",
        "deadline": when,
        "by": f"before {ends.astimezone(zone.info):%a %d %b %H:%M %Z}" if ends else "soon",
        "fate": _STOPS.format(when) if when else _STOPS_NEVER,
        "again": _STOP_NUMBER.format(notice.stops) if notice.stops > 1 else "",
        "limit": _LIMIT
        if notice.max_stops is None
        else f"{_LIMIT} (max_stops = {notice.max_stops})",
        "fail": "stop" if stuck else "evaluate",
        "failed": "stopped" if stuck else "evaluated",
        "harm": _NOT_STOPPED if stuck else _NOT_EVALUATED,
        "nothing": _NOTHING_TO_DO,
        "cleared": _cleared(notice),
        "account": notice.account,
        "region": notice.region,
        "id": notice.id,
        **(_budget_values(notice.budget, zone) if notice.budget else _NO_BUDGET),
    }
    return {name: single_line(text, 300) for name, text in texts.items()}


def _budget_values(budget: BudgetFacts, zone: Zone) -> dict[str, str]:
    pace = "At the pace so far" if budget.course else "At this month's pace"
    lasts = f"{pace} it lasts until the {'course' if budget.course else 'month'} ends."
    if budget.is_over:
        lasts = "It is used up now."
    elif budget.lasts_until:
        day = budget.lasts_until.astimezone(zone.info)
        lasts = f"{pace} it is used up on {day:%a %d %b}."
    whose = f"the budget in {budget.course}" if budget.course else "this month's budget"
    used = f"has used {budget.percent} % of {whose}"
    amounts = f"{usd(budget.spent)} of {usd(budget.limit)} (list prices, estimated)"
    return {"used": used, "spent": f"{used}: {amounts}", "lasts": lasts}


def _say_intro(notice: Notice, values: dict[str, str]) -> str:
    """Describe in a sentence or two what happened and what follows."""
    if notice.stage is NoticeStage.BUDGET and notice.text and not notice.budget:
        return notice.text.reason  # of an earlier version, which has only a text
    return _INTROS[notice.stage].format_map(values).strip()


def _cleared(notice: Notice) -> str:
    """State that it was fixed, or that no fix is needed any more."""
    fixed = all(each.resolution is Resolution.FIXED for each in notice.findings)
    sentence = _COMPLIANT if fixed else _NOT_ASKED_ANY_MORE
    return sentence.format(kind=_say_kind(notice), name=notice.resource.name)


def _say_kind(notice: Notice) -> str:
    """Return the usual name of the kind."""
    kind = notice.resource.kind
    return KINDS[kind].title if kind in KINDS else kind


def rule_title(rule: str) -> str:
    """Return the title of a rule whose notice has no title."""
    return _TITLES.get(rule, rule.replace("-", " "))


def title_of(finding: NoticeFinding) -> str:
    """Return the title of a finding."""
    return finding.title or rule_title(finding.rule)


def _say_finding(notice: Notice, finding: NoticeFinding) -> str:
    """Describe one finding; a rule that could not be evaluated is not named as broken."""
    if notice.stage in (NoticeStage.FAILED, NoticeStage.ASKED):
        return finding.reason[:1].upper() + finding.reason[1:]
    return f"{title_of(finding)}: {finding.reason}"


def _say_briefly(notice: Notice, values: dict[str, str]) -> str:
    """Describe the subject in a line of a digest."""
    if notice.stage is NoticeStage.FAILED:
        reasons = ", ".join(finding.reason for finding in notice.findings)
        return single_line(reasons, 300) or values["rule"]
    return values["used"] or values["rule"]


def _remedies(notice: Notice) -> tuple[str, ...]:
    """List what to do, each step once."""
    if own := _REMEDIES.get(notice.stage):
        return (own,)
    found = dict.fromkeys(finding.remedy for finding in notice.findings if finding.remedy)
    return tuple(found) or ((notice.text.remedy,) if notice.text and notice.text.remedy else ())


def contract_remedy(notice: Notice) -> str:
    """Write the contract's `remedy`."""
    return notice.text.remedy if notice.text else "\n\n".join(_remedies(notice))


def contract_reason(notice: Notice) -> str:
    """Write the contract's `reason`: what happened, every finding, and what it costs."""
    return notice.text.reason if notice.text else "\n".join(_reason(notice))


def _reason(notice: Notice) -> Iterator[str]:
    yield _say_intro(notice, _say_values(notice, notice.zone))
    points = [finding.reason for finding in notice.findings]
    points += shortened_list([_named(each) for each in notice.resources], _LISTED)
    if points:
        yield f"{_why_title(notice)}:"
        yield from (f"- {point}" for point in points)
    if notice.cost and notice.resource.arn:
        yield _say_cost(notice.cost, notice.region)


def _why_title(notice: Notice) -> str:
    """Return the title over the points of a notice."""
    return WHY.get(notice.stage, "Why")


def _named(resource: NoticeResource) -> str:
    return f"{single_line(resource.name)} ({resource.kind})"


def _say_cost(cost: CostEstimate, region: str) -> str:
    """Describe the cost, and the types without a price."""
    hourly, spent = cost.usd_per_hour, cost.usd_so_far
    if hourly is None:
        what = ", ".join(cost.unpriced) or "what it runs on"
        return f"What it costs is not known: there is no price for {what} in {region}."
    least = cost.usd_per_hour_least
    rate = usd(hourly)
    if least is not None:
        rate = f"{usd(least)} to {usd(hourly)}, by the instances that AWS chooses,"
    if cost.prepaid:
        return "A training plan that is paid in advance covers it: it costs no more by the hour."
    if cost.waits:
        return (
            "It waits for instances and costs nothing yet; once it runs it costs "
            f"{rate} an hour (list price, estimated)."
        )
    so_far = "how much so far is not known" if spent is None else f"{usd(spent)} so far in this run"
    return f"It costs {rate} an hour while it runs; {so_far} (list price, estimated)."
