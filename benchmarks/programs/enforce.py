"""Take every message off the stop queue, as `enforce` does, one after the other."""

import io
import json
import os
import sys
import time
from collections import Counter

sys.path[:0] = json.loads(os.environ["BENCH_PATH"])
import runtime

runtime.start(io.StringIO())
import handler

runtime.follow(handler)
from botocore.config import Config
from botocore.session import get_session

client = get_session().create_client("sqs", config=Config(user_agent="Costguard"))
queue, took, outcomes = os.environ["STOP_QUEUE_URL"], [], Counter()
while messages := client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
    for message in messages:
        event = {"Records": [{"messageId": message["MessageId"], "body": message["Body"]}]}
        began = time.perf_counter()
        said = handler.lambda_handler(event, runtime.Context())
        took.append((time.perf_counter() - began) * 1e3)
        outcomes.update(said.values())
        client.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
runtime.say({"outcomes": outcomes, "took": took})
