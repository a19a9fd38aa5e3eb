"""Items of the workspace that nothing refers to.

An edge may be missing, so an item is only named where nothing speaks against it: everything whose
use the graph can't see is left out, and counted by why (`Unused.left_out`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from .batch import row_item
from .mentions import unexplained
from .model import GraphItem, NodeId, is_test_attribute
from .schema import ITEM_COLUMNS
from .sources import Sources
from .store import GraphStore

KINDS: Final = (
    "function", "method", "struct", "enum", "union", "trait", "type", "const", "static", "macro",
)  # fmt: skip
"""Fields and variants are made by derives and by values from outside, so they are not judged."""

REASONS: Final[dict[str, str]] = {
    "public": "public in a library: other crates may use them (--public counts them)",
    "called from outside": "called from outside: main, tests, exported or foreign functions",
    "trait": "part of a trait or of an implementation of one",
    "attribute": "under an attribute that may use them",
    "condition": "compiled only under a `cfg`, which another build may use them with",
    "allowed": "marked `#[allow(dead_code)]` or named with a leading underscore",
    "expanded": "written by a macro",
    "mentioned": "named in their crate where the graph knows no target: in macros, in attributes",
}
"""Why an unreferenced item may be used all the same, in the order they are asked."""

_INERT: Final = frozenset((
    "allow", "warn", "deny", "forbid", "expect", "cfg", "cfg_attr", "doc", "inline", "cold",
    "must_use", "deprecated", "derive", "repr", "non_exhaustive", "track_caller",
    "automatically_derived", "target_feature", "rustfmt::skip", "default", "macro_use",
))  # fmt: skip
"""Attributes that make no use of what they stand on. ``#[derive]`` uses fields, not the type."""

_OUTSIDE: Final = frozenset((
    "no_mangle", "export_name", "link_section", "used", "panic_handler", "global_allocator",
    "macro_export", "proc_macro", "proc_macro_derive", "proc_macro_attribute",
))  # fmt: skip

_LIBRARIES: Final = frozenset(("lib", "proc-macro"))

# A method is tied to its type, an impl to its type and its trait: these are no uses.
_SUSPECTS = """
own[id] := *items{id, crate, kind}, !str_includes(crate, '@'), is_in(kind, $kinds)
used[target] := own[target], *edges:by_target{target, kind, source}, source != target,
    kind != 'contains', kind != 'associated', kind != 'expands_to', not own_type[target]
own_type[id] := own[id], *items{id, kind}, is_in(kind, ['struct', 'enum', 'union', 'trait'])
part[type, type] := own_type[type]
part[type, of] := own_type[type], *edges:by_target{target: type, kind: 'associated', source: of}
part[type, of] := part[type, outer], *edges{source: outer, kind: 'contains', target: of}
used[target] := own_type[target], *edges:by_target{target, kind, source},
    kind != 'contains', kind != 'associated', kind != 'expands_to', not part[target, source]
?[id] := own[id], not used[id]
"""


@dataclass(frozen=True, slots=True)
class Unused:
    """In the order of files; ``left_out`` counts the unreferenced that may be used, by `REASONS`.

    ``judged`` is how many items of the workspace were looked at.
    """

    items: tuple[GraphItem, ...]
    left_out: dict[str, int]
    judged: int


def unused(store: GraphStore, sources: Sources, *, public: bool = False) -> Unused:
    """Items of the workspace that nothing but themselves refers to.

    ``public`` counts public items of libraries, too. Looks at every item and its edges once.
    """
    rows = store.run(_SUSPECTS, {"kinds": list(KINDS)}, immutable=True)
    suspects = _items(store, [row[0] for row in rows])
    why = _Excuses(store, suspects, public)
    left_out: Counter[str] = Counter()
    found: list[GraphItem] = []
    for item in suspects:
        reason = why.excuse(item)
        if reason is None:
            found.append(item)
        else:
            left_out[reason] += 1
    mentioned = unexplained(store, sources, found)
    left_out["mentioned"] = len(found)
    found = [item for item in found if (item.crate, item.name) not in mentioned]
    left_out["mentioned"] -= len(found)
    [[judged]] = store.run(
        "?[count(id)] := *items{id, crate, kind}, !str_includes(crate, '@'), is_in(kind, $kinds)",
        {"kinds": list(KINDS)},
        immutable=True,
    )
    found.sort(key=lambda i: (i.file, i.start, i.id))
    return Unused(
        tuple(found), {name: left_out[name] for name in REASONS if left_out[name]}, int(judged)
    )


