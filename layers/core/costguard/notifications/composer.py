"""Build a message from a notice: its sentences, facts and sections, in their order.

The admins may set their own texts in the policy (`[notify.words.<stage>]`). If a text cannot be
filled in, the message reports it and uses the text of `templates`.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from string import Formatter
from typing import assert_never

from msgspec import Struct

from costguard.common.calendar import Zone
from costguard.common.formatting import usd
from costguard.common.sanitize import single_line
from costguard.notifications import templates
from costguard.notifications.console_link import with_console_link
from costguard.notifications.message import FactRows, Message, Section, sanitized
from costguard.notifications.notice import (
    BudgetFacts,
    CostEstimate,
    Notice,
    NoticeOwner,
    NoticeStage,
)
from costguard.notifications.settings import MessageOverrides
from costguard.ownership.directory import Person
from costguard.resources.commands import copyable_commands
from costguard.resources.registry import KINDS


class RecipientContext(Struct, frozen=True, kw_only=True):
    """The reader of a message: time zone, the contact for questions, and a note."""

    zone: Zone
    contact: Person
    is_contact: bool = False  # the reader is the contact, so no contact is named
    note: str = ""
    reminder: bool = False


def write_message(
    notice: Notice,
    to: RecipientContext,
    words: Mapping[NoticeStage, MessageOverrides],
    *,
    now: datetime,
) -> Message:
    """Write the message of a notice."""
    wording = templates.word_notice(notice, to.zone, now)
    values = wording.values | reader_values(to)
    own, broken = _fill_overrides(words.get(notice.stage, MessageOverrides()), values)
    subject = own.subject or wording.subject
    heading = templates.REMINDER.format(subject) if to.reminder else subject
    asks = notice.audience is not notice.audience.ADMINS and not to.is_contact
    ask = own.ask or (templates.ASK.format_map(values) if asks else "")
    sections = _sections(notice, wording, values, asks=not to.is_contact)
    message = Message(
        stage=notice.stage.value,
        subject=f"[Costguard] {heading}",
        heading=heading,
        intro=own.intro or wording.intro,
        note=" ".join(filter(None, (to.note, broken))),
        facts=_facts(notice, values),
        sections=(*with_console_link(sections, notice), Section(text=ask)),
        footer=templates.FOOTER.format_map(values),
        thread=notice.resource.arn or notice.resource.name or notice.id,
        ref=notice.id,
        attributes=tuple(notice.attributes.items()),
    )
    return sanitized(message)


def reader_values(to: RecipientContext) -> dict[str, str]:
    """Return the values that depend on the reader: the contact for questions."""
    contact = to.contact
    channels = (contact.email, contact.slack and f"Slack {contact.slack}")
    reached = ", ".join(filter(None, channels))
    called = f"{contact.name} ({reached})" if reached else contact.name
    return {"contact": single_line(called, 300)}


def _fill_overrides(
    words: MessageOverrides, values: Mapping[str, str]
) -> tuple[MessageOverrides, str]:
    """Fill in the admins' texts; texts that cannot be filled in are dropped and reported."""
    filled, broken = dict[str, str | None](), list[str]()
    for part in ("subject", "intro", "ask"):
        text = getattr(words, part)
        if text is None:
            continue
        problems = []
        try:
            for _, field, form, conversion in Formatter().parse(text):
                if field is not None and (field not in values or form or conversion):
                    problems.append(f"{part}: no such word {{{field}}}")
            filled[part] = None if problems else text.format_map(values)
        except (ValueError, KeyError, IndexError, AttributeError):
            problems.append(f"{part}: cannot be filled in")
        broken += problems
    listed = "; ".join(dict.fromkeys(broken))
    return MessageOverrides(**filled), templates.BROKEN_WORDS.format(listed) if broken else ""


