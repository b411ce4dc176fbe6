"""The words: one template a stage, from a notice to a letter. Pure.

The admins may put their own words in the policy (`[notify.words.<stage>]`); what cannot be filled
in there is told in the letter, and ours are used.
"""

from collections.abc import Mapping
from copy import replace
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from string import Formatter
from typing import assert_never

from costguard.common.calendar import Zone
from costguard.common.datetimes import say_when
from costguard.common.formatting import shortened_list, usd
from costguard.common.sanitize import single_line
from costguard.notifications.message import FactRows, Message, Section, sanitized
from costguard.notifications.notice import Notice, Said
from costguard.notifications.settings import MessageOverrides
from costguard.ownership.directory import Person
from costguard.resources.registry import KINDS
from costguard.rules import RULES

LISTED = 50
_SUBJECTS = {
    Said.WOULD_STOP: "Would have been stopped: {name}",
    Said.WARNING: "Please fix {name} {by}",
    Said.STOPPED: "Stopped: {name}",
    Said.ALL_CLEAR: "All clear: {name}",
    Said.HELD_BACK: "Held back: {name} are due to be stopped at once",
    Said.FAILED: "Needs an admin's eye: {name}",
    Said.BUDGET: "Budget: {name}",
    Said.SUMMARY: "Summary: {name}",
}
_INTROS = {
    Said.WOULD_STOP: "The {kind} {name} breaks the account's rules. In enforce mode its owner "
    "would have been warned, and it would have been stopped. Nothing was done.",
    Said.WARNING: "The {kind} {name} breaks the account's rules. {fate}",
    Said.STOPPED: "The {kind} {name} broke the account's rules and was stopped. {again}",
    Said.ALL_CLEAR: "The {kind} {name} follows the account's rules again. Thank you. There is "
    "nothing to do.",
    Said.HELD_BACK: "More resources are due to be stopped in one run than the policy allows. "
    "None was stopped.",
    Said.FAILED: "Costguard could not judge or stop the {kind} {name}. Nothing was stopped "
    "because of this.",
    Said.BUDGET: "The account's spending needs a look.",
    Said.SUMMARY: "What the account did, and what it cost.",
}
ASK = "Questions, or more time? Ask {contact}."
FOOTER = "Costguard watches SageMaker in account {account}, {region}. Notice {id}."


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientContext:
    """Who will read a letter, and where on earth."""

    zone: Zone
    contact: Person
    note: str = ""
    reminder: bool = False


def write_message(
    notice: Notice, to: RecipientContext, words: Mapping[Said, MessageOverrides], *, now: datetime
) -> Message:
    """Write the letter that a notice asks for."""
    stage = Said(notice.stage)
    values = placeholders(notice, to, now)
    own, broken = _own(words.get(stage, MessageOverrides()), values)
    subject = own.subject or _SUBJECTS[stage].format_map(values).strip()
    intro = own.intro or _INTROS[stage].format_map(values).strip()
    ask = own.ask or ("" if notice.audience == "admins" else ASK.format_map(values))
    heading = f"Reminder: {subject}" if to.reminder else subject
    return sanitized(
        Message(
            stage=notice.stage,
            subject=f"[Costguard] {heading}",
            heading=heading,
            intro=intro,
            note=" ".join(filter(None, (to.note, broken))),
            facts=_facts(notice, to, now),
            sections=(*_sections(stage, notice, values), Section(text=ask)),
            footer=FOOTER.format_map(values),
            thread=str(notice.resource["arn"] or notice.resource["name"] or notice.id),
            ref=notice.id,
            attributes=tuple(notice.attributes.items()),
        )
    )


def placeholders(notice: Notice, to: RecipientContext, now: datetime) -> dict[str, str]:
    """Give what wording may refer to; every value is plain text."""
    kind = str(notice.resource["kind"])
    deadline = notice.deadline and datetime.fromisoformat(notice.deadline)
    when = say_when(deadline, now, to.zone) if deadline else ""
    fate = f"It will be stopped at {when} unless that is fixed." if when else ""
    titles = ", ".join(rule_title(rule) for rule in notice.rule.split(",") if rule)
    at = f"{deadline.astimezone(to.zone.info):%H:%M}" if deadline else ""
    texts = {
        "name": str(notice.resource["name"] or "the account"),
        "kind": KINDS[kind].title if kind in KINDS else kind,
        "rule": titles or notice.rule,
        "owner": str(notice.owner.get("name") or "nobody we know"),
        "deadline": when,
        "by": f"before {at}" if at else "soon",
        "fate": fate or "Nothing will be stopped; please fix it all the same.",
        "again": f"This was stop number {notice.stops}." if notice.stops > 1 else "",
        "contact": _called(to.contact),
        "account": notice.account,
        "region": notice.region,
        "id": notice.id,
    }
    return {name: single_line(text, 300) for name, text in texts.items()}


def _called(contact: Person) -> str:
    ways = ", ".join(filter(None, (contact.email, contact.slack and f"Slack {contact.slack}")))
    return f"{contact.name} ({ways})" if ways else contact.name


