"""Which files belong to a package, and reading them on a machine where anything can happen."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from ferrograph.parser.sources import is_found, markdown_files, read_source, rust_files


def make(root: Path, *files: str) -> None:
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")


MIXED = (
    "Cargo.toml",
    "src/lib.rs",
    "src/target/real_module.rs",
    "target/debug/build/out.rs",
    "elsewhere/CACHEDIR.TAG",
    "elsewhere/generated.rs",
    ".git/x.rs",
    ".hidden.rs",
    "node_modules/x.rs",
    "nested/Cargo.toml",
    "nested/src/lib.rs",
)
"""Sources among build output, hidden folders and another package."""


def names(found: Iterable[Path], root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in found]


def test_every_source_in_a_stable_order(tmp_path: Path) -> None:
    make(tmp_path, "src/z.rs", "src/a/b.rs", "src/lib.rs", "build.rs", "benches/x.rs", "src/a.txt")
    assert names(rust_files(tmp_path, exclude=()), tmp_path) == [
        "build.rs",
        "benches/x.rs",
        "src/lib.rs",
        "src/z.rs",
        "src/a/b.rs",
    ]


def test_build_output_hidden_folders_and_nested_packages_are_left_out(tmp_path: Path) -> None:
    make(tmp_path, *MIXED)
    assert names(rust_files(tmp_path), tmp_path) == ["src/lib.rs", "src/target/real_module.rs"]


def test_one_file_is_found_where_the_walk_comes_by_it(tmp_path: Path) -> None:
    make(tmp_path, *MIXED, "nested/target/out.rs", "nested/README.md")
    paths = [p for p in tmp_path.rglob("*") if p.suffix in (".rs", ".md")]
    assert len(paths) == 10
    for root in (tmp_path, tmp_path / "nested"):
        for nested, walk in ((False, rust_files), (True, markdown_files)):
            ending = ".md" if nested else ".rs"
            found = {p for p in paths if is_found(p, root, nested_packages=nested)}
            assert {p for p in found if p.suffix == ending} == set(walk(root))


def test_a_root_that_is_marked_as_a_cache_is_still_read(tmp_path: Path) -> None:
    make(tmp_path, "CACHEDIR.TAG", "lib.rs")
    assert names(rust_files(tmp_path), tmp_path) == ["lib.rs"]


def test_excluded_files_and_folders(tmp_path: Path) -> None:
    make(tmp_path, "a/x.rs", "b/x.rs", "b/y.rs")
    found = rust_files(tmp_path, exclude=[tmp_path / "a", tmp_path / "b/y.rs"])
    assert names(found, tmp_path) == ["b/x.rs"]


def test_circular_links_end(tmp_path: Path) -> None:
    make(tmp_path, "src/lib.rs", "other/shared.rs")
    (tmp_path / "src/loop").symlink_to(tmp_path)
    (tmp_path / "src/self").symlink_to("self")
    (tmp_path / "src/gone.rs").symlink_to("nowhere.rs")
    (tmp_path / "src/shared.rs").symlink_to("../other/shared.rs")
    assert names(rust_files(tmp_path), tmp_path) == [
        "other/shared.rs",
        "src/lib.rs",
        "src/shared.rs",
    ]


def test_unreadable_and_missing_folders_are_passed_over(tmp_path: Path) -> None:
    make(tmp_path, "a/x.rs", "b/y.rs")
    (tmp_path / "a").chmod(0)
    try:
        found = names(rust_files(tmp_path), tmp_path)
    finally:
        (tmp_path / "a").chmod(0o755)
    assert found[-1] == "b/y.rs"  # root reads everything, so a/x.rs may be there
    assert list(rust_files(tmp_path / "nowhere")) == []


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/\xff\xfe.rs"
    try:
        with open(odd, "wb") as file:
            file.write(b"fn f() {}")
    except OSError:
        pytest.skip("this file system refuses such names")
    (found,) = rust_files(tmp_path)
    assert read_source(found) == (b"fn f() {}", None)


def test_markdown_of_nested_packages_belongs_to_the_workspace(tmp_path: Path) -> None:
    make(tmp_path, "README.md", "a/Cargo.toml", "a/NOTES.markdown", "a/target/x.md", "b/x.txt")
    assert names(markdown_files(tmp_path), tmp_path) == ["README.md", "a/NOTES.markdown"]


def test_reading(tmp_path: Path) -> None:
    file = tmp_path / "a.rs"
    file.write_bytes(b"x" * 10)
    assert read_source(file) == (b"x" * 10, None)
    assert read_source(file, limit=10) == (b"x" * 10, None)
    assert read_source(file, limit=9)[0] is None


@pytest.mark.parametrize(
    ("make_it", "why"),
    [
        (lambda path: None, "is gone"),
        (lambda path: path.mkdir(), "is not a regular file"),
        (os.mkfifo, "is not a regular file"),
        (lambda path: path.symlink_to(path.name), "can't be read: "),
        (lambda path: path.write_bytes(b"x" * 2_500_000), "was left out: 2.5 MB is more than 2 MB"),
    ],
)
def test_what_can_not_be_read_is_a_sentence(tmp_path: Path, make_it: object, why: str) -> None:
    path = tmp_path / "odd.rs"
    make_it(path)  # type: ignore[operator]
    data, problem = read_source(path, limit=2_000_000)
    assert data is None
    assert problem is not None
    assert problem.startswith(f"{path} {why}")
    assert "\n" not in problem


def test_a_path_that_no_system_accepts(tmp_path: Path) -> None:
    data, problem = read_source(tmp_path / "a\0b.rs")
    assert data is None
    assert problem is not None