class _Excuses:
    """Why an item that nothing refers to may be used all the same."""

    def __init__(self, store: GraphStore, suspects: list[GraphItem], public: bool) -> None:
        ids = [item.id for item in suspects]
        self._public = public
        self._kinds = {key: record.kind for key, record in store.crates().items()}
        self._parents = {
            item.id: item for item in _items(store, [i.parent for i in suspects if i.parent])
        }
        self._of_traits = _sources_of(store, (p for p in self._parents), "implements")
        self._of_traits |= _sources_of(store, ids, "overrides")
        self._expanded = {
            row[0]
            for row in store.run(
                "mine[id] <- $ids "
                "?[id] := mine[id], *edges:by_target{target: id, kind: 'expands_to'}",
                {"ids": [[id] for id in ids]},
                immutable=True,
            )
        }

    def excuse(self, item: GraphItem) -> str | None:
        """A key of `REASONS`, or None."""
        heads = [_head(attribute) for attribute in item.attrs]
        parent = self._parents.get(item.parent) if item.parent is not None else None
        library = self._kinds.get(item.crate, "lib") in _LIBRARIES
        public = item.visibility == "pub" or (parent is not None and parent.kind == "trait")
        if any(is_test_attribute(a) for a in item.attrs) or not _OUTSIDE.isdisjoint(heads):
            return "called from outside"
        if item.name == "main" and parent is not None and parent.kind == "crate":
            return "called from outside"
        if parent is not None and (
            parent.kind == "trait" or item.id in self._of_traits or parent.id in self._of_traits
            or _is_trait_impl(parent)
        ):  # fmt: skip
            return "trait"
        if public and library and not self._public:
            return "public"
        if item.name.startswith("_") or any("dead_code" in a or "unused" in a for a in item.attrs):
            return "allowed"
        if item.id in self._expanded:
            return "expanded"
        if any(head not in _INERT for head in heads):
            return "attribute"
        return "condition" if item.cfg and item.cfg != "test" else None


def _is_trait_impl(parent: GraphItem) -> bool:
    """Whether it is an impl of a trait, one that the graph does not hold included."""
    return parent.kind == "impl" and " for " in parent.name


def _head(attribute: str) -> str:
    inner = attribute.strip()
    # `#[unsafe(no_mangle)]` is `no_mangle`.
    if inner.startswith("unsafe("):
        inner = inner[len("unsafe(") :]
    return re.split(r"[\s(=)\[]", inner, maxsplit=1)[0]


def _items(store: GraphStore, ids: Iterable[NodeId]) -> list[GraphItem]:
    columns = ", ".join(ITEM_COLUMNS)
    rows = store.run(
        f"wanted[id] <- $ids ?[{columns}] := wanted[id], *items{{{columns}}} "
        ":order file, start, id",
        {"ids": [[id] for id in dict.fromkeys(ids)]},
        immutable=True,
    )
    return [row_item(row) for row in rows]


def _sources_of(store: GraphStore, ids: Iterable[NodeId], kind: str) -> set[NodeId]:
    rows = store.run(
        "wanted[source] <- $ids ?[source] := wanted[source], *edges{source, kind: $kind}",
        {"ids": [[id] for id in ids], "kind": kind},
        immutable=True,
    )
    return {row[0] for row in rows}
