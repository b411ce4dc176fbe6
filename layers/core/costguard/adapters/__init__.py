"""The only code that talks to the outside.

Whatever imports it first is a function about to load the SDK: some 90,000 objects that live as
long as the process. Python would look through them for garbage again and again while they are
made: a tenth of a cold start, and a fifth of a sweep. Garbage waits a little longer instead.
"""

import gc

gc.set_threshold(500_000)  # objects between two looks; Python's own number is 2,000
