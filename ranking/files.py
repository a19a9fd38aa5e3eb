"""A text to ranked files: what their items, their words, their paths and their history say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from ..graph.lookup import file_modules
from . import weights as w
from .errors import WordsBroken
from .factors import wants_tests
from .file_names import folder, is_crate_root, is_test_file, part_of
from .file_words import document_id
from .history import NO_HISTORY, History
from .mentions import STOP_WORDS, Mentions
from .model import Ranked
from .retriever import Retrieval, Retriever
from .seeds import similarity_factor

_CANDIDATES: Final = 200
"""Files that one kind of evidence proposes."""
_OUTLINED: Final = 80
"""Files whose vectors are compared: the best without that."""
_LEADERS: Final = 5
"""Files that what changed together with them is looked for."""
_NEXT: Final = 0.6
"""In (0, 1): what a file's next best item counts beside the one before."""
_SHOWN_ITEMS: Final = 3
_BELOW: Final = 3
"""Files of a folder, the best ones, that speak for the folder's first."""
_CRATE: Final = re.compile(r"\b(?:crate|library)\b", re.IGNORECASE)
_SCOPE: Final = re.compile(r"^\s*(?:[a-z]+\()?([\w/.+-]+(?:, ?[\w/.+-]+)*)\)?!?:\s")
_PARTS: Final = re.compile(r"[/,+ ]+")


@dataclass(frozen=True, slots=True)
class RankedFile:
    """A file with its score and the named factors, each in [0, 1], that it sums up."""

    path: str
    score: float
    factors: Mapping[str, float]
    items: tuple[Ranked, ...]
    """Its items that answer best."""


class FileRanker:
    """Ranks the workspace's files. Thread-safe, as the retriever is.

    ``history`` is what the files went through before; without one, the rest decides.
    """

    def __init__(
        self, engine: Retriever, history: History | Callable[[], History] = NO_HISTORY
    ) -> None:
        self._engine = engine
        self._history = history

    def rank(self, text: str, limit: int, *, task: bool = False) -> list[RankedFile]:
        """The ``limit`` files that a text is about or, as a ``task``, changes; best first.

        Raises `GraphError` from the store.
        """
        if not text.strip() or limit < 1:
            return []
        found = self._engine.retrieve(text)
        evidence = self._evidence(text, found)
        weights = w.CHANGED_FILES if task else w.FILES
        ranked = [
            RankedFile(
                path,
                sum(weights[name] * value for name, value in factors.items()),
                {str(name): value for name, value in factors.items()},
                tuple(evidence.items.get(path, ())[:_SHOWN_ITEMS]),
            )
            for path, factors in evidence.factors().items()
        ]
        ranked.sort(key=lambda one: (-one.score, one.path))
        return ranked[:limit]

    def _evidence(self, text: str, found: Retrieval) -> _Evidence:
        engine, history = self._engine, self._history
        if not isinstance(history, History):
            history = history()
        paths = {document_id(path): path for path, _ in engine.workspace_files()}
        words, names = self._words(found.mentions, paths)
        items: dict[str, list[Ranked]] = {}
        for one in found.ranked:
            if not one.item.is_dependency:
                items.setdefault(one.item.file, []).append(one)
        known = set(paths.values())
        alike = {f: v for f, v in history.alike(found.mentions).items() if f in known}
        evidence = _Evidence(
            mentions=found.mentions,
            tests_welcome=wants_tests(found.mentions, None),
            scopes=scopes(text),
            crate_asked=_CRATE.search(text) is not None,
            items=items,
            words=_relative(words),
            names=_relative(names),
            alike=_relative(alike),
        )
        leading = _best(evidence.plain(), _LEADERS)
        together = history.together(leading)
        evidence.together = _relative({f: v for f, v in together.items() if f in known})
        evidence.recent = _relative({f: v**0.5 for f, v in history.recent(known).items()})
        evidence.outlines = self._outlines(text, _best(evidence.plain(), _OUTLINED))
        evidence.below = below(evidence.plain())
        return evidence

    def _words(
        self, mentions: Mentions, paths: Mapping[bytes, str]
    ) -> tuple[dict[str, float], dict[str, float]]:
        files = self._engine.lexical.files
        try:
            found = (files.best(mentions, _CANDIDATES), files.best_paths(mentions, _CANDIDATES))
        except WordsBroken:
            # The next refresh makes another; until then the items speak for their files.
            return {}, {}
        words, names = (
            {paths[id]: score for id, score in scores.items() if id in paths} for scores in found
        )
        return words, names

    def _outlines(self, text: str, files: Iterable[str]) -> dict[str, float]:
        """How near each file's outline is to the text, as a factor."""
        modules = file_modules(self._engine.store, files)
        near = self._engine.cosines(text, list(modules.values()))
        return {file: similarity_factor(near[id]) for file, id in modules.items() if id in near}


