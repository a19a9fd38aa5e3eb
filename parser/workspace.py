"""A Cargo workspace as the rest of ferrograph sees it: packages, targets, pinned dependencies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One crate of a package."""

    kind: str
    """"lib", "proc-macro", "bin", "example", "test", "bench" or "build"."""
    name: str
    """As Cargo names it; crates in code use underscores."""
    path: Path
    """The crate's root file."""
    edition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """An edge from a package to another at its locked version."""

    name: str
    """The name code uses: renamed by ``package =``, with underscores."""
    package: str
    """The key of the package, ``name@version``. One whose sources aren't on this machine is in
    `CargoWorkspace.missing` and not in `CargoWorkspace.packages`."""
    kind: str
    """"normal", "dev" or "build"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package at one version."""

    name: str
    version: str
    root: Path
    """The folder that holds its ``Cargo.toml``."""
    edition: str
    source: str
    """"workspace" (a member), "path", "registry" or "git"."""
    targets: tuple[Target, ...]
    dependencies: tuple[Dependency, ...] = ()
    features: tuple[str, ...] = ()
    """Names of all features that the manifest declares, sorted."""
    enabled: tuple[str, ...] | None = None
    """Names of the features that are switched on, sorted; None where nobody said."""

    @property
    def key(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CargoWorkspace:
    """Members and everything they depend on. Broken manifests are data: ``problems``."""

    root: Path
    """Without symbolic links, as are all paths in here."""
    packages: dict[str, Package]
    """By key."""
    members: tuple[str, ...]
    """Keys, in the order of their folders."""
    via: str
    """"cargo" (``cargo metadata``), "manifests" (a plain walk), or "files" (no manifest at all)."""
    problems: tuple[str, ...] = ()
    """What was not as it should be, one sentence each, for people to read."""
    missing: tuple[str, ...] = ()
    """Locked dependencies whose sources are not on this machine, as ``name@version``;
    ``name@requirement`` where nothing pins the version."""
