"""Many files from one string."""

from __future__ import annotations

from pathlib import Path


def write_files(root: Path, fixture: str) -> Path:
    """Write the files of a fixture, in which ``//- path`` begins one; gives ``root``."""
    for part in fixture.split("//- ")[1:]:
        name, _, text = part.partition("\n")
        path = root / name.strip()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
