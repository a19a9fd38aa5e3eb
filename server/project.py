"""A workspace with everything that was made of it: the graph, its vectors, who searches them."""

from __future__ import annotations

import contextlib
import logging
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

from ..embedding.errors import EmbeddingError
from ..embedding.ports import QueueState
from ..graph.errors import GraphError, OwnerChanged
from ..graph.model import NodeId
from ..graph.progress import IndexReport, Progress
from ..graph.sources import Sources
from ..graph.store import GraphStore
from ..parser.rust_analyzer.client import RustAnalyzer
from ..parser.rust_analyzer.errors import ExpertError
from ..parser.rust_analyzer.expert import Report
from ..parser.workspace import CargoWorkspace
from ..ranking.files import FileRanker
from ..ranking.git import Repository
from ..ranking.lexical import Lexical
from ..ranking.retriever import Retriever
from ..ranking.seeds import Meaning
from .checking import Checking, expert_for
from .config import Loaded
from .database import WORDS, Say, hello, open_store, say_differences
from .expanding import Expanding
from .first_look import FirstLook
from .guest import Guest
from .host import Host
from .lazy_encoder import LazyEncoder
from .manifests import Manifests
from .overlays import OWN, Overlays
from .reading import read_workspace
from .writer import Cancel, EmbeddingDo, Writer

_log = logging.getLogger(__name__)