def _facts(notice: Notice, values: Mapping[str, str]) -> FactRows:
    if notice.budget:
        return _budget_facts(notice.budget)
    resource, known = notice.resource, notice.resource.kind in KINDS
    size = " x ".join(str(v) for v in (resource.instance_count, resource.instance_type) if v)
    cost = notice.cost or CostEstimate()
    most = "at most " if cost.usd_per_hour_least is not None else ""
    facts = (
        (values["kind"].capitalize() if known else "About", resource.name),
        ("Instances", size),
        ("Owner", _say_owner(notice.owner) if known else ""),
        ("Deadline", values["deadline"]),
        ("Cost so far", _say_amount(cost.usd_so_far, notice)),
        ("Cost per hour", f"{most}{_say_amount(cost.usd_per_hour, notice)}"),
        ("Stops so far", str(notice.stops) if notice.stops else ""),
    )
    return tuple((name, value) for name, value in facts if value)


def _say_owner(owner: NoticeOwner) -> str:
    """Name the owner; an unknown name is shown as a claim of the tag or name."""
    if not owner.name:
        return "unknown"
    known = owner.email or owner.slack
    return owner.name if known else templates.NAMED_OWNER.format(single_line(owner.name))


def _budget_facts(budget: BudgetFacts) -> FactRows:
    return (
        (f"Budget of {budget.dimension}", budget.name),
        ("Course", budget.course) if budget.course else ("Month", budget.month),
        ("Spent", f"{usd(budget.spent)} (estimated)"),
        ("Limit", usd(budget.limit)),
    )


def _say_amount(amount: Decimal | None, notice: Notice) -> str:
    """Write an amount; an unknown amount is called unknown if the kind has a cost."""
    if amount is None:
        return templates.UNKNOWN if notice.resource.arn else ""
    estimated = " (estimated)" if notice.cost and notice.cost.estimated else ""
    return f"{usd(amount)}{estimated}"


def _sections(
    notice: Notice, wording: templates.Wording, values: Mapping[str, str], *, asks: bool
) -> tuple[Section, ...]:
    why = Section(title=wording.why, text=wording.reason, points=wording.points)
    match notice.stage:
        case NoticeStage.WARNING:
            keep = _exception(values, asks=asks)
            stops = (_stop(notice, templates.IF_STOPPED), keep) if notice.stops_at else ()
            return (why, *_fixes(templates.FIX, wording), *stops)
        case NoticeStage.WOULD_STOP:
            stop, keep = _stop(notice, templates.WOULD_DO), _exception(values, asks=False)
            return (why, *_fixes(templates.OWNERS_FIX, wording), stop, keep)
        case NoticeStage.STOPPED:
            again = _steps(templates.RESTART, notice.restart or "")
            stop = _stop(notice, templates.DONE_BY_STOP)
            return (why, stop, *_fixes(templates.FIX_FIRST, wording), again)
        case NoticeStage.ALL_CLEAR | NoticeStage.ANSWERED:
            return (why,)
        case NoticeStage.HELD_BACK | NoticeStage.FAILED | NoticeStage.CHARGED | NoticeStage.ASKED:
            return (why, *_fixes(templates.TO_DO, wording))
        case NoticeStage.BUDGET:
            return _fixes(templates.TO_DO, wording)
        case _:
            assert_never(notice.stage)


def _fixes(title: str, wording: templates.Wording) -> tuple[Section, ...]:
    """Return the remedy of each finding with its commands."""
    first, *others = wording.remedies or ("",)
    return (_steps(title, first), *(_steps("", each) for each in others))


def _stop(notice: Notice, title: str) -> Section:
    effects = ((templates.KEPT, notice.kept), (templates.LOST, notice.lost))
    points = tuple(sentence.format(what) for sentence, what in effects if what)
    return Section(title=title, points=points)


def _exception(values: Mapping[str, str], *, asks: bool) -> Section:
    text = templates.EXCEPTION.format_map(values) if asks else templates.ADMINS_EXCEPTION
    return Section(title=templates.KEEP, text=text)


def _steps(title: str, text: str) -> Section:
    """Separate the commands from the sentences around them."""
    code = copyable_commands(text)
    rest = "\n".join(line for line in text.splitlines() if line not in code).strip()
    return Section(title=title, text=rest[:1].upper() + rest[1:], code="\n".join(code))
