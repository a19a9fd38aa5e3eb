"""Nothing that an evaluation uses is trained on, and nothing under terms that are not permissive."""

from pathlib import Path

import pytest
from ferrograph.benchmarks.corpora import CORPORA
from ferrograph.benchmarks.training import commits, crates
from ferrograph.benchmarks.training.commits import HistoryError, repositories
from ferrograph.benchmarks.training.crates import CrateError, read_pins
from ferrograph.benchmarks.training.guard import permissive, refusal

EVALUATED = (
    "ripgrep", "grep", "grep-cli", "grep_searcher", "globset", "ignore", "axum", "axum-core", "serde",
    "serde_json", "erased-serde", "rmp-serde", "tokio", "tokio-util", "async-tokio", "clap",
    "clap_derive", "bat", "tantivy", "tantivy-common", "ownedbytes", "hyper", "hyper-util", "rustix",
    "rustix-futex-sync", "libc", "time", "time-macros", "bevy", "bevy_ecs", "bevy-inspector-egui",
    "leafwing_bevy", "naga_oil",
)  # fmt: skip
ALLOWED = ("regex", "matchers", "runtime", "timely", "batch", "hyperfine", "combat", "clapboard")


@pytest.mark.parametrize("name", EVALUATED)
def test_crates_of_evaluations_are_refused_by_name(name: str) -> None:
    assert refusal(name) is not None


@pytest.mark.parametrize("name", ALLOWED)
def test_names_that_only_look_alike_are_not(name: str) -> None:
    assert refusal(name) is None


@pytest.mark.parametrize(
    "repository",
    [
        "https://example.org/BurntSushi/ripgrep/tree/master/crates/cli",
        "https://example.org/bevyengine/whatever.git",
        "git@example.org:serde-rs/json.git",
        "https://example.org/tokio-rs/tokio/",
    ],
)
def test_crates_are_refused_by_the_repository_they_come_from(repository: str) -> None:
    assert refusal("harmless", repository) is not None


def test_a_repository_is_refused_by_its_own_name() -> None:
    assert refusal("BurntSushi/ripgrep") is not None
    assert refusal("bevyengine/naga_extras") is not None
    assert refusal("rust-lang/regex") is None


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("MIT/Apache-2.0", True),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", True),
        ("Apache-2.0 WITH LLVM-exception OR GPL-2.0", True),
        ("MPL-2.0", False),
        ("MIT AND GPL-3.0", False),
        ("(MIT OR GPL-3.0) AND LGPL-2.1", False),
        ("", False),
        ("MIT OR", False),
    ],
)
def test_a_licence_is_read_as_an_expression(licence: str, allowed: bool) -> None:
    assert permissive(licence) is allowed


@pytest.mark.parametrize("path", [crates.PINS, crates.PINS.with_name("crates.first.tsv")])
def test_every_pinned_crate_may_be_trained_on(path: Path) -> None:
    pins = read_pins(path)
    assert len(pins) >= 150
    assert [pin.name for pin in pins if not permissive(pin.licence)] == []
    evaluated = {name for corpus in CORPORA for name in corpus.crates}
    assert evaluated.isdisjoint(pin.name for pin in pins)


def test_a_pin_that_is_refused_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "crates.tsv"
    path.write_text("# crate\tversion\tlicence\nregex\t1.0.0\tMIT\nserde_json\t1.0.0\tMIT\n")
    with pytest.raises(CrateError, match=r"crates\.tsv:3: serde_json belongs to serde"):
        read_pins(path)
    path.write_text("regex 1.0.0 MIT\n")
    with pytest.raises(CrateError, match="expected crate"):
        read_pins(path)


def test_a_fetched_crate_is_checked_against_its_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin = crates.Pin("harmless", "1.0.0", "MIT")
    folder = tmp_path / "harmless-1.0.0"
    folder.mkdir()

    def run_cargo(_pins: object, _scratch: Path) -> list[Path]:
        return [tmp_path]

    monkeypatch.setattr(crates, "_run_cargo", run_cargo)

    def publish(licence: str, repository: str) -> None:
        (folder / "Cargo.toml").write_text(
            f'[package]\nname = "harmless"\nlicense = "{licence}"\nrepository = "{repository}"\n'
        )

    publish("MIT", "https://example.org/someone/harmless")
    assert crates.fetch([pin]) == {pin: folder}
    publish("GPL-3.0", "https://example.org/someone/harmless")
    with pytest.raises(CrateError, match=r"states the licence 'GPL-3\.0'"):
        crates.fetch([pin])
    publish("MIT", "https://example.org/bevyengine/harmless")
    with pytest.raises(CrateError, match="comes from bevyengine/harmless"):
        crates.fetch([pin])


def test_every_pinned_repository_may_be_trained_on(tmp_path: Path) -> None:
    for line in commits.PINS.read_text().splitlines()[1:]:
        (tmp_path / line.split("\t")[0].replace("/", "+") / "repo").mkdir(parents=True)
    assert len(repositories(tmp_path)) >= 10


def test_a_pinned_repository_of_an_evaluation_is_refused(tmp_path: Path) -> None:
    pins = tmp_path / "repositories.tsv"
    pins.write_text("tokio-rs/tokio\tabc\tMIT\n")
    with pytest.raises(HistoryError, match="tokio"):
        repositories(tmp_path, pins)
    pins.write_text("someone/tool\tabc\tMPL-2.0\n")
    with pytest.raises(HistoryError, match=r"MPL-2\.0"):
        repositories(tmp_path, pins)
