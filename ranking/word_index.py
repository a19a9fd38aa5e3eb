"""An index of words: documents of tantivy's, on disk or in memory."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import tantivy

from ..graph.model import NodeId
from .errors import WordsBroken

_ANALYZER: Final = "words"
_HEAP: Final = 32_000_000
"""Bytes that are gathered before a segment is written."""


Asked: TypeAlias = Sequence[tuple[str, str, float]]
"""(field, word, weight) for everything that is looked for."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What documents are made of. ``others`` in [0, 1] is what a word counts in the other fields of
    a document that has it in its best."""

    fields: tuple[str, ...]
    others: float


def _schema(fields: Sequence[str]) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in fields:
        builder.add_text_field(name, tokenizer_name=_ANALYZER, index_option="freq")
    builder.add_bytes_field("id", indexed=True)
    # The id again, in two halves, and what the document was made of: read a column at a time.
    for name in ("head", "tail", "digest"):
        builder.add_unsigned_field(name, fast=True)
    builder.add_unsigned_field("own", indexed=True)
    return builder.build()


class WordIndex:
    """Documents by id. Reading is safe from any thread; writing is for one at a time.

    Every method raises `WordsBroken` where the files can't be used.
    """

    def __init__(self, folder: Path | None, shape: Shape, *, create: bool = True) -> None:
        """Open or, with ``create``, create the index in ``folder``; None keeps it in memory."""
        self._shape = shape
        with _mended():
            self._schema = _schema(shape.fields)
            if folder is None:
                self._index = tantivy.Index(self._schema)
            elif create:
                self._index = tantivy.Index(self._schema, path=str(folder))
            else:
                self._index = tantivy.Index.open(str(folder))
            analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
            self._index.register_tokenizer(_ANALYZER, analyzer)
            self.reload()

    def reload(self) -> None:
        """See what was committed last, here or by another process."""
        with _mended():
            self._index.reload()
            self._searcher = self._index.searcher()

    # -- reading ----------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """How many documents there are."""
        return self._searcher.num_docs

    @property
    def written(self) -> int:
        """How many documents `frequency` counts, and the index's own rarity is of: `count`, and
        those that were removed but are still there, until what holds them is merged."""
        with _mended():
            return sum(self._searcher.doc_freq("own", own) for own in (0, 1))

    def frequency(self, field: str, word: str) -> int:
        """How many of the documents `written` have a word in a field."""
        with _mended():
            return self._searcher.doc_freq(field, word)

    def continued(self, field: str, prefix: str, limit: int) -> list[str]:
        """Words of a field that begin so, the prefix itself among them."""
        with _mended():
            found = self._searcher.terms_with_prefix(field, prefix, limit=limit)
        return [word for word, _ in found]

    def best(self, asked: Asked, limit: int, *, own: bool) -> list[tuple[NodeId, float]]:
        """The documents with the greatest sums of BM25 times weight over (field, word, weight).

        Of the workspace's ``own``, or of its dependencies'.
        """
        if not asked or limit < 1:
            return []
        with _mended():
            only = tantivy.Query.term_query(self._schema, "own", int(own), "basic")
            return self._found(asked, only, limit)

    def scores(self, asked: Asked, ids: Iterable[NodeId]) -> dict[NodeId, float]:
        """As `best`, of these documents; those that have none of the words are left out."""
        wanted = list(ids)
        if not asked or not wanted:
            return {}
        with _mended():
            only = tantivy.Query.term_set_query(self._schema, "id", wanted)
            return dict(self._found(asked, only, len(wanted)))

    def _found(self, asked: Asked, only: tantivy.Query, limit: int) -> list[tuple[NodeId, float]]:
        of: dict[str, list[tantivy.Query]] = {}
        for field, word, weight in asked:
            posted = tantivy.Query.term_query(self._schema, field, word, "freq")
            of.setdefault(word, []).append(tantivy.Query.boost_query(posted, weight))
        words = tantivy.Query.boolean_query(
            [
                (
                    tantivy.Occur.Should,
                    tantivy.Query.disjunction_max_query(among, tie_breaker=self._shape.others),
                )
                for among in of.values()
            ]
        )
        query = tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Must, words),
                (tantivy.Occur.Must, tantivy.Query.const_score_query(only, 0.0)),
            ]
        )
        searcher = self._searcher
        hits = searcher.search(query, limit, count=False).hits
        ids = self._ids(searcher, [address for _, address in hits])
        return [(id, float(score)) for id, (score, _) in zip(ids, hits, strict=True)]

    def digests(self) -> dict[NodeId, int]:
        """What each document was made of."""
        if self.count == 0:
            return {}
        with _mended():
            searcher = self._searcher
            hits = searcher.search(tantivy.Query.all_query(), searcher.num_docs, count=False).hits
            places = [address for _, address in hits]
            digests: list[Any] = searcher.fast_field_values("digest", places)
            return dict(zip(self._ids(searcher, places), digests, strict=True))

    @staticmethod
    def _ids(searcher: tantivy.Searcher, places: list[tantivy.DocAddress]) -> list[NodeId]:
        heads: list[Any] = searcher.fast_field_values("head", places)
        tails: list[Any] = searcher.fast_field_values("tail", places)
        return [
            head.to_bytes(8, "big") + tail.to_bytes(8, "big")
            for head, tail in zip(heads, tails, strict=True)
        ]

    # -- writing ----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def writing(self) -> Generator[Writing]:
        """Change documents. What was changed is committed at the end, also where it ends early."""
        with _mended():
            writer = self._index.writer(_HEAP, 1)
        try:
            yield Writing(writer, self._schema)
        finally:
            with _mended():
                writer.commit()
                writer.wait_merging_threads()
            self.reload()


class Writing:
    """Documents that are put and removed."""

    def __init__(self, writer: tantivy.IndexWriter, schema: tantivy.Schema) -> None:
        self._writer = writer
        self._schema = schema

    def put(self, id: NodeId, texts: Mapping[str, str], *, digest: int, own: bool) -> None:
        """Put a document. One of the same id has to be removed before."""
        document = tantivy.Document()
        for field, text in texts.items():
            if text:
                document.add_text(field, text)
        document.add_bytes("id", id)
        document.add_unsigned("head", int.from_bytes(id[:8], "big"))
        document.add_unsigned("tail", int.from_bytes(id[8:], "big"))
        document.add_unsigned("digest", digest)
        document.add_unsigned("own", int(own))
        with _mended():
            self._writer.add_document(document)

    def remove(self, ids: Iterable[NodeId]) -> None:
        """Remove these documents, those that there are."""
        wanted = list(ids)
        if wanted:
            with _mended():
                query = tantivy.Query.term_set_query(self._schema, "id", wanted)
                self._writer.delete_documents_by_query(query)


@contextlib.contextmanager
def _mended() -> Generator[None]:
    """Tantivy's errors as ours."""
    try:
        yield
    except (WordsBroken, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except Exception as error:
        raise WordsBroken(f"The index of words can't be used: {error}") from error
    except BaseException as error:
        # Damaged files can make it panic, which doesn't derive from Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise WordsBroken(f"The index of words is damaged: {error}") from error
