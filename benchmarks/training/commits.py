"""Commit messages and what they changed, from the histories of git repositories on this machine."""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .guard import permissive, refusal
from .pair_file import Pair
from .reading import Crate, read_file

PINS = Path(__file__).parent / "repositories.tsv"
"""Lines of repository, newest commit that is read, licence."""

_MOST_FILES = 4
_MOST_DEFINITIONS = 8
_PER_COMMIT = 3
_OUTLINE_SHARE = 0.5
_LEAST_WORDS, _MOST_WORDS = 4, 30
_LARGEST = 400_000
_CHORES = re.compile(
    r"^(merge|revert|release|bump|prepare|version|v?\d+\.\d|changelog|update (changelog|dep|rust)|"
    r"rustfmt|fmt|cargo fmt|clippy|typo|fix typo|wip|ci\b|ci:|chore|deps|docs?\b|readme|msrv|lint|"
    r"rename files|auto merge|rollup|bors|address|review|nit|cleanup|clean up|fixup|squash)",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"^\s*(?:\[[^\]]*\]\s*|[\w/.,*-]+(?:\([^)]*\))?!?:\s+)+")
_TAIL = re.compile(r"\s*\(?#\d+\)?\.?\s*$")
_FILE = re.compile(r"^diff --git a/(?P<path>.+) b/.+$")
_HUNK = re.compile(r"^@@ -(?P<start>\d+)(?:,(?P<count>\d+))? \+")


class HistoryError(Exception):
    """A repository could not be read; the message says what to do."""


@dataclass(slots=True)
class _Commit:
    hash: str
    subject: str
    changes: dict[str, list[tuple[int, int]]] = field(
        default_factory=dict[str, list[tuple[int, int]]]
    )
    """Changed lines of each file as it stood before, 1-based: (first, last)."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A history up to one commit; `name` is `owner/name`, `path` its git folder."""

    name: str
    commit: str
    licence: str
    path: Path


def repositories(folder: Path, pins: Path = PINS) -> list[Repository]:
    """The pinned repositories, bare in `folder/owner+name/repo`; those missing there are left out.

    Raises `HistoryError` for one that evaluations use or whose licence is not permissive.
    """
    found: list[Repository] = []
    for line in pins.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        name, commit, licence = line.split("\t")
        if (reason := refusal(name)) is not None:
            raise HistoryError(f"{reason}; remove it from {pins.name}")
        if not permissive(licence):
            raise HistoryError(f"{name} is under {licence!r}; remove it from {pins.name}")
        path = folder / name.replace("/", "+") / "repo"
        if path.is_dir():
            found.append(Repository(name, commit, licence, path))
    return found


def commit_pairs(repository: Repository, random_: random.Random, *, most: int) -> Iterator[Pair]:
    """Pairs from the newest `most` commits that change a few definitions each.

    The text is that of a definition as it stood before the commit. Raises `HistoryError` if git is
    not there, and `ValueError` if evaluations use the repository.
    """
    if (reason := refusal(repository.name)) is not None:
        raise ValueError(reason)
    taken = 0
    with _Files(repository.path) as files:
        for commit in _log(repository, most * 4):
            query = _query(commit.subject)
            if query is None or not 0 < len(commit.changes) <= _MOST_FILES:
                continue
            pairs = list(_changed(repository.name, commit, query, files, random_))
            yield from pairs
            taken += bool(pairs)
            if taken >= most:
                return


def _query(subject: str) -> str | None:
    """The subject without prefix and number; None for chores and what says too little."""
    text = _TAIL.sub("", _PREFIX.sub("", subject)).replace("`", "").strip()
    words = text.split()
    if _CHORES.match(subject) or _CHORES.match(text):
        return None
    return text if _LEAST_WORDS <= len(words) <= _MOST_WORDS else None


