"""``python -m benchmarks.retrieval.mining DIR``: choose the commits of *task to files*.

Reads the histories of the repositories in a folder and writes ``commits.json``: hashes and the
files that have to be found. A commit is worth a case when

- it has one parent, and is one of the latest that `REPOSITORIES` says;
- its message says in at least `_FEWEST_WORDS` words what it does, and isn't about releases,
  dependencies, builds, formatting or documentation (`_CHORE`);
- it changes at most `_MOST_FILES` Rust files that its parent has, and in at least one of them a
  function.

Of those, `COUNT` of each half are drawn by their hash.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ferrograph.parser.rust import parse_rust

from .cases import SPLITS, draw
from .errors import RetrievalError
from .history import Commit, Lines, Repository

TASK: Final = "commits"
FILE: Final = Path(__file__).parent / "commits.json"
COUNT: Final = 70
_FEWEST_WORDS: Final = 4
_MOST_FILES: Final = 6
_MOST_WORDS: Final = 60
_SHORT: Final = 12
"""Digits of a hash that are kept."""


@dataclass(frozen=True, slots=True)
class Source:
    """A repository: how far back it is read, and the folders that are looked at (empty: all)."""

    name: str
    latest: int
    folders: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Whether a file is looked at: sources, manifests, and documents that aren't histories."""
        if path in ("Cargo.toml", "Cargo.lock"):
            return True
        if self.folders and not path.startswith(self.folders):
            return False
        name = path.rpartition("/")[2]
        return path.endswith(".rs") or name == "Cargo.toml" or (
            path.endswith(".md") and not name.upper().startswith("CHANGELOG")
        )  # fmt: skip


REPOSITORIES: Final = (
    Source("ripgrep", 2000),
    Source("tokio", 1500),
    Source("bevy", 400, ("crates/", "src/")),
)

_CHORE: Final = re.compile(
    r"^(?:\W*)(?:chore|ci|deps?|docs?|doc|fmt|rustfmt|clippy|lint|style|typos?|changelog|release"
    r"|releases|bump|readme|merge|revert|pkg|github|cargo|benchsuite|examples?|example|build|meta"
    r"|prepare|license|spelling|msrv|policy|contributing|style|misc)\b"
    r"|^[\w./-]*\d+\.\d+|\btypos?\b|\bclippy\b|\bcopyright\b|\bdocs?\b|\bdocumentation\b|\bdoc-?test",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"\s*\(#\d+\)\s*$|\s+#\d+\s*$")
_TRAILER: Final = re.compile(
    r"^(?:[A-Z][\w-]*-by|Fix(?:es|ed)?|Clos(?:es|ed)?|Resolves?|Refs?|See|PR|Ref|Related|Depends"
    r"|BREAKING CHANGE)\b:?.*#\d+.*$|^[\w-]+-by:.*$|^(?:Fixes|Closes|Refs?|PR|See):?\s+\S+$",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"https?://\S+|#\d+\b")
_PARAGRAPH: Final = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A commit as the case list keeps it."""

    id: str
    repository: str
    commit: str
    files: tuple[str, ...]


def main() -> None:
    """Choose and write."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.retrieval.mining",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="where the repositories stand, by name")
    parser.add_argument("--out", type=Path, default=FILE)
    arguments = parser.parse_args()
    try:
        found = {
            source.name: mine(source, Repository(arguments.folder / source.name))
            for source in REPOSITORIES
        }
    except RetrievalError as error:
        sys.exit(str(error))
    write(found, arguments.out)


def mine(source: Source, repository: Repository) -> list[Task]:
    """A repository's cases."""
    worth: list[Task] = []
    commits = repository.log(limit=source.latest)
    for commit in commits:
        if not is_task(commit):
            continue
        changes = {
            file: lines
            for file, lines in repository.changes(commit).items()
            if file.endswith(".rs") and source.holds(file)
        }
        if not 1 <= len(changes) <= _MOST_FILES:
            continue
        if any(
            functions_at(repository.file(commit.parent, file), lines)
            for file, lines in changes.items()
            if lines
        ):
            id = f"{TASK}/{source.name}/{commit.hash[:_SHORT]}"
            files = tuple(sorted(changes))
            worth.append(
                Task(id=id, repository=source.name, commit=commit.hash[:_SHORT], files=files)
            )
    print(f"{source.name}: {len(worth)} of {len(commits)} commits", file=sys.stderr)
    return draw(worth, COUNT, SPLITS)


def is_task(commit: Commit) -> bool:
    """Whether a message says what to do to code."""
    subject = _NUMBER.sub("", commit.subject)
    return _CHORE.search(subject) is None and len(subject.split()) >= _FEWEST_WORDS


def query_of(commit: Commit) -> str:
    """What the message asks for: its subject and the first paragraph of prose below it, without
    numbers of issues, addresses and trailers."""
    subject = _NUMBER.sub("", commit.subject)
    for paragraph in _PARAGRAPH.split(commit.body.replace("\r\n", "\n")):
        lines = [
            line.strip().removeprefix("- ").removeprefix("* ")
            for line in paragraph.split("\n")
            if line.strip() and not line.lstrip().startswith(("#", "<!--", "```", "|"))
        ]
        prose = " ".join(line for line in lines if not _TRAILER.match(line))
        prose = " ".join(_ADDRESS.sub("", prose).split())
        if len(prose.split()) >= _FEWEST_WORDS:
            words = prose.split()[:_MOST_WORDS]
            return f"{subject}\n{' '.join(words)}"
    return subject


def functions_at(source: bytes, changed: Iterable[Lines]) -> set[int]:
    """Where the names of the functions start that these lines are part of, the innermost ones.

    What is added between two lines is part of what both of them are part of.
    """
    functions = [i for i in parse_rust(source).items if i.kind in ("function", "method")]
    found: set[int] = set()
    for start, count in changed:
        first, last = (start - 1, start) if count == 0 else (start - 1, start + count - 2)
        if count == 0:
            around = [f for f in functions if f.line <= first and last <= f.end_line]
            inner = min(around, key=lambda f: f.end - f.start, default=None)
            if inner is not None:
                found.add(inner.name_start)
            continue
        for line in range(first, last + 1):
            around = [f for f in functions if f.line <= line <= f.end_line]
            inner = min(around, key=lambda f: f.end - f.start, default=None)
            if inner is not None:
                found.add(inner.name_start)
    return found


def write(found: dict[str, list[Task]], path: Path) -> None:
    """A line for each commit."""
    parts: list[str] = []
    for name, tasks in found.items():
        lines = [f"  {json.dumps([task.commit, *task.files])}" for task in tasks]
        parts.append(f' "{name}": [\n' + ",\n".join(lines) + "\n ]")
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def read(path: Path = FILE) -> dict[str, list[Task]]:
    """The cases by repository."""
    kept: dict[str, list[Any]] = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: [
            Task(id=f"{TASK}/{name}/{row[0]}", repository=name, commit=row[0], files=tuple(row[1:]))
            for row in rows
        ]
        for name, rows in kept.items()
    }


if __name__ == "__main__":
    main()
