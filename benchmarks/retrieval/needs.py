"""What functions' bodies use, by the graph of the whole code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ferrograph.graph.model import GraphItem, NodeId
from ferrograph.graph.store import GraphStore
from ferrograph.ranking.factors import is_test_code
from ferrograph.ranking.shape import CODE_KINDS, PARTS
from ferrograph.server.project import Project

from .blanking import Span, bodies
from .systems import KINDS

TASK: Final = "body"
_USING: Final = ("calls", "uses_type", "implements")
_SURE: Final = frozenset(("exact", "resolved", "typed"))
"""Not ``dispatch``: an implementation that a call may reach is not what the body names."""
_FEWEST: Final = 3
_FEWEST_NEW: Final = 2
_NOT_CODE: Final = ("tests/", "benches/", "examples/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A function whose body is to be taken away."""

    id: str
    corpus: str
    target: NodeId
    file: str
    needed: frozenset[NodeId]
    """Items of the workspace and its dependencies that the body uses; an enum for its variants, a
    type for its fields. The function itself is not one of them."""
    new: frozenset[NodeId]
    """Those that the function's own declaration doesn't mention."""
    closed: frozenset[NodeId]
    """Functions whose bodies go as well, since they would tell: tests that call the target, and
    what stands beside it under the same path for another ``cfg``."""


def mine(corpus: str, project: Project, items: Sequence[GraphItem]) -> list[Hole]:
    """Every function of the workspace that is worth a case."""
    functions = [i for i in items if i.kind in CODE_KINDS and not i.is_dependency]
    spans = body_spans(project, {i.file for i in functions})
    parents = {i.id: i.kind for i in items}
    wanted = [
        i
        for i in functions
        if (i.file, i.name_start) in spans
        and not is_test_code(i)
        and not any(part in f"/{i.file}" for part in (f"/{p}" for p in _NOT_CODE))
        # The text of a trait holds its methods' bodies, and it is what those need.
        and parents.get(i.parent or b"") != "trait"
    ]
    uses = _uses(project.store, wanted, spans)
    callers = _tests_of(project.store, functions)
    namesakes: dict[tuple[str, str], set[NodeId]] = {}
    for item in functions:
        namesakes.setdefault((item.file, item.qualified_path), set()).add(item.id)
    found: dict[str, Hole] = {}
    for item in wanted:
        needed, declared = uses.get(item.id, (frozenset[NodeId](), frozenset[NodeId]()))
        beside = namesakes[item.file, item.qualified_path] - {item.id}
        new = needed - declared
        id = f"{TASK}/{corpus}/{item.qualified_path}"
        if len(needed) < _FEWEST or len(new) < _FEWEST_NEW or id in found:
            continue
        found[id] = Hole(
            id=id, corpus=corpus, target=item.id, file=item.file, needed=needed, new=new,
            closed=frozenset(callers.get(item.id, set()) | beside),
        )  # fmt: skip
    return list(found.values())


def body_spans(project: Project, files: Iterable[str]) -> dict[tuple[str, int], Span]:
    """The body of each function by its file and the start of its name."""
    return {
        (file, name): span
        for file in files
        for name, span in bodies(project.sources.read(file) or b"").items()
    }


def _uses(
    store: GraphStore, functions: Sequence[GraphItem], spans: Mapping[tuple[str, int], Span]
) -> dict[NodeId, tuple[frozenset[NodeId], frozenset[NodeId]]]:
    """For each function what its body uses, and what its declaration does."""
    by_id = {item.id: item for item in functions}
    edges = [e for e in store.edges(list(by_id), kinds=_USING) if e.provenance in _SURE]
    targets = whole_items(store, {edge.target for edge in edges})
    inside: dict[NodeId, set[NodeId]] = {}
    outside: dict[NodeId, set[NodeId]] = {}
    for edge in edges:
        item = by_id[edge.source]
        target = targets.get(edge.target)
        start, end = spans[item.file, item.name_start]
        if target is None or target.kind not in KINDS or target.id == item.id:
            continue
        if target.file == item.file and start <= target.start and target.end <= end:
            continue
        if any(start <= a and b <= end for a, b in edge.uses):
            inside.setdefault(item.id, set()).add(target.id)
        if any(b <= start for _, b in edge.uses):
            outside.setdefault(item.id, set()).add(target.id)
    return {
        id: (frozenset(needed), frozenset(outside.get(id, ()))) for id, needed in inside.items()
    }


def whole_items(store: GraphStore, ids: Iterable[NodeId]) -> dict[NodeId, GraphItem]:
    """The items of these ids, the type for its fields and variants."""
    found = {item.id: item for item in store.items(ids)}
    for _ in range(2):  # a variant's field belongs to the enum
        parts = {id: i.parent for id, i in found.items() if i.kind in PARTS and i.parent}
        parents = {item.id: item for item in store.items(parts.values())}
        found.update((id, parents[parent]) for id, parent in parts.items() if parent in parents)
    return found


def _tests_of(store: GraphStore, functions: Sequence[GraphItem]) -> dict[NodeId, set[NodeId]]:
    """The tests that mention each function."""
    tests = [item.id for item in functions if is_test_code(item)]
    found: dict[NodeId, set[NodeId]] = {}
    for edge in store.edges(tests):
        if edge.kind != "contains":
            found.setdefault(edge.target, set()).add(edge.source)
    return found
