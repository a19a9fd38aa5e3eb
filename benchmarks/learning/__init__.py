"""Learns the weights of ranking from what the code itself says."""
