"""One database for several processes: the first owns it, the others follow, and one takes over.

Who holds the lock (`ownership`) opens the database and serves it (`owner`); who does not asks that
process (`remote`). When an owner goes, well or not, each follower tries for the lock; who gets it
owns the database and the others follow that one. Queries are asked again then, since they only
read; calls are not: `OwnerChanged` leaves that to who knows what they do.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .. import __version__
from .errors import GraphError, OwnerChanged, OwnerSilent, StoreBroken, StoreLocked, StoreMismatch
from .owner import Handler, Owner
from .ownership import OwnerLock, OwnerNote, listen
from .remote import OwnerLost, Remote

if TYPE_CHECKING:
    from .store import GraphStore

_log = logging.getLogger(__name__)

_OPEN_S: Final = 30.0
"""So long an owner may take to open its database."""
_FOREIGN_S: Final = 0.5
"""A note of another version is believed after this: it may be a dead owner's."""
_LINGER_S: Final = 3.0
"""So long the database's own lock may outlive the process that held ours."""
_AGAIN_S: Final = 0.01
_UNREACHABLE: Final = "-"


class SharedDatabase:
    """Runs CozoScript where the database is open: here or in its owner. Thread-safe."""

    def __init__(
        self,
        path: Path,
        open_here: Callable[[], GraphStore],
        *,
        hello: Callable[[], dict[str, Any]],
        rebuilt: Callable[[str], None],
        destroy: Callable[[Path], None],
    ) -> None:
        """Own the database at ``path``, or follow who does.

        ``open_here`` opens it for this process alone; ``hello`` is what followers are told of this
        process; ``rebuilt`` hears why a database that can't be used was made anew. Raises
        `StoreLocked` (`OwnerSilent` is one), `StoreBroken`, and `OSError` where no lock can be had.
        """
        self._path = path
        self._open_here = open_here
        self._hello = hello
        self._rebuilt = rebuilt
        self._destroy = destroy
        self._lock = OwnerLock(path)
        self._joining = threading.RLock()
        self._closed = threading.Event()
        self._here: GraphStore | None = None
        self._owner: Owner | None = None
        self._address = ""
        self._handler: Handler | None = None
        self._remote: Remote | None = None
        self._handed_over: Callable[[], None] | None = None
        self._revision_lock = threading.Lock()
        self._counting = 0
        self._offset: int | None = None
        self._revision = 0
        self.generation = 0
        """Grows when the owner becomes another."""
        with self._joining:
            self._join()

    # -- who ------------------------------------------------------------------------------------

    @property
    def is_owner(self) -> bool:
        """Whether this process has the database open. Once it has, it keeps it."""
        return self._here is not None

    @property
    def owner_hello(self) -> dict[str, Any]:
        """What the owner says of itself."""
        remote = self._remote
        return self._hello() if remote is None else remote.hello

    @property
    def owner_pid(self) -> int:
        """The owner's process."""
        remote = self._remote
        return os.getpid() if remote is None else remote.note.pid

    @property
    def followers(self) -> int:
        """How many processes follow this one."""
        return 0 if self._owner is None else self._owner.followers

    def serve(self, handler: Handler, handed_over: Callable[[], None]) -> None:
        """Say who does what followers ask for, should there be any, now or later.

        ``handed_over`` hears, on some thread, that the owner became another, maybe this process.
        """
        with self._joining:
            self._handler = handler
            self._handed_over = handed_over
            if self._owner is not None:
                self._owner.handle(handler)

    # -- what -----------------------------------------------------------------------------------

    @property
    def revision(self) -> int:
        """The owner's revision, as far as it is known here; never less than before."""
        return self._revision

    def wrote(self, revision: int) -> None:
        """The owner's writer made this revision."""
        with self._revision_lock:
            self._revision = revision
        if self._owner is not None:
            self._owner.announce(revision)

    def run(
        self, script: str, parameters: dict[str, Any], immutable: bool = False
    ) -> dict[str, Any]:
        """As `Database.run`. A follower's scripts can only read, whatever ``immutable`` says."""
        while True:
            if self._here is not None:
                if not immutable:
                    self._check_lock()
                return self._here.client.run(script, parameters, immutable)
            generation, here, remote = self._where()
            if here is not None:
                continue
            assert remote is not None
            try:
                return {"rows": remote.run(script, parameters)}
            except OwnerLost:
                self._recover(generation)

    def import_relations(self, data: dict[str, Any]) -> None:
        """As `Database.import_relations`, for the owner."""
        self._own_store().client.import_relations(data)

    def exchange(self, folder: Path) -> None:
        """As `Database.exchange`, for the owner."""
        self._own_store().client.exchange(folder)

    def _own_store(self) -> GraphStore:
        if self._here is None:
            raise GraphError("Another process has the graph open: it alone writes.")
        self._check_lock()
        return self._here

    def _check_lock(self) -> None:
        if self._lock.is_lost():
            raise StoreBroken(
                f"{self._path.parent} was removed while it was in use, and another process "
                "keeps a graph there now: start this one again."
            )

    def call(
        self,
        name: str,
        arguments: dict[str, Any],
        *,
        tell: Callable[[Any], None] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> Any:
        """Ask the owner to do something.

        Raises `OwnerChanged` where it ended meanwhile (there is another one then, or this process
        is it), `OwnerSilent`, `Cancelled` and `GraphError`.
        """
        generation, here, remote = self._where()
        if here is not None or remote is None:
            raise OwnerChanged("This process has the graph itself.")
        try:
            return remote.call(name, arguments, tell=tell, cancel=cancel)
        except OwnerLost:
            self._recover(generation)
            raise OwnerChanged("The process that had the graph has ended.") from None

    def close(self) -> None:
        """Close the database, or hang up; twice is fine."""
        self._closed.set()
        remote = self._remote
        if remote is not None:
            # Before the lock: a thread that tries to take over holds that one.
            remote.close()
        with self._joining:
            if self._owner is not None:
                self._owner.stop()
            if self._here is not None:
                self._here.close()
            if self._address:
                # Before the lock: the next owner's socket stands at the same place.
                with contextlib.suppress(OSError):
                    os.unlink(self._address)
            self._lock.release()

    # -- becoming one or the other --------------------------------------------------------------

    def _where(self) -> tuple[int, GraphStore | None, Remote | None]:
        with self._joining:
            return self.generation, self._here, self._remote

    def _recover(self, generation: int) -> None:
        """Find the next owner, or become it, unless another thread did since ``generation``."""
        with self._joining:
            if self._closed.is_set():
                raise GraphError("The graph is closed.")
            if self.generation != generation:
                return
            remote, self._remote = self._remote, None
            if remote is not None:
                remote.close()
            try:
                self._join()
            except BaseException:
                # The next question tries again.
                self._remote = remote
                raise
            told = self._handed_over
        if told is not None:
            told()

    def _lost(self, generation: int) -> None:
        """The owner's end was seen while nobody asked anything."""
        try:
            self._recover(generation)
        except (GraphError, OSError) as error:
            if not self._closed.is_set():
                _log.warning("No process has the graph now: %s", error)

    def _join(self) -> None:
        until = time.monotonic() + _OPEN_S
        believe = time.monotonic() + _FOREIGN_S
        while not self._closed.is_set():
            if self._lock.acquire():
                self._own()
                return
            note = self._lock.read()
            if note is not None and not note.speaks_our_language:
                if time.monotonic() >= believe:
                    raise StoreLocked(
                        f"Ferrograph {note.ferrograph} (process {note.pid}) has the graph open, "
                        f"and this one, {__version__}, keeps graphs of another form."
                    )
            elif note is not None and note.address == _UNREACHABLE:
                raise StoreLocked(f"Another ferrograph process ({note.pid}) has the graph open.")
            elif note is not None and note.address and self._follow(note):
                return
            if time.monotonic() >= until:
                who = f" ({note.pid})" if note is not None else ""
                raise OwnerSilent(
                    f"Another ferrograph process{who} has the graph locked but does not answer: "
                    "wait for it, or end it."
                )
            time.sleep(_AGAIN_S)
        raise GraphError("The graph is closed.")

    def _follow(self, note: OwnerNote) -> bool:
        """Follow that owner; False where it is gone."""
        following = self.generation + 1
        self._count_anew(following)
        try:
            remote = Remote(
                note,
                revised=lambda revision: self._revised(following, revision),
                lost=lambda: self._lost(following),
            )
        except (OSError, GraphError) as error:
            if isinstance(error, OwnerSilent):
                raise
            return False
        self._remote = remote
        self.generation = following
        remote.start()
        return True

    def _own(self) -> None:
        """Open the database, with the lock held, and serve it."""
        try:
            self._lock.publish(OwnerNote(os.getpid(), "", __version__))
            here = self._open()
        except BaseException:
            self._lock.release()
            raise
        self._count_anew(self.generation + 1)
        self._revised(self.generation + 1, here.revision)
        self._here = here
        self.generation += 1
        try:
            listener, address = listen(self._path)
        except OSError as error:
            _log.warning("Other processes can't share the graph: %s", error)
            self._lock.publish(OwnerNote(os.getpid(), _UNREACHABLE, __version__))
            return
        self._address = address
        self._owner = Owner(
            here.client, listener, hello=self._hello, revision=lambda: self._revision
        )
        if self._handler is not None:
            self._owner.handle(self._handler)
        self._owner.start()
        self._lock.publish(OwnerNote(os.getpid(), address, __version__))

    def _open(self) -> GraphStore:
        until = time.monotonic() + _LINGER_S
        while True:
            try:
                return self._open_here()
            except (StoreMismatch, StoreBroken) as error:
                self._rebuilt(str(error))
                self._destroy(self._path)
                return self._open_here()
            except StoreLocked:
                if time.monotonic() >= until:
                    raise
                time.sleep(_AGAIN_S)

    # -- revisions ------------------------------------------------------------------------------

    def _count_anew(self, generation: int) -> None:
        """Another owner counts from elsewhere: ours must grow all the same."""
        with self._revision_lock:
            self._counting = generation
            self._offset = None

    def _revised(self, generation: int, revision: int) -> None:
        """The owner of that generation is at this revision."""
        with self._revision_lock:
            if generation != self._counting:
                return
            if self._offset is None:
                behind = self._counting > 1 and revision <= self._revision
                self._offset = self._revision + 1 - revision if behind else 0
            self._revision = max(self._revision, self._offset + revision)
