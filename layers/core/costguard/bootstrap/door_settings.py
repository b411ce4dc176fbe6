"""What the public door has in its environment beside the settings of `respond`."""

from collections.abc import Mapping

from msgspec import Struct

from costguard.common.errors import SettingsInvalid

_QUEUE = "NOTIFY_QUEUE_URL"


class DoorSettings(Struct, frozen=True, kw_only=True):
    """The settings of the public door from the template."""

    notify_queue: str
    slack_token: str = ""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "DoorSettings":
        """Read the environment. Raises SettingsInvalid with everything that is missing."""
        queue = environment.get(_QUEUE)
        if not queue:
            raise SettingsInvalid([f"{_QUEUE}: missing"])
        return cls(notify_queue=queue, slack_token=environment.get("SLACK_TOKEN_NAME", ""))
