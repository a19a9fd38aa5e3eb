"""rust-analyzer's index of a workspace, made once and kept beside it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

_CONFIGURATION = {"cargo": {"cfgs": ["debug_assertions"]}}
"""By default rust-analyzer also sets ``cfg(miri)``, as no build does."""


class OracleError(Exception):
    """There is no index; the message says what to do."""


def find_rust_analyzer(given: Path | None) -> Path:
    """The program: as given, else ``$RUST_ANALYZER``, else on the path."""
    named = given or (Path(os.environ["RUST_ANALYZER"]) if "RUST_ANALYZER" in os.environ else None)
    if named is not None:
        if not named.is_file():
            raise OracleError(f"there is no rust-analyzer at {named}")
        return named
    found = shutil.which("rust-analyzer")
    if found is None:
        raise OracleError(
            "rust-analyzer was not found: install it, or say where it is with --rust-analyzer"
        )
    return Path(found)


def index_of(root: Path, *, rust_analyzer: Path | None, refresh: bool = False) -> Path:
    """The path of the index of the workspace at ``root``; made where it is missing or stale.

    It is kept in ``target/`` of the workspace, which Cargo's users know for things made by tools.
    """
    place = root / "target" / f"edges-{_fingerprint(root)}.scip"
    if place.is_file() and not refresh:
        return place
    program = find_rust_analyzer(rust_analyzer).resolve()
    place.parent.mkdir(exist_ok=True)
    print(f"{root.name}: asking rust-analyzer, which may take minutes", file=sys.stderr, flush=True)
    partial = place.with_suffix(".partial").resolve()
    configuration = place.with_suffix(".json").resolve()
    configuration.write_text(json.dumps(_CONFIGURATION), encoding="utf-8")
    done = subprocess.run(
        [str(program), "scip", ".", "--output", partial, "--config-path", configuration],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0 or not partial.is_file():
        words = "\n".join(done.stderr.strip().split("\n")[-4:])
        raise OracleError(f"rust-analyzer scip failed in {root}:\n{words}")
    partial.rename(place)
    return place


def _fingerprint(root: Path) -> str:
    """Of every Rust file and manifest of a workspace."""
    digest = hashlib.blake2b(json.dumps(_CONFIGURATION).encode(), digest_size=8)
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        if inside.parts[0] != "target" and (path.suffix == ".rs" or path.name == "Cargo.toml"):
            digest.update(inside.as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