class Project:
    """One workspace. Reading is safe from any thread; indexing and embedding are for one.

    Where another process owns the graph, that one indexes and embeds when it is asked to, and
    everything is read from it; when it ends, this one may become the owner (`graph.sharing`).
    """

    def __init__(
        self,
        *,
        configuration: Callable[[], Loaded],
        workspace: CargoWorkspace,
        store: GraphStore,
        encoder: LazyEncoder | None,
        say: Say,
    ) -> None:
        """Use `open`."""
        self.root = workspace.root
        self.workspace = workspace
        self.store = store
        self.sources = Sources(workspace.root)
        self.report: IndexReport | None = None
        """Of the latest indexing."""
        self.on_handover: Callable[[], None] | None = None
        """Called, on any thread, when another process or this one became the graph's owner: what
        is unsaved here is not in the graph until `index`."""
        self._configuration = configuration
        self._say = say
        self._encoder = encoder
        self._overlays = Overlays(self.sources)
        self._manifests = Manifests(workspace)
        self.lexical = Lexical(
            store,
            self.sources,
            None if store.path is None else store.path.parent / WORDS,
            writes=lambda: self.is_owner,
        )
        """Search by words; where this process owns the graph, it keeps the index for all."""
        self._writer = Writer(
            store,
            self.sources,
            self._overlays,
            workspace=workspace,
            settings=lambda: configuration().settings,
            encoder=encoder,
            lexical=self.lexical,
        )
        self._expanding = Expanding(store, self.sources, lambda: self._writer.expansions)
        self._writer.on_resume = self._resumed
        self._writer.on_followed = self._followed
        self.on_resume: Callable[[], None] | None = None
        """Called, on any thread, when there may be something to do at leisure again."""
        self._complete = -1
        """The generation of owners in which all was indexed, our unsaved text included."""
        self._sharing = store.sharing
        self._guest = None if store.sharing is None else Guest(store.sharing)
        self.on_expert: Callable[[Report], None] | None = None
        """Told, on any thread, of every change in how rust-analyzer stands."""
        self.expert = expert_for(workspace.root, configuration, self._expert_changed)
        """rust-analyzer, started by what first asks it."""
        self._first_look: FirstLook | None = None
        self._clean: set[bytes] = set()
        self.retriever = self._new_retriever()
        self._repository = Repository(workspace.root)
        if self._sharing is not None:
            self._sharing.serve(
                Host(self._writer, self._read_again, self.caches), self._handed_over
            )
            ours = hello(configuration(), encoder)
            say_differences(self._sharing.owner_hello, ours, say)

    @classmethod
    def open(
        cls,
        root: Path,
        configuration: Callable[[], Loaded],
        *,
        say: Say,
        in_memory: bool = False,
    ) -> Project:
        """Read the workspace at ``root`` and open its database; nothing is indexed yet.

        ``configuration`` gives the settings that hold when it is called. A database that can't be
        used is rebuilt, or replaced by one in memory; ``say`` is told why. Raises `ServerError`
        where there is no such folder.
        """
        loaded = configuration()
        workspace = read_workspace(root, loaded, say)
        try:
            embedding = loaded.settings.embedding
            encoder = LazyEncoder(threads=embedding.threads, provider=embedding.provider)
        except EmbeddingError as error:
            say(f"{error} Until then, search is by words and names only.")
            encoder = None
        store = open_store(
            None if in_memory else workspace.root,
            encoder,
            say=say,
            told=lambda: hello(configuration(), encoder),
        )
        return cls(
            configuration=configuration,
            workspace=workspace,
            store=store,
            encoder=encoder,
            say=say,
        )

    def close(self) -> None:
        """Close the database, or leave it to its owner, and stop worker processes."""
        self.expert.close()
        self._end_first_look()
        with contextlib.suppress(GraphError):
            # What isn't written now is found out at the next start.
            self.lexical.close()
        self.store.close()
        self._writer.close()

    def reload(self) -> None:
        """Heed other settings and manifests; `index` then brings the graph up to date."""
        self._writer.renew(self._read)
        self._complete = -1

    @property
    def is_owner(self) -> bool:
        """Whether this process has the graph itself, and so writes it."""
        return self._sharing is None or self._sharing.is_owner

    @property
    def owner_pid(self) -> int:
        """The process that has the graph."""
        return os.getpid() if self._sharing is None else self._sharing.owner_pid

    @property
    def followers(self) -> int:
        """How many processes read the graph through this one."""
        return 0 if self._sharing is None else self._sharing.followers

    @property
    def file_ranker(self) -> FileRanker:
        """Who ranks files, by their history, too."""
        return FileRanker(self.retriever, self._repository.history)

    # -- names ----------------------------------------------------------------------------------

    def name_of(self, path: Path) -> str | None:
        """The graph's name for a path, links followed if need be; None outside the workspace."""
        name = self.sources.name_of(path)
        if name is None:
            with contextlib.suppress(OSError, RuntimeError):
                name = self.sources.name_of(path.resolve())
        return name

    def edition_of(self, file: str) -> str:
        """The edition of the package that a file belongs to."""
        path = self.sources.path_of(file)
        owners = [p for p in self.workspace.packages.values() if path.is_relative_to(p.root)]
        inner = max(owners, key=lambda p: len(p.root.parts), default=None)
        return inner.edition if inner is not None else "2021"

    def checking(self) -> Checking:
        """What checks edits of the workspace as it stands now."""
        loaded = self._configuration()
        unsaved = self._overlays.of(OWN)
        return Checking(
            self.expert,
            workspace=self.workspace,
            settings=loaded.settings,
            trusted=loaded.trusted,
            unsaved={self.sources.path_of(name): text for name, text in unsaved.items()},
            around=self._users_of,
            clean=self._clean,
        )

    def _users_of(self, path: Path) -> list[Path]:
        """The workspace's files that use what a file defines, those that use most of it first."""
        name = self.name_of(path)
        if name is None:
            return []
        items = self.store.items_in_file(name)
        edges = self.store.edges((i.id for i in items), kinds=("calls", "uses_type"), incoming=True)
        uses = Counter(edge.source for edge in edges)
        files: Counter[str] = Counter()
        for item in self.store.items(uses):
            if not item.is_dependency and item.file != name:
                files[item.file] += uses[item.id]
        return [self.sources.path_of(file) for file, _ in files.most_common()]

    # -- writing --------------------------------------------------------------------------------

    def set_overlay(self, path: Path, text: bytes | None) -> str | None:
        """Put unsaved text over a file or take it away; gives the graph's name, if it has one."""
        name = self.name_of(path)
        if name is not None:
            self._overlays.put(OWN, {name: text})
        return name

    def replace_overlay(self, texts: Mapping[Path, bytes]) -> None:
        """Put unsaved text over these files, and take it away from all others."""
        named = {self.name_of(path): text for path, text in texts.items()}
        self._overlays.replace(OWN, {n: text for n, text in named.items() if n is not None})

    def first_look(self, first: Iterable[Path], cancel: Cancel) -> bool:
        """Let searches be answered from the workspace's own items until it is indexed, where
        nothing of it is indexed yet and that takes long; gives whether they are.

        Items of the files in ``first`` are embedded first. Raises `GraphError`, `Cancelled` among
        them, and `EmbeddingError`.
        """
        if not self.is_owner:
            return False
        names = (self.name_of(path) for path in first)
        named = [name for name in names if name is not None]
        look = self._writer.first_look(self.workspace, named, cancel)
        if look is None:
            return False
        before, self._first_look = self._first_look, look
        self.retriever = look.retriever
        if before is not None:
            # Of an indexing that was stopped.
            before.close()
        look.embed(cancel)
        return True

    def _end_first_look(self) -> None:
        look, self._first_look = self._first_look, None
        if look is not None:
            self.retriever = self._new_retriever()
            look.close()

    def index(
        self,
        *,
        progress: Callable[[Progress], None] | None = None,
        cancel: Cancel | None = None,
    ) -> IndexReport:
        """Bring the graph up to date. Raises `GraphError`, `Cancelled` among them."""
        while True:
            generation = self._generation
            guest = self._asking
            if guest is None:
                self.report = self._writer.index(progress, cancel)
            else:
                try:
                    self.report = guest.index(
                        self._overlays.of(OWN),
                        manifests=self._manifests.paths,
                        trusted=self._configuration().trusted,
                        progress=progress,
                        cancel=cancel,
                    )
                except OwnerChanged:
                    continue
            self._complete = generation
            self._end_first_look()
            return self.report

    def update(self, names: Collection[str], *, cancel: Cancel | None = None) -> IndexReport:
        """Bring the graph up to date with these files. Raises as `index`."""
        if self._complete != self._generation:
            # The owner, or a new one, does not know what is unsaved here.
            return self.index(cancel=cancel)
        guest = self._asking
        if guest is None:
            return self._writer.update(names, cancel)
        unsaved = self._overlays.of(OWN)
        try:
            return guest.update({n: unsaved.get(n) for n in names}, cancel=cancel)
        except OwnerChanged:
            return self.index(cancel=cancel)

    def schedule_embedding(self, *, first: Iterable[Path] = ()) -> int:
        """Queue everything that has no vector yet, items of the files in ``first`` before others.

        Gives how many items that are. Raises `GraphError`.
        """
        named = (self.name_of(path) for path in first)
        names = [name for name in named if name is not None]
        guest = self._asking
        if guest is not None:
            with contextlib.suppress(OwnerChanged):
                return guest.schedule(names)
        return self._writer.schedule(names)

    @property
    def waiting(self) -> int:
        """Items that wait to be embedded."""
        guest = self._asking
        if guest is not None:
            with contextlib.suppress(OwnerChanged):
                return guest.waiting()
        return self._writer.waiting

    def embedding(self, do: EmbeddingDo = "tell") -> QueueState:
        """Pause or resume embedding, or forget what waits; gives how far it is.

        Whoever owns the graph does so, for all who read it. Raises `GraphError`.
        """
        guest = self._asking
        if guest is not None:
            with contextlib.suppress(OwnerChanged):
                state = guest.embedding(do)
                if do == "resume":
                    self._resumed()
                return state
        return self._writer.embedding(do)

    def prepare(self, cancel: Cancel) -> bool:
        """Make ready for edits and questions, where this process owns the graph; gives whether all
        is ready.

        Raises `Cancelled` and `GraphError`.
        """
        return self._asking is not None or self._writer.prepare(cancel)

    def caches(self) -> dict[str, dict[str, float]]:
        """How often what was asked for was there already, by what is kept."""
        answers = self.retriever.kept.counts
        kept = {
            "answers": answers.hits,
            "items": self.store.kept_items,
            "texts": self.retriever.forms.hits,
        }
        found = {
            name: {"found": hits.found, "missed": hits.missed, "rate": round(hits.rate, 4)}
            for name, hits in kept.items()
        }
        found["answers"] |= {"kept": answers.kept, "dropped": answers.dropped}
        return found

    @property
    def is_prepared(self) -> bool:
        """Whether what `prepare` loads for questions is there, or can't be."""
        return self._asking is not None or self.store.adjacency is not None

    @property
    def words_due(self) -> float | None:
        """Seconds until `index_words` should be called; None where it need not be."""
        return self.lexical.rests_s if self.is_owner and self.lexical.is_behind else None

    def index_words(self, cancel: Cancel | None = None) -> None:
        """Bring search by words up to date, where this process owns the graph.

        Who calls this goes on doing so: queries leave to them what takes long. Raises `Cancelled`,
        what was done being kept, and `GraphError`.
        """
        if self.is_owner:
            self.lexical.is_kept = True
            self.lexical.refresh(cancel, soon=True)

    def embed(
        self, *, progress: Callable[[int, int], None] | None = None, cancel: Cancel | None = None
    ) -> bool:
        """Embed what is queued until ``cancel()``; False if nothing was, or if it is paused.

        Raises `EmbeddingError`; what was queued stays so.
        """
        guest = self._asking
        if guest is not None:
            with contextlib.suppress(OwnerChanged):
                return guest.embed(progress=progress, cancel=cancel)
        if self._writer.waiting == 0 or self._writer.paused:
            return False
        self._writer.embed(progress, cancel or _never)
        return True

    def _expert_changed(self, report: Report) -> None:
        if self.on_expert is not None:
            self.on_expert(report)

    def start_expert(self) -> None:
        """Start rust-analyzer, where the settings want it with the workspace."""
        if self._configuration().settings.rust_analyzer.mode == "eager":
            with contextlib.suppress(ExpertError):
                self.expert.start()

    def renew_expert(self) -> None:
        """Heed other settings of rust-analyzer's."""
        self.expert.renew()
        self.start_expert()

    def schedule_expansion(self, names: Iterable[str] | None = None) -> None:
        """Queue files whose macros rust-analyzer may expand; all of the workspace's if None."""
        if names is None:
            self._expanding.add(self.store.files())
        else:
            self._expanding.add(names, first=True)

    @property
    def unexpanded(self) -> int:
        """Files whose macros are still to be looked at."""
        return self._expanding.waiting

    def can_expand(self, *, wait: bool = False) -> bool:
        """Whether there are macros to expand and a rust-analyzer for it, which is there already
        but for ``wait``."""
        if not self.is_owner or self._writer.expansions is None or not self._expanding.waiting:
            return False
        return wait or self.expert.ready() is not None

    def expand(self, cancel: Cancel, *, wait: bool = False) -> bool:
        """Expand the macros of one more file; False if not `can_expand`.

        Raises `ExpertError` (`Withdrawn` where ``cancel()`` says so or somebody waits for another
        answer of rust-analyzer's), `GraphError`, `OSError`.
        """
        if not self.can_expand(wait=wait):
            return False

        def stop() -> bool:
            return cancel() or self.expert.is_pressed

        def step(server: RustAnalyzer) -> str | None:
            return self._expanding.step(server, stop)

        name = self.expert.ask(step, cancel=stop)
        if name is not None:
            self.update([name], cancel=cancel)
        return True

    # -- searching vectors, which the graph's owner has in memory ---------------------------------

    def nearest(
        self, vectors: Sequence[Sequence[float]], k: int, *, own: bool
    ) -> dict[NodeId, float]:
        """See `embedding.ports.VectorSearch`. Raises `GraphError`."""
        guest = self._asking
        if guest is not None:
            with contextlib.suppress(OwnerChanged):
                return guest.nearest(vectors, k, own=own)
        return self._writer.nearest(vectors, k, own=own)

    def similarities(
        self, vectors: Sequence[Sequence[float]], ids: Sequence[NodeId]
    ) -> dict[NodeId, float]:
        """See `embedding.ports.VectorSearch`. Raises `GraphError`."""
        guest = self._asking
        if guest is not None:
            with contextlib.suppress(OwnerChanged):
                return guest.similarities(vectors, ids)
        return self._writer.similarities(vectors, ids)

    # -- reading, and who has the graph -----------------------------------------------------------

    @property
    def _generation(self) -> int:
        return 0 if self._sharing is None else self._sharing.generation

    @property
    def _asking(self) -> Guest | None:
        return None if self.is_owner else self._guest

    def _resumed(self) -> None:
        if self.on_resume is not None:
            self.on_resume()

    def _followed(self, names: Collection[str] | None) -> None:
        self.schedule_expansion(names)
        self._resumed()

    def _handed_over(self) -> None:
        _log.info("The graph is %s now.", "ours" if self.is_owner else "another process's")
        if self.on_handover is not None:
            self.on_handover()

    def _read(self) -> CargoWorkspace:
        """Read the workspace anew."""
        self._manifests = Manifests(self.workspace, self._manifests.paths)
        self.workspace = read_workspace(self.root, self._configuration(), self._say)
        self._manifests.note(self.workspace)
        self.retriever = self._new_retriever()
        return self.workspace

    def _read_again(self, manifests: Iterable[Path], trusted: bool) -> CargoWorkspace | None:
        """Read the workspace anew for a follower, where its ``manifests`` or ours say so.

        Cargo may run then, which a follower that isn't ``trusted`` can't bring about.
        """
        if self._configuration().trusted and not trusted:
            return None
        return self._read() if self._manifests.changed(manifests) else None

    def _new_retriever(self) -> Retriever:
        encoder = self._encoder
        if encoder is None or not self._configuration().settings.embedding.enabled:
            return Retriever(self.store, self.sources, lexical=self.lexical)
        sharing = self._sharing
        if sharing is not None and sharing.owner_hello.get("model", encoder.name) != encoder.name:
            # Vectors of two models can't be compared.
            return Retriever(self.store, self.sources, lexical=self.lexical)
        meaning = Meaning(encoder.encode_query, self)
        return Retriever(self.store, self.sources, meaning, self.lexical)


def _never() -> bool:
    return False
