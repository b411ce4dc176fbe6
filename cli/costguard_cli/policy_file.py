"""Read the text of a policy file, however an editor has saved it."""

from pathlib import Path

from costguard.common.errors import PolicyInvalid
from costguard.policy.loader import decode_policy
from costguard_cli.errors import CannotRunError


def read_policy_file(file: Path) -> str:
    """Read the text of a policy file. Raises CannotRunError."""
    try:
        return decode_policy(file.read_bytes())
    except PolicyInvalid as exc:
        raise CannotRunError(f"{file}: {exc.problems[0]}") from None
    except OSError as exc:
        raise CannotRunError(f"{file} cannot be read: {exc.strerror}") from None
