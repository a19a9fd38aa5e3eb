"""What a build really compiles: the packages and features that ``cargo tree`` selects.

``cargo metadata`` lists every optional dependency that some feature could bring in, three times
what is built for a small Bevy game. The feature resolver's own answer comes from ``cargo tree``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from .errors import CargoError
from .metadata import has_lock, host_triple, run_cargo
from .workspace import CargoWorkspace


def built_packages(
    folder: Path, *, cargo: str, offline: bool, timeout: float
) -> dict[str, frozenset[str]]:
    """Enabled features by ``name@version``, of every package that is built for this machine.

    Unless ``offline``, Cargo downloads those that are missing. A lock file that is there is never
    changed. Raises `CargoError`.
    """
    command = [cargo, "tree", "--workspace", "--edges", "normal,build,dev", "--prefix", "none",
               "--format", "{p}|{f}"]  # fmt: skip
    host = host_triple(cargo, folder, timeout)
    if host:
        command += ["--target", host]
    if offline:
        command.append("--offline")
    if has_lock(folder):
        command.append("--locked")
    out = run_cargo(command, folder, offline=offline, timeout=timeout)
    found: dict[str, frozenset[str]] = {}
    for line in out.decode("utf-8", "replace").splitlines():
        package, _, features = line.partition("|")
        words = package.split()
        if len(words) < 2 or not words[1].startswith("v"):
            continue
        key = f"{words[0]}@{words[1][1:]}"
        named = features.removesuffix(" (*)").strip()
        # A package can be built twice with other features, for the host and for the target.
        found[key] = found.get(key, frozenset()) | frozenset(f for f in named.split(",") if f)
    if not found:
        raise CargoError("cargo tree named no package")
    return found


def only_built(workspace: CargoWorkspace, built: dict[str, frozenset[str]]) -> CargoWorkspace:
    """The workspace without the packages that no build compiles, features filled in."""
    kept = {key for key in workspace.packages if key in built}.union(workspace.members)
    missing = tuple(key for key in workspace.missing if key in built)
    known = kept.union(missing)
    packages = {
        key: replace(
            package,
            enabled=tuple(sorted(built[key])) if key in built else None,
            dependencies=tuple(edge for edge in package.dependencies if edge.package in known),
        )
        for key, package in workspace.packages.items()
        if key in kept
    }
    return replace(workspace, packages=packages, missing=missing)
