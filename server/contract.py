"""The machine-readable shape of items. Documented in `docs/json.md`; other programs rely on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..graph.model import GraphItem
from ..ranking.files import RankedFile


def place_fields(item: GraphItem) -> dict[str, Any]:
    """Where an item stands and what it is. Lines count from 1."""
    return {
        "path": item.file,
        "line": item.line + 1,
        "kind": item.kind,
        "name": item.name,
        "qualified_path": item.qualified_path,
    }


def ranked_fields(item: GraphItem, score: float, factors: Mapping[str, float]) -> dict[str, Any]:
    """An item with its score and the factors that the score sums up, each in [0, 1]."""
    return {
        **place_fields(item),
        "score": round(score, 6),
        "factors": {name: round(value, 6) for name, value in factors.items()},
    }


def ranked_file_fields(one: RankedFile) -> dict[str, Any]:
    """A file with its score, the factors that it sums up, each in [0, 1], and its best items."""
    return {
        "path": one.path,
        "score": round(one.score, 6),
        "factors": {name: round(value, 6) for name, value in one.factors.items()},
        "items": [ranked_fields(r.item, r.score, r.factors) for r in one.items],
    }
