"""Long runs of what the tests do shortly: random edits, and arbitrary input to the parsers.

    python -m benchmarks.fuzz edits --seconds 600 --seed 1
    python -m benchmarks.fuzz edits --workspace path/to/workspace
    python -m benchmarks.fuzz parser --seconds 600 --workspace path/to/workspace

Each run prints its figures and, for whatever it found, what finds it again.
"""
