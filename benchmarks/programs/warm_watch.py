"""Events through a warm `watch`: milliseconds of each."""

import io
import json
import logging
import os
import sys
from contextlib import redirect_stdout
from typing import Any

sys.path[:0] = json.loads(os.environ["BENCH_PATH"])
import answers
import handler

logging.disable(logging.CRITICAL)  # Lambda writes them outside of the function's own time
answers.install(tagged=sys.argv[3] == "tagged")
events = answers.events(sys.argv[1], int(sys.argv[2]))


def first(event: Any, context: object) -> None:
    """Handle an event as the first of its notebook: nothing of it is in the ledger."""
    answers.ROWS.clear()
    handler.lambda_handler(event, context)


with redirect_stdout(io.StringIO()):
    took = answers.timed(handler.lambda_handler, events)
    took["first"] = answers.timed(first, events)["wall"]
print(json.dumps(took))
