"""Events through a warm `watch`: milliseconds of each."""

import io
import json
import logging
import os
import sys
from contextlib import redirect_stdout

sys.path[:0] = json.loads(os.environ["BENCH_PATH"])
import answers
import handler

logging.disable(logging.CRITICAL)  # Lambda writes them outside of the function's own time
answers.install(tagged=sys.argv[3] == "tagged")
with redirect_stdout(io.StringIO()):
    took = answers.timed(handler.lambda_handler, answers.events(sys.argv[1], int(sys.argv[2])))
print(json.dumps(took))
