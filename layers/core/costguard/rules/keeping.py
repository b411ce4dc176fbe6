"""What a rule says of keeping something that is idle, and of moments."""

from datetime import datetime

from costguard.idleness.keep_until import TAG, KeepLimits, example_value
from costguard.resources.commands import add_tags_command
from costguard.resources.model import Resource
from costguard.rules.base import EvaluationContext


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
