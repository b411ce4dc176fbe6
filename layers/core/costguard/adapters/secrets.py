"""Secrets: read once per container, never in the environment, never in a log."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from costguard.adapters.clients import ClientFactory

SSM = "/"
"""A name that begins with a slash is a SecureString parameter; any other is in Secrets Manager."""


@dataclass(slots=True)
class Secret:
    """One secret by its name; the clients are made when it is first read."""

    name: str
    client: "ClientFactory"
    _value: str | None = field(default=None, repr=False)

    def read(self) -> str:
        """Return its text. Raises AWS's error if it cannot be read; the next call tries again."""
        if self._value is None:
            if self.name.startswith(SSM):
                found = self.client("ssm").get_parameter(Name=self.name, WithDecryption=True)
                self._value = found["Parameter"]["Value"]
            else:
                secret = self.client("secretsmanager").get_secret_value(SecretId=self.name)
                self._value = secret["SecretString"]
        return self._value
