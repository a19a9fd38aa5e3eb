"""Places where a name stands in the source and the graph knows nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .model import GraphItem
from .rust_tokens import WORD, comment_spans
from .sources import Sources
from .store import GraphStore
from .ties import absolute_uses

_DEFINED = """
name[name] <- $names
?[file, name_start] := name[name], *items:by_name{name, id}, *items{id, file, name_start}
"""
_USED = """
name[name] <- $names
target[id] := name[name], *items:by_name{name, id}
?[file, start, uses] := target[target], *edges:by_target{target, kind, source},
    *edges{source, kind, target, uses}, *items{id: source, file, start}
"""


def unexplained(
    store: GraphStore, sources: Sources, items: Iterable[GraphItem]
) -> set[tuple[str, str]]:
    """(crate, name) of those items whose name stands somewhere in their crate unexplained.

    Explained are definitions of that name, uses of any item of that name, and comments. What is
    left stands in a macro's arguments, in an attribute, or where linking found no target.
    """
    wanted: dict[str, set[bytes]] = {}
    for item in items:
        wanted.setdefault(item.crate, set()).add(item.name.encode())
    if not wanted:
        return set()
    names = {"names": [[name.decode()] for name in set[bytes]().union(*wanted.values())]}
    explained: dict[str, set[int]] = {}
    for file, start in store.run(_DEFINED, names, immutable=True):
        explained.setdefault(file, set()).add(start)
    spans: dict[str, list[tuple[int, int]]] = {}
    for file, start, uses in store.run(_USED, names, immutable=True):
        spans.setdefault(file, []).extend(absolute_uses(start, uses))
    rows = store.run(
        "crate[crate] <- $crates ?[file, crate] := *items{file, crate}, crate[crate]",
        {"crates": [[crate] for crate in wanted]},
        immutable=True,
    )
    found: set[tuple[str, str]] = set()
    by_file: dict[str, list[str]] = {}
    for file, crate in rows:
        by_file.setdefault(file, []).append(crate)
    for file, crates in by_file.items():
        text = sources.read(file)
        if text is None or not file.endswith(".rs"):
            continue
        for crate, name in _left(text, {c: wanted[c] for c in crates}, explained.get(file, set()),
                                 spans.get(file, [])):  # fmt: skip
            found.add((crate, name))
    return found


def _left(
    text: bytes,
    wanted: Mapping[str, set[bytes]],
    explained: set[int],
    spans: list[tuple[int, int]],
) -> Iterable[tuple[str, str]]:
    names = set[bytes]().union(*wanted.values())
    if names.isdisjoint(WORD.findall(text)):
        return
    known = sorted([*spans, *comment_spans(text)])
    # A use may be a whole path; it explains every word in it.
    at = 0
    reach = 0
    for match in WORD.finditer(text):
        start = match.start()
        while at < len(known) and known[at][0] <= start:
            reach = max(reach, known[at][1])
            at += 1
        name = match[0]
        if name in names and start >= reach and start not in explained:
            for crate, ones in wanted.items():
                if name in ones:
                    yield crate, name.decode()
