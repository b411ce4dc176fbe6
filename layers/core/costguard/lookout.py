"""Who is asked for activity, and what is said of those nobody can see. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from costguard.activity import Activity
from costguard.case import Case
from costguard.evaluate import Judgement
from costguard.kinds import NOTEBOOK
from costguard.launched import Ended, informed
from costguard.model import Resource
from costguard.plain import plain
from costguard.policy import Policy
from costguard.rule import Context
from costguard.rules import idle

_LISTED = 20
type Fleet = tuple[Resource, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of notebooks' activity, by key; `errors` is what could not be read at all."""

    activity: Mapping[str, Activity] = field(default_factory=dict)
    ended: tuple[Ended, ...] = ()
    errors: tuple[Exception, ...] = ()


type Earliest = Callable[[Resource, Activity], datetime]
"""When it can be idle for long enough at the earliest: until then it need not be asked again."""
type Look = Callable[[Sequence[Resource], datetime, Earliest | None], Seen]
"""Without `earliest` nothing remembered counts: the look before a stop is a new one."""


def watched(
    fleet: Fleet,
    policy: Policy,
    look: Look,
    *,
    cases: Mapping[str, Case],
    now: datetime,
    only: Resource | None = None,
) -> tuple[Fleet, tuple[Exception, ...]]:
    """Look at the notebooks that may be idle; where that failed, nobody is judged for it now."""
    if idle.RULE.id not in policy.rules:
        return fleet, ()
    options = policy.rules[idle.RULE.id].options
    ctx = Context(now=now, directory=policy.directory, zone=policy.timezone.info)
    about = fleet if only is None else (only,)
    asked = [
        r
        for r in about
        if idle.worth_asking(r, options, ctx) and not policy.exempts(r, idle.RULE.id, now)
    ]

    def earliest(resource: Resource, known: Activity) -> datetime:
        return idle.earliest(resource, known, options, ctx)

    seen = look(asked, now, earliest if only is None else None) if asked else Seen()
    if seen.errors:
        return fleet, seen.errors
    return informed(fleet, seen.activity, seen.ended, cases, policy.directory), ()


def is_blind(judgement: Judgement) -> bool:
    """Tell whether nothing is known of a running notebook's activity."""
    return any(gap.rule == idle.RULE.id for gap in judgement.gaps)


def blind_report(judgements: Iterable[Judgement]) -> str | None:
    """Say for how many notebooks only the maximum age holds; None when all can be seen."""
    running = [j for j in judgements if j.resource.kind == NOTEBOOK.name]
    blind = [j.resource.name for j in running if is_blind(j)]
    if not blind:
        return None
    more = f" and {len(blind) - _LISTED} more" if len(blind) > _LISTED else ""
    return (
        f"Nobody can tell whether {len(blind)} of {len(running)} notebooks work.\n"
        "Neither Jupyter answers nor is a heartbeat heard; only the maximum age holds for them: "
        f"{plain(', '.join(blind[:_LISTED]), 2000)}{more}.\n"
        "Attach the heartbeat's lifecycle configuration to them, or deploy with "
        "ProbeNotebooks=yes.\n"
    )
