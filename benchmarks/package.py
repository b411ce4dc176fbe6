"""What is uploaded: our layers and functions as built, and Custodian's archive."""

import io
import zipfile
from pathlib import Path

from benchmarks import custodian, ours
from benchmarks.builds import PRESENT
from benchmarks.processes import announce
from benchmarks.rows import Lab, Row

WATCH = ("CoreLayer", "PolicyLayer", "Watch")  # what one function consists of
TENTH = 0.1
HOW = ("zipped", "unzipped")


def measure(_lab: Lab) -> list[Row]:
    """Compare the package of `watch` with Custodian's archive for one policy; then list all."""
    announce("packages")
    theirs = custodian.program("archive", env=ours.NOWHERE).said
    parts = {part.name: sizes(part) for part in PRESENT.at.iterdir() if part.is_dir()}
    watch = [sum(parts[name][at] for name in WATCH) for at in (0, 1)]
    whole = [sum(size[at] for size in parts.values()) for at in (0, 1)]
    loaded = ours.program("sources", env=ours.NOWHERE | ours.SETTINGS, policy=None).said
    return [
        Row(
            what=f"package of {what}, {how}",
            unit="kB",
            ours=size / 1e3,
            custodian=theirs[how] / 1e3,
            goal="≤ 1/10",
            holds=size <= TENTH * theirs[how],
            detail=parts,
        )
        for what, found in (("watch", watch), ("all functions and layers", whole))
        for how, size in zip(HOW, found, strict=True)
    ] + [
        Row(
            what=f"sources alone, as Custodian packs its own: what watch loads, {how}",
            unit="kB",
            ours=loaded[how] / 1e3,
            custodian=theirs[how] / 1e3,
            detail=loaded,
        )
        for how in HOW
    ]


def sizes(folder: Path) -> tuple[int, int]:
    """Answer the bytes of a folder, zipped and not."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(path, path.relative_to(folder))
    return len(packed.getvalue()), sum(path.stat().st_size for path in files)
