"""Conditions such as ``cfg(all(unix, not(target_os = "macos")))`` on the machine we run on.

What the compiler would know more exactly (``rustc --print cfg``)
is not asked: running it in a workspace obeys the workspace's toolchain file.
"""

from __future__ import annotations

import platform
import re
import struct
import sys
from dataclasses import dataclass

_TOKEN = re.compile(r'\s*(?:([A-Za-z_][A-Za-z0-9_]*)|"([^"]*)"|([(),=]))')
_DEEPEST = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What ``cfg`` can ask: names that are set, and keys with their values."""

    names: frozenset[str]
    values: frozenset[tuple[str, str]]
    triple: tuple[str, str]
    """Architecture and system, as in ``x86_64-unknown-linux-gnu``."""
    features: frozenset[str] | None = frozenset()
    """Enabled features; None takes every one for enabled."""


_SYSTEMS = {"linux": "linux", "darwin": "macos", "win32": "windows", "freebsd": "freebsd",
            "netbsd": "netbsd", "openbsd": "openbsd", "android": "android"}  # fmt: skip
_MACHINES = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64",
             "i386": "x86", "i686": "x86", "x86": "x86", "armv7l": "arm", "riscv64": "riscv64",
             "ppc64le": "powerpc64", "s390x": "s390x", "loongarch64": "loongarch64"}  # fmt: skip
_VENDORS = {"macos": "apple", "windows": "pc"}
_ENVIRONMENTS = {"linux": "gnu", "windows": "msvc", "macos": ""}


def host_platform() -> Platform:
    """This machine, as far as Python knows it."""
    system = _SYSTEMS.get(sys.platform.rstrip("0123456789"), _SYSTEMS.get(sys.platform, ""))
    machine = platform.machine().lower()
    arch = _MACHINES.get(machine, machine)
    family = "windows" if system == "windows" else "unix"
    width = struct.calcsize("P") * 8
    values = {
        ("target_os", system),
        ("target_arch", arch),
        ("target_family", family),
        ("target_env", _ENVIRONMENTS.get(system, "")),
        ("target_vendor", _VENDORS.get(system, "unknown")),
        ("target_pointer_width", str(width)),
        ("target_endian", sys.byteorder),
        ("target_abi", ""),
        ("panic", "unwind"),
        *(("target_has_atomic", size) for size in ("8", "16", "32", str(width), "ptr")),
    }
    return Platform(
        names=frozenset((family, "debug_assertions", "target_thread_local")),
        values=frozenset(values),
        triple=(machine if arch == "x86" else arch, system),
    )


def target_applies(target: str, host: Platform) -> bool:
    """Whether ``[target.TARGET]`` tables hold on ``host``; True for what can't be read.

    ``target`` is ``cfg(…)`` or a target triple.
    """
    text = target.strip()
    if not text.startswith("cfg"):
        arch, system = host.triple
        parts = text.split("-")
        named = {"darwin": "macos"}
        return parts[0] == arch and system in [named.get(part, part) for part in parts[1:]]
    inside = text[3:].strip()
    if not (inside.startswith("(") and inside.endswith(")")):
        return True
    return cfg_holds(inside[1:-1], host) is not False


def cfg_holds(condition: str, host: Platform) -> bool | None:
    """Judge ``all(unix, not(target_os = "macos"))``; None for what can't be read.

    Names that nothing sets are false, as they are to the compiler.
    """
    tokens = _tokens(condition)
    if tokens is None:
        return None
    try:
        held, rest = _term(tokens, 0, host, 0)
    except (IndexError, ValueError):
        return None
    # A comma may end the list.
    return held if tokens[rest:] in ([], [","]) else None


def _tokens(text: str) -> list[str] | None:
    """Names and marks as they are, strings with their opening quote kept."""
    found: list[str] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            return None
        name, string, mark = token.groups()
        found.append(name or mark or f'"{string}')
        at = token.end()
    return found


def _term(tokens: list[str], at: int, host: Platform, depth: int) -> tuple[bool, int]:
    """Judge the condition at ``at``; gives the verdict and the place after it."""
    name = tokens[at]
    if depth > _DEEPEST or not name.isidentifier():
        raise ValueError(name)
    following = tokens[at + 1] if at + 1 < len(tokens) else ""
    if following == "=":
        if not tokens[at + 2].startswith('"'):
            raise ValueError(tokens[at + 2])
        value = tokens[at + 2][1:]
        if name == "feature":
            return host.features is None or value in host.features, at + 3
        return (name, value) in host.values, at + 3
    if following != "(":
        return name == "true" or name in host.names, at + 1
    held: list[bool] = []
    at += 2
    while tokens[at] != ")":
        verdict, at = _term(tokens, at, host, depth + 1)
        held.append(verdict)
        if tokens[at] == ",":
            at += 1
        elif tokens[at] != ")":
            raise ValueError(tokens[at])
    if name == "not" and len(held) == 1:
        return not held[0], at + 1
    if name in ("all", "any"):
        return (all(held) if name == "all" else any(held)), at + 1
    raise ValueError(name)
