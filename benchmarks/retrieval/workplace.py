"""A workspace as the product has it open: indexed, embedded with some model, ready to be asked.

Graphs are kept between runs, one for each workspace, variant and model. One that another version
of the code made is made anew.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import ferrograph
import numpy as np
from blake3 import blake3
from ferrograph.embedding.encoder import Encoder
from ferrograph.embedding.model_files import DATA_FOLDER
from ferrograph.graph.batch import row_item
from ferrograph.graph.database import destroy
from ferrograph.graph.errors import StoreBroken, StoreMismatch
from ferrograph.graph.model import GraphItem
from ferrograph.graph.schema import ITEM_COLUMNS
from ferrograph.graph.store import GraphStore
from ferrograph.parser.cargo import load_workspace
from ferrograph.server.config import Loaded
from ferrograph.server.lazy_encoder import LazyEncoder
from ferrograph.server.project import Project
from ferrograph.server.settings import IndexSettings, Settings
from numpy.typing import NDArray

_PARTS = ("parser", "graph", "embedding")
"""What a graph and its vectors are made by."""
_STAMP = "made-by"
_ITEM = ", ".join(ITEM_COLUMNS)


@dataclass(frozen=True, slots=True)
class Model:
    """An embedding model and what it is called in the tables."""

    name: str
    folder: Path


SHIPPED = Model("shipped", DATA_FOLDER)


class FolderEncoder(LazyEncoder):
    """The product's encoder with a model of our choice."""

    def __init__(self, model: Model, *, threads: int | None = None) -> None:
        """Raises `EmbeddingError` where the folder holds no complete model."""
        self.model = Encoder.load(directory=model.folder, threads=threads)
        self.name = self.model.name
        self.dimensions = self.model.dimensions

    def encode(
        self, texts: Sequence[str], *, cancel: Callable[[], bool] | None = None
    ) -> NDArray[np.float32]:
        """See `Encoder.encode`."""
        return self.model.encode(texts, cancel=cancel)


_encoders: dict[Model, FolderEncoder] = {}


def encoder_of(model: Model) -> FolderEncoder:
    """The model, loaded once a process."""
    if model not in _encoders:
        _encoders[model] = FolderEncoder(model)
    return _encoders[model]


def say(text: str) -> None:
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


def _silent(_text: str) -> None:
    pass


@contextlib.contextmanager
def opened(
    root: Path,
    graph: Path | None,
    *,
    model: Model | None,
    dependencies: bool = False,
    overlay: Mapping[str, bytes] | None = None,
    quiet: bool = False,
) -> Generator[Project]:
    """The workspace at ``root``, indexed, and embedded where a model is given.

    ``graph`` is the folder of the database, None is in memory. ``overlay`` is text over files, by
    the graph's names. With ``dependencies``, cargo is asked about the workspace.
    """
    started = time.monotonic()
    encoder = encoder_of(model) if model is not None else None
    store = _store(graph, encoder)
    settings = Settings(trusted=dependencies, index=IndexSettings(dependencies=dependencies))
    loaded = Loaded(settings, dependencies, ())
    workspace = load_workspace(root, trusted=dependencies)
    if not dependencies:
        own = {key: workspace.packages[key] for key in workspace.members}
        workspace = replace(workspace, packages=own)
    # That cargo isn't asked where no dependencies are wanted is no news.
    told = say if dependencies else _silent
    project = Project(
        configuration=lambda: loaded, workspace=workspace, store=store, encoder=encoder, say=told
    )
    with contextlib.closing(project):
        for name, text in (overlay or {}).items():
            project.set_overlay(project.root / name, text)
        report = project.index()
        if not quiet:
            say(
                f"  {root.name}: {report.items:,} items, {report.dependency_items:,} of "
                f"dependencies, after {time.monotonic() - started:.0f} s"
            )
        if encoder is not None:
            embed(project, quiet=quiet)
        else:
            project.index_words()
        yield project


def embed(project: Project, *, quiet: bool = False) -> None:
    """Embed all that has no vector yet, and index the words of what changed.

    A query asked right after an edit may do with the words from before: who types doesn't wait.
    Here every case has to be asked of its own text.
    """
    project.index_words()
    waiting = project.schedule_embedding()
    if waiting and not quiet:
        say(f"  embedding {waiting:,} items")
    started = time.monotonic()
    while project.embed():
        pass
    if waiting and not quiet:
        say(f"  embedded after {time.monotonic() - started:.0f} s")


def all_items(store: GraphStore, *, dependencies: bool = False) -> list[GraphItem]:
    """Every item, by path; the workspace's own, or the dependencies', too."""
    which = "" if dependencies else ", !str_includes(crate, '@')"
    rows = store.run(f"?[{_ITEM}] := *items{{{_ITEM}}}{which}", immutable=True)
    return sorted(map(row_item, rows), key=lambda i: (i.crate, i.file, i.start, i.id))


def _store(graph: Path | None, encoder: FolderEncoder | None) -> GraphStore:
    name, dimensions = (encoder.name, encoder.dimensions) if encoder else ("", 384)
    if graph is None:
        return GraphStore.open(None, model=name, dimensions=dimensions)
    stamp = graph / _STAMP
    database = graph / "graph"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != made_by():
        destroy(database)
    graph.mkdir(parents=True, exist_ok=True)
    stamp.write_text(made_by(), encoding="utf-8")
    try:
        return GraphStore.open(database, model=name, dimensions=dimensions)
    except (StoreMismatch, StoreBroken):
        destroy(database)
        return GraphStore.open(database, model=name, dimensions=dimensions)


@cache
def made_by() -> str:
    """A digest of the code that graphs and vectors are made by."""
    root = Path(ferrograph.__file__).parent
    digest = blake3()
    for part in _PARTS:
        for path in sorted((root / part).rglob("*.py")):
            if "export" not in path.relative_to(root).parts:
                digest.update(path.read_bytes())
    return digest.hexdigest()
