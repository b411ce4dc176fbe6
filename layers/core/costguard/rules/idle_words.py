"""What the rule `idle` says of a notebook that is idle, and of a run that is too old."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from costguard.common.datetimes import say_duration
from costguard.common.formatting import usd
from costguard.idleness.assessment import UNSEEN, Idle
from costguard.rules.base import EvaluationContext, Fail
from costguard.rules.keeping import say_clock

_ATTACH = (
    " The lifecycle configuration of the heartbeat shows work outside Jupyter's lists (cron, "
    "containers, background jobs): stop the notebook, attach the configuration, start the notebook."
)


def too_old(age: timedelta, max_age: timedelta) -> Fail:
    """Fail a run that has lasted longer than any run may."""
    return Fail(
        f"it has run for {say_duration(age)}, and no run may last longer than "
        f"{say_duration(max_age)}, whatever it does",
        "Save your work and stop it; start it again when you go on. Work that takes longer belongs "
        "in a training or processing job, or needs an exemption by the admins.",
        cause="age",
    )


def idle_for_long(
    idle: Idle,
    ended: datetime | None,
    due: datetime,
    more: Iterable[str],
    how_to_keep: str,
    ctx: EvaluationContext,
) -> Fail:
    """Fail with the facts: `no kernel busy, no terminal, no job (Jupyter, Mon 16:00)`."""
    job = f"its last job ended at {say_clock(ended, ctx)}" if ended else "no job"
    attach = _ATTACH if idle.unseen == UNSEEN else ""
    told = "".join(f". {each[0].upper()}{each[1:]}" for each in more if each)
    return Fail(
        f"{idle.describe(job, partial(say_clock, ctx=ctx))}{told}",
        f"Use it, or stop it when you do not need it.{attach}{how_to_keep}",
        cause="idle",
        not_before=due,
    )


def say_after_by_price(after: timedelta, hourly: Decimal | None) -> str:
    """Say the time that the policy sets for a price, or for one that is not known."""
    if hourly is None:
        price = "its price is not known, so it counts"
    else:
        price = f"at {usd(hourly)} an hour by list price it counts"
    return f"{price} as idle after {say_duration(after)}"
