"""The crates of a package: those its manifest lists and those Cargo finds by convention.

The rules are those of The Cargo Book, "Cargo Targets", sections "Configuring a target" and "Target
auto-discovery".
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from .manifest_file import OLDEST_EDITION, Manifest, joined
from .toml_file import Table, flag, string, strings, table, tables
from .workspace import Target


class _Convention(NamedTuple):
    kind: str
    """The kind of target, and the name of its tables in the manifest."""
    folder: str
    """Where Cargo looks for such targets by itself."""
    auto: str
    """The key that keeps it from looking."""


_LISTED = (
    _Convention("bin", "src/bin", "autobins"),
    _Convention("example", "examples", "autoexamples"),
    _Convention("test", "tests", "autotests"),
    _Convention("bench", "benches", "autobenches"),
)

Report = Callable[[str], None]


def package_targets(manifest: Manifest, *, edition: str, report: Report) -> tuple[Target, ...]:
    """Every target whose root file exists; ``report`` is told of listed ones that don't."""
    found = _library(manifest, edition, report)
    for convention in _LISTED:
        found.extend(_listed(manifest, edition, convention, report))
    found.extend(_build_scripts(manifest, edition, report))
    return tuple(found)


def library_name(manifest: Manifest) -> str:
    """What code calls the package's library where nobody renames it."""
    name = string(table(manifest.data.get("lib")).get("name")) or manifest.name
    return name.replace("-", "_")


def is_proc_macro(manifest: Manifest) -> bool:
    """Whether the package's library runs inside the compiler."""
    lib = table(manifest.data.get("lib"))
    crate_types = strings(lib.get("crate-type")) or strings(lib.get("crate_type"))
    is_macro = flag(lib.get("proc-macro"), flag(lib.get("proc_macro"), False))
    return is_macro or "proc-macro" in crate_types


def _library(manifest: Manifest, edition: str, report: Report) -> list[Target]:
    lib = table(manifest.data.get("lib"))
    given = string(lib.get("path"))
    path = joined(manifest.folder, given or "src/lib.rs")
    if not path.is_file():
        if given:
            report(f"the library of {manifest.name} is said to be {given}, which is not there")
        return []
    if not lib and not flag(manifest.package.get("autolib"), True):
        return []
    kind = "proc-macro" if is_proc_macro(manifest) else "lib"
    name = library_name(manifest)
    return [Target(kind=kind, name=name, path=path, edition=string(lib.get("edition")) or edition)]


def _listed(
    manifest: Manifest, edition: str, convention: _Convention, report: Report
) -> list[Target]:
    kind, folder = convention.kind, convention.folder
    inferred = _inferred(manifest, kind, folder)
    listed = tables(manifest.data.get(kind))
    found: list[Target] = []
    for entry in listed:
        name = string(entry.get("name"))
        path = _root_file(manifest, entry, name, inferred, folder)
        if not name:
            continue
        if path is None:
            given = string(entry.get("path"))
            where = f"is said to be {given}, which is not there" if given else "has no root file"
            report(f"{kind} {name} of {manifest.name} {where}")
            continue
        own = string(entry.get("edition")) or edition
        found.append(Target(kind=kind, name=name, path=path, edition=own))
    # In the first edition, listing one target meant listing them all.
    by_default = not (edition == OLDEST_EDITION and listed)
    if flag(manifest.package.get(convention.auto), by_default):
        names = {target.name for target in found}
        paths = {target.path for target in found}
        found.extend(
            Target(kind=kind, name=name, path=path, edition=edition)
            for name, path in inferred.items()
            if name not in names and path not in paths
        )
    return found


def _inferred(manifest: Manifest, kind: str, folder: str) -> dict[str, Path]:
    """Name and root file of each target that Cargo finds by itself."""
    found: dict[str, Path] = {}
    main = manifest.folder / "src/main.rs"
    if kind == "bin" and main.is_file():
        found[manifest.name] = main
    base = manifest.folder / folder
    try:
        entries = sorted(base.iterdir())
    except OSError:
        return found
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.suffix == ".rs" and entry.is_file():
            found.setdefault(entry.stem, entry)
        elif (entry / "main.rs").is_file():
            found.setdefault(entry.name, entry / "main.rs")
    return found


def _root_file(
    manifest: Manifest, entry: Table, name: str, inferred: dict[str, Path], folder: str
) -> Path | None:
    given = string(entry.get("path"))
    if given:
        path = joined(manifest.folder, given)
        return path if path.is_file() else None
    if name in inferred:
        return inferred[name]
    # The first edition also looked in these places.
    older = (f"{folder}/main.rs", f"src/{name}.rs", "src/main.rs") if folder == "src/bin" else ()
    for candidate in older:
        path = manifest.folder / candidate
        if path.is_file():
            return path
    return None


def _build_scripts(manifest: Manifest, edition: str, report: Report) -> list[Target]:
    given = manifest.package.get("build")
    if given is False:
        return []
    listed = [given] if isinstance(given, str) else strings(given) or ["build.rs"]
    found: list[Target] = []
    for script in listed:
        path = joined(manifest.folder, script)
        if path.is_file():
            name = f"build-script-{path.stem}"
            found.append(Target(kind="build", name=name, path=path, edition=edition))
        elif given is not None:
            report(f"the build script of {manifest.name} is said to be {script}, "
                   "which is not there")  # fmt: skip
    return found
