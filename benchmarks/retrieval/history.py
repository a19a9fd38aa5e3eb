"""Git repositories: reading commits, and laying out their trees as files, step by step."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .errors import RetrievalError

Lines = tuple[int, int]
"""The first line and how many, from 1 as git counts; none means behind the first line."""

_HUNK: Final = "@@ -"
_ROOT: Final = "Cargo.toml"
_WORKSPACE: Final = re.compile(rb"^\s*\[workspace[.\]]", re.MULTILINE)
_FIELDS: Final = "%H%x00%P%x00%s%x00%b%x00%x01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit with one parent."""

    hash: str
    parent: str
    subject: str
    body: str


class Repository:
    """A git repository on this machine, bare or not. It is only read."""

    def __init__(self, folder: Path) -> None:
        """Raises `RetrievalError` where there is none."""
        self.folder = folder
        self._git("rev-parse", "--git-dir")

    def log(self, *, limit: int | None = None, last: str = "HEAD") -> list[Commit]:
        """The first parents of ``last`` that are no merges, the latest first."""
        most = [f"--max-count={limit}"] if limit else []
        text = self._git("log", "--first-parent", f"--format={_FIELDS}", *most, last)
        return list(_commits(text))

    def commit(self, hash: str) -> Commit:
        """One commit. Raises `RetrievalError` where the repository lacks it."""
        try:
            found = list(_commits(self._git("log", "-1", f"--format={_FIELDS}", hash)))
        except RetrievalError as error:
            raise RetrievalError(
                f"{self.folder} has no commit {hash}: fetch the repository's whole history"
            ) from error
        return found[0]

    def changes(self, commit: Commit) -> dict[str, list[Lines]]:
        """The files that the parent has and the commit changes, each with the lines it changes."""
        text = self._git(
            "diff", "--unified=0", "--no-color", "--no-ext-diff", "--find-renames",
            "--src-prefix=a/", "--dst-prefix=b/", commit.parent, commit.hash,
        )  # fmt: skip
        found: dict[str, list[Lines]] = {}
        file = ""
        for line in text.split("\n"):
            if line.startswith("diff --git "):
                file = ""
            elif line.startswith("--- "):
                file = line[6:].rstrip("\t") if line.startswith("--- a/") else ""
                if file:
                    found.setdefault(file, [])
            elif line.startswith("rename from "):
                found.setdefault(line[12:], [])
            elif line.startswith(_HUNK) and file:
                start, _, count = line[len(_HUNK) :].split(" ", 1)[0].partition(",")
                found[file].append((int(start), int(count or 1)))
        return found

    def tree(self, commit: str) -> dict[str, str]:
        """Every file of a commit with the hash of its content; links are left out."""
        found: dict[str, str] = {}
        for entry in self._git("ls-tree", "-r", "-z", commit).split("\0"):
            about, _, path = entry.partition("\t")
            if about.startswith("100"):
                found[path] = about.split()[2]
        return found

    def contents(self, hashes: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """What stands behind these hashes, in turn."""
        wanted = list(dict.fromkeys(hashes))
        done = subprocess.run(
            ["git", "-C", str(self.folder), "cat-file", "--batch"],
            input="".join(f"{hash}\n" for hash in wanted).encode(),
            capture_output=True, check=False,
        )  # fmt: skip
        at = 0
        for hash in wanted:
            end = done.stdout.find(b"\n", at)
            about = done.stdout[at:end].split()
            if len(about) != 3:
                raise RetrievalError(f"{self.folder} lacks {hash}: fetch its whole history")
            size = int(about[2])
            yield hash, done.stdout[end + 1 : end + 1 + size]
            at = end + 2 + size

    def file(self, commit: str, path: str) -> bytes:
        """One file of a commit."""
        return dict(self.contents([f"{commit}:{path}"]))[f"{commit}:{path}"]

    def _git(self, *arguments: str) -> str:
        try:
            done = subprocess.run(
                ["git", "-C", str(self.folder), "-c", "core.quotePath=false", *arguments],
                capture_output=True, check=False,
            )  # fmt: skip
        except FileNotFoundError:
            raise RetrievalError("git was not found: install it, then run this again") from None
        if done.returncode != 0:
            words = done.stderr.decode("utf-8", "replace").strip().split("\n")[-1]
            raise RetrievalError(f"git {arguments[0]} failed in {self.folder}: {words}")
        return done.stdout.decode("utf-8", "replace")


def _commits(text: str) -> Iterator[Commit]:
    for entry in text.split("\x01"):
        hash, _, rest = entry.strip("\n").partition("\0")
        if not hash:
            continue
        parents, subject, body = rest.split("\0")[:3]
        if len(parents.split()) == 1:
            yield Commit(hash=hash, parent=parents, subject=subject, body=body)


class Checkout:
    """A folder that is made to hold one commit's files after another; only what differs is
    written."""

    def __init__(self, repository: Repository, folder: Path, wanted: Callable[[str], bool]) -> None:
        self.folder = folder
        self._repository = repository
        self._wanted = wanted
        self._known: dict[str, str] = {}

    def go(self, commit: str) -> bool:
        """Lay out a commit. Gives whether manifests came or went."""
        tree = {p: h for p, h in self._repository.tree(commit).items() if self._wanted(p)}
        if not self._known:
            self._sweep(tree)
        changed = {p: h for p, h in tree.items() if self._known.get(p) != h}
        contents: Mapping[str, bytes] = dict(self._repository.contents(changed.values()))
        for path, hash in changed.items():
            place = self.folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            data = _workspace(contents[hash]) if path == _ROOT else contents[hash]
            # What an earlier run wrote keeps its time, so that it isn't parsed again.
            if not place.is_file() or place.read_bytes() != data:
                place.write_bytes(data)
        for path in self._known.keys() - tree.keys():
            (self.folder / path).unlink(missing_ok=True)
        manifests = _manifests(self._known) != _manifests(tree)
        self._known = tree
        return manifests

    def _sweep(self, tree: Mapping[str, str]) -> None:
        """Remove what an earlier run left and this commit does not have."""
        for path in list(self.folder.rglob("*")):
            name = path.relative_to(self.folder).as_posix()
            if path.is_file() and name not in tree:
                path.unlink()


def _workspace(manifest: bytes) -> bytes:
    """A root manifest that is one of a workspace: without that, the packages beside it that it
    depends on would be strangers, and what a commit changes there could not be found."""
    return manifest if _WORKSPACE.search(manifest) else manifest + b"\n[workspace]\n"


def _manifests(tree: Mapping[str, str]) -> set[str]:
    return {path for path in tree if path.endswith("Cargo.toml")}
