"""How long may a student's notebook be idle in class, and when class is over?"""

from datetime import timedelta

from msgspec import Struct

from costguard.resources.model import Resource
from costguard.rules.base import EvaluationContext


class ClassHours(Struct, frozen=True, kw_only=True):
    """The time without activity, for people in a course: `inside` in class, `after` once it ends.

    `after` holds within a while after class, and counts from its end: before, people listened.
    """

    inside: timedelta = timedelta(hours=3)
    after: timedelta = timedelta(minutes=10)
    within: timedelta = timedelta(hours=1)


def idle_after(
    usual: timedelta, options: ClassHours, resource: Resource, ctx: EvaluationContext
) -> timedelta:
    """Return how long a resource may be idle now: in class longer, after it shorter.

    In class is who has class in any course, where nothing says which course it is for.
    """
    directory = ctx.directory
    if not directory.enrolments:
        return usual
    labels, zone = directory.labels(resource), directory.zone.info
    seat = directory.seats.of(labels.owner, labels.project, ctx.now)
    sat = (seat,) if seat else directory.seats.all_of(labels.owner, ctx.now)
    if any(each.course.session(ctx.now, zone) for each in sat):
        return max(usual, options.inside)
    if seat is None:
        return usual
    ended = seat.course.last_end(ctx.now, max(options.within, options.after), zone)
    if ended is None:
        return usual
    is_new = ctx.now < ended + options.after
    return max(usual, options.inside) if is_new else min(usual, options.after)
