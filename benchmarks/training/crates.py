"""The crates that training pairs come from: pinned, allowed, fetched by Cargo."""

from __future__ import annotations

import json
import subprocess
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .guard import permissive, refusal

PINS = Path(__file__).parent / "crates.tsv"
"""Lines of crate, version, licence; what the model card calls the crate list."""

_CHUNK = 24
_TARGET = "x86_64-unknown-linux-gnu"


class CrateError(Exception):
    """Crates could not be had or must not be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A crate at an exact version, under the licence that its manifest states."""

    name: str
    version: str
    licence: str


def read_pins(path: Path = PINS) -> list[Pin]:
    """The pinned crates. Raises `CrateError` for a malformed line or a crate that is refused."""
    pins: list[Pin] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != 3:
            raise CrateError(f"{path.name}:{number}: expected crate, version and licence")
        pin = Pin(*fields)
        if (reason := refusal(pin.name)) is not None:
            raise CrateError(f"{path.name}:{number}: {reason}; remove the line")
        pins.append(pin)
    return pins


def fetch(
    pins: Sequence[Pin], *, progress: Callable[[int, int], None] | None = None
) -> dict[Pin, Path]:
    """The folders of the crates' sources, as Cargo unpacks them; some dozens are asked for at once.

    Raises `CrateError` if Cargo cannot fetch one of them, if a manifest states another licence than
    the pin or one that is not permissive, or if a crate comes from a refused repository.
    """
    found: dict[Pin, Path] = {}
    with tempfile.TemporaryDirectory(prefix="ferrograph-crates-") as scratch:
        for at in range(0, len(pins), _CHUNK):
            found.update(_fetch(pins[at : at + _CHUNK], Path(scratch)))
            if progress is not None:
                progress(len(found), len(pins))
    for pin, folder in found.items():
        _allow(pin, folder)
    return found


def _fetch(pins: Sequence[Pin], scratch: Path) -> dict[Pin, Path]:
    """All of them, by halves where they cannot stand in one build together."""
    try:
        store = _run_cargo(pins, scratch)
    except CrateError:
        if len(pins) == 1:
            raise
        half = len(pins) // 2
        return {**_fetch(pins[:half], scratch), **_fetch(pins[half:], scratch)}
    found: dict[Pin, Path] = {}
    for pin in pins:
        folders = [s / f"{pin.name}-{pin.version}" for s in store]
        folder = next((folder for folder in folders if folder.is_dir()), None)
        if folder is None:
            raise CrateError(f"cargo fetched no {pin.name} {pin.version}: is the version right?")
        found[pin] = folder
    return found


def _run_cargo(pins: Iterable[Pin], scratch: Path) -> list[Path]:
    """Have Cargo fetch the crates; the folders that it keeps sources in."""
    (scratch / "src").mkdir(exist_ok=True)
    (scratch / "src" / "lib.rs").write_text("", encoding="utf-8")
    (scratch / "Cargo.lock").unlink(missing_ok=True)
    wanted = "".join(
        f'{pin.name} = {{ version = "={pin.version}", default-features = false }}\n' for pin in pins
    )
    (scratch / "Cargo.toml").write_text(
        '[package]\nname = "training"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n'
        f"[dependencies]\n{wanted}",
        encoding="utf-8",
    )
    _cargo(scratch, "fetch", "--target", _TARGET)
    answer: Any = json.loads(
        _cargo(scratch, "metadata", "--format-version", "1", "--filter-platform", _TARGET)
    )
    folders = {Path(package["manifest_path"]).parent.parent for package in answer["packages"]}
    return sorted(folders - {scratch.parent})


def _cargo(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["cargo", *arguments], cwd=folder, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise CrateError("cargo was not found: install Rust, then run this again") from None
    if done.returncode != 0:
        words = "\n".join(done.stderr.strip().split("\n")[-6:])
        raise CrateError(f"cargo {arguments[0]} failed (is the network up?):\n{words}")
    return done.stdout


def _allow(pin: Pin, folder: Path) -> None:
    package = manifest(folder)
    licence, repository = str(package.get("license", "")), str(package.get("repository", ""))
    if (reason := refusal(pin.name, repository)) is not None:
        raise CrateError(f"{reason}; remove it from {PINS.name}")
    if licence != pin.licence or not permissive(licence):
        raise CrateError(
            f"{pin.name} {pin.version} states the licence {licence!r}, and {PINS.name} has "
            f"{pin.licence!r}: only permissive terms may be trained on; correct or remove the line"
        )


def manifest(folder: Path) -> dict[str, Any]:
    """The `package` table of a published crate's manifest."""
    with (folder / "Cargo.toml").open("rb") as file:
        return tomllib.load(file)["package"]


def standard_library() -> Path | None:
    """The folder of the standard library's sources, if the toolchain brings them along."""
    try:
        done = subprocess.run(
            ["rustc", "--print", "sysroot"], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return None
    library = Path(done.stdout.strip()) / "lib" / "rustlib" / "src" / "rust" / "library"
    return library if (library / "core" / "src" / "lib.rs").is_file() else None
