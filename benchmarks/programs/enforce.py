"""Take every message off the stop queue, as `enforce` does, one after the other."""

import io
import json
import logging
import os
import sys
import time
from collections import Counter
from contextlib import redirect_stdout

sys.path[:0] = json.loads(os.environ["BENCH_PATH"])
import handler

from costguard.adapters.clients import client

logging.disable(logging.CRITICAL)
queue, url, took, outcomes = client("sqs"), os.environ["STOP_QUEUE_URL"], [], Counter()
while messages := queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
    for message in messages:
        began = time.perf_counter()
        with redirect_stdout(io.StringIO()):
            said = handler.lambda_handler({"Records": [{"body": message["Body"]}]}, None)
        took.append((time.perf_counter() - began) * 1e3)
        outcomes.update(said.values())
        queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
print(json.dumps({"outcomes": outcomes, "took": took}))
