"""The places besides home, as the template names them."""

from collections.abc import Mapping
from copy import replace

from msgspec import Struct

from costguard.common.errors import SettingsInvalid
from costguard.resources.places import is_place


class SpokeSettings(Struct, frozen=True, kw_only=True):
    """Which accounts and Regions the stack guards besides its own; mostly none."""

    places: tuple[str, ...] = ()
    stack: str = ""  # its name is in the names of the roles
    external_id: str = ""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "SpokeSettings":
        """Read the environment. Raises SettingsInvalid with everything that is wrong."""
        places, problems = read_places(environment)
        names = ("STACK", "SPOKE_EXTERNAL_ID") if places else ()
        problems += [f"{name}: missing" for name in names if not environment.get(name)]
        if problems:
            raise SettingsInvalid(problems)
        stack, secret = environment.get("STACK", ""), environment.get("SPOKE_EXTERNAL_ID", "")
        return cls(places=places, stack=stack, external_id=secret)

    def besides(self, home: tuple[str, str]) -> "SpokeSettings":
        """Leave out the place of the stack itself, which a list of all accounts may have."""
        return replace(self, places=tuple(each for each in self.places if each != "/".join(home)))


def read_places(environment: Mapping[str, str]) -> tuple[tuple[str, ...], list[str]]:
    """Read the places besides home, each once, and what is wrong with them."""
    given = (each.strip() for each in environment.get("SPOKES", "").split(","))
    places = tuple(dict.fromkeys(filter(None, given)))
    return places, [
        f"SPOKES: expected account/Region such as 222233334444/eu-west-1, got {each!r}"
        for each in places
        if not is_place(each)
    ]
