"""What is compiled in the layers, as this host runs it: theirs is for Lambda's processor alone.

The host's is that of the tests' environment: the same version, locked by its hash as well.
"""

from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from local.paths import PROJECT

FOLDER: Final = PROJECT / "build" / "host"
COMPILED: Final = ("msgspec",)


def path() -> Path:
    """Give the folder that goes before the layers on a path: what is compiled, and nothing else."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in COMPILED:
        _link(FOLDER / name, _installed(name))
    return FOLDER


def _installed(name: str) -> Path:
    found = find_spec(name)
    assert found
    assert found.origin
    return Path(found.origin).parent


def _link(link: Path, target: Path) -> None:
    """Link it in one step: several processes may do so at once."""
    if link.is_symlink() and link.readlink() == target:
        return
    fresh = Path(mkdtemp(dir=link.parent, prefix=".")) / link.name
    fresh.symlink_to(target)
    fresh.replace(link)
    fresh.parent.rmdir()
