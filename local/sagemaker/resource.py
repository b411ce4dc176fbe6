"""One thing in the account, and where the account is."""

from dataclasses import dataclass
from typing import Any

from local.sagemaker.kinds import Kind


@dataclass(frozen=True, slots=True)
class Place:
    """An account in a region."""

    region: str
    account_id: str

    def arn(self, kind: Kind, name: str) -> str:
        """Make an ARN: AWS lower-cases the name in it (notebook VPC endpoint docs)."""
        return f"arn:aws:sagemaker:{self.region}:{self.account_id}:{kind.name}/{name.lower()}"


@dataclass(slots=True, eq=False)
class Resource:
    """A notebook or a job: `fields` are what Describe answers, in the API's own spelling.

    `tags` is `None` until the resource is first tagged. `turn` counts changes of course, so that
    what was planned before a stop does not happen after it. `ending` is the secondary status that
    a job being stopped will end with.
    """

    kind: Kind
    name: str
    arn: str
    fields: dict[str, Any]
    tags: dict[str, str] | None = None
    turn: int = 0
    ending: str = "Stopped"

    @property
    def status(self) -> str:
        """Give the status, in the API's spelling."""
        status: str = self.fields[self.kind.status_field]
        return status
