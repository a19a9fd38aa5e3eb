"""Vectors on disk, shared by all workspaces and processes of a machine."""

import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import platformdirs

from .ports import Vector, packed, unpacked

_Result = TypeVar("_Result")

log = logging.getLogger(__name__)

SCHEMA = 1
FILE_NAME = "vectors.sqlite3"
DEFAULT_MAX_BYTES = 1 << 30  # nearly a million vectors, at 1.1 kB with the index

# "fgvc", so that a file of another kind under our name is told from one of another version.
_APPLICATION_ID = 0x66677663
_BUSY_SECONDS = 5.0
# SQLite takes 32,766 parameters at most; smaller lookups let other threads in between.
_LOOKUP = 500
# Evicting a tenth at once keeps eviction rare.
_EVICTED_SHARE = 10
_DAY = 86_400

_TABLES = f"""
    CREATE TABLE vectors (
        model TEXT NOT NULL,
        hash BLOB NOT NULL,
        used INTEGER NOT NULL,  -- days since 1970, for eviction
        vector BLOB NOT NULL,   -- float16, little-endian
        UNIQUE (model, hash)
    );
    CREATE INDEX vectors_used ON vectors (used);
    PRAGMA application_id = {_APPLICATION_ID};
    PRAGMA user_version = {SCHEMA};
"""


