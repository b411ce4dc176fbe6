"""The same sources, built at another place and another time, are the same artifacts."""

import hashlib
import os
from pathlib import Path

from local import sam
from local.sam_cli import run_sam
from tests.local.guard import POLICY

LONG_AGO = 946_684_800  # seconds: the year 2000


def artifacts(root: Path) -> dict[str, str]:
    """Digest every file that `sam package` would put into a zip.

    SAM dates what it zips 1980, lets everybody read it, and names the zip by its contents: what
    is left of a file is its name, its contents, and whether it can be executed.
    """
    built = root / ".aws-sam" / "build"
    files = (path for path in built.glob("*/**/*") if path.is_file())
    return {
        str(path.relative_to(built)): f"{path.stat().st_mode & 0o111:o} "
        + hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def elsewhere(at: Path) -> Path:
    """Copy the sources as somebody else would have them: private, old, and run before."""
    before = os.umask(0o077)
    try:
        root = sam.copy_sources(POLICY, at / "another-place-with-a-longer-name")
    finally:
        os.umask(before)
    for used in ("layers/core/costguard", "functions/enforce"):
        (root / used / "__pycache__").mkdir()
        (root / used / "__pycache__" / "left.cpython-313.pyc").write_bytes(b"left")
    for path in root.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    return root


def test_the_same_sources_give_the_same_artifacts_anywhere(staged: Path, tmp_path: Path) -> None:
    other = elsewhere(tmp_path)
    sam.build(staged)
    run_sam("build", root=other, env={})
    here, there = artifacts(staged), artifacts(other)
    assert {"CoreLayer", "SlackLayer", "PolicyLayer", "Enforce"} <= {n.split("/")[0] for n in here}
    assert here.items() ^ there.items() == set()


def test_no_artifact_but_the_compiled_layer_holds_what_a_tool_left(
    staged: Path,
) -> None:
    sam.build(staged)
    others = [n for n in artifacts(staged) if not n.startswith("CoreLayer/")]
    left = [n for n in others if n.endswith((".pyc", "~", ".swp")) or "__pycache__" in n]
    assert left == []
