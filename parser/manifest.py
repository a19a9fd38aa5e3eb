"""The plain reader: a workspace from its manifests, its lock file and Cargo's folders.

It runs nothing, so it is what untrusted workspaces are read with, and what is left where Cargo is
missing or fails. What it knows less well than Cargo: ``cfg`` conditions that a build would set.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .cfgs import Platform, host_platform, target_applies
from .crate_store import CrateStore, cargo_home
from .features import Activated, Outline, activate
from .lockfile import LockedPackage, Lockfile, read_lockfile
from .manifest_file import DependencySpec, Manifest, ManifestReader, joined
from .members import workspace_members
from .targets import is_proc_macro, library_name, package_targets
from .toml_file import string, table
from .workspace import CargoWorkspace, Dependency, Package

_LOCK = "Cargo.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A package whose manifest is on this machine."""

    manifest: Manifest
    source: str
    locked: LockedPackage | None

    @property
    def is_member(self) -> bool:
        return self.source == "workspace"


def read_workspace(
    folder: Path,
    *,
    reason: str = "",
    built: Mapping[str, Collection[str]] | None = None,
    home: Path | None = None,
    platform: Platform | None = None,
) -> CargoWorkspace:
    """Read the workspace around ``folder``, which holds a ``Cargo.toml``.

    ``reason`` says why Cargo wasn't asked and becomes the start of the first problem. ``built``
    are the packages that Cargo chose, where it did, and their features: only those can be missing,
    and no feature of them is left out. ``home`` is
    Cargo's home folder; dependencies for other platforms than ``platform`` (this machine's) are
    left out. Never raises for what the files hold.
    """
    reader = ManifestReader()
    root, members = workspace_members(reader, folder)
    lock, problem = read_lockfile(root / _LOCK, shown=_LOCK)
    if problem is not None:
        reader.problem(problem)
    walk = _Walk(
        reader,
        root=root,
        members=members,
        lock=lock,
        store=CrateStore(home=home or cargo_home(), workspace=root),
        platform=platform or host_platform(),
    )
    walk.run(built or {})
    how = (
        f"dependencies were read from {_LOCK}"
        if lock is not None
        else f"without a {_LOCK}, dependencies are the newest versions here that fit"
    )
    problems = reader.problems(root)
    missing = walk.missing
    if built is None:
        problems.insert(0, f"{reason}: {how}" if reason else how)
    else:
        missing = missing.intersection(built)
    if missing:
        count = len(missing)
        subject = f"{count} {'locked ' if lock is not None else ''}"
        subject += "dependency is" if count == 1 else "dependencies are"
        problems.append(f"{subject} not on this machine: run `cargo fetch`")
    return CargoWorkspace(
        root=root,
        packages=walk.packages,
        members=tuple(walk.members),
        via="manifests",
        problems=tuple(problems),
        missing=tuple(sorted(missing)),
    )


