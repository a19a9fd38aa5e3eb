"""Which workspace a folder belongs to."""

from __future__ import annotations

from pathlib import Path

from ..parser.manifest_file import ManifestReader
from ..parser.members import manifest_folder, workspace_members
from .errors import BadPlace


def workspace_root(start: Path) -> Path:
    """The root of the Cargo workspace around ``start``, or ``start`` itself where there is none.

    Links are followed. Raises `BadPlace` if there is no such folder.
    """
    try:
        folder = start.resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: links in a circle
        raise BadPlace(f"{start} does not exist: give the folder of a Rust project.") from None
    if not folder.is_dir():
        folder = folder.parent
    manifest = manifest_folder(folder)
    if manifest is None:
        return folder
    root, _ = workspace_members(ManifestReader(), manifest)
    return root
