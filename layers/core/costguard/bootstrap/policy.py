"""Read the policy of the deployed layer."""

from importlib.resources import files
from importlib.resources.abc import Traversable

from costguard.adapters.metrics import here
from costguard.policy.loader import decode_policy, parse_policy
from costguard.policy.model import Policy


def load_policy() -> Policy:
    """Read the policy of the deployed layer. Raises PolicyInvalid, or what kept it from reading.

    There is no fallback: without the rules it was given, the guard does nothing, and says so.
    """
    try:
        return parse_policy(decode_policy(_policy_layer().read_bytes()))
    except Exception:
        here({"PolicyUnreadable": 1})
        raise


def _policy_layer() -> Traversable:
    """Find the file that the policy layer puts on the path, beside this package."""
    return files("costguard_policy") / "policy.toml"
