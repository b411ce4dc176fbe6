"""A run of a pipeline is judged by its jobs: to stop one of them alone is to have it made again.

Each job is asked the rules with the settings of its own kind, and counts for its own owner.
"""

from collections.abc import Callable, Mapping
from copy import replace

from costguard.common.sanitize import single_line
from costguard.enforcement.outcomes import UnknownFinding
from costguard.policy.model import Policy
from costguard.resources.model import Resource, ResourceStatus
from costguard.rules import RULES
from costguard.rules.base import NEEDS_FLEET, PASS, EvaluationContext, Fail, RuleAnswer

type Answer = RuleAnswer | Fail | UnknownFinding
type Answers = Mapping[str, Answer | None]
type _Ask = Callable[[str, Resource], Answer | None]


def with_jobs(
    run: Resource, own: Answers, ask: _Ask, policy: Policy, ctx: EvaluationContext
) -> Answers:
    """Add what the rules answer of the jobs of a run; the gravest answer is the run's."""
    return {rule: _gravest(rule, run, own[rule], ask, policy, ctx) for rule in own}


def _gravest(
    rule: str,
    run: Resource,
    own: Answer | None,
    ask: _Ask,
    policy: Policy,
    ctx: EvaluationContext,
) -> Answer:
    """Ask one rule; the run itself has no instance, so it is not asked what counts those."""
    found = [] if own is None or RULES[rule].ends_with_stop else [own]
    for job in run.jobs or ():
        is_asked = job.status is ResourceStatus.RUNNING and job.judged
        if is_asked and policy.exempt_until(job, rule, ctx.now) is None:
            answer = ask(rule, job)
            found += [] if answer is None else [_told(rule, run, job, answer, policy, ctx)]
    if ctx.fleet is None or run.jobs is None:
        found.append(NEEDS_FLEET)
    return min(found, key=_order, default=PASS)


def _told(
    rule: str, run: Resource, job: Resource, answer: Answer, policy: Policy, ctx: EvaluationContext
) -> Answer:
    """Say whose answer it is; a sum over somebody else stops no run of this owner."""
    if not isinstance(answer, Fail):
        return answer
    name = single_line(job.name)
    if rule in policy.summing_rules and ctx.charged(job) != ctx.charged(run):
        return UnknownFinding(rule, f"whether the job {name} is its owner's is not known")
    return replace(answer, reason=f"its job {name}: {answer.reason}")


def _order(answer: Answer) -> int:
    return (1, 2)[answer is PASS] if not isinstance(answer, Fail) else 0
