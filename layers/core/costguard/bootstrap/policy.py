"""Read the policy of the deployed layer."""

from importlib.resources import files
from importlib.resources.abc import Traversable

from costguard.adapters.metrics import here
from costguard.policy.loader import decode_policy, parse_policy
from costguard.policy.model import Mode, Policy
from costguard.policy.park import with_park


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


def _policy_layer() -> Traversable:
    """Find the file of the policy layer on the path, beside this package."""
    return files("costguard_policy") / "policy.toml"