class _Walk:
    """From the members to everything they are built from, breadth first."""

    def __init__(
        self,
        reader: ManifestReader,
        *,
        root: Path,
        members: list[Manifest],
        lock: Lockfile | None,
        store: CrateStore,
        platform: Platform,
    ) -> None:
        self.reader = reader
        self.lock = lock
        self.store = store
        self.platform = platform
        self.packages: dict[str, Package] = {}
        self.members: list[str] = []
        self.missing: set[str] = set()
        self._member_folders = {member.folder for member in members}
        self._keys: dict[Path, str] = {}
        self._found: dict[str, _Found] = {}
        top = reader.read(root)
        self._splits_host = top is not None and reader.splits_host(top)
        self._patches = self._read_patches(root)
        for member in members:
            self._reach(self._member(member))

    def _member(self, manifest: Manifest) -> _Found:
        locked = None
        if self.lock is not None:
            name = manifest.name
            locked = self.lock.find(name, self.reader.version(manifest))
            if locked is None or locked.source:
                locked = self.lock.local(name)
        return _Found(manifest=manifest, source="workspace", locked=locked)

    def _reach(self, found: _Found) -> str:
        """Note a package the first time it is reached; gives its key."""
        manifest = found.manifest
        known = self._keys.get(manifest.folder)
        if known is not None:
            return known
        key = f"{manifest.name}@{self.reader.version(manifest)}"
        self._keys[manifest.folder] = key
        first = self._found.setdefault(key, found).manifest.folder
        if first != manifest.folder:
            self.reader.problem(
                f"{key} is at {first} and at {manifest.folder}: the second was left out"
            )
        elif found.is_member:
            self.members.append(key)
        return key

    def run(self, built: Mapping[str, Collection[str]]) -> None:
        """Read every package that is built; features in ``built`` are switched on in any case."""
        activated = activate(self, tuple(self.members), splits_host=self._splits_host, known=built)
        for key, what in activated.items():
            if key in self._found:
                self.packages[key] = self._package(self._found[key], what)

    def outline(self, key: str) -> Outline:
        """What decides about the features of a package."""
        found = self._found.get(key)
        if found is None:
            return Outline(features={}, dependencies=(), is_proc_macro=False)
        return Outline(
            features=self.reader.features(found.manifest),
            dependencies=tuple(self._applying(found)),
            is_proc_macro=is_proc_macro(found.manifest),
        )

    def _applying(self, found: _Found) -> Iterator[DependencySpec]:
        for spec in self.reader.dependencies(found.manifest):
            if spec.kind == "dev" and not found.is_member:
                continue
            if spec.target is None or target_applies(spec.target, self.platform):
                yield spec

    def target(self, key: str, spec: DependencySpec) -> str | None:
        """The key of the package that a dependency is pinned to."""
        target = self._resolve(spec, self._found[key])
        if isinstance(target, str):
            self.missing.add(target)
            return target
        return self._reach(target) if target is not None else None

    def _package(self, found: _Found, activated: Activated) -> Package:
        manifest = found.manifest
        edition = self.reader.edition(manifest)
        # Published packages list tests and benches that they don't carry along: no news.
        report = self.reader.problem if found.is_member else _no_report
        targets = package_targets(manifest, edition=edition, report=report)
        edges = {self._edge(spec, target) for spec, target in activated.dependencies}
        return Package(
            name=manifest.name,
            version=self.reader.version(manifest),
            root=manifest.folder,
            edition=edition,
            source=found.source,
            targets=targets,
            dependencies=tuple(sorted(edges, key=edge_order)),
            features=tuple(sorted(self.reader.features(manifest))),
            enabled=activated.features,
        )

    def _edge(self, spec: DependencySpec, target: str) -> Dependency:
        found = self._found.get(target)
        name = spec.key if spec.renamed or found is None else library_name(found.manifest)
        return Dependency(name=_as_ident(name), package=target, kind=spec.kind)

    def _resolve(self, spec: DependencySpec, owner: _Found) -> _Found | str | None:
        """The package, or the key of one that is missing, or None for one that isn't locked."""
        if spec.path is not None:
            return self._by_path(spec, owner)
        locked: LockedPackage | None = None
        if self.lock is not None:
            if owner.locked is not None:
                locked = self.lock.dependency(
                    owner.locked, spec.package, spec.requirement, optional=spec.optional
                )
                if locked is None and not owner.is_member:
                    return None  # the lock file is older than the feature that asks for it
            if locked is None:
                locked = self.lock.best(spec.package, spec.requirement)
        if locked is not None:
            return self._locked(locked) or locked.key
        return self._unlocked(spec) or f"{spec.package}@{spec.requirement}"

    def _by_path(self, spec: DependencySpec, owner: _Found) -> _Found | str | None:
        assert spec.path is not None
        manifest = self.reader.read(spec.path)
        if manifest is None:
            self.reader.problem(
                f"{owner.manifest.name} depends on {spec.key} at {spec.path}, "
                f"where there is no Cargo.toml"
            )
            return f"{spec.package}@{spec.requirement}"
        return self._local(manifest, "git" if owner.source == "git" else "path")

    def _local(self, manifest: Manifest, source: str) -> _Found:
        if manifest.folder in self._member_folders:
            return self._member(manifest)
        locked = None
        if self.lock is not None:
            locked = self.lock.find(manifest.name, self.reader.version(manifest))
        return _Found(manifest=manifest, source=source, locked=locked)

    def _locked(self, locked: LockedPackage) -> _Found | None:
        """A locked package on this machine."""
        if not locked.source:
            for folder in self._patches.get(locked.name, ()):
                manifest = self.reader.read(folder)
                if manifest is not None and self.reader.version(manifest) == locked.version:
                    return self._local(manifest, "path")
            return self._member_named(locked.name)
        if locked.revision:
            folder = self.store.git(locked.name, locked.revision)
            return self._at(folder, "git", locked)
        return self._at(self.store.registry(locked.name, locked.version), "registry", locked)

    def _unlocked(self, spec: DependencySpec) -> _Found | None:
        """A package that no lock file pins: patched, a member, or the newest here that fits."""
        for folder in self._patches.get(spec.package, ()):
            manifest = self.reader.read(folder)
            if manifest is not None:
                return self._local(manifest, "path")
        if spec.git is not None:
            return None
        newest = self.store.newest(spec.package, spec.requirement)
        return self._at(newest[1] if newest is not None else None, "registry", None)

    def _at(self, folder: Path | None, source: str, locked: LockedPackage | None) -> _Found | None:
        manifest = self.reader.read(folder) if folder is not None else None
        if manifest is None:
            return None
        return _Found(manifest=manifest, source=source, locked=locked)

    def _member_named(self, name: str) -> _Found | None:
        for folder in self._member_folders:
            manifest = self.reader.read(folder)
            if manifest is not None and manifest.name == name:
                return self._member(manifest)
        return None

    def _read_patches(self, root: Path) -> dict[str, list[Path]]:
        """Local folders of ``[patch.*]`` and ``[replace]``, by package name."""
        manifest = self.reader.read(root)
        data = manifest.data if manifest is not None else {}
        found: dict[str, list[Path]] = {}
        sections = [table(section) for section in table(data.get("patch")).values()]
        for section in [*sections, table(data.get("replace"))]:
            for key, value in section.items():
                path = string(table(value).get("path"))
                if path:
                    # [replace] keys are "name:version".
                    name = string(table(value).get("package")) or key.partition(":")[0]
                    found.setdefault(name, []).append(joined(root, path))
        return found


def _no_report(_sentence: str) -> None:
    """Problems of dependencies' targets are nobody's here."""


def _as_ident(name: str) -> str:
    return name.replace("-", "_")


_KIND_ORDER = {"normal": 0, "build": 1, "dev": 2}


def edge_order(edge: Dependency) -> tuple[int, str, str]:
    """Normal dependencies first, then by name: the order in which edges are listed."""
    return _KIND_ORDER.get(edge.kind, 3), edge.name, edge.package
