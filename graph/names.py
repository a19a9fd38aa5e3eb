"""What people type to mean an item: a name, ``Type::method``, or a qualified path."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from typing import Final

from .batch import row_item
from .errors import AmbiguousItem, UnknownItem
from .model import GraphItem
from .schema import ITEM_COLUMNS
from .store import GraphStore

_ITEM = ", ".join(ITEM_COLUMNS)
_SHOWN: Final = 12
_SUGGESTED: Final = 5
_TIERS: Final = {"module": 1, "crate": 1, "variant": 2, "field": 2, "impl": 3, "section": 3}
"""A function and its module may share a name; who asks for one means the function."""

_NAMED: Final = f"""
named[id] := *items:by_name{{name: $name, id}}
?[{_ITEM}] := named[id], *items{{{_ITEM}}}, path == $path || ends_with(path, $tail)
"""


def resolve(store: GraphStore, text: str, *, kinds: Collection[str] | None = None) -> GraphItem:
    """The one item that ``text`` means: its name, the end of its path, or its whole path.

    Of several, items of ``kinds`` are meant before others, a whole path before a path's end, and
    the workspace's own before a dependency's. Raises `UnknownItem` or `AmbiguousItem`; both say
    what to type instead.
    """
    candidates = fitting(store, text, kinds=kinds)
    if not candidates:
        raise UnknownItem(_unknown(store, text))
    if len(candidates) > 1:
        raise AmbiguousItem(_ambiguous(text, candidates))
    return candidates[0]


def fitting(
    store: GraphStore, text: str, *, kinds: Collection[str] | None = None
) -> list[GraphItem]:
    """Everything that ``text`` may mean as much as anything else, by path, file and place."""
    path = "::".join(_parts(text))
    if not path:
        return []
    # An impl's path ends in `<impl A for b::C>`, a section's in `file.md#Title`.
    name = path.rpartition("#")[2] if "#" in path else _parts(text)[-1]
    rows = store.run(_NAMED, {"name": name, "path": path, "tail": f"::{path}"}, immutable=True)
    found = [row_item(row) for row in rows]
    chosen = [item for item in found if kinds is not None and item.kind in kinds]
    found = chosen or found
    found = [item for item in found if item.qualified_path == path] or found
    found = [item for item in found if not item.is_dependency] or found
    best = min((_TIERS.get(item.kind, 0) for item in found), default=0)
    found = [item for item in found if _TIERS.get(item.kind, 0) == best]
    return sorted(found, key=lambda i: (i.qualified_path, i.file, i.start, i.id))


def _parts(text: str) -> list[str]:
    parts = [part.strip() for part in text.split("::")]
    parts = [part for part in parts if part]
    return parts[1:] if len(parts) > 1 and parts[0] == "crate" else parts


def what_to_type(item: GraphItem, among: Sequence[GraphItem]) -> str:
    """A text that means this item and none of the others."""
    path = item.qualified_path
    tail = f"::{path}"
    if sum(f"::{other.qualified_path}".endswith(tail) for other in among) == 1:
        return path
    return f"{item.file}:{item.line + 1}"


def _ambiguous(text: str, candidates: Sequence[GraphItem]) -> str:
    shown = candidates[:_SHOWN]
    typed = [what_to_type(item, candidates) for item in shown]
    kind_width = max(len(item.kind) for item in shown)
    width = max(len(one) for one in typed)
    lines = [f"{text!r} may be any of {len(candidates)} items. Type one of these instead:"]
    lines += [
        f"  {item.kind:<{kind_width}}  {one:<{width}}  {item.file}:{item.line + 1}"
        for item, one in zip(shown, typed, strict=True)
    ]
    if len(candidates) > len(shown):
        lines.append(f"  … and {len(candidates) - len(shown)} more")
    return "\n".join(lines)


def _unknown(store: GraphStore, text: str) -> str:
    near = suggestions(store, text)
    if not near:
        return f"The graph knows nothing of {text!r}, and no name is near to it."
    return f"The graph knows nothing of {text!r}. The nearest: {', '.join(near)}."


def suggestions(store: GraphStore, text: str) -> list[str]:
    """Names and paths that are nearly this one, nearest first.

    Where the last name exists, but under other paths, those paths are the suggestions.
    """
    parts = _parts(text)
    if not parts:
        return []
    others = fitting(store, parts[-1]) if len(parts) > 1 else []
    if others:
        ranked = sorted(others, key=lambda i: -_likeness(i.qualified_path, "::".join(parts)))
        return list(dict.fromkeys(item.qualified_path for item in ranked))[:_SUGGESTED]
    return near_names(store, parts[-1])


def near_names(store: GraphStore, name: str, kind: str | None = None) -> list[str]:
    """Names of items, of one kind if told, that are nearly this one, nearest first."""
    script = "?[name] := *items:by_name{name}, name != ''"
    if kind is not None:
        script = "?[name] := *items{name, kind: $kind}"
    rows = store.run(script, {"kind": kind} if kind is not None else None, immutable=True)
    lower = name.lower()
    matcher = difflib.SequenceMatcher(None, "", lower, autojunk=False)
    scored: list[tuple[float, str]] = []
    for (other,) in rows:
        matcher.set_seq1(other.lower())
        if matcher.real_quick_ratio() >= _NEAR and matcher.quick_ratio() >= _NEAR:
            scored.append((matcher.ratio(), other))
    scored.sort(key=lambda pair: (-pair[0], pair[1]))
    return [other for score, other in scored[:_SUGGESTED] if score >= _NEAR]


_NEAR: Final = 0.7


def _likeness(a: str, b: str) -> float:
    return difflib.SequenceMatcher(None, a, b, autojunk=False).ratio()
