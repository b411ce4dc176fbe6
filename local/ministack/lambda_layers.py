"""Layers as Lambda mounts them, on this host: unpacked once a process, its wheels before them.

MiniStack unpacks a layer for each process that runs from it, and Lambda's wheels do not run here.
"""

import atexit
import hashlib
import shutil
import zipfile
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock
from types import TracebackType
from typing import Any, Final, Self

from ministack.core import lambda_runtime

from local import hostwheels

LAYER: Final = "layer_*.zip"  # as MiniStack names them; all else is a function's own code
_READY: Final = "    _ms_install_invoke_depth()\n"  # the path is set, nothing of it is loaded yet
_unpacking = Lock()


class Layers:
    """Takes the place of Python's `zipfile` where MiniStack's workers unpack layers."""

    def __init__(self) -> None:
        self._worker = lambda_runtime._PYTHON_WORKER_SCRIPT

    def install(self) -> None:
        """Put it there."""
        before, ready, after = self._worker.partition(_READY)
        assert ready, "MiniStack sets the path of a function elsewhere"
        first = f"    sys.path.insert(0, {str(hostwheels.path())!r})\n"
        lambda_runtime._PYTHON_WORKER_SCRIPT = f"{before}{first}{ready}{after}"
        lambda_runtime.zipfile = self

    def uninstall(self) -> None:
        """Give MiniStack its own back."""
        lambda_runtime._PYTHON_WORKER_SCRIPT = self._worker
        lambda_runtime.zipfile = zipfile

    def ZipFile(self, path: str) -> Any:  # noqa: N802 - the name that MiniStack calls
        """Open an archive."""
        if not Path(path).match(LAYER):
            return zipfile.ZipFile(path)
        return Unpacked(self._unpacked(Path(path)))

    def __getattr__(self, name: str) -> Any:
        """Give all else of the module."""
        return getattr(zipfile, name)

    def _unpacked(self, archive: Path) -> Path:
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        folder = _unpacked_here() / digest
        with _unpacking:
            if not folder.exists():
                with zipfile.ZipFile(archive) as file:
                    file.extractall(folder)
        return folder


@cache
def _unpacked_here() -> Path:
    """Make the folder of what is unpacked: the next account of this process may have the same."""
    folder = Path(mkdtemp(prefix="costguard-layers-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


class Unpacked:
    """An archive that is unpacked already: to extract it is to link to it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        """Open it."""
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Close it."""

    def namelist(self) -> list[str]:
        """Name what stands at the top."""
        return [each.name for each in self._folder.iterdir()]

    def extractall(self, path: str) -> None:
        """Link it there."""
        for each in self._folder.iterdir():
            (Path(path) / each.name).symlink_to(each)
