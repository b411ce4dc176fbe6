"""Fresh interpreter to a function ready, with its clients and its policy; or to its first answer.

Ready: an event that is not ours has been put aside, which asks AWS nothing. With the path of an
event: it has been looked at, with AWS answered in this process.
"""

import json
import os
import sys

sys.path[:0] = json.loads(os.environ["BENCH_PATH"])
import runtime

runtime.start()
if sys.argv[1:]:
    import answers

    answers.install(tagged=True)
    [event] = answers.events(sys.argv[1], 1)
else:
    event = runtime.NOT_OURS
import handler

handler.lambda_handler(event, runtime.Context())
runtime.end()
