"""Errors of the parser floor.

``ParserError``
└── ``CargoError``: cargo is missing, failed, or a manifest can't be read
"""

from __future__ import annotations


class ParserError(Exception):
    """Root of everything this package raises. Broken Rust is not an error: it is data."""


class CargoError(ParserError):
    """Cargo metadata or a manifest could not be read; the message says what to do."""
