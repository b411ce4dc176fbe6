"""Read the policy of the deployed layer."""

from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

from costguard.adapters.dynamodb.rosters import DynamoDbRosters
from costguard.adapters.metrics import here
from costguard.ownership.kept_roster import KeptRoster
from costguard.policy.loader import decode_policy, parse_policy
from costguard.policy.model import Mode, Policy
from costguard.policy.park import with_park
from costguard.policy.rosters import roster_files, with_rosters


def load_policy(ceiling: Mode = Mode.ENFORCE, *, parks: bool = False) -> Policy:
    """Read the policy of the deployed layer. Raises PolicyInvalid, or the error of reading.

    The deployment limits every mode, and alone says whether anything may be deleted. There is no
    fallback: without its policy, the guard does nothing and reports that.
    """
    try:
        policy = parse_policy(decode_policy(_policy_layer().read_bytes())).with_ceiling(ceiling)
        return with_park(policy) if parks else policy
    except Exception:
        here({"PolicyUnreadable": 1})
        raise


class PolicySource:
    """The policy of the deployed layer, with the rosters that are kept at each call."""

    def __init__(self, policy: Policy, rosters: DynamoDbRosters) -> None:
        self._files = roster_files(policy)
        self._policy = self._enrolled = policy
        self._rosters = rosters
        self._kept: Mapping[str, KeptRoster] = {}

    def enrolled(self) -> Policy:
        """Return the policy; it is the same one as long as no roster has changed."""
        kept = self._rosters.kept_rosters(self._files)
        if kept != self._kept:
            members = {file: roster.members for file, roster in kept.items()}
            self._enrolled = with_rosters(self._policy, members)
            self._kept = kept
        return self._enrolled


def _policy_layer() -> Traversable:
    """Find the file of the policy layer on the path, beside this package."""
    return files("costguard_policy") / "policy.toml"
