"""Events through a warm `watch`, with its logs and its metrics: milliseconds of each."""

import json
import os
import sys
from typing import Any

sys.path[:0] = json.loads(os.environ["BENCH_PATH"])
import runtime

runtime.start()
import answers
import handler

answers.install(tagged=sys.argv[3] == "tagged")
events = answers.events(sys.argv[1], int(sys.argv[2]))


def first(event: Any, context: object) -> None:
    """Handle an event as the first of its notebook: nothing of it is in the ledger."""
    answers.ROWS.clear()
    handler.lambda_handler(event, context)


handler.lambda_handler(events[0], runtime.Context())  # after it a notebook is known
answers.ASKED.clear()
sys.stdout.lines = 0
handler.lambda_handler(events[1], runtime.Context())
each = {"calls": dict(answers.ASKED), "lines": sys.stdout.lines}
took = answers.timed(handler.lambda_handler, events, runtime.Context())
firsts = answers.timed(first, events, runtime.Context())
more = {f"first {clock}": found for clock, found in firsts.items()}
runtime.say({**took, **more, "each": each})
