"""The members of a workspace: what its root lists, and the path dependencies that join by place."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator
from pathlib import Path

from .manifest_file import MANIFEST, Manifest, ManifestReader, is_excluded, joined
from .sources import folders
from .toml_file import strings


def manifest_folder(folder: Path) -> Path | None:
    """The nearest folder with a ``Cargo.toml``, from ``folder`` upwards."""
    return next((at for at in (folder, *folder.parents) if (at / MANIFEST).is_file()), None)


def nested_manifests(folder: Path, *, most: int = 64) -> list[Path]:
    """Folders below ``folder`` with a ``Cargo.toml``, none inside another; at most ``most``."""
    found: list[Path] = []
    for at, files in folders(folder):
        if MANIFEST in files and not any(above in at.parents for above in found):
            found.append(at)
            if len(found) == most:
                break
    return found


def workspace_members(reader: ManifestReader, start: Path) -> tuple[Path, list[Manifest]]:
    """The root folder of the workspace that ``start`` belongs to, and its members.

    ``start`` is a folder with a manifest. A package that no workspace counts as its own stands
    alone.
    """
    own = reader.read(start)
    if own is None:
        return start, []
    root = reader.workspace_of(own)
    if root is not None:
        members = _members(reader, root)
        if root is own or any(member.folder == start for member in members):
            return root.folder, members
        reader.problem(
            f"{own.name} lies in the workspace {root.folder.name} but is no member of it: "
            f"it was read on its own"
        )
    return start, _members(reader, own)


def _members(reader: ManifestReader, root: Manifest) -> list[Manifest]:
    workspace = root.workspace or {}
    found: dict[Path, Manifest] = {}
    todo: list[Manifest] = [root] if root.has_package else []
    for pattern in strings(workspace.get("members")):
        is_glob = any(mark in pattern for mark in "*?[")
        for folder in (
            _matching(root.folder, pattern) if is_glob else [joined(root.folder, pattern)]
        ):
            if is_glob and is_excluded(root, folder):
                continue
            member = reader.read(folder)
            if member is not None:
                todo.append(member)
            elif not is_glob:
                where = root.folder / MANIFEST
                reader.problem(f"{where} lists the member {pattern}, which has no {MANIFEST}")
    while todo:
        member = todo.pop(0)
        if member.folder in found or not member.has_package:
            continue
        found[member.folder] = member
        for spec in reader.dependencies(member):
            # A path dependency inside the root's folder is a member without being listed.
            if spec.path is None or root.folder not in spec.path.parents:
                continue
            manifest = reader.read(spec.path)
            if manifest is not None and reader.workspace_of(manifest) is root:
                todo.append(manifest)
    return [found[folder] for folder in sorted(found)]


def _matching(base: Path, pattern: str) -> Iterator[Path]:
    """Folders with a manifest that match a glob; ``**`` stands for any number of folders."""
    parts = [part for part in pattern.replace("\\", "/").split("/") if part not in ("", ".")]
    found = {folder for folder in _descend(base, parts) if (folder / MANIFEST).is_file()}
    return iter(sorted(found))


def _descend(base: Path, parts: list[str]) -> Iterator[Path]:
    if not parts:
        yield base
        return
    part, rest = parts[0], parts[1:]
    if part == "**":
        for folder, _ in folders(base):
            yield from _descend(folder, rest)
    elif any(mark in part for mark in "*?["):
        try:
            names = sorted(os.listdir(base))
        except OSError:
            return
        for name in names:
            if fnmatch.fnmatchcase(name, part) and not name.startswith("."):
                yield from _descend(base / name, rest)
    else:
        yield from _descend(joined(base, part), rest)
