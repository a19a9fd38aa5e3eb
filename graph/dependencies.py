"""Facts of dependencies: parsed once per machine, kept by package, version and content."""

from __future__ import annotations

import contextlib
import glob
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3

from ..parser.rust import LARGEST_FILE
from ..parser.sources import read_source, rust_files
from ..parser.workspace import Package, Target
from .blob import STAMP
from .cache_files import read_cached, write_cached
from .ids import content_hash
from .parsing import Job, Parsed, ParsePool, parse_one
from .symbols import Unit

_SUM = 16


@dataclass(slots=True)
class DependencyFacts:
    """The parsed files of one package, by path relative to its root."""

    package: Package
    fingerprint: bytes
    """Of the content of its files and of the parser: the same on every machine."""
    files: dict[str, Parsed]
    cached: bool

    def units(self) -> dict[str, Unit]:
        """The files as units, under the names the graph gives them."""
        found: dict[str, Unit] = {}
        for name, parsed in self.files.items():
            path = f"{self.package.key}/{name}"
            unit = parsed.facts()
            if unit is None and parsed.blob:
                unit = parse_one(_job(self.package, name, parsed.size)).facts()
            if unit is not None:
                found[path] = Unit(path, unit.hash, unit.facts, unit.hashes)
        return found


def library(package: Package) -> Target | None:
    """The target that other packages use."""
    return next((t for t in package.targets if t.kind in ("lib", "proc-macro")), None)


def _job(package: Package, name: str, size: int) -> Job:
    return Job(f"{package.key}/{name}", str(package.root / name), size, with_bodies=False)


@dataclass(slots=True)
class _Listed:
    """A library's files by name, with their sizes, and a digest of their sizes and times."""

    package: Package
    sizes: dict[str, int]
    looks: bytes


def _list(package: Package, target: Target) -> _Listed:
    digest = blake3(STAMP + package.key.encode())
    sizes: dict[str, int] = {}
    for path in rust_files(target.path.parent):
        try:
            about = path.stat()
            name = path.relative_to(package.root).as_posix()
        except (OSError, ValueError):
            continue
        sizes[name] = about.st_size
        digest.update(f"{name}\0{about.st_size}\0{about.st_mtime_ns}\n".encode())
    return _Listed(package, sizes, digest.digest(_SUM))


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
            found[package.key] = _facts(package, kept, cached=True)
            progress(len(found), total, package.key)
        else:
            todo.append(listed)
        if cancelled():
            return found
    jobs: list[Job] = []
    left: dict[str, tuple[_Listed, dict[str, Parsed]]] = {}
    for listed in todo:
        package = listed.package
        left[package.key] = (listed, {})
        if not listed.sizes:
            found[package.key] = _facts(package, {}, cached=False)
        jobs.extend(_job(package, name, size) for name, size in listed.sizes.items())
    for batch in pool.run(jobs, cancelled=cancelled):
        for parsed in batch:
            key, _, name = parsed.name.partition("/")
            listed, files = left[key]
            files[name] = parsed
            if len(files) == len(listed.sizes):
                del left[key]
                found[key] = _facts(listed.package, files, cached=False)
                if cache is not None:
                    _write(cache, listed, files)
                progress(len(found), total, key)
    return found


def _facts(package: Package, files: dict[str, Parsed], *, cached: bool) -> DependencyFacts:
    digest = blake3(STAMP + package.key.encode())
    for name, parsed in sorted(files.items()):
        digest.update(f"\n{name}\0".encode() + parsed.hash)
    return DependencyFacts(package, digest.digest(_SUM), files, cached)


# -- the cache ---------------------------------------------------------------------------------


def _place(cache: Path, listed: _Listed) -> Path:
    package = listed.package
    return cache / f"{package.name}-{package.version}-{listed.looks.hex()}.facts"


def _read(cache: Path, listed: _Listed) -> dict[str, Parsed] | None:
    """The parsed files as they were kept; None where they have to be parsed.

    Sizes and times tell in no time whether files are those that were parsed. Where they differ, as
    with a copy of the package in another folder, the files are read and their content tells.
    """
    place = _place(cache, listed)
    files = _kept(place, listed)
    if files is not None:
        return files
    package = listed.package
    pattern = glob.escape(f"{package.name}-{package.version}-") + "*.facts"
    content: dict[str, bytes] = {}
    for other in sorted(cache.glob(pattern)):
        files = _kept(other, listed)
        if files is None:
            continue
        content = content or _content(listed)
        if all(content[name] == parsed.hash for name, parsed in files.items()):
            with contextlib.suppress(OSError):
                place.unlink(missing_ok=True)
                os.link(other, place)
            return files
    return None


def _kept(place: Path, listed: _Listed) -> dict[str, Parsed] | None:
    """What one file of the cache holds, if it can be of these files: names and sizes fit."""
    value = read_cached(place, STAMP)
    if value is None or value[0] != listed.package.key:
        return None
    files = {row[0]: Parsed(row[0], row[1], 0, row[2], row[3]) for row in value[1]}
    fits = {name: parsed.size for name, parsed in files.items()} == listed.sizes
    return files if fits and all(_is_current(p.blob) for p in files.values()) else None


def _is_current(blob: bytes) -> bool:
    return not blob or blob.startswith(STAMP)


def _content(listed: _Listed) -> dict[str, bytes]:
    """Content hashes of files as they are now; empty for those that can't be read."""
    root = listed.package.root
    found: dict[str, bytes] = {}
    for name in listed.sizes:
        source, _ = read_source(root / name)
        found[name] = content_hash(source) if source is not None else b""
    return found


def _write(cache: Path, listed: _Listed, files: Mapping[str, Parsed]) -> None:
    sizes = listed.sizes
    for name, parsed in files.items():
        if parsed.problem is not None:
            if sizes[name] <= LARGEST_FILE:
                return  # it can't be read now, but perhaps the next time
        elif parsed.size != sizes[name]:
            return  # it changed while it was read: these sizes and times are of another text
    rows = [(name, p.hash, sizes[name], p.blob) for name, p in files.items()]
    write_cached(_place(cache, listed), STAMP, (listed.package.key, rows))


def link_fingerprints(facts: Mapping[str, DependencyFacts]) -> dict[str, bytes]:
    """Of each crate's files and, through its dependencies, of all that its edges can point to."""
    done: dict[str, bytes] = {}

    def of(key: str) -> bytes:
        if key not in done:
            done[key] = b""  # dependencies of libraries can't be circular; broken manifests can
            digest = blake3(facts[key].fingerprint)
            digest.update(",".join(facts[key].package.enabled or ("*",)).encode())
            for dependency in sorted(facts[key].package.dependencies, key=lambda d: d.package):
                if dependency.kind == "normal" and dependency.package in facts:
                    digest.update(dependency.name.encode() + of(dependency.package))
            done[key] = digest.digest(16)
        return done[key]

    for key in sorted(facts):
        of(key)
    return done