@dataclass(slots=True, kw_only=True)
class _Evidence:
    """What is known of the candidates, each by file; in [0, 1] where it isn't said otherwise."""

    mentions: Mentions
    tests_welcome: bool
    scopes: tuple[str, ...]
    crate_asked: bool
    items: Mapping[str, list[Ranked]]
    """Best first."""
    words: Mapping[str, float]
    names: Mapping[str, float]
    alike: Mapping[str, float]
    together: Mapping[str, float] | None = None
    recent: Mapping[str, float] | None = None
    outlines: Mapping[str, float] | None = None
    below: Mapping[str, float] | None = None

    def plain(self) -> dict[str, float]:
        """A first score of every candidate, from what is known before anything is added."""
        return {
            path: sum(w.PLAIN_FILES[name] * value for name, value in factors.items())
            for path, factors in self.factors().items()
        }

    def factors(self) -> dict[str, dict[w.FileFactor, float]]:
        """The factors of every candidate."""
        best = _relative({file: items[0].score for file, items in self.items.items()})
        several = _relative({file: _several(items) for file, items in self.items.items()})
        graph = _relative(
            {f: sum(i.factors["pagerank"] for i in items) for f, items in self.items.items()}
        )
        together, recent = self.together or {}, self.recent or {}
        outlines, beneath = self.outlines or {}, self.below or {}
        candidates = self.items.keys() | self.words.keys() | self.names.keys()
        candidates |= self.alike.keys() | together.keys()
        return {
            path: {
                "words": self.words.get(path, 0.0),
                "path": self.names.get(path, 0.0),
                "scope": self._in_scope(path),
                "item": best.get(path, 0.0),
                "items": several.get(path, 0.0),
                "vector": max((i.factors["vector"] for i in self.items.get(path, ())), default=0.0),
                "outline": outlines.get(path, 0.0),
                "graph": graph.get(path, 0.0),
                "below": beneath.get(path, 0.0),
                "crate": float(self.crate_asked and is_crate_root(path)),
                "alike": self.alike.get(path, 0.0),
                "together": together.get(path, 0.0),
                "recent": recent.get(path, 0.0),
                "production": 1.0 if self.tests_welcome or not is_test_file(path) else 0.0,
            }
            for path in candidates
        }

    def _in_scope(self, path: str) -> float:
        if not self.scopes:
            return 0.0
        return sum(part_of(path, scope) for scope in self.scopes) / len(self.scopes)


def below(scores: Mapping[str, float]) -> dict[str, float]:
    """What the best files of its folder say for the file that is the folder's face, in [0, 1]."""
    faces: dict[str, list[str]] = {}
    for path in scores:
        faces.setdefault(folder(path), []).append(path)
    inside: dict[str, list[float]] = {}
    for path, score in scores.items():
        for around in PurePosixPath(path).parents:
            for face in faces.get(around.as_posix(), ()):
                if face != path:
                    inside.setdefault(face, []).append(score)
    return _relative({p: sum(sorted(of)[-_BELOW:]) / _BELOW for p, of in inside.items()})


def scopes(text: str) -> tuple[str, ...]:
    """What a text says at its head that it is about: ``ignore,globset: fix …``, ``fix(rt): …``."""
    match = _SCOPE.match(text)
    if match is None:
        return ()
    return tuple(p for p in _PARTS.split(match[1]) if p and p.lower() not in STOP_WORDS)


def _several(items: Iterable[Ranked]) -> float:
    return sum(one.score * _NEXT**at for at, one in enumerate(items))


def _relative(values: Mapping[str, float]) -> dict[str, float]:
    """As shares of the greatest."""
    most = max(values.values(), default=0.0)
    return {name: value / most for name, value in values.items()} if most > 0.0 else {}


def _best(scores: Mapping[str, float], limit: int) -> dict[str, float]:
    ordered = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
    return _relative(dict(ordered))
