"""Benchmarks: each prints figures with a baseline of the same run."""
