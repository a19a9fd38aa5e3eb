"""From seeds to their neighbourhood in the graph, scored two ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import rustworkx

from ..graph.model import NodeId
from ..graph.query import PROVENANCE_WEIGHT
from ..graph.store import GraphStore
from ..graph.walk import Reach, walk
from . import weights as w
from .seeds import strongest

_REACH: Final = Reach(
    hops=w.EXPANSION_HOPS, floor=w.EXPANSION_FLOOR, width=w.EXPANSION_WIDTH, limit=w.EXPANSION_LIMIT
)


def expand(store: GraphStore, seeds: Mapping[NodeId, float]) -> dict[NodeId, float]:
    """Items around the seeds, seeds included, with the best product of decays on a path there."""
    return walk(store, strongest(seeds, w.SEED_LIMIT), reach=_REACH)


def personalised_pagerank(
    edges: Sequence[tuple[NodeId, str, NodeId, str]], seeds: Mapping[NodeId, float]
) -> dict[NodeId, float]:
    """PageRank with restarts at the seeds; the ranks add up to 1.

    ``edges`` are (source, kind, target, provenance), as `graph.query.subgraph` gives them. Each
    weighs by its kind and provenance; against its direction it weighs less. Items without edges
    keep what their seed gives them. (Page, Brin, Motwani and Winograd, 1999; Haveliwala, 2002.)
    """
    graph: rustworkx.PyDiGraph[NodeId, float] = rustworkx.PyDiGraph(multigraph=True)
    index: dict[NodeId, int] = {}

    def node(id: NodeId) -> int:
        at = index.get(id)
        if at is None:
            at = index[id] = graph.add_node(id)
        return at

    for id in seeds:
        node(id)
    arcs: list[tuple[int, int, float]] = []
    for source, kind, target, provenance in edges:
        weight = w.PAGERANK_KIND.get(kind, 0.1) * PROVENANCE_WEIGHT.get(provenance, 0.5)
        a, b = node(source), node(target)
        arcs.append((a, b, weight))
        arcs.append((b, a, weight * w.PAGERANK_BACKWARD))
    graph.add_edges_from(arcs)
    start = {index[id]: weight for id, weight in seeds.items() if weight > 0.0}
    if not start:
        return {}
    ranks = rustworkx.pagerank(
        graph,
        alpha=w.PAGERANK_DAMPING,
        weight_fn=float,
        personalization=start,
        dangling=start,
        tol=1e-6,
        max_iter=100,
    )
    return {id: ranks[at] for id, at in index.items()}
