"""Remarks on a text that people wrote: the problem or oddity, its place, and the fix."""

from collections.abc import Callable

from msgspec import Struct

from costguard.common.sanitize import single_line

type Path = tuple[str | int, ...]  # people, 0, name
_LONGEST = 2000


class Wrong(Struct, frozen=True):
    """A value that cannot work: the expected form, and the fix if known."""

    expected: str
    fix: str = ""


class Odd(Struct, frozen=True):
    """A value that is allowed but probably a mistake: a sentence without its subject."""

    says: str


type Check[T] = Callable[[T], Wrong | Odd | None]
"""What stands beside the type of a setting: `Annotated[str, email_address]`."""


class Remark(Struct, frozen=True, kw_only=True):
    """One remark. `odd`: only worth a look. `of_key`: on the key of a setting, not on its value."""

    path: Path
    says: str
    odd: bool = False
    of_key: bool = False
    at: tuple[int, int] | None = None  # line and column, if it belongs to no setting

    def __str__(self) -> str:
        """Say it on one line, without a character that would move a cursor."""
        says = single_line(self.says, _LONGEST)
        return f"{spelled(self.path)}: {says}" if self.path else says


def spelled(path: Path) -> str:
    """Write a path: `people[0].name`; characters that cannot be printed are escaped."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            word = single_line(step if step.isprintable() else repr(step)[1:-1])
            text += f".{word}" if text else word
    return text
