"""What `watch` loads and makes: asked once, outside of what is measured.

`others`: what it imports that is not ours, in order. `clients`: what it has made when it is ready.
`own` and `late`: how many of our own modules it has at once, and how many more by its first answer.
"""

import gc
import json
import os
import sys

sys.path[:0] = json.loads(os.environ["BENCH_PATH"])
import runtime
from own import is_own

runtime.start()
import handler

others = [name for name in sys.modules if not is_own(name)]
own = sum(map(is_own, sys.modules))
handler.lambda_handler(runtime.NOT_OURS, runtime.Context())
import answers
from botocore.client import BaseClient

made = [it.meta.service_model for it in gc.get_objects() if isinstance(it, BaseClient)]
answers.install(tagged=True)
handler.lambda_handler(*answers.events(sys.argv[1], 1), runtime.Context())
runtime.say(
    {
        "others": others,
        "clients": sorted({model.service_name for model in made}),
        "own": own,
        "late": sum(map(is_own, sys.modules)) - own,
    }
)
