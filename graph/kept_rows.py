"""Rows of dependencies: linked once per machine, kept by all that linking them depends on.

A dependency at one version, with the same features and the same dependencies of its own, has the
same items and edges in every workspace.
"""

from __future__ import annotations

from pathlib import Path

from blake3 import blake3

from ..parser.workspace import Package
from .cache_files import code_stamp, read_cached, write_cached
from .plan import Rows


class KeptRows:
    """What linking dependencies yielded, in a folder that all workspaces of the machine share."""

    def __init__(self, folder: Path | None) -> None:
        """None keeps nothing."""
        self._folder = folder if code_stamp() else None

    def read(self, package: Package, fingerprint: bytes) -> Rows | None:
        """The rows of a package's library, None where it has to be linked.

        ``fingerprint`` is that of its facts, its features and all it depends on.
        """
        if self._folder is None:
            return None
        value = read_cached(self._place(self._folder, package, fingerprint), code_stamp())
        if value is None or value[0] != package.key:
            return None
        items, edges, unresolved = value[1:]
        return Rows(
            {row[0]: row for row in items},
            {(row[0], row[1], row[2]): row for row in edges},
            {(row[0], row[1], row[2], row[3]): row for row in unresolved},
        )

    def write(self, package: Package, fingerprint: bytes, rows: Rows) -> None:
        """Keep the rows of a package's library."""
        if self._folder is not None:
            tables = (rows.items, rows.edges, rows.unresolved)
            value = (package.key, *[list(table.values()) for table in tables])
            write_cached(self._place(self._folder, package, fingerprint), code_stamp(), value)

    @staticmethod
    def _place(folder: Path, package: Package, fingerprint: bytes) -> Path:
        digest = blake3(fingerprint)
        for target in package.targets:
            path = target.path.relative_to(package.root) if _inside(target.path, package) else ""
            digest.update(f"{target.kind}\0{target.name}\0{target.edition}\0{path}\n".encode())
        return folder / f"{package.name}-{package.version}-{digest.hexdigest()[:32]}.rows"


def _inside(path: Path, package: Package) -> bool:
    return path.is_relative_to(package.root)
