"""One sweep in a fresh interpreter, as of the given moment; the last line is what it answers."""

import json
import os
import sys

sys.path[:0] = json.loads(os.environ["BENCH_PATH"])
import runtime

runtime.start()
import handler

runtime.follow(handler)

runtime.say(handler.lambda_handler({"time": sys.argv[1]}, runtime.Context()))
