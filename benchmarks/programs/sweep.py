"""One sweep in a fresh interpreter, as the handler does it; the last line is what it answers."""

import json
import os
import sys

sys.path[:0] = json.loads(os.environ["BENCH_PATH"])
from costguard.app.sweep import sweep
from costguard.bootstrap.guard import guard_ports
from costguard.common.datetimes import parse_time

print(json.dumps(dict(sweep(guard_ports(), now=parse_time(sys.argv[1])))))
