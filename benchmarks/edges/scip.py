"""Reading SCIP, the index format that ``rust-analyzer scip`` writes: the few fields needed here.

The schema is ``scip.proto`` of the SCIP project; the wire format is that of protocol buffers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DEFINITION = 1
"""The bit of ``symbol_roles`` that marks a definition."""

TRAIT = 53
"""``SymbolInformation.Kind.Trait``."""

ALIAS = 55
"""``SymbolInformation.Kind.TypeAlias``."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A mention of a symbol: 0-based line, UTF-8 columns."""

    line: int
    start: int
    end_line: int
    end: int
    symbol: str
    is_definition: bool


@dataclass(frozen=True, slots=True)
class Document:
    """One file. ``kinds`` are numbers of ``SymbolInformation.Kind``, of the symbols it defines."""

    path: str
    occurrences: tuple[Occurrence, ...]
    kinds: dict[str, int]


def read_index(path: Path) -> Iterator[Document]:
    """Every document of an index. Raises ValueError where the file isn't one."""
    for field, value in _fields(memoryview(path.read_bytes())):
        if field == 2 and isinstance(value, memoryview):
            yield _document(value)


def _document(data: memoryview) -> Document:
    path = ""
    occurrences: list[Occurrence] = []
    kinds: dict[str, int] = {}
    for field, value in _fields(data):
        if field == 1 and isinstance(value, memoryview):
            path = bytes(value).decode()
        elif field == 2 and isinstance(value, memoryview):
            occurrences.append(_occurrence(value))
        elif field == 3 and isinstance(value, memoryview):
            symbol, kind = _symbol(value)
            kinds[symbol] = kind
    return Document(path, tuple(occurrences), kinds)


def _symbol(data: memoryview) -> tuple[str, int]:
    name, kind = "", 0
    for field, value in _fields(data):
        if field == 1 and isinstance(value, memoryview):
            name = bytes(value).decode()
        elif field == 5 and isinstance(value, int):
            kind = value
    return name, kind


def _occurrence(data: memoryview) -> Occurrence:
    span: list[int] = []
    symbol = ""
    roles = 0
    for field, value in _fields(data):
        if field == 1 and isinstance(value, memoryview):
            at = 0
            while at < len(value):
                number, at = _varint(value, at)
                span.append(number)
        elif field == 2 and isinstance(value, memoryview):
            symbol = bytes(value).decode()
        elif field == 3 and isinstance(value, int):
            roles = value
    if len(span) == 3:
        line, start, end = span
        end_line = line
    else:
        line, start, end_line, end = span
    return Occurrence(line, start, end_line, end, symbol, bool(roles & DEFINITION))


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        field, wire = key >> 3, key & 7
        if wire == 0:
            number, at = _varint(data, at)
            yield field, number
        elif wire == 2:
            length, at = _varint(data, at)
            yield field, data[at : at + length]
            at += length
        elif wire == 1:
            at += 8
        elif wire == 5:
            at += 4
        else:
            raise ValueError(f"unknown wire type {wire}")


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    shift = 0
    number = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7
