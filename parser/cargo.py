"""``load_workspace``: what belongs to a workspace and which dependencies it is pinned to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from .built import built_packages, only_built
from .errors import CargoError
from .loose_files import loose_files
from .manifest import read_workspace
from .members import manifest_folder, nested_manifests
from .metadata import cargo_metadata, find_cargo
from .workspace import CargoWorkspace


def load_workspace(
    root: Path,
    *,
    trusted: bool,
    cargo: str | None = None,
    offline: bool = True,
    timeout: float = 60,
) -> CargoWorkspace:
    """The Cargo workspace around ``root``, a folder (or a file in one) anywhere inside it.

    Cargo is asked only where ``trusted`` says so: it obeys the workspace's ``.cargo/config.toml``
    and toolchain file, and so can run the workspace's code. Everywhere else, and where Cargo is
    missing or fails, manifests and ``Cargo.lock`` are read as they are. A folder with no
    ``Cargo.toml`` in it or above it is read as the workspaces below it; without any, as loose
    files.

    ``cargo`` is the program to run, found by itself if None. ``offline`` keeps Cargo from the
    network. ``timeout`` is in seconds. Raises `CargoError` if ``root`` does not exist; everything
    else that can be wrong is a sentence in the result's ``problems``.
    """
    try:
        folder = root.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):  # RuntimeError: links in a circle
        raise CargoError(f"{root} does not exist: give the folder of a Rust project") from None
    if not folder.is_dir():
        folder = folder.parent
    start = manifest_folder(folder)
    if start is not None:
        return _load(start, trusted=trusted, cargo=cargo, offline=offline, timeout=timeout)
    below = nested_manifests(folder)
    if not below:
        return loose_files(folder)
    return _merged(
        folder,
        [
            _load(start, trusted=trusted, cargo=cargo, offline=offline, timeout=timeout)
            for start in below
        ],
    )


def _load(
    start: Path, *, trusted: bool, cargo: str | None, offline: bool, timeout: float
) -> CargoWorkspace:
    reason = "this workspace is not trusted, so cargo was not run"
    if trusted:
        program = find_cargo(cargo)
        reason = "cargo was not found" if cargo is None else f"cargo was not found at {cargo}"
        if program is not None:
            return _ask_cargo(start, cargo=program, offline=offline, timeout=timeout)
    return read_workspace(start, reason=reason)


def _ask_cargo(start: Path, *, cargo: str, offline: bool, timeout: float) -> CargoWorkspace:
    """What Cargo says, as far as it answers; manifests fill in the rest."""
    try:
        built = built_packages(start, cargo=cargo, offline=offline, timeout=timeout)
    except CargoError as error:
        return read_workspace(start, reason=str(error))
    try:
        # Always offline: what is built is here by now, and metadata would fetch three times that.
        return only_built(cargo_metadata(start, cargo=cargo, timeout=timeout), built)
    except CargoError:
        pass  # it wants every optional dependency, too; the manifests do for those that are built
    plain = read_workspace(start, built=built)
    return replace(only_built(plain, built), via="cargo")


def _merged(root: Path, workspaces: list[CargoWorkspace]) -> CargoWorkspace:
    """Several workspaces in one folder, as one. A package that two of them have is kept once."""
    packages = {key: package for found in workspaces for key, package in found.packages.items()}
    for found in workspaces:
        packages.update((key, found.packages[key]) for key in found.members)
    by_cargo = all(found.via == "cargo" for found in workspaces)
    names = [found.root.relative_to(root).as_posix() for found in workspaces]
    problems = [
        f"{name}: {problem}"
        for name, found in zip(names, workspaces, strict=True)
        for problem in found.problems
    ]
    return CargoWorkspace(
        root=root,
        packages=packages,
        members=tuple(dict.fromkeys(key for found in workspaces for key in found.members)),
        via="cargo" if by_cargo else "manifests",
        problems=tuple(problems),
        missing=tuple(sorted({key for found in workspaces for key in found.missing})),
    )
