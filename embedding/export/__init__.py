"""Builds the shipped model from tuned weights: `python -m ferrograph.embedding.export`.

Needs the development requirements (onnx, safetensors). Nothing outside this package imports it.
"""
