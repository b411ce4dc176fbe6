"""Grants and denials, compared with AWS's service authorization reference as cfn-lint ships it."""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import cfnlint  # type: ignore[import-untyped]  # no types
import pytest

from costguard.policy.loader import parse_policy
from costguard_cli.guardrail.generator import GuardrailOptions, generate
from costguard_cli.guardrail.packing import Format
from costguard_cli.guardrail.statements import Scope
from local.paths import PROJECT
from tests.contract.test_roles import ROLES, WITH_A_KEY
from tests.contract.test_spoke import ROLES as SPOKE_ROLES
from tests.contract.test_spoke import SPOKE

_DATA = Path(cfnlint.__file__).parent / "data" / "AdditionalSpecs" / "Policies.json"
REFERENCE: Mapping[str, Mapping[str, Any]] = json.loads(_DATA.read_text(encoding="utf-8"))
_PART = re.compile(r"\$\{\w+\}")
_OPERATIONS = PROJECT / "layers" / "core" / "costguard" / "resources" / "operations.csv"
NEWER = {row["operation"].lower() for row in csv.DictReader(_OPERATIONS.read_text().splitlines())}
"""Operations of SageMaker's newest model, which may be newer than the reference."""
ON_EVERYTHING = {
    "ce:GetCostAndUsage": "of billing views, none of which the stack knows",
    "cloudwatch:DescribeAlarms": "of every alarm; it reads their states alone",
    "cloudwatch:GetMetricData": "of datasets, none of which the stack knows",
    "sagemaker:ListPipelineExecutions": "of pipelines, each of which is asked for",
}
"""Actions on `*` that the reference has a resource for, with the reason."""
HELD = {
    **{role: WITH_A_KEY.grants_of(role) for role in ROLES},
    **{f"{role} of a spoke": SPOKE.grants_of(role) for role in SPOKE_ROLES},
}
GRANTS = {
    (role, action): {on for each, on in grants if each == action}
    for role, grants in HELD.items()
    for action, _ in grants
}


def types_of(action: str) -> list[str] | None:
    """List the resource types of an action; None where AWS has no such action."""
    service, _, name = action.partition(":")
    known = REFERENCE.get(service, {}).get("Actions", {}).get(name.lower())
    return None if known is None else list(known.get("Resources", ()))


def is_of(arn: str, action: str) -> bool:
    """Return whether an ARN, or its pattern, may name a resource that an action is on."""
    service, _, _ = action.partition(":")
    kinds = {name.lower(): kind for name, kind in REFERENCE[service]["Resources"].items()}
    forms = [f for each in types_of(action) or () for f in kinds[each.lower()]["ARNFormats"]]
    return any(fnmatchcase(arn, _PART.sub("*", form.replace(".*", "*"))) for form in forms)


@pytest.mark.parametrize(("role", "action"), GRANTS)
def test_every_grant_is_of_an_action_on_a_resource_that_aws_has(role: str, action: str) -> None:
    types, on = types_of(action), GRANTS[role, action]
    assert types is not None, f"AWS has no {action}"
    if on == {"*"}:
        assert not types or action in ON_EVERYTHING
    else:
        assert any(is_of(each, action) for each in on)


@pytest.mark.parametrize("role", HELD)
def test_every_resource_of_a_role_is_one_that_its_actions_are_on(role: str) -> None:
    actions = [action for owner, action in GRANTS if owner == role]
    for on in {each for owner, action in GRANTS if owner == role for each in GRANTS[role, action]}:
        assert on == "*" or any(is_of(on, action) for action in actions)


def test_every_reason_for_a_star_is_needed() -> None:
    assert {action for (_, action), on in GRANTS.items() if on == {"*"}} >= ON_EVERYTHING.keys()
    assert all(types_of(action) for action in ON_EVERYTHING)


def test_a_misspelt_action_and_a_wrong_resource_would_be_found() -> None:
    assert types_of("sagemaker:StopNotebook") is None
    job = "arn:aws:sagemaker:us-east-2:123456789012:training-job/*"
    assert is_of(job, "sagemaker:StopTrainingJob")
    assert not is_of(job, "sagemaker:StopNotebookInstance")


def denied(format_: Format) -> Iterator[str]:
    """Yield every action, or pattern of actions, that the whole guardrail denies or spares."""
    text = (PROJECT / "layers" / "policy" / "policy.toml").read_text(encoding="utf-8")
    scope = Scope(policy=parse_policy(text), now=datetime(2026, 11, 23, tzinfo=UTC))
    admins = ("arn:aws:iam::*:role/Admin",)
    options = GuardrailOptions(format_=format_, admins=admins, only_watched=True)
    for each in generate(scope, options).policies:
        for statement in each.document["Statement"]:
            for key in ("Action", "NotAction"):
                actions = statement.get(key, ())
                yield from [actions] if isinstance(actions, str) else actions


@pytest.mark.parametrize("format_", list(Format))
def test_the_guardrail_denies_actions_that_aws_has(format_: Format) -> None:
    for pattern in set(denied(format_)) - {"*"}:
        service, _, name = pattern.partition(":")
        known = {*REFERENCE[service]["Actions"], *(NEWER if service == "sagemaker" else ())}
        assert any(fnmatchcase(each, name.lower()) for each in known)
