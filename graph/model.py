"""What the graph hands to the floors above: items, edges and their kinds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

NodeId: TypeAlias = bytes
"""16 bytes, see `graph.ids`."""

EdgeKind: TypeAlias = Literal[
    "contains",
    "calls",
    "uses_type",
    "implements",
    "overrides",
    "associated",
    "imports",
    "re_exports",
    "depends",
    "expands_to",
    "derives",
    "tests",
    "documents",
]

EDGE_KINDS: Final[tuple[EdgeKind, ...]] = (
    "contains",
    "calls",
    "uses_type",
    "implements",
    "overrides",
    "associated",
    "imports",
    "re_exports",
    "depends",
    "expands_to",
    "derives",
    "tests",
    "documents",
)

Provenance: TypeAlias = Literal["exact", "resolved", "typed", "dispatch"]
"""How an edge is known, best first: rust-analyzer said so; scopes and imports; the receiver's type
was inferred from the source; a trait method to its implementations."""

PROVENANCES: Final[tuple[Provenance, ...]] = ("exact", "resolved", "typed", "dispatch")


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphItem:
    """A definition in the graph. Positions are byte offsets and 0-based lines in ``file``."""

    id: NodeId
    kind: str
    name: str
    qualified_path: str
    crate: str
    """The crate's key: ``name`` for the workspace's own, ``name@version`` for a dependency."""
    file: str
    """Relative to the workspace's root; ``name@version/…`` for a dependency."""
    parent: NodeId | None
    start: int
    def_start: int
    end: int
    name_start: int
    name_end: int
    line: int
    end_line: int
    signature: str
    visibility: str
    doc: str
    attrs: tuple[str, ...]
    cfg: str
    content_hash: bytes
    """blake3 of the item's source text, 16 bytes."""

    @property
    def is_dependency(self) -> bool:
        """Whether the item belongs to a dependency."""
        return "@" in self.crate

    @property
    def is_test(self) -> bool:
        """Whether the item is a test function."""
        return any(is_test_attribute(a) for a in self.attrs)


def is_test_attribute(attribute: str) -> bool:
    """``#[test]``, ``#[tokio::test]``, ``#[rstest]`` and the like."""
    head = attribute.split("(", 1)[0].strip()
    return head in ("test", "rstest", "test_case", "bench") or head.endswith("::test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A tie between two items. ``uses`` are byte spans in the source item's file."""

    source: NodeId
    kind: str
    target: NodeId
    provenance: str
    uses: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """A file the graph was built from."""

    path: str
    hash: bytes
    mtime_ns: int
    size: int
    lines: int
    crate: str
    problems: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrateRecord:
    """A crate the graph knows, and the folder its files stand in."""

    key: str
    package: str
    version: str
    kind: str
    root: str
    edition: str
    source: str
    """"workspace", "path", "registry" or "git"."""
    fingerprint: bytes = b""
    """Of a dependency's files and of everything it depends on: equal means nothing to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphCounts:
    """How much the graph holds."""

    crates: int
    files: int
    lines: int
    items: int
    edges: int
    unresolved: int
    vectors: int
