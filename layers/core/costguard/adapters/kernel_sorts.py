"""The sorts of kernels whose answer proves that no cell runs, by the name each gives itself.

A kernel handles one shell message at a time, or it does not: nothing in the protocol says which.
async-kernel 0.23.1 answers everything while a cell awaits, a silent request to execute included.
A sort that is not listed here is not known to be free, whatever it answers.
"""

IPYTHON = "ipython"
"""As ipykernel calls itself."""

ANSWERS_IN_TURN = frozenset(
    {
        # run at rest and at work: `make real`, or by hand where R or Deno is needed
        IPYTHON,
        "bash_kernel",
        "xeus-python",
        "Deno kernel",
        "IRkernel",
        "scheme",
        # read in their source: ipykernel's own loop, and cells that block it
        "ElasticKernel",
        "Gnuplot Kernel",
        "Octave Kernel",
        "PySpark",
        "Python Glue Session",
        "Scala Glue Session",
        "Spark",
        "SparkR",
        "fish-kernel",
        "forth",
        "sas_kernel",
    }
)
