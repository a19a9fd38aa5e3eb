"""``python -m benchmarks.corpora [FOLDER]``: real code to measure on, pinned and fetched by Cargo.

Crates are taken as they were published, at exact versions, and assembled into workspaces: the
crates that belong to a corpus become its members and depend on one another by path, everything
else stays a dependency that Cargo fetches. Each corpus is a folder of its own with a manifest and a
lock file that Cargo accepts. A corpus that stands already, made from the same pins, is left alone;
one that was stopped halfway is made anew.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / ".corpora"
EXAMPLE = Path(__file__).parent.parent / "examples" / "bevy_game"

BEVY = "0.19.1"
"""The release that ``examples/bevy_game`` pins."""

_STAMP = "corpus.json"
_FEATURES = "with_features"
_LAYOUT = 1
"""Changes whenever the same pins are assembled in another way."""
_NOT_SOURCE = ("Cargo.toml.orig", "Cargo.lock", ".cargo-ok", ".cargo_vcs_info.json", "target")
_DEPENDENCY = re.compile(
    r"^\[(?:target\..+\.)?(?:build-|dev-)?dependencies\.(?P<name>[\w-]+)\]$", re.MULTILINE
)
_VERSION = re.compile(r'^version = "=?\^?(?P<version>[^"]+)"$', re.MULTILINE)
_RENAMED = re.compile(r'^package = "(?P<name>[\w-]+)"$', re.MULTILINE)


class CorpusError(Exception):
    """A corpus could not be made; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a corpus is made of."""

    name: str
    crates: Mapping[str, str]
    """Its own crates with their versions."""
    family: str = ""
    """Crates whose name begins so belong to it, too, where its crates want them at its version."""
    judged: bool = False
    """Whether its edges are compared with rust-analyzer's."""
    features: Mapping[str, tuple[str, ...]] | None = None
    """Features to build its crates with, beside those their manifests switch on."""
    example: Path | None = None
    """A folder to copy, in place of crates."""


def _bevy(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, BEVY)


CORPORA = (
    Corpus(
        "ripgrep",
        {
            "ripgrep": "15.1.0",
            "globset": "0.4.21",
            "grep": "0.4.1",
            "grep-cli": "0.1.12",
            "grep-matcher": "0.1.9",
            "grep-pcre2": "0.1.10",
            "grep-printer": "0.3.1",
            "grep-regex": "0.1.14",
            "grep-searcher": "0.1.17",
            "ignore": "0.4.34",
        },
        judged=True,
    ),
    Corpus("bevy_ecs", _bevy("bevy_ecs", "bevy_ecs_macros"), judged=True),
    # By default tokio compiles to next to nothing.
    Corpus("tokio", {"tokio": "1.54.1"}, judged=True, features={"tokio": ("full", "test-util")}),
    Corpus("bevy_game", {}, judged=True, example=EXAMPLE),
    Corpus(
        "axum",
        {"axum": "0.8.9", "axum-core": "0.5.6", "axum-extra": "0.12.6", "axum-macros": "0.5.1"},
    ),
    Corpus("tantivy", {"tantivy": "0.27.0"}),
    Corpus("bevy-5k", _bevy("bevy_transform", "bevy_time")),
    Corpus("bevy-50k", _bevy("bevy_reflect", "bevy_reflect_derive", "bevy_app")),
    Corpus("bevy-500k", _bevy("bevy", "bevy_internal"), family="bevy_"),
)


