"""Spokes of the local AWS: the template deployed as it is, by the root user of another account."""

from local.account import ACCOUNT, REGION, LocalAws
from local.paths import PROJECT

EXTERNAL_ID = "a-text-of-nobody-else"
ORGANIZATION = "o-local00001"
GIVEN = {
    "HomeAccount": ACCOUNT,
    "HomeRegion": REGION,
    "HomeStack": "costguard",
    "ExternalId": EXTERNAL_ID,
    "OrganizationId": ORGANIZATION,
}
STACK = "costguard-spoke"


def deploy_spoke(aws: LocalAws, place: str, **other: str) -> None:
    """Deploy it to an account and Region."""
    stacks = aws.client("cloudformation", place)
    stacks.create_stack(
        StackName=STACK,
        TemplateBody=(PROJECT / "spoke.yaml").read_text(encoding="utf-8"),
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value}
            for name, value in (GIVEN | other).items()
        ],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    stacks.get_waiter("stack_create_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})
