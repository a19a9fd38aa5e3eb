"""Finding and reading source files: which ones belong to a package, and what they hold."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from .rust import LARGEST_FILE

_SKIPPED_FOLDERS = frozenset(("node_modules",))
_MANIFEST = "Cargo.toml"
_CACHE_MARK = "CACHEDIR.TAG"


def rust_files(package_root: Path, *, exclude: Iterable[Path] = ()) -> Iterator[Path]:
    """Every ``.rs`` file of the package at ``package_root``, in a stable order.

    Left out: hidden folders, ``node_modules``, build output (a folder named ``target`` beside a
    ``Cargo.toml``, and any folder marked by a ``CACHEDIR.TAG``), nested packages (folders with
    their own ``Cargo.toml``), and the files and folders in ``exclude``. Links to folders are
    followed once; folders that can't be read are passed over.
    """
    return _walk(package_root, (".rs",), exclude, nested_packages=False)


def markdown_files(root: Path, *, exclude: Iterable[Path] = ()) -> Iterator[Path]:
    """Every ``.md`` and ``.markdown`` file under ``root``; nested packages are part of it.

    Leaves out what `rust_files` leaves out, nested packages excepted.
    """
    return _walk(root, (".md", ".markdown"), exclude, nested_packages=True)


def is_found(path: Path, root: Path, *, nested_packages: bool) -> bool:
    """Whether the walk from ``root`` comes by the file: as `markdown_files` with
    ``nested_packages``, else as `rust_files`. Links to folders aren't looked through.
    """
    if path.name.startswith(".") or not path.is_relative_to(root):
        return False
    folder = path.parent
    while folder != root:
        name, above = folder.name, folder.parent
        if name.startswith(".") or name in _SKIPPED_FOLDERS:
            return False
        if name == "target" and (above / _MANIFEST).exists():
            return False
        if (folder / _CACHE_MARK).exists():
            return False
        if not nested_packages and (folder / _MANIFEST).exists():
            return False
        folder = above
    return True


def folders(root: Path) -> Iterator[tuple[Path, frozenset[str]]]:
    """``root`` and the folders under it, each with the names of the files directly in it.

    Parents come before what they hold, in a stable order; the same folders are left out as in
    `markdown_files`.
    """
    for folder, files, _ in _scan(root, frozenset(), nested_packages=True):
        yield Path(folder), frozenset(files)


def read_source(path: Path, *, limit: int = LARGEST_FILE) -> tuple[bytes | None, str | None]:
    """The bytes of a file, or None and one sentence that says why they could not be had.

    ``limit`` is in bytes. Only regular files are opened: a pipe that is named like a source file
    would never end.
    """
    try:
        # Without O_NONBLOCK the opening of a pipe waits for someone to write to it.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _O_BINARY)
    except FileNotFoundError:
        return None, f"{path} is gone"
    except (OSError, ValueError) as error:
        return None, f"{path} can't be read: {_reason(error)}"
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            return None, f"{path} is not a regular file"
        with open(handle, "rb", closefd=False) as file:
            data = file.read(limit + 1)
    except OSError as error:
        return None, f"{path} can't be read: {_reason(error)}"
    finally:
        os.close(handle)
    if len(data) > limit:
        size = max(about.st_size, len(data)) / 1e6
        return None, f"{path} was left out: {size:.1f} MB is more than {limit / 1e6:g} MB"
    return data, None


_O_BINARY: int = getattr(os, "O_BINARY", 0)


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _walk(
    root: Path, endings: tuple[str, ...], exclude: Iterable[Path], *, nested_packages: bool
) -> Iterator[Path]:
    skipped = frozenset(os.path.abspath(path) for path in exclude)
    for folder, files, prefix in _scan(root, skipped, nested_packages=nested_packages):
        base = Path(folder)
        for name in files:
            # A file that is called ".rs" has no ending.
            if name.endswith(endings) and not name.startswith("."):
                if skipped and f"{prefix}{name}" in skipped:
                    continue
                yield base / name


def _scan(
    root: Path, skipped: frozenset[str], *, nested_packages: bool
) -> Iterator[tuple[str, list[str], str]]:
    """(folder, sorted names of its files, its absolute path with a separator), depth first."""
    start = os.fspath(root)
    seen: set[tuple[int, int]] = set()
    todo = [start]
    while todo:
        folder = todo.pop()
        try:
            about = os.stat(folder)
            # By device and inode, so that a link back up is found whatever its spelling.
            mark = (about.st_dev, about.st_ino)
            if mark in seen:
                continue
            seen.add(mark)
            files, below = _entries(folder)
        except OSError:
            continue
        is_root = folder == start
        if not is_root and (_CACHE_MARK in files or (not nested_packages and _MANIFEST in files)):
            continue
        if _MANIFEST in files and "target" in below:
            below.remove("target")
        prefix = os.path.join(os.path.abspath(folder), "")
        files.sort()
        yield folder, files, prefix
        below.sort(reverse=True)
        todo.extend(
            os.path.join(folder, name)
            for name in below
            if not skipped or f"{prefix}{name}" not in skipped
        )


def _entries(folder: str) -> tuple[list[str], list[str]]:
    """Names of the files and of the folders worth entering; links count as what they lead to."""
    files: list[str] = []
    below: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                if entry.is_dir():
                    if not entry.name.startswith(".") and entry.name not in _SKIPPED_FOLDERS:
                        below.append(entry.name)
                elif entry.is_file():
                    files.append(entry.name)
            except OSError:  # a link in a circle
                continue
    return files, below
