"""AWS clients in another account or Region, under a role there that the stack may assume."""

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any

from botocore.credentials import DeferredRefreshableCredentials
from botocore.session import Session
from msgspec import Struct

from costguard.adapters.clients import REFUSALS, make_client

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

    from costguard.adapters.clients import ClientFactory

_LOADED_ONCE = ("data_loader", "response_parser_factory")
"""The parts of a session that hold what was read from disk, and our reader of times."""


class SpokeRole(Struct, frozen=True, kw_only=True):
    """A role in a spoke: the stack and the task name it, and IAM has it once for an account."""

    place: str  # account/Region
    stack: str
    task: str  # look, stop or probe
    external_id: str

    @property
    def region(self) -> str:
        """The Region in which it is used."""
        return self.place.partition("/")[2]

    def arn(self, partition: str) -> str:
        """Write its ARN."""
        account = self.place.partition("/")[0]
        return f"arn:{partition}:iam::{account}:role/{self.stack}-{self.task}-{self.region}"


class AssumedCredentials(DeferredRefreshableCredentials):
    """The credentials of a role: asked for when first needed, and again before they end."""

    def __init__(self, assume: Callable[[], dict[str, str]]) -> None:
        super().__init__(refresh_using=lambda: self._renewed(assume), method="assume-role")
        self._doubted = False

    def doubt(self) -> None:
        """Ask anew at the next call: AWS refused what these may do."""
        self._doubted = True

    def refresh_needed(self, refresh_in: Any = None) -> Any:
        """Return whether they end soon, or are doubted."""
        return self._doubted or super().refresh_needed(refresh_in)

    def load_credentials(self) -> "AssumedCredentials":
        """Provide themselves, as a session asks its resolver."""
        return self

    def _renewed(self, assume: Callable[[], dict[str, str]]) -> dict[str, str]:
        found = assume()
        self._doubted = False
        return found


class SpokeClients:
    """The clients of one place under one role, made when they are first needed."""

    def __init__(self, role: SpokeRole, sts: "Callable[[], STSClient]", base: Session) -> None:
        self.role, self._sts, self._base = role, sts, base
        self.credentials = AssumedCredentials(self._assume)
        self._made: dict[str, Any] = {}
        self._lock = Lock()
        self._session: Session | None = None

    @property
    def factory(self) -> "ClientFactory":
        """Return what makes, or hands out again, the client of a service."""
        made: ClientFactory = self._client
        return made

    def enter(self) -> None:
        """Assume the role, unless that was done. Raises what STS refuses."""
        self.credentials.get_frozen_credentials()

    def _client(self, service: str) -> Any:
        with self._lock:
            if service not in self._made:
                self._session = self._session or self._begin()
                made = make_client(self._session, service, self.role.region)
                made.meta.events.register("after-call", self._note)
                self._made[service] = made
            return self._made[service]

    def _note(self, parsed: dict[str, Any], **_: Any) -> None:
        """Doubt the credentials after a refusal: the role may have been made anew since."""
        if parsed.get("Error", {}).get("Code") in REFUSALS:
            self.credentials.doubt()

    def _begin(self) -> Session:
        begun = Session()
        for name in _LOADED_ONCE:
            begun.register_component(name, self._base.get_component(name))
        begun.register_component("credential_provider", self.credentials)
        return begun

    def _assume(self) -> dict[str, str]:
        role = self.role
        found = self._sts().assume_role(
            RoleArn=role.arn(self._base.get_partition_for_region(role.region)),
            RoleSessionName=f"{role.stack}-{role.task}"[:64],
            ExternalId=role.external_id,
        )["Credentials"]
        return {
            "access_key": found["AccessKeyId"],
            "secret_key": found["SecretAccessKey"],
            "token": found["SessionToken"],
            "expiry_time": found["Expiration"].isoformat(),
        }
