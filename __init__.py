"""Ferrograph: a code-intelligence graph for Rust behind a language server."""

import os

# Vectors are compared one query at a time, which one thread does in a tenth of a millisecond. More
# of them wait for one another, and spin where the machine is busy: a query took twice as long.
# numpy reads this when it is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
