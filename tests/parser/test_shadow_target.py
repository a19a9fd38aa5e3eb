"""What a shadow's target folder takes over from the workspace's."""

from __future__ import annotations

import os
from pathlib import Path

from ferrograph.parser.shadow_target import seed

HASH = "0123456789abcdef"
OURS = frozenset(("my-game", "tool"))


def build(target: Path, *packages: str) -> None:
    """As Cargo leaves a target folder."""
    for package in packages:
        crate = package.replace("-", "_")
        for name in (
            f".fingerprint/{package}-{HASH}/lib-{crate}",
            f"build/{package}-{HASH}/out/made.rs",
            f"deps/lib{crate}-{HASH}.rmeta",
            f"deps/{crate}-{HASH}.d",
        ):
            file = target / "debug" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(package, encoding="utf-8")
            os.utime(file, (1_000_000, 1_000_000))


def names(target: Path) -> set[str]:
    files = (p for p in (target / "debug").rglob("*") if p.is_file() and p.name[0] != ".")
    return {p.relative_to(target / "debug").as_posix() for p in files}


def test_dependencies_are_taken_over_and_members_are_not(tmp_path: Path) -> None:
    built, own = tmp_path / "target", tmp_path / "target" / "own"
    build(built, "serde-json", "my-game", "tool")
    seed(built, own, OURS)
    assert names(own) == {
        f".fingerprint/serde-json-{HASH}/lib-serde_json",
        f"build/serde-json-{HASH}/out/made.rs",
        f"deps/libserde_json-{HASH}.rmeta",
        f"deps/serde_json-{HASH}.d",
    }
    depends = own / "debug" / "deps" / f"serde_json-{HASH}.d"
    assert depends.stat().st_mtime == 1_000_000, "cargo tells by the times what is fresh"
    # Cargo writes into small files: those are not the workspace's.
    depends.write_text("another", encoding="utf-8")
    assert (built / "debug" / "deps" / depends.name).read_text(encoding="utf-8") == "serde-json"


def test_what_is_there_stays_and_what_is_new_comes(tmp_path: Path) -> None:
    built, own = tmp_path / "target", tmp_path / "own"
    build(built, "serde")
    seed(built, own, OURS)
    kept = own / "debug" / "deps" / f"serde-{HASH}.d"
    kept.write_text("of the shadow's own build", encoding="utf-8")
    build(built, "libc")
    os.utime(built / "debug" / ".fingerprint", (2_000_000, 2_000_000))
    seed(built, own, OURS)
    assert kept.read_text(encoding="utf-8") == "of the shadow's own build"
    assert f"deps/liblibc-{HASH}.rmeta" in names(own)


def test_nothing_is_built_yet(tmp_path: Path) -> None:
    seed(tmp_path / "target", tmp_path / "own", OURS)
    assert not (tmp_path / "own").exists()