class VectorCache:
    """Maps (model name, content hash) to unit vectors: those of the windows of one text.

    They are kept as float16, which costs less than 1e-6 in cosine and half the space. Those used
    longest ago, in days, go first when the file has reached its size.

    Nothing here raises for reasons of the disk: a file that is damaged is set aside and begun anew,
    one of another version is rebuilt, and where nothing can be written the cache is simply always
    empty. Each of these is logged once as a warning. Safe to use from several threads and
    processes.
    """

    def __init__(
        self,
        *,
        model: str,
        dimensions: int,
        directory: Path | None = None,
        max_bytes: int = DEFAULT_MAX_BYTES,
        today: Callable[[], int] = lambda: int(time.time()) // _DAY,
    ) -> None:
        """Open or create the file in `directory` (the user's cache folder by default).

        `model` is `Encoder.name`. `max_bytes` bounds the vectors' file, not counting its journal.
        `today` gives the day for eviction.
        """
        if directory is None:
            directory = platformdirs.user_cache_path("ferrograph")
        self._path = directory / FILE_NAME
        self._model = model
        self._dimensions = dimensions
        self._max_bytes = max_bytes
        self._today = today
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        with self._lock:
            self._open()

    @property
    def usable(self) -> bool:
        """Whether anything is kept. False on a disk that cannot be written."""
        return self._connection is not None

    @property
    def path(self) -> Path:
        return self._path

    def get_many(self, hashes: Sequence[bytes]) -> dict[bytes, Vector]:
        """The unit vectors, float32 [windows, dimensions], of those `hashes` that are there."""
        return self._guarded(lambda connection: self._get(connection, hashes), {})

    def put_many(self, vectors: Mapping[bytes, Vector]) -> None:
        """Keep `vectors`, each [windows, dimensions], under their content hashes.

        Raises `ValueError` for any of another shape.
        """
        for rows in vectors.values():
            if rows.ndim != 2 or rows.shape[1] != self._dimensions or not len(rows):
                raise ValueError(f"expected [windows, {self._dimensions}], got {list(rows.shape)}")
        if vectors:
            self._guarded(lambda connection: self._put(connection, vectors), None)

    def close(self) -> None:
        """Close the file. Afterwards the cache is empty and keeps nothing."""
        with self._lock:
            self._drop_connection()

    def __enter__(self) -> "VectorCache":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _get(self, connection: sqlite3.Connection, hashes: Sequence[bytes]) -> dict[bytes, Vector]:
        found: dict[bytes, Vector] = {}
        stale: list[bytes] = []
        today = self._today()
        for start in range(0, len(hashes), _LOOKUP):
            part = hashes[start : start + _LOOKUP]
            marks = ",".join("?" * len(part))
            rows = connection.execute(
                f"SELECT hash, used, vector FROM vectors WHERE model = ? AND hash IN ({marks})",
                (self._model, *part),
            )
            for key, used, blob in rows:
                vectors = unpacked(blob, self._dimensions)
                if vectors is not None:
                    found[key] = vectors
                    if used < today:
                        stale.append(key)
        if stale:
            # Which ones were used today is worth a try, not a wait.
            with contextlib.suppress(sqlite3.OperationalError), _transaction(connection):
                connection.executemany(
                    "UPDATE vectors SET used = ? WHERE model = ? AND hash = ?",
                    [(today, self._model, key) for key in stale],
                )
        return found

    def _put(self, connection: sqlite3.Connection, vectors: Mapping[bytes, Vector]) -> None:
        today = self._today()
        rows = [(self._model, key, today, packed(of)) for key, of in vectors.items()]
        with _transaction(connection):
            connection.executemany(
                "INSERT OR REPLACE INTO vectors (model, hash, used, vector) VALUES (?, ?, ?, ?)",
                rows,
            )
            if _bytes_in_use(connection) > self._max_bytes:
                connection.execute(
                    "DELETE FROM vectors WHERE rowid IN (SELECT rowid FROM vectors"
                    " ORDER BY used, rowid LIMIT (SELECT count(*) FROM vectors) / ? + 1)",
                    (_EVICTED_SHARE,),
                )

    def _guarded(
        self, action: Callable[[sqlite3.Connection], _Result], otherwise: _Result
    ) -> _Result:
        """Run `action` on the open file; `otherwise` if there is none or it does not go."""
        with self._lock:
            if self._connection is None:
                return otherwise
            try:
                return action(self._connection)
            except sqlite3.OperationalError as error:
                # Busy, full, read-only: nothing is lost but time.
                log.debug("the vector cache was passed over: %s", error)
            except sqlite3.DatabaseError as error:
                self._open(damage=error)
            return otherwise

    def _open(self, *, damage: sqlite3.DatabaseError | None = None) -> None:
        """Open the file, or a new one in its place if it is (or is known to be) damaged."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if damage is not None:
                self._set_aside(damage)
            try:
                self._connection = self._connect()
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError as error:
                self._set_aside(error)
                self._connection = self._connect()
        except (OSError, sqlite3.Error) as error:
            self._drop_connection()
            log.warning("Embeddings are not kept between runs: %s (%s).", error, self._path)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            # A power cut may cost the last transactions, never the file.
            connection.execute("PRAGMA synchronous = NORMAL")
            with _transaction(connection):
                self._prepare_tables(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare_tables(self, connection: sqlite3.Connection) -> None:
        application_id = _pragma(connection, "application_id")
        version = _pragma(connection, "user_version")
        if (application_id, version) == (_APPLICATION_ID, SCHEMA):
            # Written again to find out now, not at every `put_many`, that the disk is read-only.
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
            return
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        if tables:
            log.warning(
                "The embedding cache has format %d and this version keeps format %d: begun anew.",
                version,
                SCHEMA,
            )
        for (table,) in tables:
            connection.execute(f'DROP TABLE "{table}"')
        for statement in _TABLES.split(";"):
            connection.execute(statement)

    def _set_aside(self, error: sqlite3.Error) -> None:
        """Rename the damaged file, over what an earlier accident may have left."""
        self._drop_connection()
        aside = self._path.with_suffix(".damaged")
        log.warning(
            "The embedding cache is damaged (%s): begun anew, old file at %s.", error, aside
        )
        # The journal goes first: beside a new file it would be replayed into it.
        for suffix in ("-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        self._path.replace(aside)

    def _drop_connection(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Generator[None]:
    """A write transaction, locked at once: two processes upgrading read locks would deadlock."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _bytes_in_use(connection: sqlite3.Connection) -> int:
    pages = _pragma(connection, "page_count") - _pragma(connection, "freelist_count")
    return pages * _pragma(connection, "page_size")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
