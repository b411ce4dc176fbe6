"""The deployed stack, read only."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.request import urlopen

from botocore.exceptions import ClientError

from costguard.app.ports import WatchPorts
from costguard.bootstrap.guard import policy_source, wire_watch
from costguard.bootstrap.settings import GuardSettings, sweep_interval_of
from costguard.policy.loader import decode_policy
from costguard.policy.model import Mode, Policy
from costguard.policy.park import with_park
from costguard_cli.aws.session import ReadOnlySession
from costguard_cli.errors import CannotRunError

STACK = "costguard"
FUNCTIONS = ("Watch", "Sweep", "Probe", "Enforce", "Parker", "Report", "Notify")
_POLICY = "python/costguard_policy/policy.toml"
_SDK = "botocore "
SWEEP_EVERY = timedelta(minutes=5)  # of a stack from before the parameter
_MOST_BYTES = 5_000_000  # of a policy layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A stack as CloudFormation describes it."""

    name: str
    status: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]
    created: datetime
    changed: datetime

    @property
    def mode(self) -> Mode:
        """The Mode of the deployed stack."""
        return Mode(self.parameters.get("Mode", Mode.OBSERVE.value))

    def limited(self, policy: Policy, ceiling: Mode | None = None) -> Policy:
        """Limit a policy as the deployment does, or to another mode."""
        limited = policy.with_ceiling(ceiling or self.mode)
        return with_park(limited) if self.parameters.get("Park") == "yes" else limited

    @property
    def sweep_interval(self) -> timedelta:
        """The interval of the stack's sweeps."""
        return sweep_interval_of(self.parameters.get("SweepEvery", "")) or SWEEP_EVERY

    @property
    def functions(self) -> dict[str, str]:
        """The functions' full names, by the short ones; the probe may be turned off."""
        names = {f: self.outputs.get(f"{f}FunctionName") for f in FUNCTIONS}
        return {short: full for short, full in names.items() if full}


def find_stack(session: ReadOnlySession, name: str) -> Stack | None:
    """Find the stack; None when there is none of that name in the region."""
    try:
        (raw,) = session.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    outputs = {o["OutputKey"]: o["OutputValue"] for o in raw.get("Outputs", ())}
    if "LedgerTableName" not in outputs:
        return None  # not ours, or on its way
    return Stack(
        name=raw["StackName"],
        status=raw["StackStatus"],
        outputs=outputs,
        parameters={p["ParameterKey"]: p["ParameterValue"] for p in raw.get("Parameters", ())},
        created=raw["CreationTime"],
        changed=raw.get("LastUpdatedTime") or raw["CreationTime"],
    )


def require_stack(session: ReadOnlySession, name: str) -> Stack:
    """Find the stack. Raises CannotRunError where there is none."""
    if stack := find_stack(session, name):
        return stack
    raise CannotRunError(
        f"There is no Costguard stack named {name!r} in {session.region}.",
        "Name another one (--stack, --region), or deploy it first: make deploy",
    )


def layers(session: ReadOnlySession, stack: Stack) -> dict[str, str]:
    """Name the layers that the sweep runs with: ARNs with versions, by their names."""
    config = session.client("lambda").get_function_configuration(
        FunctionName=stack.functions["Sweep"]
    )
    return {layer["Arn"].split(":")[6]: layer["Arn"] for layer in config.get("Layers", ())}


def sdk(session: ReadOnlySession, arns: Iterable[str]) -> str:
    """Return the version of the functions' SDK, from the description of the layer that ships it."""
    for arn in arns:
        layer = session.client("lambda").get_layer_version_by_arn(Arn=arn)
        _, name, versions = str(layer.get("Description", "")).partition(_SDK)
        if name:
            return name + versions
    return "Lambda's own, in an unknown version"


def policy_text(session: ReadOnlySession, stack: Stack) -> str:
    """Fetch the policy that is deployed. Raises CannotRunError where no layer holds one."""
    arns = sorted(layers(session, stack).items(), key=lambda item: "policy" not in item[0].lower())
    for _, arn in arns:
        layer = session.client("lambda").get_layer_version_by_arn(Arn=arn)
        if text := _policy_in(layer["Content"]):
            return text
    raise CannotRunError(f"No layer of the stack {stack.name!r} holds a policy.")


def ports_of(session: ReadOnlySession, stack: Stack, policy: Policy) -> WatchPorts:
    """Wire `watch` to the deployed stack, with its rosters and without the probe.

    No notebook is opened.
    """
    out = stack.outputs
    settings = GuardSettings(
        ledger_table=out["LedgerTableName"],
        alerts_topic=out["AlertsTopicArn"],
        summary_topic=out["SummaryTopicArn"],
        stop_queue=out["StopQueueUrl"],
        stack=stack.name,
        function="costguard",
        mode=stack.mode,
        sweep_interval=stack.sweep_interval,
        self_service="RespondUrl" in out,
    )
    enrolled = policy_source(settings, policy, session.client).enrolled()
    return wire_watch(settings, enrolled, session.client)


def _policy_in(content: Mapping[str, Any]) -> str | None:
    """Read the policy in a layer; None for a layer too large to be the policy's."""
    if content["CodeSize"] > _MOST_BYTES:
        return None
    with urlopen(content["Location"], timeout=30) as response:  # noqa: S310 - AWS gave the address
        archive = zipfile.ZipFile(io.BytesIO(response.read()))
    return decode_policy(archive.read(_POLICY)) if _POLICY in archive.namelist() else None
