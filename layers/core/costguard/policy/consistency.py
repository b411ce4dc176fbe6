"""Settings of a policy that contradict each other."""

from collections.abc import Iterator
from datetime import timedelta

from costguard.common.remarks import Remark
from costguard.ownership.confusables import fold_name
from costguard.policy.model import Policy
from costguard.policy.suggestions import did_you_mean
from costguard.rules import missing_tags

_DAY = timedelta(days=1)


def contradictions(policy: Policy) -> Iterator[Remark]:
    """Yield every problem of two settings that contradict each other."""
    yield from _allowed_of_no_tag(policy)
    yield from _courses(policy)
    if policy.notify.quiet and policy.notify.quiet.length >= _DAY:
        says = "expected hours that leave a part of the day, got all of it; no notice could be sent"
        yield Remark(path=("notify", "quiet"), says=says)


def _courses(policy: Policy) -> Iterator[Remark]:
    """Find courses that end before they begin, and two with one name."""
    names = set[str]()
    for number, course in enumerate(policy.courses):
        if course.end < course.start:
            says = f"expected a day from {course.start} on, got {course.end}"
            yield Remark(path=("courses", number, "end"), says=says)
        if (folded := fold_name(course.name)) in names:
            says = f"expected a name of its own, got {course.name!r} again"
            yield Remark(path=("courses", number, "name"), says=says)
        names.add(folded)


def _allowed_of_no_tag(policy: Policy) -> Iterator[Remark]:
    """Find allowed values of a tag that no kind requires: they are never compared."""
    rule = policy.rules.get(missing_tags.RULE.id)
    options = rule.options if rule else missing_tags.Options()
    required = dict.fromkeys(key for keys in options.required.values.values() for key in keys)
    for key in options.allowed:
        if key not in required:
            fix = did_you_mean(key, required) or "add it to `required`, or take it out"
            says = f"expected a tag that `required` names, got {key!r}; {fix}"
            path = ("rules", missing_tags.RULE.id, "allowed", key)
            yield Remark(path=path, says=says, of_key=True)