def _changed(
    name: str, commit: _Commit, query: str, files: _Files, random_: random.Random
) -> Iterator[Pair]:
    found: list[Pair] = []
    outlines: list[Pair] = []
    for path, lines in commit.changes.items():
        source = files.read(f"{commit.hash}^:{path}")
        if source is None or len(source) > _LARGEST:
            continue
        crate_name, inside = _place(name, path)
        crate = Crate(name=crate_name, definitions=[], modules=[])
        read_file(crate, inside, source)
        starts = _line_starts(source)
        spans = [(starts[a - 1], starts[min(b, len(starts) - 1)]) for a, b in lines
                 if a - 1 < len(starts)]  # fmt: skip
        for item in crate.definitions:
            touched = any(item.start < end and start < item.end for start, end in spans)
            if touched and not item.test:
                key = f"{commit.hash}:{path}:{item.owner or ''}:{item.name}"
                text = item.text(with_doc=True)
                found.append(Pair("commit", query, text, crate_name, item.module, key))
        for module in crate.modules[:1]:
            if not module.test:
                key = f"{commit.hash}:{path}"
                text = module.text(with_doc=True)
                outlines.append(Pair("commit", query, text, crate_name, module.path, key))
    if 0 < len(found) <= _MOST_DEFINITIONS:
        yield from random_.sample(found, min(_PER_COMMIT, len(found)))
        if random_.random() < _OUTLINE_SHARE:
            yield random_.choice(outlines) if outlines else found[0]


def _place(repository: str, path: str) -> tuple[str, str]:
    """The crate's name and the path below its `src`, as the folders suggest them."""
    parts = path.split("/")
    at = len(parts) - 1 - parts[::-1].index("src")
    crate = parts[at - 1] if at > 0 else repository.rpartition("/")[2]
    return crate.replace("-", "_"), "/".join(parts[at + 1 :])


def _line_starts(source: bytes) -> list[int]:
    starts = [0]
    at = source.find(b"\n")
    while at >= 0:
        starts.append(at + 1)
        at = source.find(b"\n", at + 1)
    return starts


def _log(repository: Repository, most: int) -> Iterator[_Commit]:
    """The newest commits that touch a Rust source below a `src` folder, the newest first."""
    command = ["git", "-C", str(repository.path), "log", "--no-merges", f"--max-count={most}",
               "--format=%x00%H%x00%s", "-p", "-U0", "--no-renames", "--no-color", "--no-ext-diff",
               "--diff-filter=M", repository.commit, "--", "*.rs"]  # fmt: skip
    try:
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            encoding="utf-8", errors="replace",
        ) as process:  # fmt: skip
            assert process.stdout is not None
            try:
                yield from _read_log(process.stdout)
            finally:
                process.kill()
    except FileNotFoundError:
        raise HistoryError("git was not found: install it, then run this again") from None


def _read_log(lines: Iterator[str] | Sequence[str]) -> Iterator[_Commit]:
    commit: _Commit | None = None
    spans: list[tuple[int, int]] | None = None
    for line in lines:
        if line.startswith("\0"):
            if commit is not None:
                yield commit
            _, hash_, subject = line.rstrip("\n").split("\0", 2)
            commit, spans = _Commit(hash_, subject), None
        elif commit is None:
            continue
        elif found := _FILE.match(line):
            path = found["path"]
            spans = commit.changes.setdefault(path, []) if "src" in path.split("/") else None
        elif spans is not None and (hunk := _HUNK.match(line)):
            start, count = int(hunk["start"]), int(hunk["count"] or 1)
            spans.append((max(1, start), max(1, start + max(count, 1) - 1)))
    if commit is not None:
        yield commit


class _Files:
    """Reads files of any commit through one `git cat-file`."""

    def __init__(self, repository: Path) -> None:
        self._process = subprocess.Popen(
            ["git", "-C", str(repository), "cat-file", "--batch"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def __enter__(self) -> _Files:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def read(self, place: str) -> bytes | None:
        """The bytes of `commit:path`, or None if there is no such file."""
        put, get = self._process.stdin, self._process.stdout
        assert put is not None
        assert get is not None
        put.write(place.encode() + b"\n")
        put.flush()
        head = get.readline().split()
        if len(head) != 3 or head[1] != b"blob":
            if len(head) == 3 and head[1] not in (b"missing", b"ambiguous"):
                get.read(int(head[2]) + 1)
            return None
        data = get.read(int(head[2]))
        get.read(1)
        return data
