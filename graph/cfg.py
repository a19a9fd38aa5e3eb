"""``cfg`` conditions of items, decided for this machine: which of two definitions is meant."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from ..parser.cfgs import Platform, cfg_holds, host_platform


@cache
def build_platform(features: frozenset[str] | None) -> Platform:
    """This machine as a test build of a crate with these features sees it."""
    host = host_platform()
    return replace(host, names=host.names | {"test"}, features=features)


@cache
def is_active(condition: str, features: frozenset[str] | None = None) -> bool:
    """Whether a ``cfg`` condition holds on this machine; what can't be read counts as holding.

    ``features`` are the crate's enabled features; None takes every feature for enabled. Several
    conditions joined by commas must all hold.
    """
    if not condition:
        return True
    return cfg_holds(f"all({condition})", build_platform(features)) is not False
