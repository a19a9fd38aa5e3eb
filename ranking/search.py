"""Queries without a place: ``ferrograph search``."""

from __future__ import annotations

from .model import Ranked
from .retriever import Retriever

__all__ = ["Ranked", "search"]


def search(engine: Retriever, query: str, k: int) -> list[Ranked]:
    """The ``k`` items that answer a query best: a question, words, a symbol or a file name."""
    return list(engine.retrieve(query, limit=k).ranked) if query.strip() and k > 0 else []
