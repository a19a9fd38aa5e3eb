"""Crates of a workspace and its dependencies, with their symbol tables and impls."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path

from ..parser.facts import Item
from ..parser.modules import conditional_path, module_file
from ..parser.rust import parse_rust
from ..parser.workspace import CargoWorkspace, Package, Target
from .build import build_crate
from .cfg import build_platform
from .dependencies import DependencyFacts, library
from .expand import Expander
from .ids import content_hash
from .impls import Impls
from .kept_expansions import KeptExpansions
from .resolve import Resolver
from .symbols import Crate, FileLoader, Reads, Unit


@cache
def _std_unit() -> Unit:
    source = resources.files("ferrograph.graph").joinpath("data/std.rs").read_bytes()
    facts = parse_rust(source, with_bodies=False)
    return Unit("std/lib.rs", content_hash(source), facts, [b""] * len(facts.items))


class _StdLoader(FileLoader):
    def root(self, crate: Crate) -> Unit | None:
        return _std_unit()

    def module(self, crate: Crate, unit: Unit, inline: tuple[Item, ...], item: Item) -> Unit | None:
        return None


def std_crate(reads: Reads) -> Crate:
    """The built-in summary of the standard library."""
    crate = Crate("std", "std", "2021", "lib", is_dependency=True, stored=False, reads=reads)
    build_crate(crate, _StdLoader())
    return crate


class UnitLoader(FileLoader):
    """Finds module files among parsed units. Paths are names the graph uses."""

    def __init__(self, units: Mapping[str, Unit], roots: Mapping[str, str]) -> None:
        self.units = units
        self.roots = roots
        """Root file of each crate, by the crate's key."""
        self._mod_rs: set[tuple[str, str]] = set()

    def root(self, crate: Crate) -> Unit | None:
        """The crate's root file."""
        path = self.roots.get(crate.key, "")
        self._mod_rs.add((crate.key, path))
        return self.units.get(path)

    def module(self, crate: Crate, unit: Unit, inline: tuple[Item, ...], item: Item) -> Unit | None:
        """The file of ``mod name;``."""
        key = (crate.key, unit.path)
        is_mod_rs = key in self._mod_rs or unit.path.endswith("/mod.rs") or unit.path == "mod.rs"
        host = build_platform(crate.features)
        path_attr = item.detail[1] or conditional_path(item.attrs, host)
        for path in module_file(
            declaring_file=Path(unit.path),
            module_path_in_file=[outer.name for outer in inline],
            name=item.name,
            path_attr=path_attr,
            is_mod_rs=is_mod_rs,
            inline_path_attrs=[outer.detail[1] for outer in inline],
        ):
            name = path.as_posix()
            crate.tried.setdefault(name, set()).add(unit.path)
            found = self.units.get(name)
            if found is not None:
                if path_attr is not None:
                    self._mod_rs.add((crate.key, found.path))
                return found
        return None


def crate_name(target: Target) -> str:
    """The name code uses for a target's crate."""
    return target.name.replace("-", "_")


def _features(package: Package) -> frozenset[str] | None:
    return None if package.enabled is None else frozenset(package.enabled)


def crate_key(package: Package, target: Target) -> str:
    """How ids and the store name a target's crate."""
    if package.source != "workspace":
        return package.key
    name = package.name.replace("-", "_")
    return name if target.kind in ("lib", "proc-macro") else f"{name}:{target.kind}/{target.name}"


