"""Import `watch` after all other packages, to measure the own modules alone.

The names of what is not ours are the argument, in the order in which they were met; with none, all
of it is measured. `others`: what was not ours and loaded nevertheless.
"""

import gc
import importlib
import json
import os
import sys
import time
from contextlib import suppress

sys.path[:0] = json.loads(os.environ["BENCH_PATH"])
import runtime
from own import is_own

runtime.start()
for name in json.loads(sys.argv[1]):
    with suppress(ImportError):  # made by another module, or only there under another name
        importlib.import_module(name)
before = set(sys.modules)
gc.collect()
began, worked = time.perf_counter(), time.process_time()
import handler  # noqa: F401 - for what it loads

took = {
    "wall": (time.perf_counter() - began) * 1e3,
    "processor": (time.process_time() - worked) * 1e3,
}
loaded = [name for name in sys.modules if name not in before]
others = [name for name in loaded if not is_own(name)]
runtime.say({**took, "own": len(loaded) - len(others), "others": others})
