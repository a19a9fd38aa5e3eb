"""All systems over one project: what each answers to a query, as items and as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ferrograph.graph.model import GraphItem
from ferrograph.ranking.files import FileRanker
from ferrograph.ranking.history import NO_HISTORY, History
from ferrograph.server.project import Project

from .systems import KINDS, FileWords, Vectors, Words, files_of, fused, named, whole
from .workplace import Model, all_items, encoder_of

DEPTH: Final = 300

Answer = tuple[Sequence[GraphItem], Sequence[str]]
"""Items, where a system ranks any, and files."""

WHOLE: Final = "whole"
BASELINES: Final = ("bm25", "bm25 textbook", "bm25 files", "bm25 files textbook")
"""Words alone: a document for each item, whose first stands for its file, and one for each whole
file; both with our parameters and with those of textbooks."""


class Asked:
    """All systems over the Rust files of one project.

    ``history`` is what the product may know of earlier changes.
    """

    def __init__(self, project: Project, model: Model, history: History = NO_HISTORY) -> None:
        self.project = project
        self.items: Mapping[bytes, GraphItem] = {
            item.id: item for item in all_items(project.store) if item.file.endswith(".rs")
        }
        definitions = [item for item in self.items.values() if item.kind in KINDS]
        self.files = [name for name in project.store.files() if name.endswith(".rs")]
        self._words = [Words(project, definitions, plain=plain) for plain in (False, True)]
        self._file_words = [FileWords(project, self.files, plain=plain) for plain in (False, True)]
        self._vectors = Vectors(project, encoder_of(model).encode_query, self.items)
        self.ranker = FileRanker(project.retriever, history)

    def rank(self, query: str, *, task: bool = False) -> dict[str, Answer]:
        """Each system's items and files, those that a ``task`` changes or that a text is about."""
        words, plain = (system.rank(query, DEPTH) for system in self._words)
        whole_files, plain_files = (system.rank(query, DEPTH) for system in self._file_words)
        near = self._vectors.rank(query, DEPTH)
        both = fused(words, near, count=DEPTH)
        product = whole(self.project, query, self.items, count=DEPTH)
        ranked = [one.path for one in self.ranker.rank(query, DEPTH, task=task)]
        return {
            "bm25": (words, files_of(words)),
            "bm25 textbook": (plain, files_of(plain)),
            "bm25 files": ([], whole_files),
            "bm25 files textbook": ([], plain_files),
            "vectors": (near, files_of(near)),
            "fused": (both, files_of(both)),
            "whole items": (product, files_of(product)),
            WHOLE: (product, [path for path in ranked if path.endswith(".rs")]),
        }


def label(system: str, model: Model, models: Sequence[Model]) -> str:
    """A system's name in the tables: words need no model."""
    return system if system in BASELINES else named(system, model, models)
