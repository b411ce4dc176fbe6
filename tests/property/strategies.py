"""Anything that could come along: resources, cases, policies, events, hostile text."""

from copy import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from costguard.enforcement.case import Case, FindingState, open_case
from costguard.ownership.directory import Person
from costguard.policy.model import Mode, Policy, RuleOverrides
from costguard.resources.model import NO_LIMIT, InstanceGroup, Resource, ResourceStatus
from costguard.resources.per_kind import PerKind, for_all
from costguard.resources.registry import KINDS
from costguard.rules import RULES
from tests.factories import GOOD_TAGS, arn, at, mark, policy, with_rule

hostile = st.text(max_size=60) | st.sampled_from(
    ["\x1b[31m", "a\nb", "\u202eevil", "\u200b", "  ", "YOUR-NAME", "{name}", "%s", "John Doe\x00"]
)
names = st.from_regex(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", fullmatch=True) | st.sampled_from(
    ["DoeJohn-Explore", "doe-john-x", "wattbot-DoeJohn-x", "my-notebook", "x-261123-1400"]
)
tags = st.none() | st.dictionaries(hostile | st.sampled_from([*GOOD_TAGS]), hostile, max_size=5)
moments = st.floats(-300, 300).map(at)
types = st.sampled_from(["ml.t3.medium", "ml.m5.large", "ml.p4d.24xlarge"]) | st.none() | hostile
groups = st.none() | st.lists(
    st.builds(InstanceGroup, types, st.none() | st.integers(1, 9)), min_size=1, max_size=3
).map(tuple)
durations = st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds))
kinds = st.sampled_from([*KINDS])
parents = st.none() | st.sampled_from(
    [arn("training-job", "x"), "arn:aws:sagemaker:us-east-2:123456789012:automl-job/x"]
)


@st.composite
def resources(draw: st.DrawFn, status: ResourceStatus | None = None) -> Resource:
    kind, name = draw(kinds), draw(names)
    return Resource(
        arn=arn(kind, name),
        kind=kind,
        name=name,
        status=status or draw(st.sampled_from(ResourceStatus)),
        groups=draw(groups),
        instances=draw(st.none() | st.integers(1, 9)),
        tags=draw(tags),
        created=draw(st.none() | moments),
        started=draw(st.none() | moments),
        max_runtime=draw(st.none() | st.just(NO_LIMIT) | durations),
        parent=draw(parents) if draw(st.booleans()) else None,
    )


stages = st.sampled_from(
    [FindingState.OBSERVED, FindingState.NOTIFIED, FindingState.WARNED, FindingState.STOPPED]
)
marks = st.builds(mark, stages, moments).map(
    lambda m: m if m.state is FindingState.WARNED else replace(m, deadline=None)
)
times = st.none() | moments


@st.composite
def cases(draw: st.DrawFn, resource: Resource) -> Case | None:
    if draw(st.booleans()):
        return None
    return replace(
        open_case(resource, version=1),
        findings=draw(st.dictionaries(st.sampled_from([*RULES]), marks)),
        stopping=draw(times),
        asked=draw(times),
        run=draw(times),
        stops=draw(st.integers(0, 9)),
        held=draw(st.booleans()),
        gaps=draw(st.lists(st.sampled_from([*RULES, "parent"]), unique=True).map(tuple)),
    )


graces = st.sampled_from([timedelta(0), timedelta(minutes=5), timedelta(hours=4)])
per_kind = st.builds(for_all, graces) | st.builds(
    PerKind, st.dictionaries(kinds | st.just("*"), graces)
)


@st.composite
def policies(draw: st.DrawFn, mode: Mode | None = None, grace: Any = per_kind) -> Policy:
    modes = st.just(mode) if mode else st.sampled_from(Mode)
    people = draw(st.lists(st.builds(Person, name=hostile, aliases=st.tuples(hostile)), max_size=2))
    drawn = policy(mode=draw(modes), max_stops=draw(st.integers(0, 3)), grace=draw(grace))
    drawn = replace(drawn, people=(*drawn.people, *people))
    drawn = with_rule(drawn, "too-many", per_owner=draw(st.none() | st.integers(0, 4)))
    rules = {
        name: replace(
            settings,
            overrides=RuleOverrides(
                mode=draw(st.none() | modes), grace=draw(st.just(PerKind()) | grace)
            ),
        )
        for name, settings in drawn.rules.items()
    }
    return replace(drawn, rules=rules)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
