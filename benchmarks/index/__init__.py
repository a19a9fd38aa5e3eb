"""How fast the graph is built and kept right, beside the bare parse of the same files."""
