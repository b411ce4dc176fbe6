"""The same events through Custodian's own Lambda handler; config.json is in this folder."""

import json
import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import answers

answers.install(tagged=sys.argv[3] == "tagged")
from c7n import handler

handler.C7N_DEBUG_EVENT = False
logging.disable(logging.CRITICAL)
took = answers.timed(handler.dispatch_event, answers.events(sys.argv[1], int(sys.argv[2])))
print(json.dumps(took))
