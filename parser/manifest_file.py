"""One ``Cargo.toml``: its package, its dependency tables, and what it inherits."""

from __future__ import annotations

import os.path
from dataclasses import dataclass
from pathlib import Path

from .toml_file import Table, flag, read_toml, string, strings, table

MANIFEST = "Cargo.toml"
OLDEST_EDITION = "2015"
"""What Cargo takes for a manifest that names no edition."""

_KINDS = (
    ("normal", ("dependencies",)),
    ("build", ("build-dependencies", "build_dependencies")),
    ("dev", ("dev-dependencies", "dev_dependencies")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencySpec:
    """A dependency as a manifest writes it, inheritance resolved."""

    key: str
    """The name in the table."""
    package: str
    """The package's real name."""
    renamed: bool
    kind: str
    """"normal", "dev" or "build"."""
    requirement: str
    path: Path | None
    git: str | None
    optional: bool
    features: tuple[str, ...]
    """Features of the package that are asked for."""
    default_features: bool
    """Whether ``default`` is asked for, too."""
    target: str | None
    """The ``cfg(…)`` or triple of a ``[target.….dependencies]`` table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A manifest that was read; ``broken`` ones hold what stands above the mistake."""

    folder: Path
    data: Table
    broken: bool

    @property
    def package(self) -> Table:
        """The ``[package]`` table (``[project]`` in the oldest manifests)."""
        return table(self.data.get("package")) or table(self.data.get("project"))

    @property
    def has_package(self) -> bool:
        """Whether it describes a package; a broken one without any table is taken to."""
        if self.package:
            return True
        return self.broken and "workspace" not in self.data

    @property
    def workspace(self) -> Table | None:
        """The ``[workspace]`` table, where it is a workspace's root."""
        return table(self.data["workspace"]) if "workspace" in self.data else None

    @property
    def name(self) -> str:
        """The package's name; the folder's where it has none."""
        return string(self.package.get("name")) or self.folder.name or "unnamed"


class ManifestReader:
    """Reads each manifest once and collects what is wrong with them."""

    def __init__(self) -> None:
        self._problems: list[str] = []
        self._read: dict[Path, Manifest | None] = {}
        self._roots: dict[Path, Manifest | None] = {}
        self._specs: dict[Path, list[DependencySpec]] = {}

    def problem(self, sentence: str) -> None:
        """Note a problem once. Sentences name files by their whole paths."""
        if sentence not in self._problems:
            self._problems.append(sentence)

    def problems(self, root: Path) -> list[str]:
        """What was noted, files below ``root`` named from there."""
        prefix = str(root / "x")[:-1]
        return [sentence.replace(prefix, "") for sentence in self._problems]

    def read(self, folder: Path) -> Manifest | None:
        """The manifest in a folder, or None where there is none that can be read."""
        if folder in self._read:
            return self._read[folder]
        path = folder / MANIFEST
        found: Manifest | None = None
        if path.is_file():
            data, problem = read_toml(path, shown=str(path))
            if problem is not None:
                self.problem(problem)
            found = Manifest(folder=folder, data=data or {}, broken=problem is not None)
        self._read[folder] = found
        return found

    def workspace_of(self, manifest: Manifest) -> Manifest | None:
        """The root manifest of the workspace that ``manifest`` belongs to by its place.

        That is itself, the one that ``package.workspace`` names, or the nearest above that does
        not exclude it.
        """
        folder = manifest.folder
        if folder not in self._roots:
            self._roots[folder] = self._workspace_of(manifest)
        return self._roots[folder]

    def _workspace_of(self, manifest: Manifest) -> Manifest | None:
        if manifest.workspace is not None:
            return manifest
        named = string(manifest.package.get("workspace"))
        if named:
            root = self.read(joined(manifest.folder, named))
            return root if root is not None and root.workspace is not None else None
        for above in manifest.folder.parents:
            root = self.read(above)
            if root is not None and root.workspace is not None:
                return None if is_excluded(root, manifest.folder) else root
        return None

    def package_value(self, manifest: Manifest, key: str) -> object:
        """``package.KEY``, taken from ``workspace.package`` where it says so."""
        value = manifest.package.get(key)
        if flag(table(value).get("workspace"), False):
            root = self.workspace_of(manifest)
            shared = table((root.workspace or {}).get("package")) if root is not None else {}
            return shared.get(key)
        return value

    def edition(self, manifest: Manifest) -> str:
        """The package's edition."""
        return string(self.package_value(manifest, "edition")) or OLDEST_EDITION

    def version(self, manifest: Manifest) -> str:
        """The package's version; Cargo takes 0.0.0 where there is none."""
        return string(self.package_value(manifest, "version")) or "0.0.0"

    def features(self, manifest: Manifest) -> dict[str, list[str]]:
        """What each feature switches on.

        Optional dependencies are features, too, unless one names them as ``dep:NAME``.
        """
        listed = table(manifest.data.get("features"))
        found = {name: strings(values) for name, values in listed.items()}
        named = {value for values in found.values() for value in values}
        for spec in self.dependencies(manifest):
            if spec.optional and f"dep:{spec.key}" not in named:
                found.setdefault(spec.key, [f"dep:{spec.key}"])
        return found

    def splits_host(self, manifest: Manifest) -> bool:
        """Whether a root's resolver keeps the features of build scripts and macros apart.

        Resolvers 2 and 3 do, and are what newer editions of a root package choose.
        """
        named = string((manifest.workspace or {}).get("resolver"))
        named = named or string(manifest.package.get("resolver"))
        if named:
            return named != "1"
        return manifest.has_package and self.edition(manifest) not in ("2015", "2018")

    def dependencies(self, manifest: Manifest) -> list[DependencySpec]:
        """Every dependency of every kind and target."""
        known = self._specs.get(manifest.folder)
        if known is not None:
            return known
        found = self._tables(manifest, manifest.data, None)
        for target, section in table(manifest.data.get("target")).items():
            found.extend(self._tables(manifest, table(section), target))
        self._specs[manifest.folder] = found
        return found

    def _tables(
        self, manifest: Manifest, section: Table, target: str | None
    ) -> list[DependencySpec]:
        found: list[DependencySpec] = []
        for kind, names in _KINDS:
            for name in names:
                for key, value in table(section.get(name)).items():
                    found.append(self._spec(manifest, key, value, kind, target))
        return found

    def _spec(
        self, manifest: Manifest, key: str, value: object, kind: str, target: str | None
    ) -> DependencySpec:
        written: Table = {"version": value} if isinstance(value, str) else table(value)
        folder = manifest.folder
        optional = flag(written.get("optional"), False)
        features = strings(written.get("features"))
        default_features = _default_features(written)
        if flag(written.get("workspace"), False):
            root = self.workspace_of(manifest)
            shared: object = None
            if root is not None:
                shared = table((root.workspace or {}).get("dependencies")).get(key)
                folder = root.folder
            if shared is None:
                self.problem(
                    f"{manifest.folder / MANIFEST} takes {key} from the workspace, "
                    f"whose workspace.dependencies don't have it"
                )
            # A member can only add to what the workspace asks for.
            asks_for_default = default_features is True
            written = {"version": shared} if isinstance(shared, str) else table(shared)
            features = [*strings(written.get("features")), *features]
            default_features = asks_for_default or _default_features(written)
        path = string(written.get("path"))
        return DependencySpec(
            key=key,
            package=string(written.get("package")) or key,
            renamed=isinstance(written.get("package"), str),
            kind=kind,
            requirement=string(written.get("version")) or "*",
            path=joined(folder, path) if path else None,
            git=string(written.get("git")) or None,
            optional=optional,
            features=tuple(features),
            default_features=default_features is not False,
            target=target,
        )


def _default_features(written: Table) -> object:
    return written.get("default-features", written.get("default_features"))


def is_excluded(root: Manifest, folder: Path) -> bool:
    """Whether ``workspace.exclude`` covers a folder that isn't listed as a member by its name."""
    workspace = root.workspace or {}
    for excluded in strings(workspace.get("exclude")):
        if _under(folder, joined(root.folder, excluded)):
            listed = strings(workspace.get("members"))
            return not any(_under(folder, joined(root.folder, member)) for member in listed)
    return False


def _under(folder: Path, above: Path) -> bool:
    return folder == above or above in folder.parents


def joined(folder: Path, relative: str) -> Path:
    """A path from a manifest, without ``..`` parts."""
    return Path(os.path.normpath(folder / relative))
