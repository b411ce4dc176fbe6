"""A person's own page: what they run, what it costs, their budgets, and what is due when."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from costguard.common.calendar import Zone
from costguard.common.datetimes import say_when
from costguard.common.formatting import pluralize, usd
from costguard.costs.budgets import BudgetStatus
from costguard.costs.course_budgets import days_ahead
from costguard.costs.pricing import ZERO
from costguard.reports.door_html import escaped, facts, page
from costguard.reports.running import Running
from costguard.resources.registry import KINDS


class OwnResource(Struct, frozen=True, kw_only=True):
    """Something that a person runs; `part` names its page, empty where nothing is open."""

    running: Running
    part: str
    stops: datetime | None


class OwnFacts(Struct, frozen=True, kw_only=True):
    """What the page of a person shows; `month` None: nothing is summed up yet."""

    name: str
    running: tuple[OwnResource, ...]
    month: Decimal | None
    budgets: tuple[BudgetStatus, ...]
    zone: Zone
    now: datetime


def own_page(told: OwnFacts, token: str) -> dict[str, Any]:
    """Write the page of a person. It changes nothing."""
    return page(
        f"What {told.name} runs",
        _sums(told),
        *(_budget(each, told) for each in told.budgets),
        *(_resource(each, told, token) for each in told.running),
        "" if told.running else "<section><p>You run nothing now.</p></section>",
        '<p class="soft">Estimated, at list prices. This link is good for an hour.</p>',
    )


def _sums(told: OwnFacts) -> str:
    known = [each.running.usd_per_hour for each in told.running]
    hour = usd(sum((each for each in known if each is not None), ZERO))
    unknown = sum(each is None for each in known)
    more = f", and {pluralize(unknown, 'resource')} whose price is not known" if unknown else ""
    month = "not summed up yet" if told.month is None else usd(told.month)
    return f"<section>{facts(('Now, an hour', hour + more), ('This month', month))}</section>"


def _budget(each: BudgetStatus, told: OwnFacts) -> str:
    what = {"owner": "Your budget of the month", "student": "Your share of the course"}
    title = what.get(each.dimension, f"Budget of {each.dimension} {each.name}")
    ahead = days_ahead(each, told.now)
    pace = "" if ahead is None else _pace(ahead)
    used = f"{usd(each.spent)} of {usd(each.limit)} ({each.percent} %)"
    return f"<section><h2>{escaped(title)}</h2>{facts(('Used', used), ('Pace', pace))}</section>"


def _pace(ahead: int) -> str:
    if not ahead:
        return "as planned"
    return f"{pluralize(abs(ahead), 'day')} {'ahead of' if ahead > 0 else 'behind'} an even pace"


def _resource(each: OwnResource, told: OwnFacts, token: str) -> str:
    usage, hour, sofar = each.running.usage, each.running.usd_per_hour, each.running.usd_so_far
    size = " or ".join(dict.fromkeys(g.type for g in usage.groups if g.type))
    kind = KINDS[usage.kind].title if usage.kind in KINDS else usage.kind
    due = say_when(each.stops, told.now, told.zone) + ", or later" if each.stops else ""
    shown = facts(
        ("What", " ".join(filter(None, (kind, size)))),
        ("Account and Region", usage.ref.place),
        ("An hour costs", "not known" if hour is None else usd(hour)),
        ("So far", "" if sofar is None else usd(sofar)),
        ("Stopped at", due or ("" if each.part else "nothing is due")),
    )
    answers = f'<p><a href="{token}/{each.part}">What was found, and your answers</a></p>'
    link = answers if each.part else ""
    return f"<section><h2>{escaped(usage.name)}</h2>{shown}{link}</section>"
