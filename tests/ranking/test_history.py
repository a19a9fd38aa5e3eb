"""Earlier changes, out of git and by themselves."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from ferrograph.ranking.git import Repository
from ferrograph.ranking.history import Change, History, named_as_now
from ferrograph.ranking.mentions import read_mentions


def git(folder: Path, *arguments: str) -> str:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a",
           "GIT_COMMITTER_EMAIL": "a@b", "GIT_CONFIG_GLOBAL": os.devnull}  # fmt: skip
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        capture_output=True, check=True, text=True, env={**os.environ, **who},
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Three commits: two files, one of them renamed, the other changed."""
    git(tmp_path, "init", "-q")
    (tmp_path / "inner").mkdir()
    text = "".join(f"fn line_{at}() {{}}\n" for at in range(20))
    (tmp_path / "inner/old.rs").write_text(text)
    (tmp_path / "b.rs").write_text("fn b() {}\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first words")
    git(tmp_path, "mv", "inner/old.rs", "inner/new name.rs")
    git(tmp_path, "commit", "-qm", "move it")
    (tmp_path / "b.rs").write_text("fn c() {}\n")
    git(tmp_path, "commit", "-qam", "third")
    return tmp_path


def test_changes_come_latest_first_under_the_names_of_now(repository: Path) -> None:
    assert Repository(repository).history().changes == [
        Change("third", ("b.rs",)),
        Change("move it", ("inner/new name.rs",)),
        Change("first words", ("b.rs", "inner/new name.rs")),
    ]


def test_nothing_later_than_the_commit_is_told(repository: Path) -> None:
    parent = git(repository, "rev-parse", "HEAD~2")
    assert Repository(repository).until(parent).changes == [
        Change("first words", ("b.rs", "inner/old.rs"))
    ]


def test_a_folder_of_a_repository_has_the_history_of_what_is_in_it(repository: Path) -> None:
    subjects = {
        change.subject: change.files
        for change in Repository(repository / "inner").history().changes
    }
    assert subjects["first words"] == ("new name.rs",)


def test_a_new_commit_is_seen(repository: Path) -> None:
    asked = Repository(repository)
    assert len(asked.history().changes) == 3
    assert asked.history() is asked.history()
    (repository / "b.rs").write_text("fn d() {}\n")
    git(repository, "commit", "-qam", "fourth")
    assert asked.history().changes[0] == Change("fourth", ("b.rs",))


def test_without_a_repository_there_is_no_history(tmp_path: Path) -> None:
    assert Repository(tmp_path / "none").history().changes == ()
    git(tmp_path, "init", "-q")
    assert Repository(tmp_path).history().changes == ()
    assert Repository(tmp_path).until("--output=x").changes == ()


def test_settings_of_a_repository_start_nothing(repository: Path) -> None:
    trap, sprung = repository / "trap.sh", repository / "sprung"
    trap.write_text(f"#!/bin/sh\ntouch '{sprung}'\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "diff.external", "core.pager", "gpg.program", "core.sshCommand"):
        git(repository, "config", name, str(trap))
    git(repository, "config", "log.showSignature", "true")
    assert len(Repository(repository).history().changes) == 3
    assert not sprung.exists()


def test_like_messages_vote_by_what_is_rare_in_them() -> None:
    history = History(
        [
            Change("grow the buffer of the codec", ("codec.rs",)),
            Change("the buffer shrinks", ("buffer.rs", "pool.rs")),
            *(Change("the usual", ("usual.rs",)) for _ in range(8)),
        ]
    )
    found = history.alike(read_mentions("the codec has too small a buffer"))
    assert sorted(found, key=lambda file: -found[file])[:2] == ["codec.rs", "buffer.rs"]
    assert found["buffer.rs"] == found["pool.rs"]
    assert "usual.rs" not in found
    assert History().alike(read_mentions("anything")) == {}


def test_sweeping_changes_tie_nothing_together() -> None:
    many = tuple(f"f{at}.rs" for at in range(30))
    history = History([Change("rustfmt", many), Change("two", ("f0.rs", "f1.rs"))])
    assert set(history.together({"f0.rs": 1.0})) == {"f1.rs"}
    assert history.recent(["f0.rs", "none.rs"]).keys() == {"f0.rs"}


def test_renames_are_followed_twice() -> None:
    changes = named_as_now([("c", [("b", "c")]), ("b", [("a", "b")]), ("a", [("a", "a")])])
    assert [change.files for change in changes] == [("c",), ("c",), ("c",)]
