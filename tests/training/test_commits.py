"""Commit messages and the definitions they changed, from a real history."""

import random
import subprocess
from pathlib import Path

import pytest
from ferrograph.benchmarks.training.commits import Repository, commit_pairs

BEFORE = """\
/// Opens the door.
pub fn open(door: &mut Door) {
    door.open = true;
}

pub fn close(door: &mut Door) {
    door.open = false;
}

#[cfg(test)]
mod tests {
    fn helper() -> u32 { 1 }
}
"""
AFTER = BEFORE.replace("door.open = false;", "door.open = false;\n    door.bolt();")


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", *identity, "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def history(tmp_path: Path) -> Repository:
    git(tmp_path, "init", "--quiet")
    source = tmp_path / "crates" / "house-door" / "src" / "door.rs"
    source.parent.mkdir(parents=True)
    for message, text in (
        ("Add doors that open and close", BEFORE),
        ("fix(door): bolt the door when it is closed (#12)", AFTER),
        ("Bump version to 1.2", AFTER + "\n// 1.2\n"),
        ("Rename the helper of all tests", (AFTER + "\n// 1.2\n").replace("{ 1 }", "{ 2 }")),
    ):
        source.write_text(text)
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "--quiet", "-m", message)
    return Repository("someone/house", git(tmp_path, "rev-parse", "HEAD"), "MIT", tmp_path)


def test_a_subject_is_paired_with_what_it_changed_as_it_stood_before(history: Repository) -> None:
    pairs = list(commit_pairs(history, random.Random(0), most=10))
    items = [pair for pair in pairs if pair.text.startswith("function")]
    assert [pair.query for pair in items] == ["bolt the door when it is closed"]
    assert items[0].text.startswith("function close in house door door\n")
    assert "bolt" not in items[0].text
    assert items[0].crate == "house_door"
    outlines = [pair for pair in pairs if pair.text.startswith("module")]
    assert {pair.query for pair in outlines} <= {"bolt the door when it is closed"}


def test_no_pairs_beyond_the_pinned_commit(history: Repository) -> None:
    first = git(history.path, "rev-list", "--max-parents=0", "HEAD")
    older = Repository(history.name, first, history.licence, history.path)
    assert list(commit_pairs(older, random.Random(0), most=10)) == []


def test_a_repository_of_an_evaluation_is_refused(history: Repository) -> None:
    refused = Repository("sharkdp/bat", history.commit, "MIT", history.path)
    with pytest.raises(ValueError, match="bat"):
        list(commit_pairs(refused, random.Random(0), most=10))
