"""What a rule says of keeping something that is idle, and of moments."""

from datetime import datetime

from costguard.idleness.keep_until import (
    TAG,
    KeepDecision,
    KeepLimits,
    decide_keep,
    example_value,
)
from costguard.resources.activity import KeepRequest
from costguard.resources.commands import add_tags_command
from costguard.resources.model import Resource
from costguard.rules.base import EvaluationContext


def keep_of_owner(
    resource: Resource, kept: tuple[KeepRequest, ...], limits: KeepLimits, ctx: EvaluationContext
) -> KeepDecision:
    """Decide whether its owner keeps this run of it."""
    run, zone, now = resource.started, ctx.zone, ctx.now
    return decide_keep(resource.tags, kept, limits, zone=zone, now=now, run=run)


def how_to_keep(resource: Resource, limits: KeepLimits, ctx: EvaluationContext) -> str:
    """Write the line that keeps it, unless the policy would refuse what it asks for."""
    kept = resource.activity.kept if resource.activity else ()
    example = example_value(kept, limits, zone=ctx.zone, now=ctx.now)
    if example is None:
        return ""
    line = add_tags_command(resource, {TAG: example})
    return f" To keep it for a while, within the policy's limits:\n{line}"


def say_clock(moment: datetime, ctx: EvaluationContext) -> str:
    """Say a moment by the policy's clock: `Mon 16:00`."""
    return f"{moment.astimezone(ctx.zone):%a %H:%M}"