def main() -> None:
    """Make the corpora that are missing."""
    parser = argparse.ArgumentParser(prog="benchmarks.corpora", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--only", action="append", metavar="NAME", help="make this corpus alone")
    parser.add_argument("--json", action="store_true", help="what stands where, as JSON")
    arguments = parser.parse_args()
    known = [corpus.name for corpus in CORPORA]
    for name in arguments.only or ():
        if name not in known:
            parser.error(f"no corpus is called {name}: choose from {', '.join(known)}")
    made: list[dict[str, Any]] = []
    try:
        for corpus in CORPORA:
            if arguments.only is None or corpus.name in arguments.only:
                folder = make(corpus, arguments.folder)
                made.append(describe(corpus, folder))
    except CorpusError as error:
        sys.exit(str(error))
    if arguments.json:
        print(json.dumps(made, indent=2))
        return
    for entry in made:
        print(f"{entry['name']:<10} {entry['members']:>3} crates {entry['lines']:>9,} lines  "
              f"{entry['folder']}")  # fmt: skip


def describe(corpus: Corpus, folder: Path) -> dict[str, Any]:
    """How large a corpus is: members and the lines of their Rust files."""
    lines = sum(
        path.read_bytes().count(b"\n")
        for path in folder.rglob("*.rs")
        if "target" not in path.relative_to(folder).parts
    )
    members = len(list(folder.glob("*/Cargo.toml"))) or 1
    return {"name": corpus.name, "folder": str(folder), "members": members, "lines": lines}


def find(name: str, folder: Path = FOLDER) -> Path | None:
    """The folder of a corpus that was made completely, or None."""
    place = folder / name
    return place if (place / _STAMP).is_file() else None


def make(corpus: Corpus, folder: Path = FOLDER) -> Path:
    """Make a corpus unless it stands; its folder. Raises `CorpusError`."""
    place = folder / corpus.name
    stamp = _stamp(corpus)
    try:
        if (place / _STAMP).read_text(encoding="utf-8") == stamp:
            return place
    except OSError:
        pass
    print(f"{corpus.name}: fetching", file=sys.stderr, flush=True)
    partial = folder / f"{corpus.name}.partial"
    try:
        for old in (partial, place):
            shutil.rmtree(old, ignore_errors=True)
        partial.mkdir(parents=True)
        if corpus.example is not None:
            _copy(corpus.example, partial)
        else:
            _assemble(partial, _gather(corpus), corpus.features or {})
        _cargo(partial, "fetch")
        _cargo(partial, "metadata", "--format-version", "1", "--offline")
        (partial / _STAMP).write_text(stamp, encoding="utf-8")
        partial.rename(place)
    except OSError as error:
        raise CorpusError(f"{place} could not be written: {error.strerror or error}") from error
    return place


def _stamp(corpus: Corpus) -> str:
    pins: dict[str, Any] = {"layout": _LAYOUT, "crates": dict(corpus.crates)}
    pins["features"] = dict(corpus.features or {})
    if corpus.example is not None:
        pins["files"] = {
            path.relative_to(corpus.example).as_posix(): path.stat().st_size
            for path in sorted(corpus.example.rglob("*"))
            if path.is_file() and "target" not in path.relative_to(corpus.example).parts
        }
    return json.dumps(pins, indent=2)


def _gather(corpus: Corpus) -> dict[str, Path]:
    """The folders of a corpus's crates as Cargo fetched them, its family followed to the end."""
    wanted = dict(corpus.crates)
    with tempfile.TemporaryDirectory(prefix="ferrograph-corpus-") as scratch:
        while True:
            found = _fetch(Path(scratch), wanted)
            family = {
                name: version
                for folder in found.values()
                for name, version in _dependencies(folder)
                if corpus.family
                and name.startswith(corpus.family)
                and name not in wanted
                and version in corpus.crates.values()
            }
            if not family:
                return found
            wanted.update(sorted(family.items()))


def _fetch(scratch: Path, wanted: Mapping[str, str]) -> dict[str, Path]:
    (scratch / "src").mkdir(exist_ok=True)
    (scratch / "src" / "lib.rs").write_text("", encoding="utf-8")
    pins = "".join(
        f'{name} = {{ version = "={version}", default-features = false }}\n'
        for name, version in wanted.items()
    )
    (scratch / "Cargo.toml").write_text(
        '[package]\nname = "corpus"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n'
        f"[dependencies]\n{pins}",
        encoding="utf-8",
    )
    _cargo(scratch, "fetch")
    answer = json.loads(_cargo(scratch, "metadata", "--format-version", "1"))
    folders = [Path(package["manifest_path"]).parent for package in answer["packages"]]
    found = {name: folder for folder in folders if (name := _wanted(folder, wanted)) is not None}
    # Cargo fetches a crate that has no library, but names it nowhere.
    for store in {folder.parent for folder in found.values()}:
        for name, version in wanted.items():
            place = store / f"{name}-{version}"
            if name not in found and place.is_dir():
                found[name] = place
    missing = sorted(set(wanted) - set(found))
    if missing:
        raise CorpusError(f"cargo fetched no {', '.join(missing)}: is the version right?")
    return found


def _wanted(folder: Path, wanted: Mapping[str, str]) -> str | None:
    """The wanted crate whose folder this is; Cargo unpacks each to ``name-version``."""
    for name, version in wanted.items():
        if folder.name == f"{name}-{version}":
            return name
    return None


def _dependencies(folder: Path) -> list[tuple[str, str]]:
    """What a published crate depends on: names and the versions asked for."""
    text = (folder / "Cargo.toml").read_text(encoding="utf-8")
    return [
        (name, version["version"] if (version := _VERSION.search(section)) else "")
        for _, name, section in _sections(text)
    ]


def _sections(manifest: str) -> Iterator[tuple[int, str, str]]:
    """Each dependency of a published manifest: where its table's body starts, name and body.

    Cargo normalises manifests when it publishes: each dependency is a table of its own.
    """
    for found in _DEPENDENCY.finditer(manifest):
        end = manifest.find("\n[", found.end())
        section = manifest[found.end() : end if end >= 0 else len(manifest)]
        renamed = _RENAMED.search(section)
        yield found.end(), renamed["name"] if renamed else found["name"], section


def _assemble(
    place: Path, crates: Mapping[str, Path], features: Mapping[str, tuple[str, ...]]
) -> None:
    for name, source in sorted(crates.items()):
        _copy(source, place / name)
        manifest = place / name / "Cargo.toml"
        text = manifest.read_text(encoding="utf-8")
        manifest.write_text(by_path(text, crates), encoding="utf-8")
    members = sorted(crates)
    if features:
        members.append(_FEATURES)
        _write_features(place / _FEATURES, features)
    # What third parties want of these crates is these, too.
    patches = "".join(f'{name} = {{ path = "{name}" }}\n' for name in sorted(crates))
    listed = "".join(f'    "{name}",\n' for name in members)
    (place / "Cargo.toml").write_text(
        f'[workspace]\nresolver = "3"\nmembers = [\n{listed}]\n\n[patch.crates-io]\n{patches}',
        encoding="utf-8",
    )


def _write_features(folder: Path, features: Mapping[str, tuple[str, ...]]) -> None:
    """A member that wants features of the others: Cargo then builds them so."""
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "lib.rs").write_text("", encoding="utf-8")
    wanted = "".join(
        f'{name} = {{ path = "../{name}", features = {json.dumps(names)} }}\n'
        for name, names in features.items()
    )
    (folder / "Cargo.toml").write_text(
        f'[package]\nname = "{_FEATURES}"\nversion = "0.0.0"\nedition = "2024"\n'
        f"[dependencies]\n{wanted}",
        encoding="utf-8",
    )


def by_path(manifest: str, own: Iterable[str]) -> str:
    """A published manifest with a path added to each dependency on one of ``own``."""
    names = frozenset(own)
    parts: list[str] = []
    at = 0
    for body, name, _ in _sections(manifest):
        if name in names:
            parts.append(f'{manifest[at:body]}\npath = "../{name}"')
            at = body
    parts.append(manifest[at:])
    return "".join(parts)


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*_NOT_SOURCE), dirs_exist_ok=True)


def _cargo(folder: Path, *arguments: str) -> str:
    """Cargo's output. Raises `CorpusError` with its last words."""
    try:
        done = subprocess.run(
            ["cargo", *arguments], cwd=folder, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise CorpusError(
            "cargo was not found: install Rust, then run this again; what stands is kept"
        ) from None
    if done.returncode != 0:
        words = done.stderr.strip().split("\n")[-6:]
        raise CorpusError(
            f"cargo {arguments[0]} failed in {folder} (is the network up?):\n" + "\n".join(words)
        )
    return done.stdout


if __name__ == "__main__":
    main()
