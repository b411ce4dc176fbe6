"""The layers as `sam build` makes them, for tests that look into them."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from botocore.loaders import Loader
from botocore.session import Session, get_session

from local import sam
from local.paths import PROJECT

BUILT = PROJECT / ".aws-sam" / "build"
LAYERS = ("CoreLayer", "PolicyLayer", "SlackLayer", "SocketLayer")
SERVICES = PROJECT / "layers" / "core" / "services.txt"


@cache
def layer(name: str = "CoreLayer") -> Path:
    """Give what a layer puts on the path."""
    sam.build()
    return BUILT / name / "python"


def files(folder: Path) -> Iterator[Path]:
    """Give every file in a folder."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def services() -> set[str]:
    """Name the services whose models are shipped."""
    return set(SERVICES.read_text(encoding="utf-8").split())


@cache
def loader() -> Loader:
    """Read the models that are shipped, and no others; each of them once."""
    data = str(layer() / "botocore" / "data")
    return Loader(extra_search_paths=[data], include_default_search_paths=False)


@cache
def session() -> Session:
    """Begin a session that knows what the functions know of AWS."""
    found = get_session()
    found.register_component("data_loader", loader())
    return found
