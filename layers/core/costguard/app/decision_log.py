"""The log lines of the use cases: the decision about a resource, and the reason."""

from collections.abc import Iterable

from costguard.app.ports import GuardPorts
from costguard.enforcement.evaluation import Evaluation
from costguard.enforcement.outcomes import UnknownFinding
from costguard.enforcement.plan import ResourcePlan
from costguard.policy.model import Policy
from costguard.resources.model import Resource, ResourceRef


def resource_keys(resource: Resource, policy: Policy) -> dict[str, str]:
    """Name a resource and its owner."""
    owner = policy.directory.owner(resource).name or ""
    return {"resource": resource_name(resource.ref), "owner": owner}


def resource_name(ref: ResourceRef) -> str:
    """Name a resource in the log."""
    return ref.label


def log_step(
    ports: GuardPorts, decision: str, plan: ResourcePlan, *, outcome: str, why: str = ""
) -> None:
    """Log the decision about one resource, for the rules that are due or open."""
    rules = [rule for rule, _ in plan.due] or list(plan.after.findings)
    keys = resource_keys(plan.resource, ports.policy)
    ports.log(decision, **keys, rule=",".join(rules), outcome=outcome, why=why)


def log_unknowns(ports: GuardPorts, resource: Resource, unknowns: Iterable[UnknownFinding]) -> None:
    """Log each rule that could not be evaluated, and the fact that was missing."""
    for unknown in unknowns:
        ports.log(
            "not evaluated",
            **resource_keys(resource, ports.policy),
            rule=unknown.rule,
            outcome="unknown",
            why=unknown.fact,
        )


def new_unknowns(
    evaluation: Evaluation, known: Iterable[str], *, daily: bool
) -> list[UnknownFinding]:
    """List the unknowns that a sweep logs: all of them once a day, otherwise the new ones.

    The ledger has only those that are reported to the admins; the others are logged once a day.
    """
    before = set(known)
    return [u for u in evaluation.unknowns if daily or (u.loud and u.rule not in before)]


def log_evaluations(ports: GuardPorts, plans: Iterable[ResourcePlan], *, daily: bool) -> None:
    """Log what a sweep could not evaluate: changes, and everything once a day."""
    for plan in plans:
        known = plan.before.gaps if plan.before else ()
        log_unknowns(ports, plan.resource, new_unknowns(plan.evaluation, known, daily=daily))
        if plan.after.later:
            why = "a later version of the guard wrote it: nothing is stopped for that"
            ports.log("case not understood", resource=resource_name(plan.after.ref), why=why)


def why_not_due(plan: ResourcePlan) -> str:
    """Return why a requested stop is not done: the status and the open findings."""
    findings = (f"{rule} is {finding.state.value}" for rule, finding in plan.after.findings.items())
    unheard = (f"the warning of {rule} is not heard for a whole grace" for rule in plan.unheard)
    return "; ".join((f"the resource is {plan.resource.status.value}", *findings, *unheard))
