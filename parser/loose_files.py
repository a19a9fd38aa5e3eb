"""Rust files without any manifest, made to look like a package so that all else works the same."""

from __future__ import annotations

from pathlib import Path

from .sources import folders
from .workspace import CargoWorkspace, Package, Target

_EDITION = "2021"
_VERSION = "0.0.0"
_ROOTS = (("lib", "src/lib.rs"), ("bin", "src/main.rs"), ("lib", "lib.rs"), ("bin", "main.rs"))


def loose_files(root: Path) -> CargoWorkspace:
    """One package named after the folder.

    In every topmost folder that holds Rust files, ``lib.rs`` and ``main.rs`` are taken for crate
    roots, as are those in ``src``; where there is neither, each file is a crate of its own.
    """
    name = root.name or "files"
    targets: list[Target] = []
    taken: list[Path] = []
    for folder, files in folders(root):
        if any(above == folder or above in folder.parents for above in taken):
            continue
        found = _crates(root, folder, files, name)
        if found:
            targets.extend(found)
            taken.append(folder)
    if not targets:
        problem = f"there is no Cargo.toml and no Rust file in {root}"
        return CargoWorkspace(root=root, packages={}, members=(), via="files", problems=(problem,))
    package = Package(
        name=name,
        version=_VERSION,
        root=root,
        edition=_EDITION,
        source="workspace",
        targets=tuple(targets),
    )
    problem = f"there is no Cargo.toml in {root}: its Rust files were read without dependencies"
    return CargoWorkspace(
        root=root,
        packages={package.key: package},
        members=(package.key,),
        via="files",
        problems=(problem,),
    )


def _crates(root: Path, folder: Path, files: frozenset[str], package: str) -> list[Target]:
    found: list[Target] = []
    below = folder.relative_to(root).parts
    for kind, path in _ROOTS:
        if (folder / path).is_file():
            name = "-".join(below) or package
            found.append(_target(kind, name.replace("-", "_") if kind == "lib" else name,
                                 folder / path))  # fmt: skip
    if found:
        return found
    return [
        _target("bin", "-".join((*below, file[: -len(".rs")])), folder / file)
        for file in sorted(files)
        if file.endswith(".rs") and not file.startswith(".")
    ]


def _target(kind: str, name: str, path: Path) -> Target:
    return Target(kind=kind, name=name, path=path, edition=_EDITION)
