"""``Cargo.lock``, versions 1 to 4: the exact version each package depends on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .semver import Version, matches, parse_version
from .toml_file import read_toml, string, strings, table, tables


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPackage:
    """One ``[[package]]``."""

    name: str
    version: str
    source: str
    """"" for workspace members and path dependencies."""
    dependencies: tuple[str, ...]
    """``name``, ``name version`` or ``name version (source)``: as much as is needed to tell."""

    @property
    def key(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}"

    @property
    def revision(self) -> str:
        """The commit of a git source, else ""."""
        is_git = self.source.startswith("git+")
        return self.source.rpartition("#")[2] if is_git and "#" in self.source else ""


class Lockfile:
    """All locked packages, looked up by name."""

    def __init__(self, packages: list[LockedPackage]) -> None:
        self._by_name: dict[str, list[LockedPackage]] = {}
        for package in packages:
            self._by_name.setdefault(package.name, []).append(package)

    def find(self, name: str, version: str) -> LockedPackage | None:
        """A package by name and exact version, those without a source first."""
        found = [p for p in self._by_name.get(name, ()) if p.version == version]
        return min(found, key=lambda p: p.source != "", default=None)

    def local(self, name: str) -> LockedPackage | None:
        """A package without a source by its name alone: its version may just have been edited."""
        return next((p for p in self._by_name.get(name, ()) if not p.source), None)

    def best(self, name: str, requirement: str) -> LockedPackage | None:
        """The highest locked version that fits, whoever depends on it."""
        return _best(self._by_name.get(name, []), requirement)

    def dependency(
        self, owner: LockedPackage, name: str, requirement: str, *, optional: bool = False
    ) -> LockedPackage | None:
        """What ``owner`` was locked to for a dependency on the package ``name``.

        An ``optional`` one that isn't used may share its package with one that is.
        """
        found: list[LockedPackage] = []
        for entry in owner.dependencies:
            parts = entry.split(" ", 2)
            if parts[0] != name:
                continue
            source = parts[2].strip("()") if len(parts) > 2 else None
            found.extend(
                package
                for package in self._by_name.get(name, ())
                if (len(parts) < 2 or package.version == parts[1])
                and (source is None or package.source.partition("#")[0] == source.partition("#")[0])
            )
        # Two versions of one package under two names: the requirements tell them apart.
        best = _best(found, requirement)
        return found[0] if best is None and len(found) == 1 and not optional else best


def _best(packages: list[LockedPackage], requirement: str) -> LockedPackage | None:
    fitting: list[tuple[Version, LockedPackage]] = []
    for package in packages:
        version = parse_version(package.version)
        if version is not None and matches(requirement, version):
            fitting.append((version, package))
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def read_lockfile(path: Path, *, shown: str) -> tuple[Lockfile | None, str | None]:
    """The lock file, None where there is none; and a sentence if it can't be read whole."""
    if not path.is_file():
        return None, None
    data, problem = read_toml(path, shown=shown)
    if data is None:
        return None, problem
    entries = tables(data.get("package"))
    root = table(data.get("root"))  # before 2017 the root package stood apart
    packages = [
        LockedPackage(
            name=string(entry.get("name")),
            version=string(entry.get("version")),
            source=string(entry.get("source")),
            dependencies=tuple(strings(entry.get("dependencies"))),
        )
        for entry in ([*entries, root] if root else entries)
    ]
    return Lockfile(packages), problem
