"""Names for people of the stages of indexing, in their order."""

from __future__ import annotations

from typing import Final

from ..graph.progress import Progress

STAGES: Final = {
    "scan": "reading the workspace",
    "dependencies": "reading dependencies",
    "parse": "parsing",
    "link": "linking",
    "store": "storing",
}


def stage_name(progress: Progress) -> str:
    """What is under way."""
    return STAGES.get(progress.stage, progress.stage)


def percentage(progress: Progress) -> int:
    """How far the whole of indexing is, from 0 to 100, each stage counted alike."""
    order = list(STAGES)
    at = order.index(progress.stage) if progress.stage in STAGES else 0
    share = min(1.0, progress.done / progress.total) if progress.total else 0.0
    return int(100 * (at + share) / len(order))
