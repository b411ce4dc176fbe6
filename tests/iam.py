"""Simulates IAM: a guardrail attached to a principal that is allowed everything else.

MiniStack's IAM engine evaluates the policies, called as a function.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ministack.core import iam_evaluator as iam

from costguard.policy.model import Policy
from costguard_cli.guardrail.generator import Guardrail, GuardrailOptions, generate
from costguard_cli.guardrail.packing import Format
from costguard_cli.guardrail.statements import Scope
from local.sagemaker.condition_keys import keys_of

NOW = datetime(2001, 1, 1, tzinfo=UTC)  # of writing: the engine judges by the real clock
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_PLACE = "us-east-2:123456789012"


def guardrail(policy: Policy, format_: Format = Format.IAM, **options: Any) -> Guardrail:
    """Generate a policy's guardrail; `every_mode` is the scope's, the rest are its options."""
    scope = Scope(policy=policy, now=NOW, every_mode=options.pop("every_mode", False))
    return generate(scope, GuardrailOptions(format_=format_, **options))


def documents(of: Guardrail) -> list[dict[str, Any]]:
    """Give the policies' documents, after a way through JSON."""
    return [json.loads(json.dumps(each.document)) for each in of.policies]


@dataclass(frozen=True)
class PolicySimulator:
    """The policies of one principal."""

    policies: tuple[dict[str, Any], ...]
    principal: str = "arn:aws:iam::123456789012:role/ml-sagemaker-use"
    principal_tags: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, *given: Any, **options: Any) -> "PolicySimulator":
        """Attach a guardrail to a principal that is allowed everything."""
        return cls(({"Statement": ALL}, *documents(guardrail(*given, **options))))

    def allows(self, action: str, resource: str = "*", **context: Any) -> bool:
        """Whether a call is allowed; `context` holds condition keys, lower-case."""
        asked = iam.EvalContext(
            principal_arn=self.principal,
            principal_type="AssumedRole",
            principal_account="123456789012",
            action=action,
            resource_arn=resource,
            region="us-east-2",
            service_context={"aws:tagkeys": None} | self._tags() | context,
        )
        rules = [iam.parse_policy_document(self._filled(each)) for each in self.policies]
        return bool(iam.evaluate(asked, rules).decision == "Allow")

    def _tags(self) -> dict[str, Any]:
        return {
            f"aws:principaltag/{key.lower()}": value for key, value in self.principal_tags.items()
        }

    def _filled(self, document: dict[str, Any]) -> dict[str, Any]:
        """Put the principal's tags in for their variables: MiniStack's engine knows none."""
        text = json.dumps(document)
        for key, value in self.principal_tags.items():
            text = text.replace(f"${{aws:PrincipalTag/{key}}}", value)
        filled: dict[str, Any] = json.loads(text)
        return filled

    def allows_call(
        self, operation: str, kind: str, name: str, asked: Mapping[str, Any] | None = None
    ) -> bool:
        """Whether a SageMaker request is allowed, its ARN in the case of the name."""
        request = asked or {}
        keys: Iterable[str] = request.get("TagKeys", [t["Key"] for t in request.get("Tags", ())])
        tags = {f"aws:requesttag/{t['Key'].lower()}": t["Value"] for t in request.get("Tags", ())}
        own = {key.lower(): value for key, value in keys_of(operation, request).items()}
        arn = f"arn:aws:sagemaker:{_PLACE}:{kind}/{name}"
        tagged = {"aws:tagkeys": list(keys)} if keys else {}
        return self.allows(f"sagemaker:{operation}", arn, **tags, **own, **tagged)
