"""Take every message off a queue, as the queue's function does, some at a time.

The arguments: the variable that names the queue, and how many messages an invocation takes.
"""

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

client = get_session().create_client("sqs", config=Config(user_agent="Lambda"))
queue, some, took, outcomes = os.environ[sys.argv[1]], int(sys.argv[2]), [], Counter()
asked = {"QueueUrl": queue, "MaxNumberOfMessages": some, "AttributeNames": ["All"]}
while messages := client.receive_message(**asked).get("Messages"):
    records = [
        {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message["Attributes"],
        }
        for message in messages
    ]
    began = time.perf_counter()
    said = handler.lambda_handler({"Records": records}, runtime.Context())
    took.append((time.perf_counter() - began) * 1e3)
    again = said.pop("batchItemFailures", [])
    if again:
        raise SystemExit(f"these messages went back to the queue: {again}")
    outcomes.update(said.values())
    for message in messages:
        client.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
runtime.say({"outcomes": outcomes, "took": took})
