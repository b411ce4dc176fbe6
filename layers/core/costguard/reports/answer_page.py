"""The page of one resource: what it is, what is due when, and the answers that it can have."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec import Struct

from costguard.common.calendar import Zone
from costguard.common.datetimes import say_duration, say_when
from costguard.common.formatting import usd
from costguard.notifications.links import PAGE_LASTS
from costguard.notifications.templates import rule_title
from costguard.reports.door_html import escaped, facts, page
from costguard.resources.model import Resource
from costguard.resources.registry import KINDS
from costguard.rules import RULES
from costguard.rules.missing_tags import TagChoice

NAME, ACTION, TAG = "typed-name", "action", "tag."
OWN_PAGE = "page"  # the action that asks for the link to the page of a person
_FORM = '<form method="post"{css}><input type="hidden" name="action" value="{action}">{fields}'
_BACK = '<p><a href="">Back to the page</a></p>'  # its address is that of the answer
_ENDS = ("4h", "1d", "2d", "7d", "14d")


class OpenFinding(Struct, frozen=True, kw_only=True):
    """What a rule found; `stops` None: nothing is stopped for it."""

    rule: str
    reason: str
    stops: datetime | None = None


class AnswerFacts(Struct, frozen=True, kw_only=True):
    """What the page of a resource shows; an action that is not possible is left out."""

    resource: Resource
    owner: str  # the person to whom the page speaks
    usd_per_hour: Decimal | None
    findings: tuple[OpenFinding, ...]
    keep: timedelta | None = None  # how long one press keeps it
    stops: bool = False
    tags: tuple[TagChoice, ...] = ()  # to be mended
    longest: timedelta = timedelta(0)  # of an exception
    asks_for_page: bool = False
    taken: frozenset[str] = frozenset()  # what was answered here; each once
    zone: Zone
    now: datetime


def answer_page(told: AnswerFacts) -> dict[str, Any]:
    """Write the page of a resource. It changes nothing."""
    return page(
        told.resource.name,
        f"<p>{escaped(f'For {told.owner}.')}</p>",
        _what(told),
        _answered(told),
        *(write(told) for action, (_, write) in _FORMS.items() if action not in told.taken),
        _own_page(told),
    )


def outcome_page(says: str, status: int = 200) -> dict[str, Any]:
    """Write what came of an answer."""
    is_done = status == 200  # noqa: PLR2004 - OK
    heading, back = ("Done", "") if is_done else ("Nothing was changed", _BACK)
    told = f'<section role="status"><p>{escaped(says)}</p></section>'
    return page(heading, told, back, status=status)


def no_link_page() -> dict[str, Any]:
    """Write the one answer to every link that is not good; it tells nothing of any resource."""
    return page(
        "This link does not work",
        "<p>It has ended, nothing is open there any more, or it was never one of ours. "
        "If something is still open, the newest message of Costguard has a link that works.</p>",
        status=404,
    )


def _what(told: AnswerFacts) -> str:
    resource = told.resource
    cost = "not known" if told.usd_per_hour is None else f"{usd(told.usd_per_hour)} (list price)"
    first = min((each.stops for each in told.findings if each.stops), default=None)
    shown = facts(
        ("What", KINDS[resource.kind].title),
        ("Account and Region", resource.place),
        ("Instance", " or ".join(resource.instance_types)),
        ("An hour costs", cost),
        ("Stopped at", _due(first, told) if first else "nothing is due"),
    )
    ranked = sorted(told.findings, key=lambda each: (each.stops != first, each.rule))
    found = "".join(f"<li>{_finding(each, told)}</li>" for each in ranked)
    return f"<section>{shown}<ul>{found}</ul></section>"


def _finding(each: OpenFinding, told: AnswerFacts) -> str:
    title = RULES[each.rule].title if each.rule in RULES else rule_title(each.rule)
    due = f"Stopped for it at {_due(each.stops, told)}." if each.stops else ""
    return f"<strong>{escaped(title)}</strong>: {escaped(each.reason)}. {escaped(due)}"


def _due(stops: datetime, told: AnswerFacts) -> str:
    """Say when, at the earliest: who heard later has more time."""
    return f"{say_when(stops, told.now, told.zone)}, or later"


def _keep(told: AnswerFacts) -> str:
    if told.keep is None:
        return ""
    button = f"<button>Keep it for {escaped(say_duration(told.keep))}</button></form>"
    return f"<section>{_FORM.format(css='', action='keep', fields=button)}</section>"


def _stop(told: AnswerFacts) -> str:
    if not told.stops:
        return ""
    kept = KINDS[told.resource.kind].words.kept
    return _named(told, "stop", f"What a stop keeps: {kept}", css=' class="bad"')


def _fix(told: AnswerFacts) -> str:
    fields = "".join(_field(number, each) for number, each in enumerate(told.tags))
    return _named(told, "fix", "Nothing needs a restart.", fields) if told.tags else ""


def _field(number: int, choice: TagChoice) -> str:
    key, name = escaped(choice.key), f'id="tag{number}" name="{escaped(TAG + choice.key)}" required'
    label = f'<label for="tag{number}">{key}</label>'
    if not choice.allowed:
        return f'{label}<input {name} value="{escaped(choice.value)}" maxlength="256">'
    known = choice.value in choice.allowed
    first = "" if known else '<option value="" selected>Choose</option>'
    options = "".join(
        f"<option{' selected' if each == choice.value else ''}>{escaped(each)}</option>"
        for each in choice.allowed
    )
    return f"{label}<select {name}>{first}{options}</select>"


def _ask(told: AnswerFacts) -> str:
    ends = "".join(f"<option>{each}</option>" for each in _ENDS if _lasts(each) <= told.longest)
    if not ends:
        return ""
    fields = (
        '<label for="why">Why you need it</label>'
        '<textarea id="why" name="why" rows="3" maxlength="300" required></textarea>'
        '<label for="until">For how long</label>'
        f'<select id="until" name="until">{ends}</select>'
    )
    says = "The admins are asked. Until they answer, nothing changes."
    return _named(told, "ask", says, fields)


def _lasts(end: str) -> timedelta:
    return timedelta(days=int(end[:-1])) if end.endswith("d") else timedelta(hours=int(end[:-1]))


def _named(told: AnswerFacts, action: str, says: str, fields: str = "", *, css: str = "") -> str:
    """Write a form that needs the name: programs that open mails also press buttons."""
    key, (title, _) = f"name-{action}", _FORMS[action]
    confirm = (
        f'<label for="{key}">To confirm, type <code>{escaped(told.resource.name)}</code></label>'
        f'<input id="{key}" name="{NAME}" required autocomplete="off" autocapitalize="none" '
        f'spellcheck="false"><button>{title}</button></form>'
    )
    form = _FORM.format(css=css, action=action, fields=f"<p>{escaped(says)}</p>{fields}{confirm}")
    return f"<details><summary>{title}</summary>{form}</details>"


def _not_mine(told: AnswerFacts) -> str:
    if told.resource.place:  # the answer sets a tag, and no role of a spoke may
        return ""
    return _named(told, "not-mine", "The admins are told, and whoever owns it then.")


_FORMS = {
    "keep": ("Keep it", _keep),
    "fix": ("Fix the tags", _fix),
    "stop": ("Stop it now", _stop),
    "not-mine": ("It is not mine", _not_mine),
    "ask": ("Ask for more", _ask),
}


def _answered(told: AnswerFacts) -> str:
    given = ", ".join(title for action, (title, _) in _FORMS.items() if action in told.taken)
    return f'<p class="soft">Answered here already: {given}.</p>' if given else ""


def _own_page(told: AnswerFacts) -> str:
    if not told.asks_for_page:
        return ""
    says = (
        "Everything that you run, on one page. The link is sent to your address in the roster, "
        f"and is good for {say_duration(PAGE_LASTS)}."
    )
    button = f'<p class="soft">{says}</p><button>Send me the link to my page</button></form>'
    return f"<section>{_FORM.format(css='', action=OWN_PAGE, fields=button)}</section>"
