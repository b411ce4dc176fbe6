"""What Custodian's Lambda does before its first event: import the handler, load the policy."""

import json
import sys

from c7n.config import Config
from c7n.handler import dispatch_event  # noqa: F401
from c7n.loader import PolicyLoader

loader = PolicyLoader(Config.empty(region="us-east-2"))
policies = loader.load_data({"policies": [json.loads(sys.argv[1])]}, "memory")
for policy in policies:
    policy.validate()