def rule_title(rule: str) -> str:
    """Say a rule's offence in words."""
    return RULES[rule].title if rule in RULES else rule.replace("-", " ")


def _own(words: MessageOverrides, values: Mapping[str, str]) -> tuple[MessageOverrides, str]:
    """Fill in the admins' words; those that cannot be filled in are dropped, and told."""
    filled, broken = words, []
    for part in ("subject", "intro", "ask"):
        text = getattr(words, part)
        if text is None:
            continue
        try:
            for _, field, form, conversion in Formatter().parse(text):
                if field is not None and (field not in values or form or conversion):
                    broken.append(f"{part}: no such word {{{field}}}")
            filled = replace(filled, **{part: text.format_map(values)})
        except (ValueError, KeyError, IndexError, AttributeError):
            broken.append(f"{part}: cannot be filled in")
        if broken and broken[-1].startswith(part):
            filled = replace(filled, **{part: None})
    said = "; ".join(dict.fromkeys(broken))
    return filled, f"The policy's own wording was not used ({said})." if broken else ""


def _facts(notice: Notice, to: RecipientContext, now: datetime) -> FactRows:
    thing = notice.resource
    size = " x ".join(str(v) for v in (thing["instance_count"], thing["instance_type"]) if v)
    kind = str(thing["kind"] or "")
    until = notice.deadline and say_when(datetime.fromisoformat(notice.deadline), now, to.zone)
    known = (
        (KINDS[kind].title.capitalize() if kind in KINDS else "About", thing["name"]),
        ("Instances", size),
        ("Owner", (notice.owner.get("name") or "unknown") if kind in KINDS else ""),
        ("Deadline", until),
        ("Cost so far", _money(notice.cost.get("usd_so_far"), notice)),
        ("Cost per hour", _money(notice.cost.get("usd_per_hour"), notice)),
        ("Stops so far", str(notice.stops) if notice.stops else ""),
    )
    return tuple((name, str(value)) for name, value in known if value)


def _money(amount: object, notice: Notice) -> str:
    """Say an amount; one that nobody knows is said to be unknown, where a thing has a cost."""
    if amount is None:
        return "" if notice.resource["arn"] is None else "not known"
    estimated = " (estimated)" if notice.cost.get("estimated", True) else ""
    return f"{usd(Decimal(str(amount)))}{estimated}"


def _sections(stage: Said, notice: Notice, values: Mapping[str, str]) -> tuple[Section, ...]:
    why, remedy = _why(notice), notice.remedy
    match stage:
        case Said.WARNING | Said.WOULD_STOP:
            longer = (
                f"If it must go on as it is until a certain time, ask {values['contact']} for an "
                "exemption: say what, why and until when."
            )
            keep = Section(title="If it must keep running", text=longer)
            fixes = _fixes("How to fix it", notice)
            return (why, *fixes, _stopping(notice, "If it is stopped"), keep)
        case Said.STOPPED:
            again = _steps("To start it again", notice.restart or "")
            fixes = _fixes("First fix what was wrong", notice)
            return (why, _stopping(notice, "What the stop did"), *fixes, again)
        case Said.ALL_CLEAR:
            return (replace(why, title="What is fixed"),)
        case Said.HELD_BACK:
            names = [single_line(str(r.get("name") or r.get("arn"))) for r in notice.resources]
            short = notice.reason.partition("\n")[0] if names else notice.reason
            held = replace(why, text=short, points=shortened_list(names, LISTED))
            return (held, _steps("What to do", remedy))
        case Said.FAILED:
            return (why, _steps("What to do", remedy))
        case Said.BUDGET | Said.SUMMARY:
            return (replace(why, title=""), _steps("What to do", remedy))
        case _:
            assert_never(stage)


def _why(notice: Notice) -> Section:
    points = tuple(f"{rule_title(str(f['rule']))}: {f['reason']}" for f in notice.findings)
    text = "" if points else notice.reason
    return Section(title="Why", text=text, points=points)


def _fixes(title: str, notice: Notice) -> tuple[Section, ...]:
    """Give each finding's remedy with its own lines to copy."""
    own = dict.fromkeys(str(f["remedy"]) for f in notice.findings if f.get("remedy"))
    first, *others = own or (notice.remedy,)
    return (_steps(title, first), *(_steps("", each) for each in others))


def _stopping(notice: Notice, title: str) -> Section:
    told = (("Kept", notice.kept), ("Lost", notice.lost))
    return Section(title=title, points=tuple(f"{word}: {what}." for word, what in told if what))


def copyable_commands(text: str) -> list[str]:
    """Find the lines of a remedy that are there to be copied."""
    return [line for line in text.splitlines() if line.startswith("aws ")]


def _steps(title: str, text: str) -> Section:
    """Take the lines to copy out of the sentences around them."""
    code = copyable_commands(text)
    said = "\n".join(line for line in text.splitlines() if line not in code).strip()
    return Section(title=title, text=said[:1].upper() + said[1:], code="\n".join(code))
