"""The own sources that `watch` loads, as in an archive: bytes with and without compression."""

import io
import json
import os
import sys
import zipfile
from pathlib import Path

path = json.loads(os.environ["BENCH_PATH"])
sys.path[:0] = path
import handler  # noqa: F401 - for what it loads
from own import is_own

own = [module for name, module in [*sys.modules.items()] if is_own(name)]
files = {Path(module.__file__) for module in own if getattr(module, "__file__", None)}
packed, unzipped = io.BytesIO(), 0
with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
    for place in map(Path, path):
        for file in sorted(file for file in files if place in file.parents):
            archive.write(file, file.relative_to(place))
            unzipped += file.stat().st_size
print(json.dumps({"zipped": len(packed.getvalue()), "unzipped": unzipped}))
