"""Where Cargo keeps the sources of dependencies on this machine. Nothing is ever fetched."""

from __future__ import annotations

import os
import re
from functools import cached_property
from pathlib import Path

from .manifest_file import MANIFEST, joined
from .semver import Version, matches, parse_version
from .sources import folders
from .toml_file import read_toml, string, table

_NAME_VERSION = re.compile(r"([A-Za-z0-9_-]+?)-(\d+\.\d+\.\d+.*)")
_SHORTEST_REVISION = 7


def cargo_home() -> Path:
    """``$CARGO_HOME``, or ``.cargo`` in the user's home."""
    given = os.environ.get("CARGO_HOME")
    return Path(given) if given else Path.home() / ".cargo"


class CrateStore:
    """Sources of registry and git packages: Cargo's own folders, and vendored ones."""

    def __init__(self, *, home: Path, workspace: Path) -> None:
        self._home = home
        self._workspace = workspace
        self._git_packages: dict[Path, dict[str, Path]] = {}

    @cached_property
    def _registry(self) -> dict[str, dict[str, Path]]:
        """Folders by name and version; those with no version in their name under ""."""
        found: dict[str, dict[str, Path]] = {}
        vendored = _vendored(self._workspace, self._home)
        for base in [*vendored, *_listed(self._home / "registry" / "src")]:
            for folder in _listed(base):
                # `cargo vendor` leaves the version out of the folder's name where it can.
                split = _NAME_VERSION.fullmatch(folder.name)
                name, version = split.groups() if split is not None else (folder.name, "")
                found.setdefault(name, {}).setdefault(version, folder)
        return found

    @cached_property
    def _checkouts(self) -> list[Path]:
        repositories = _listed(self._home / "git" / "checkouts")
        return [checkout for repository in repositories for checkout in _listed(repository)]

    def registry(self, name: str, version: str) -> Path | None:
        """The folder of a registry package at one version."""
        return self._versions(name).get(version)

    def newest(self, name: str, requirement: str) -> tuple[str, Path] | None:
        """The highest version here that fits a requirement, and its folder."""
        best: tuple[Version, str, Path] | None = None
        for text, folder in self._versions(name).items():
            version = parse_version(text)
            if version is None or not matches(requirement, version):
                continue
            if best is None or version > best[0]:
                best = (version, text, folder)
        return None if best is None else (best[1], best[2])

    def _versions(self, name: str) -> dict[str, Path]:
        versions = self._registry.get(name, {})
        unnamed = versions.pop("", None)
        if unnamed is not None:
            data, _ = read_toml(unnamed / MANIFEST, shown=name)
            version = string(table((data or {}).get("package")).get("version"))
            versions.setdefault(version, unnamed)
        return versions

    def git(self, name: str, revision: str) -> Path | None:
        """The folder of the package ``name`` in a checkout of the commit ``revision``."""
        for checkout in self._checkouts:
            short = checkout.name
            if len(short) >= _SHORTEST_REVISION and revision.startswith(short):
                found = self._packages_in(checkout).get(name)
                if found is not None:
                    return found
        return None

    def _packages_in(self, checkout: Path) -> dict[str, Path]:
        if checkout not in self._git_packages:
            found: dict[str, Path] = {}
            for folder, files in folders(checkout):
                if MANIFEST in files:
                    data, _ = read_toml(folder / MANIFEST, shown=folder.name)
                    name = string(table((data or {}).get("package")).get("name"))
                    if name:
                        found.setdefault(name, folder)
            self._git_packages[checkout] = found
        return self._git_packages[checkout]


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError:
        return []


def _vendored(workspace: Path, home: Path) -> list[Path]:
    """Folders that ``.cargo/config.toml`` files name as directory sources.

    The files are read as data. They are the ones Cargo would obey: from the workspace upwards, and
    the user's own.
    """
    found: list[Path] = []
    places = [folder / ".cargo" for folder in (workspace, *workspace.parents)]
    for place in [*places, home]:
        for name in ("config.toml", "config"):
            path = place / name
            if not path.is_file():
                continue
            data, _ = read_toml(path, shown=str(path))
            for source in table((data or {}).get("source")).values():
                folder = string(table(source).get("directory"))
                if folder:
                    # Such paths are relative to the folder that holds `.cargo`.
                    found.append(joined(place.parent, folder))
            break
    return list(dict.fromkeys(found))
