"""The relations in CozoDB, and the scripts that create them. The whole data model on one page."""

from __future__ import annotations

from typing import Final

SCHEMA_VERSION: Final = 3
"""Changes whenever a relation's columns or meaning do; another number means a rebuild."""

RELATIONS: Final[dict[str, str]] = {
    "meta": "{key: String => value: String}",
    "crates": (
        "{key: String => package: String, version: String, kind: String, root: String, "
        "edition: String, source: String, fingerprint: Bytes}"
    ),
    "files": (
        "{path: String => hash: Bytes, mtime: Int, size: Int, lines: Int, crate: String, "
        "problems: String}"
    ),
    # What parsing said about a file, so that a warm start links without parsing again.
    "facts": "{path: String => hash: Bytes, blob: Bytes}",
    "items": (
        "{id: Bytes => kind: String, name: String, path: String, crate: String, file: String, "
        "parent: Bytes?, start: Int, def_start: Int, end: Int, name_start: Int, name_end: Int, "
        "line: Int, end_line: Int, signature: String, visibility: String, doc: String, "
        "attrs: String, cfg: String, hash: Bytes}"
    ),
    # The kind is part of the key: two items can be tied in several ways. ``uses`` are pairs of
    # little-endian 32-bit byte offsets in the source item's file.
    "edges": "{source: Bytes, kind: String, target: Bytes => provenance: String, uses: Bytes}",
    # Mentions that found no target; linked when one appears.
    "unresolved": "{source: Bytes, kind: String, name: String, start: Int => text: String}",
    # float16, little-endian, one vector after the other: the item's windows in their order.
    "vectors": "{id: Bytes => hash: Bytes, vectors: Bytes}",
}

INDEXES: Final[dict[str, str]] = {
    "items:by_file": "{file, start}",
    "items:by_name": "{name}",
    "edges:by_target": "{target, kind, source}",
}

ITEM_COLUMNS: Final = (
    "id", "kind", "name", "path", "crate", "file", "parent", "start", "def_start", "end",
    "name_start", "name_end", "line", "end_line", "signature", "visibility", "doc", "attrs", "cfg",
    "hash",
)  # fmt: skip


def columns(relation: str) -> tuple[list[str], list[str]]:
    """The key and value columns of a relation, from its declaration."""
    body = RELATIONS[relation].strip("{}")
    keys, _, values = body.partition("=>")

    def names(part: str) -> list[str]:
        # A vector's type holds a semicolon, never a comma.
        return [column.split(":", 1)[0].strip() for column in part.split(",") if column.strip()]

    return names(keys), names(values)


def put_script(relation: str, parameter: str) -> str:
    """A block that puts the rows of one parameter."""
    keys, values = columns(relation)
    head = ", ".join(keys + values)
    target = ", ".join(keys) + (" => " + ", ".join(values) if values else "")
    return f"{{ ?[{head}] <- ${parameter} :put {relation} {{{target}}} }}"


def remove_script(relation: str, parameter: str) -> str:
    """A block that removes the rows whose keys one parameter lists."""
    keys, _ = columns(relation)
    head = ", ".join(keys)
    return f"{{ ?[{head}] <- ${parameter} :rm {relation} {{{head}}} }}"