class World:
    """Every crate, resolvable. Dependencies are built once; the workspace's own crates anew."""

    def __init__(self, workspace: CargoWorkspace) -> None:
        self.workspace = workspace
        self.reads = Reads()
        self.std = std_crate(self.reads)
        self.dependencies: dict[str, Crate] = {}
        self.crates: dict[str, Crate] = {}
        self.units: dict[str, Unit] = {}
        """The workspace's parsed files; crates find their modules here."""
        self.roots: dict[str, str] = {}
        """Root file of each of the workspace's crates."""
        self.resolver = Resolver(self.std, self.reads)
        self.expander = Expander(self.resolver)
        self._base = Impls(self.resolver)
        self._base.add_crate(self.std)
        self.impls = self._base

    def add_dependencies(
        self, facts: Mapping[str, DependencyFacts], cache: Path | None = None
    ) -> None:
        """Build the crates of all dependencies.

        What their macros expand to is kept in ``cache``, a folder that all workspaces share.
        """
        made: list[Crate] = []
        for key, package_facts in facts.items():
            target = library(package_facts.package)
            if target is None:
                continue
            crate = Crate(
                key, crate_name(target), target.edition, target.kind, is_dependency=True,
                features=_features(package_facts.package), number=len(made) + 1, reads=self.reads,
            )  # fmt: skip
            units = package_facts.units()
            root = f"{key}/{_relative(target.path, package_facts.package.root)}"
            build_crate(crate, UnitLoader(units, {key: root}))
            self.dependencies[key] = crate
            made.append(crate)
        for crate in made:
            package = facts[crate.key].package
            for dependency in package.dependencies:
                found = self.dependencies.get(dependency.package)
                if found is not None and dependency.kind == "normal":
                    crate.externs[dependency.name] = found
        kept = {
            c.key: KeptExpansions(cache, facts[c.key].package, facts[c.key].fingerprint)
            for c in made
            if cache is not None
        }
        self._complete(made, kept)
        for expansions in kept.values():
            expansions.save()
        for crate in made:
            self._base.add_crate(crate)

    def build(self, units: Mapping[str, Unit]) -> None:
        """Build the workspace's own crates from its parsed files, replacing earlier ones."""
        root = self.workspace.root
        self.impls = self._base
        for crate in self.crates.values():
            crate.release()
        self.units = dict(units)
        self.crates = {}
        self.roots = {}
        libraries: dict[str, Crate] = {}
        planned: list[tuple[Package, Target, Crate]] = []
        for member in self.workspace.members:
            package = self.workspace.packages[member]
            for target in package.targets:
                key = crate_key(package, target)
                if key in self.crates:
                    continue
                crate = Crate(
                    key, crate_name(target), target.edition, target.kind, is_dependency=False,
                    features=_features(package), reads=self.reads,
                    number=len(self.dependencies) + len(planned) + 1,
                )  # fmt: skip
                self.crates[key] = crate
                if target.kind in ("lib", "proc-macro"):
                    libraries[package.key] = crate
                planned.append((package, target, crate))
        for package, target, crate in planned:
            self.roots[crate.key] = _relative(target.path, root)
            loader = UnitLoader(self.units, {crate.key: self.roots[crate.key]})
            build_crate(crate, loader)
            wanted = ("build",) if target.kind == "build" else ("normal", "dev")
            for dependency in package.dependencies:
                if dependency.kind in wanted:
                    found = libraries.get(dependency.package) or self.dependencies.get(
                        dependency.package
                    )
                    if found is not None:
                        crate.externs[dependency.name] = found
            own = libraries.get(package.key)
            if own is not None and own is not crate and target.kind != "build":
                crate.externs[own.name] = own
        self._complete(list(self.crates.values()))
        self.impls = self._base.fork()
        for crate in self.crates.values():
            self.impls.add_crate(crate)
        # Nothing is linked yet; what was noted until now would only keep this world alive.
        self.reads.begin()

    def release(self) -> None:
        """Take all crates apart (`Crate.release`): this world is not used any more."""
        for crate in (*self.crates.values(), *self.dependencies.values(), self.std):
            crate.release()
        self.reads.begin()

    def _complete(
        self, crates: list[Crate], kept: Mapping[str, KeptExpansions] | None = None
    ) -> None:
        """Open globs and expand macros among items, which may bring further globs."""
        self.resolver.open_globs(crates)
        for crate in crates:
            self.expander.expand_crate(crate, kept.get(crate.key) if kept else None)
        self.resolver.open_globs(crates)

    def is_root(self, crate: Crate, path: str) -> bool:
        """Whether a file is the root of a crate of the workspace."""
        return self.roots.get(crate.key) == path

    def crate_of(self, path: str) -> str:
        """The crate a file of the workspace belongs to, the first of several; "" for none."""
        return next((key for key, crate in self.crates.items() if path in crate.parts), "")


def _relative(path: Path, root: Path) -> str:
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return path.as_posix()
