"""The guardrail allows what the rules pass, and denies what they certainly fail."""

from copy import replace
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from costguard.enforcement.evaluation import evaluate
from costguard.policy.model import Exemption, Mode, Policy, RuleOverrides
from costguard.resources.model import NO_LIMIT, InstanceGroup, Resource
from costguard.resources.naming import NamePattern
from costguard.resources.per_kind import PerKind, for_all
from costguard.resources.registry import KINDS
from costguard.rules.base import Fail
from costguard_cli.guardrail.statements import DEFAULT_RUNTIME, RUNTIME, TYPES, Scope
from tests.factories import policy, resource, with_rule
from tests.iam import NOW, PolicySimulator

TODAY = datetime(2026, 11, 23, tzinfo=UTC)
ENDED, OPEN = datetime(2002, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
RULES = ("missing-tags", "naming", "instance-type", "long-running")
KEYS = ("Project", "Name", "ModelSize")
ALLOWED = [("sinkorswim", " WattBot-* "), ("a", "b"), (), ("wattbot-[17]",)]
VALUES = ("", "sinkorswim", "SinkOrSwim", "wattbot-7", "WATTBOT-1", "junk", "a", "B")
TYPE = st.sampled_from(["ml.t3.medium", "ml.m5.large", "ml.g5.xlarge", "ml.p4d.24xlarge"])
NAMES = (
    *("DoeJohn-Explore", "doejohn-explore", "sinkorswim-DoeJohn-X", "WATTBOT-DoeJohn-X"),
    *("my-notebook", "x", "lab-x", "Lab-x-2026-11-23-12-00-00-123", "genomics-DoeJohn-Big"),
    *("Genomics-x", "exactly-twenty-chars-261123-1200", "lab-261123-1200", "x-lab"),
)
FORMS = ["{Team}-{LastnameFirstname}-{Purpose}", "{LastnameFirstname}-{Purpose}", "{Purpose}-lab"]

per_kind = st.builds(for_all, st.booleans()) | st.builds(
    PerKind, st.dictionaries(st.sampled_from([*KINDS, "*"]), st.booleans())
)


def some[T](values: list[T]) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(st.sampled_from(values), unique=True, max_size=3).map(tuple)


def without_sets[T](values: list[T], *, sets: bool) -> list[T]:
    """Leave the `[ab]` out, which come last: IAM has none, so they count as any character."""
    return values if sets else values[:-1]


@st.composite
def exemptions(draw: st.DrawFn, *, sets: bool) -> Exemption:
    names = without_sets(["genomics-*", "DoeJohn-?xplore", "WattBot-*", "[mx]*"], sets=sets)
    return Exemption(
        names=draw(some(names)),
        why="-",
        by="-",
        until=draw(st.sampled_from([ENDED, OPEN])),
        kinds=draw(some([*KINDS])),
        rules=draw(some([*RULES])),
    )


@st.composite
def policies(draw: st.DrawFn, *, sets: bool) -> Policy:
    """Draw what a guardrail is made from."""
    types = without_sets(["ml.t3.*", "ml.m5.large", "ml.g5.*", "ml.[gm]5.*"], sets=sets)
    patterns = some([*map(NamePattern, FORMS)])
    hours = st.sampled_from([1, 8, 24, 48]).map(lambda h: timedelta(hours=h))
    drawn = policy(
        teams=draw(some(["sinkorswim", "WattBot"])),
        exemptions=draw(st.lists(exemptions(sets=sets), max_size=3).map(tuple)),
    )
    drawn = with_rule(drawn, "instance-type", allowed=for_all(draw(some(types))))
    drawn = with_rule(
        drawn, "naming", patterns=PerKind({draw(st.sampled_from([*KINDS])): draw(patterns)})
    )
    drawn = with_rule(drawn, "long-running", limit=for_all(draw(hours)), ran=PerKind())
    allowed = {"Project": draw(st.sampled_from(without_sets(ALLOWED, sets=sets)))}
    required = PerKind({"*": draw(some([*KEYS])), "training-job": draw(some([*KEYS]))})
    drawn = with_rule(drawn, "missing-tags", required=required, allowed=allowed)
    reach = st.builds(RuleOverrides, mode=st.sampled_from(Mode), guardrail=per_kind)
    rules = {name: replace(drawn.rules[name], overrides=draw(reach)) for name in RULES}
    return replace(drawn, rules=rules)


@dataclass(frozen=True)
class Call:
    """A request to create something, without what the rules do not ask."""

    kind: str
    name: str
    types: tuple[str, ...]
    tags: dict[str, str]
    seconds: int | None

    @property
    def made(self) -> Resource:
        """What comes of it, as Describe tells later."""
        default = (
            timedelta(seconds=DEFAULT_RUNTIME[self.kind])
            if self.kind in DEFAULT_RUNTIME
            else NO_LIMIT
        )
        asked = timedelta(seconds=self.seconds) if self.seconds else default
        groups = tuple(InstanceGroup(each, 1) for each in self.types)
        return resource(
            self.kind,
            self.name,
            groups=groups or None,
            tags=self.tags,
            max_runtime=asked if KINDS[self.kind].translation.limits else None,
        )

    def passes(self, simulator: PolicySimulator) -> bool:
        """Ask the door, with the condition keys that AWS gives for its kind."""
        keys: dict[str, Any] = {f"aws:requesttag/{k}".lower(): v for k, v in self.tags.items()}
        if self.types:
            keys[TYPES.lower()] = list(self.types)
        if self.seconds and KINDS[self.kind].translation.limits:
            keys[RUNTIME.lower()] = str(self.seconds)
        arn = f"arn:aws:sagemaker:us-east-2:123456789012:{self.kind}/{self.name}"
        return simulator.allows(f"sagemaker:{KINDS[self.kind].events.creates[0]}", arn, **keys)


MADE = [k for k, each in KINDS.items() if each.is_launched and each.guardrail.types_key]
"""The kinds of whose creation IAM can see the instance types."""
calls = st.builds(
    Call,
    kind=st.sampled_from(MADE),
    name=st.sampled_from(NAMES),
    types=st.lists(TYPE, max_size=2).map(tuple),
    tags=st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES)),
    seconds=st.none() | st.sampled_from([60, 3600, 28800, 86400, 172800, 999999]),
)


def failing(rules: Policy, call: Call) -> dict[str, Fail]:
    """Give the rules that fail what the call makes, of those the door is shut for."""
    scope = Scope(policy=rules, now=NOW)
    found = evaluate(call.made, rules, now=TODAY).violations
    return {rule: why for rule, why in found.items() if call.kind in scope.kinds(rule)}


@given(policies(sets=True), st.lists(calls, min_size=1, max_size=12))
def test_every_deny_is_a_rule_that_would_fail(rules: Policy, asked: list[Call]) -> None:
    simulator = PolicySimulator.of(rules)
    for call in asked:
        assert call.passes(simulator) or failing(rules, call), call


@given(policies(sets=False), st.lists(calls, min_size=1, max_size=12))
def test_what_iam_can_express_is_denied(rules: Policy, asked: list[Call]) -> None:
    simulator = PolicySimulator.of(rules)
    for call in asked:
        found = failing(rules, call)
        sure = {"instance-type", "long-running", "missing-tags"} & found.keys()
        assert not (sure and call.passes(simulator)), (call, found)
