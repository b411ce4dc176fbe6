"""Run a command and say, in the file that comes first, what it took.

A process of its own: Linux counts the memory of the parent process as the program's, and
this one has hardly any.
"""

import json
import os
import sys
import time

said, command = sys.argv[1], sys.argv[2:]
began = time.perf_counter()
child = os.posix_spawn(command[0], command, os.environ)
_, status, used = os.wait4(child, 0)
took = {
    "seconds": time.perf_counter() - began,
    "processor": used.ru_utime + used.ru_stime,
    "memory": used.ru_maxrss / 1024,  # kilobytes on Linux
}
with open(said, "w", encoding="utf-8") as file:
    json.dump(took, file)
sys.exit(os.waitstatus_to_exitcode(status))
