"""A course of a policy in sentences."""

from collections.abc import Iterator

from costguard.common.formatting import usd
from costguard.common.sanitize import single_line
from costguard.ownership.course import Course
from costguard_cli.policies.rule_summary import listed


def of_course(course: Course) -> Iterator[str]:
    """Describe a course: its term and people, its money, its class."""
    name, people = single_line(course.name), [each.name for each in course.people]
    roster = [f"everybody in {course.roster}"] if course.roster else []
    who = " and ".join((*roster, *([listed(people)] if people else []))) or "nobody is in it"
    tag = f", tagged {single_line(course.project)}" if course.project else ""
    yield f"{name}{tag}, {course.start:%d %b %Y} to {course.end:%d %b %Y}: {who}."
    limits = [(course.budget, "for everybody"), (course.per_student, "for each student")]
    given = [f"{usd(limit)} {whose}" for limit, whose in limits if limit is not None]
    yield f"{name} may spend {' and '.join(given)}." if given else f"{name} has no budget."
    for each in course.class_hours:
        begin, end = (f"{at:%H:%M}" for at in (each.hours.begin, each.hours.end))
        yield f"{name} has class on {listed(day.value for day in each.days)}, {begin} to {end}."
    if course.holidays:
        yield f"{name} has no class on {listed(f'{day:%d %b %Y}' for day in course.holidays)}."
