"""Reads that may fail one by one: what could not be read is listed, and the rest is shown."""

from collections.abc import Callable
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from costguard.common.errors import PolicyInvalid
from costguard.common.sanitize import single_line
from costguard_cli.errors import CannotRunError, is_fatal, why_refused


@dataclass(frozen=True, slots=True)
class TolerantReader:
    """Reads, and keeps in `unseen` what could not be read and why."""

    unseen: list[str] = field(default_factory=list)

    def read[T](self, what: str, read: Callable[[], T], otherwise: T) -> T:
        """Return what was read, or `otherwise`. Raises errors that would fail every call."""
        try:
            return read()
        except (ClientError, BotoCoreError) as error:
            if is_fatal(error):
                raise
            self.unseen.append(f"{what}: {why_refused(error)}")
        except (CannotRunError, PolicyInvalid) as error:
            self.unseen.append(f"{what}: {single_line(str(error))}")
        return otherwise
