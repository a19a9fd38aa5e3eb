"""Facts of dependencies: parsed once per machine, kept by package, version and content."""

from __future__ import annotations

import contextlib
import marshal
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3

from ..parser.sources import rust_files
from ..parser.workspace import Package, Target
from .blob import STAMP
from .parsing import Job, Parsed, ParsePool
from .symbols import Unit

_SUM = 16


@dataclass(slots=True)
class DependencyFacts:
    """The parsed files of one package, by path relative to its root."""

    package: Package
    fingerprint: bytes
    files: dict[str, Parsed]
    cached: bool

    def units(self) -> dict[str, Unit]:
        """The files as units, under the names the graph gives them."""
        found: dict[str, Unit] = {}
        for name, parsed in self.files.items():
            unit = parsed.facts()
            if unit is not None:
                path = f"{self.package.key}/{name}"
                found[path] = Unit(path, unit.hash, unit.facts, unit.hashes)
        return found


def library(package: Package) -> Target | None:
    """The target that other packages use."""
    return next((t for t in package.targets if t.kind in ("lib", "proc-macro")), None)


@dataclass(slots=True)
class _Listed:
    package: Package
    files: list[tuple[str, Path, int]]
    fingerprint: bytes


def _list(package: Package, target: Target) -> _Listed:
    """The library's files with a fingerprint of their sizes and times."""
    folder = target.path.parent
    digest = blake3(STAMP + package.key.encode())
    files: list[tuple[str, Path, int]] = []
    for path in rust_files(folder):
        try:
            about = path.stat()
            name = path.relative_to(package.root).as_posix()
        except (OSError, ValueError):
            continue
        files.append((name, path, about.st_size))
        digest.update(f"{name}\0{about.st_size}\0{about.st_mtime_ns}\n".encode())
    return _Listed(package, files, digest.digest(_SUM))


def load_dependencies(
    packages: Sequence[Package],
    *,
    cache: Path | None,
    pool: ParsePool,
    progress: Callable[[int, int, str], None],
    cancelled: Callable[[], bool],
) -> dict[str, DependencyFacts]:
    """Facts of every package's library, from the cache where its files are unchanged.

    ``cache`` is a folder shared by all workspaces of the machine; None caches nothing.
    """
    found: dict[str, DependencyFacts] = {}
    todo: list[_Listed] = []
    total = len(packages)
    for package in packages:
        target = library(package)
        if target is None:
            continue
        listed = _list(package, target)
        kept = _read(cache, listed) if cache is not None else None
        if kept is not None:
            found[package.key] = kept
            progress(len(found), total, package.key)
        else:
            todo.append(listed)
        if cancelled():
            return found
    jobs: list[Job] = []
    waiting: dict[str, int] = {}
    fresh: dict[str, DependencyFacts] = {}
    for listed in todo:
        key = listed.package.key
        waiting[key] = len(listed.files)
        fresh[key] = DependencyFacts(listed.package, listed.fingerprint, {}, False)
        if not listed.files:
            found[key] = fresh[key]
        for name, path, size in listed.files:
            jobs.append(Job(f"{key}/{name}", str(path), size, with_bodies=False))
    for batch in pool.run(jobs, cancelled=cancelled):
        for parsed in batch:
            key, _, name = parsed.name.partition("/")
            facts = fresh[key]
            facts.files[name] = parsed
            waiting[key] -= 1
            if waiting[key] == 0:
                found[key] = facts
                if cache is not None:
                    _write(cache, facts)
                progress(len(found), total, key)
    return found


def _place(cache: Path, package: Package, fingerprint: bytes) -> Path:
    return cache / f"{package.name}-{package.version}-{fingerprint.hex()}.facts"


def _read(cache: Path, listed: _Listed) -> DependencyFacts | None:
    try:
        raw = _place(cache, listed.package, listed.fingerprint).read_bytes()
    except OSError:
        return None
    payload = raw[_SUM:]
    if blake3(payload).digest(_SUM) != raw[:_SUM]:
        return None
    rows = marshal.loads(payload)
    files = {row[0]: Parsed(row[0], row[1], 0, row[2], row[3]) for row in rows}
    return DependencyFacts(listed.package, listed.fingerprint, files, True)


def _write(cache: Path, facts: DependencyFacts) -> None:
    """Written beside its place and moved there, so that nobody reads half of it."""
    rows = [(name, p.hash, p.size, p.blob) for name, p in facts.files.items()]
    payload = marshal.dumps(rows)
    # A cache that can't be written is a slower next time, not an error.
    with contextlib.suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=cache, prefix=".new-")
        with os.fdopen(handle, "wb") as file:
            file.write(blake3(payload).digest(_SUM))
            file.write(payload)
        os.replace(temporary, _place(cache, facts.package, facts.fingerprint))
