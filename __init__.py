"""Ferrograph: a code-intelligence graph for Rust behind a language server."""

__version__ = "0.1.0"
