"""One resource of an account, and the account's region."""

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
    """A notebook or a job: `fields` are those of its Describe response, as the API spells them.

    `tags` is `None` until the resource is first tagged. `generation` counts changes of course, so
    that steps scheduled before a stop are dropped after it. `final_secondary_status` is that of a
    job once it has stopped.
    """

    kind: Kind
    name: str
    arn: str
    fields: dict[str, Any]
    tags: dict[str, str] | None = None
    generation: int = 0
    final_secondary_status: str = "Stopped"

    @property
    def status(self) -> str:
        """Give the status, in the API's spelling."""
        status: str = self.fields[self.kind.status_field]
        return status
