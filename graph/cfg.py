"""``cfg`` conditions, decided for this machine: which of two definitions of one name is meant."""

from __future__ import annotations

import platform
import re
import sys

_TOKEN = re.compile(r'\s*([A-Za-z_][A-Za-z0-9_]*|"[^"]*"|[(),=])')

_OS = {"linux": "linux", "darwin": "macos", "win32": "windows"}.get(sys.platform, sys.platform)
_ARCH = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine())

FLAGS = frozenset(
    {"unix", "debug_assertions", "test", "panic"} if _OS != "windows" else {"windows", "test"}
)
VALUES: dict[str, frozenset[str]] = {
    "target_os": frozenset({_OS}),
    "target_family": frozenset({"windows" if _OS == "windows" else "unix"}),
    "target_arch": frozenset({_ARCH}),
    "target_pointer_width": frozenset({"64"}),
    "target_endian": frozenset({sys.byteorder}),
    "target_env": frozenset({"gnu"} if _OS == "linux" else set()),
    "target_has_atomic": frozenset({"8", "16", "32", "64", "ptr"}),
    "panic": frozenset({"unwind"}),
}


def is_active(condition: str, features: frozenset[str] | None = None) -> bool:
    """Whether a ``cfg`` condition holds on this machine.

    ``features`` are the crate's enabled features; None takes every feature for enabled. Several
    conditions joined by commas must all hold. What can't be read counts as holding.
    """
    if not condition:
        return True
    tokens = _TOKEN.findall(condition)
    reader = _Reader(tokens, features)
    holds = reader.predicate()
    while reader.peek() == ",":
        reader.take()
        if reader.peek():
            holds = reader.predicate() and holds
    return holds


class _Reader:
    def __init__(self, tokens: list[str], features: frozenset[str] | None) -> None:
        self.tokens = tokens
        self.at = 0
        self.features = features

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def predicate(self) -> bool:
        name = self.take()
        if self.peek() == "(":
            self.take()
            parts: list[bool] = []
            while self.peek() not in (")", ""):
                parts.append(self.predicate())
                if self.peek() == ",":
                    self.take()
            self.take()
            if name == "not":
                return not (parts and parts[0])
            return any(parts) if name == "any" else all(parts)
        if self.peek() == "=":
            self.take()
            value = self.take().strip('"')
            if name == "feature":
                return self.features is None or value in self.features
            return value in VALUES.get(name, frozenset())
        return name in FLAGS or name == "true"
