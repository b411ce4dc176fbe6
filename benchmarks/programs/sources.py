"""The sources that `watch` loads of ours, as an archive would have them: bytes zipped and not."""

import io
import json
import os
import sys
import zipfile
from pathlib import Path

ours = [Path(place) for place in json.loads(os.environ["BENCH_PATH"])[:3]]
sys.path[:0] = json.loads(os.environ["BENCH_PATH"])
import handler  # noqa: F401 - for what it loads

files = {Path(m.__file__) for m in [*sys.modules.values()] if getattr(m, "__file__", None)}
packed, unzipped = io.BytesIO(), 0
with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
    for place in ours:
        for file in sorted(file for file in files if place in file.parents):
            archive.write(file, file.relative_to(place))
            unzipped += file.stat().st_size
print(json.dumps({"zipped": len(packed.getvalue()), "unzipped": unzipped}))
