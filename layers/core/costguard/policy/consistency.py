"""Settings of a policy that contradict each other."""

from collections.abc import Iterator
from datetime import timedelta

from costguard.common.remarks import Remark
from costguard.policy.model import Policy
from costguard.policy.suggestions import did_you_mean
from costguard.rules import missing_tags

_DAY = timedelta(days=1)


def contradictions(policy: Policy) -> Iterator[Remark]:
    """Yield every problem of two settings that contradict each other."""
    yield from _allowed_of_no_tag(policy)
    if policy.notify.quiet and policy.notify.quiet.length >= _DAY:
        says = "expected hours that leave a part of the day, got all of it; no notice could be sent"
        yield Remark(path=("notify", "quiet"), says=says)


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
