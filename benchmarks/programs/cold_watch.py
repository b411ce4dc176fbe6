"""Fresh interpreter to `watch` ready for its first event, from the built artifacts."""

import json
import os
import sys

sys.path[:0] = json.loads(os.environ["BENCH_PATH"])
import handler

handler.guard_ports()
