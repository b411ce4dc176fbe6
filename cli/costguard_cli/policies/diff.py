"""Compare two policies: the changed sentences, and the affected resources."""

from collections.abc import Sequence
from dataclasses import dataclass

from costguard.policy.model import Policy
from costguard_cli.analysis.assessment import AssessedResource
from costguard_cli.policies.summary import Topic, topics


@dataclass(frozen=True, slots=True)
class Change:
    """One changed part of a policy: the sentences removed, and those added."""

    topic: str
    was: tuple[str, ...]
    now: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Affected:
    """One resource that the two policies assess differently."""

    before: AssessedResource
    after: AssessedResource

    @property
    def new(self) -> tuple[str, ...]:
        """The rules that it newly violates."""
        return _without(self.after, self.before)

    @property
    def gone(self) -> tuple[str, ...]:
        """The rules that it no longer violates."""
        return _without(self.before, self.after)


def changes(old: Policy, new: Policy) -> list[Change]:
    """Compare part by part; a change without a sentence of its own is reported in general."""
    pairs = zip(topics(old), topics(new), strict=True)
    return [
        _change(before, after)
        for before, after in pairs
        if before.values != after.values or before.sentences != after.sentences
    ]


def affected(
    before: Sequence[AssessedResource], after: Sequence[AssessedResource]
) -> list[Affected]:
    """Compare the assessments of the same resources; the most severe comes first."""
    known = {row.resource.arn: row for row in before}
    pairs = (Affected(known[row.resource.arn], row) for row in after)
    return [pair for pair in pairs if _differs(pair)]


def _change(before: Topic, after: Topic) -> Change:
    was = tuple(s for s in before.sentences if s not in after.sentences)
    now = tuple(s for s in after.sentences if s not in before.sentences)
    if not (was or now):
        now = ("Another setting of this part has changed; compare the two files.",)
    return Change(before.name, was, now)


def _differs(pair: Affected) -> bool:
    if pair.new or pair.gone or pair.before.outcome is not pair.after.outcome:
        return True
    return pair.before.when != pair.after.when


def _without(one: AssessedResource, other: AssessedResource) -> tuple[str, ...]:
    other_violations = other.evaluation.violations
    return tuple(rule for rule in one.evaluation.violations if rule not in other_violations)
