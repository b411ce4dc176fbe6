"""One function handling one event, twice: cold, then warm. The last line tells milliseconds."""

import io
import json
import logging
import os
import sys
import time
from contextlib import redirect_stdout

began = time.perf_counter()
sys.path[:0] = json.loads(os.environ["BENCH_PATH"])
import handler

logging.disable(logging.CRITICAL)
event, took, worked, printed = json.loads(sys.argv[1]), [], [], io.StringIO()
for _ in range(int(sys.argv[2])):
    start, busy = time.perf_counter(), time.process_time()
    with redirect_stdout(printed):
        handler.lambda_handler(event, None)
    took.append((time.perf_counter() - start) * 1e3)
    worked.append((time.process_time() - busy) * 1e3)
lines = [json.loads(line) for line in printed.getvalue().splitlines() if "_aws" in line]
metrics = {m["Name"] for line in lines for m in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
each = len(printed.getvalue()) / len(took)
print(json.dumps({"took": took, "worked": worked, "metrics": len(metrics), "printed": each}))
