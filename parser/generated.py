"""Expansions that a compiler told of, as part of what their file says.

They are kept beside the graph, one small file for each source file, under the digest of the
invocation: so an edit loses only those whose text it changes, and every build of the graph reads
the same ones.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from blake3 import blake3

from .facts import FileFacts, Generated, Item
from .invocations import Invocation, invocations
from .rust import parse_rust
from .span_map import span_map

_VERSION: Final = 1
_STAMP: Final = "stamp"
_LARGEST: Final = 400_000
"""Bytes of one expansion. Larger ones are tables that nobody looks things up in."""


class KeptTexts:
    """Texts of expansions in one folder, by the name of the source file and by digest.

    ``stamp`` says what they depend on beside the text: the macros themselves. Under another stamp
    nothing is there. The empty text is a macro that could not be expanded, or made nothing.
    """

    def __init__(self, folder: Path, stamp: str) -> None:
        self.folder = folder
        self.stamp = stamp

    def of(self, name: str) -> dict[bytes, str]:
        """What is known of a source file's invocations."""
        kept = _read(self._place(name))
        if kept.get("version") != _VERSION or kept.get("stamp") != self.stamp:
            return {}
        with contextlib.suppress(KeyError, AttributeError, ValueError, TypeError):
            return {bytes.fromhex(d): str(text) for d, text in kept["texts"].items()}
        return {}

    def keep(self, name: str, texts: Mapping[bytes, str]) -> None:
        """Let these be what is known of a source file. Raises `OSError`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        place = self._place(name)
        told = {
            "version": _VERSION,
            "stamp": self.stamp,
            "file": name,
            "texts": {digest.hex(): text for digest, text in texts.items()},
        }
        partial = place.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(told), encoding="utf-8")
        partial.replace(place)

    def outdated(self) -> list[str]:
        """The source files whose texts are of another stamp."""
        try:
            if (self.folder / _STAMP).read_text(encoding="utf-8") == self.stamp:
                return []
        except (OSError, ValueError):
            pass
        return [name for _, name in self._all()]

    def renew(self) -> None:
        """Throw away what is outdated. Raises `OSError`."""
        if self.folder.is_dir():
            for place, _ in self._all():
                if not self._is_current(place):
                    place.unlink(missing_ok=True)
            (self.folder / _STAMP).write_text(self.stamp, encoding="utf-8")

    def _all(self) -> list[tuple[Path, str]]:
        found: list[tuple[Path, str]] = []
        for place in sorted(self.folder.glob("*.json")):
            kept = _read(place)
            if isinstance(kept.get("file"), str):
                found.append((place, kept["file"]))
        return found

    def _is_current(self, place: Path) -> bool:
        return _read(place).get("stamp") == self.stamp

    def _place(self, name: str) -> Path:
        return self.folder / f"{blake3(name.encode()).hexdigest()[:32]}.json"


def _read(place: Path) -> dict[str, Any]:
    """One file of texts; {} where it can't be read."""
    try:
        found: Any = json.loads(place.read_bytes())
    except (OSError, ValueError):
        return {}
    return cast(dict[str, Any], found) if isinstance(found, dict) else {}


def with_generated(source: bytes, facts: FileFacts, texts: Mapping[bytes, str]) -> FileFacts:
    """A file's facts with the expansions of its invocations, as far as they are among ``texts``."""
    found: list[Generated] = []
    for one in invocations(source):
        text = texts.get(one.digest, "")
        if text and len(text) <= _LARGEST:
            found.append(_generated(source, facts, one, text))
    return facts._replace(generated=tuple(found))


def _generated(source: bytes, facts: FileFacts, one: Invocation, text: str) -> Generated:
    on = -1 if one.kind == "call" else _item_at(facts, one)
    parent = facts.items[on].parent if on >= 0 else _around(facts, one.start)
    given = source[one.start : one.end].decode("utf-8", "replace")
    expansion = span_map(text, given, one.start)
    name = one.path.encode()
    start, end = one.at, one.at + len(name.rpartition(b"::")[2])
    if one.kind == "call":
        start, end = one.start, one.end
    made = expansion.text
    if one.kind == "attribute" and on >= 0:
        made = _without(made, facts.items[on])
    line = source.count(b"\n", 0, start)
    return Generated(
        parent=parent,
        on=on,
        path=tuple((segment, one.at, None) for segment in one.path.split("::")),
        start=start,
        end=end,
        line=line,
        end_line=line + source.count(b"\n", start, end),
        text=made,
        spans=expansion.spans,
        digest=one.digest,
    )


def _item_at(facts: FileFacts, one: Invocation) -> int:
    """The item that an attribute stands on: the outermost that ends where the macro's text does."""
    for index, item in enumerate(facts.items):
        if item.start <= one.at < item.end and item.end == one.end:
            return index
    return _around(facts, one.at)


def _around(facts: FileFacts, at: int) -> int:
    """The innermost item around a place, -1 for the file itself."""
    best = -1
    for index, item in enumerate(facts.items):
        if item.start <= at < item.end and item.kind in ("module", "impl", "trait", "function"):
            best = index
    return best


def _without(text: bytes, original: Item) -> bytes:
    """An attribute's expansion without the item it stands on, of which the file has the better
    account. Blanked, so that places stay what they are."""
    kept = bytearray(text)
    wrapped = original.kind == "method"
    opening = b"impl X {" if wrapped else b""
    facts = parse_rust(opening + text + (b"}" if wrapped else b""), with_bodies=False)
    for item in facts.items:
        top = item.parent < 0 if not wrapped else item.parent == 0
        if top and (item.kind, item.name) == (original.kind, original.name):
            start, end = item.start - len(opening), item.end - len(opening)
            kept[start:end] = b" " * (end - start)
    return bytes(kept)
