"""Tasks made of commits: what a message asks for, what a commit changes, trees step by step."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from ferrograph.benchmarks.retrieval.errors import RetrievalError
from ferrograph.benchmarks.retrieval.history import Checkout, Commit, Repository
from ferrograph.benchmarks.retrieval.mining import (
    REPOSITORIES,
    Source,
    functions_at,
    is_task,
    mine,
    query_of,
    read,
    write,
)

NEEDS_GIT = pytest.mark.skipif(
    shutil.which("git") is None and not os.environ.get("FERROGRAPH_CI"), reason="git is missing"
)


def commit(subject: str, body: str = "") -> Commit:
    return Commit(hash="0" * 40, parent="1" * 40, subject=subject, body=body)


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        ("printer: fix line numbers of long lines", True),
        ("Add a flag that sorts by path (#12)", True),
        ("ci: run the tests on macOS as well", False),
        ("deps: update the regex crate again", False),
        ("ignore-0.4.19 and its friends released", False),
        ("doc: say what the flag does", False),
        ("Fix a few typos in comments", False),
        ("fix bug", False),
    ],
)
def test_chores_are_no_tasks(subject: str, wanted: bool) -> None:
    assert is_task(commit(subject)) is wanted


def test_a_query_is_what_the_message_says() -> None:
    body = (
        "# Objective\n\n- Fixes #34\n\n- Make long lines cheap,\n  as in https://example.org/x\n\n"
        "## Solution\n\nDon't.\n\nCo-authored-by: A <a@b.c>"
    )
    assert query_of(commit("Cap the column (#35)", body)) == (
        "Cap the column\nMake long lines cheap, as in"
    )
    assert query_of(commit("Cap the column", "Fixes #3\n")) == "Cap the column"
    long = query_of(commit("Cap the column", " ".join(["word"] * 500)))
    assert len(long.split()) == 63


SOURCE = b"""\
fn first() {
    let a = 1;
}
impl S {
    fn second() {
        fn inner() {
            3;
        }
    }
}
fn third() {}
"""


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((2, 1), ["first"]),
        ((2, 0), ["first"]),
        ((3, 0), []),  # between two items
        ((7, 1), ["inner"]),
        ((5, 1), ["second"]),
        ((2, 10), ["first", "inner", "second", "third"]),
    ],
)
def test_changed_lines_belong_to_functions(lines: tuple[int, int], expected: list[str]) -> None:
    starts = functions_at(SOURCE, [lines])
    found = sorted(SOURCE[start:].split(b"(")[0].decode() for start in starts)
    assert found == expected


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    folder = tmp_path / "repository"
    (folder / "src").mkdir(parents=True)
    git(folder, "init", "-q")
    texts = [
        ("start with a library here", {"Cargo.toml": "[package]", "src/lib.rs": SOURCE.decode()}),
        ("count to two in first", {"src/lib.rs": SOURCE.decode().replace("a = 1", "a = 2"),
                                   "src/new.rs": "fn new() {}\n"}),
        ("remove the new file again", {"src/new.rs": None, "README.md": "# Hi\n"}),
    ]  # fmt: skip
    for subject, files in texts:
        for name, text in files.items():
            if text is None:
                (folder / name).unlink()
            else:
                (folder / name).write_text(text, encoding="utf-8")
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", subject)
    return Repository(folder)


@NEEDS_GIT
def test_changes_are_of_what_the_parent_has(repository: Repository) -> None:
    last, second = repository.log()
    assert repository.changes(second) == {"src/lib.rs": [(2, 1)]}
    assert repository.changes(last) == {"src/new.rs": [(1, 1)]}
    found = mine(Source("repository", 10), repository)
    assert {(task.commit, task.files) for task in found} == {
        (second.hash[:12], ("src/lib.rs",)), (last.hash[:12], ("src/new.rs",)),
    }  # fmt: skip
    assert repository.commit(second.hash[:12]) == second


@NEEDS_GIT
def test_trees_follow_commits(repository: Repository, tmp_path: Path) -> None:
    last, second = repository.log()
    folder = tmp_path / "tree"
    source = Source("repository", 10)
    checkout = Checkout(repository, folder, source.holds)
    checkout.go(second.parent)
    kept = (folder / "src/lib.rs").stat().st_mtime_ns
    assert (folder / "src/lib.rs").read_bytes() == SOURCE
    assert checkout.go(second.hash) is False
    assert sorted(p.name for p in folder.rglob("*.*")) == ["Cargo.toml", "lib.rs", "new.rs"]
    assert checkout.go(last.hash) is False
    assert not (folder / "src/new.rs").exists()
    assert (folder / "README.md").exists()
    # Another run begins where this one ended, and writes only what differs.
    again = Checkout(repository, folder, source.holds)
    before = (folder / "src/lib.rs").stat().st_mtime_ns
    again.go(last.hash)
    assert (folder / "src/lib.rs").stat().st_mtime_ns == before >= kept
    again.go(second.parent)
    assert not (folder / "README.md").exists()


@NEEDS_GIT
def test_what_is_missing_is_said(repository: Repository, tmp_path: Path) -> None:
    with pytest.raises(RetrievalError, match="no commit 123456"):
        repository.commit("123456")
    (tmp_path / "empty").mkdir()
    with pytest.raises(RetrievalError, match="git rev-parse failed"):
        Repository(tmp_path / "empty")


def test_the_cases_are_as_many_as_promised(tmp_path: Path) -> None:
    found = read()
    assert list(found) == [source.name for source in REPOSITORIES]
    assert sum(map(len, found.values())) >= 400
    assert all(task.files for tasks in found.values() for task in tasks)
    write(found, tmp_path / "again.json")
    assert read(tmp_path / "again.json") == found


def test_a_root_package_is_laid_out_as_a_workspace(tmp_path: Path) -> None:
    """So that packages beside it, which it depends on by path, are searched, too."""
    source = tmp_path / "source"
    source.mkdir()
    git(source, "init", "-q")
    (source / "Cargo.toml").write_text('[package]\nname = "a"\n')
    git(source, "add", ".")
    git(source, "commit", "-qm", "one package")
    (source / "Cargo.toml").write_text('[workspace]\nmembers = ["b"]\n')
    git(source, "commit", "-qam", "a workspace")
    made = Repository(source)
    checkout = Checkout(made, tmp_path / "laid out", lambda _path: True)
    laid_out = tmp_path / "laid out" / "Cargo.toml"
    checkout.go("HEAD~1")
    assert laid_out.read_text() == '[package]\nname = "a"\n\n[workspace]\n'
    checkout.go("HEAD")
    assert laid_out.read_text() == '[workspace]\nmembers = ["b"]\n'
