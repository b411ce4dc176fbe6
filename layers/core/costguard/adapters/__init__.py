"""The only code that talks to the outside.

A function imports this package before it loads the SDK, which creates some 90,000 objects that live
as long as the process. Python's garbage collector would scan them repeatedly while they are made:
a tenth of a cold start, and a fifth of a sweep. So the collector runs less often.
"""

import gc

gc.set_threshold(500_000)  # new objects between two collections; Python's default is 2,000
