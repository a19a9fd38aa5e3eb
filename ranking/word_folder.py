"""Where an index of words stands on disk, and what it was made of."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Final, cast

from blake3 import blake3

from ..graph.schema import SCHEMA_VERSION
from ..graph.store import GraphStore
from ..parser.rust import PARSER_VERSION
from .errors import WordsBroken
from .word_index import Shape, WordIndex

VERSION: Final = 1
"""Changes whenever the same item gives another document, or the files another form."""


class WordFolder:
    """A folder with an index and a note of what the index was made of.

    The note is written last, and taken back before anything is changed: an index without it may be
    half of what it should be.
    """

    def __init__(self, path: Path, shape: Shape) -> None:
        self._path = path
        self._shape = shape
        self._index = path / "index"
        self._note = path / "made-of.json"
        self._seen = 0

    def open(self) -> WordIndex:
        """The index, for writing; a new one where there is none that can be used.

        Raises `WordsBroken`.
        """
        if self._read().get("version") != VERSION:
            self.destroy()
        try:
            self._index.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WordsBroken(f"No index of words can be kept in {self._path}: {error}") from error
        return WordIndex(self._index, self._shape)

    def read(self, known: WordIndex | None) -> WordIndex | None:
        """The index as it was committed last, None where there is none that can be used.

        ``known`` is what this gave before. Raises `WordsBroken`.
        """
        try:
            stamp = self._note.stat().st_mtime_ns
        except OSError:
            return None
        if known is not None and stamp == self._seen:
            return known
        if self._read().get("version") != VERSION or not self._index.is_dir():
            return None
        found = WordIndex(self._index, self._shape, create=False)
        self._seen = stamp
        return found

    def mark(self, made_of: str, count: int) -> None:
        """Note what the index, of so many documents, was made of. Raises `WordsBroken`."""
        text = json.dumps({"version": VERSION, "made_of": made_of, "count": count})
        new = self._note.with_suffix(".new")
        try:
            new.write_text(text, encoding="utf-8")
            new.replace(self._note)
        except OSError as error:
            raise WordsBroken(f"No index of words can be kept in {self._path}: {error}") from error

    @property
    def count(self) -> int | None:
        """How many documents the index has; None where there is none, or only half of one."""
        note = self._read()
        count = note.get("count")
        whole = note.get("version") == VERSION and note.get("made_of")
        return count if whole and isinstance(count, int) else None

    def is_made_of(self, made_of: str, count: int) -> bool:
        """Whether the note says so."""
        note = self._read()
        return note.get("made_of") == made_of and note.get("count") == count

    def destroy(self) -> None:
        """Remove everything."""
        shutil.rmtree(self._path, ignore_errors=True)

    def _read(self) -> dict[str, Any]:
        try:
            found: object = json.loads(self._note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def made_of(store: GraphStore) -> str:
    """A digest of all that a graph was made of: equal ones mean equal items."""
    made = blake3(f"{PARSER_VERSION} {SCHEMA_VERSION}".encode())
    for path, record in sorted(store.files().items()):
        made.update(path.encode() + b"\0" + record.hash)
    for key, crate in sorted(store.crates().items()):
        made.update(key.encode() + b"\0" + crate.fingerprint)
    return made.hexdigest()
