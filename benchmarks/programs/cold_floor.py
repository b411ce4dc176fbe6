"""The least that a function of this kind needs: an SDK (`boto3`, `botocore`) and its clients."""

import json
import os
import sys

sys.path[:0] = json.loads(os.environ["BENCH_PATH"])
import runtime

runtime.start()
if sys.argv[1] == "boto3":
    from boto3 import client
else:
    from botocore.session import get_session

    client = get_session().create_client
for service in sys.argv[2:]:
    client(service)
runtime.end()
