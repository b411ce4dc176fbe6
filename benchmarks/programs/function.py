"""One function handling one event, again and again: cold, then warm, with what it prints."""

import io
import json
import os
import sys
import time

sys.path[:0] = json.loads(os.environ["BENCH_PATH"])
import runtime

printed = io.StringIO()
runtime.start(printed)
import handler

runtime.follow(handler)

event, took, worked = json.loads(sys.argv[1]), [], []
for _ in range(int(sys.argv[2])):
    start, busy = time.perf_counter(), time.process_time()
    handler.lambda_handler(event, runtime.Context())
    took.append((time.perf_counter() - start) * 1e3)
    worked.append((time.process_time() - busy) * 1e3)
lines = [json.loads(line) for line in printed.getvalue().splitlines() if '"_aws"' in line]
metrics = {m["Name"] for line in lines for m in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
each = len(printed.getvalue()) / len(took)
runtime.say({"took": took, "worked": worked, "metrics": len(metrics), "printed": each})
