"""CozoDB, open in this process: one client, and another in its place when a graph is exchanged."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

from .errors import GraphError, StoreBroken, StoreLocked

_OPTIONS: Final = """\
[Version]
  rocksdb_version=8.8.1
  options_file_version=1.1
[DBOptions]
  create_if_missing=true
  bytes_per_sync=1048576
  max_background_jobs=2
[CFOptions "default"]
  compression=kLZ4Compression
  write_buffer_size=16777216
  level0_file_num_compaction_trigger=8
  memtable_whole_key_filtering=true
  memtable_prefix_bloom_size_ratio=0.1
"""
"""What RocksDB is to do otherwise than CozoDB has it do. What is in its write buffer has to be read
from the log when it is opened: 64 MB of it, CozoDB's choice, take a third of a second. Every row
that is put is looked for first, and the filters are for that. The other lines are as they would be
without this file, but that few cores have few threads."""


class Database:
    """One open database. Thread-safe."""

    def __init__(self, path: Path | None) -> None:
        """Open or create the database in the folder ``path``; None keeps it in memory.

        Raises `StoreLocked` and `StoreBroken`.
        """
        self.path = path
        self._client: Any = _connect(path)
        self._change = threading.Condition()
        self._users = 0
        self._closing = False

    def run(
        self, script: str, parameters: dict[str, Any], immutable: bool = False
    ) -> dict[str, Any]:
        """Run CozoScript; raises what CozoDB does."""
        with self._using() as client:
            return client.run(script, parameters, immutable)

    def import_relations(self, data: dict[str, Any]) -> None:
        """Put rows without Datalog, by relation, as headers and rows."""
        with self._using() as client:
            client.import_relations(data)

    def exchange(self, folder: Path) -> None:
        """Put the database in ``folder``, closed and on the same file system, in this one's place.

        Queries under way are waited for, new ones wait. Raises `StoreBroken` where it can't be
        opened; there is an empty one in its place then.
        """
        path = self.path
        assert path is not None
        with self._unused():
            try:
                destroy(path)
                folder.rename(path)
                self._client = _connect(path)
            except (OSError, GraphError) as error:
                destroy(path)
                self._client = _connect(path)
                raise StoreBroken(f"The graph that was built can't be used: {error}") from error

    def close(self) -> None:
        """Close the database once nobody uses it; closing twice is fine."""
        with self._unused():
            pass

    @contextlib.contextmanager
    def _unused(self) -> Generator[None]:
        """With the client closed, and nobody asking before this is over, however it ends."""
        with self._change:
            while self._closing:
                self._change.wait()
            self._closing = True
            try:
                while self._users:
                    self._change.wait()
                client, self._client = self._client, None
                if client is not None:
                    client.close()
                yield
            finally:
                self._closing = False
                self._change.notify_all()

    @contextlib.contextmanager
    def _using(self) -> Generator[Any]:
        with self._change:
            while self._closing:
                self._change.wait()
            client = self._client
            if client is None:
                raise GraphError("The graph is closed.")
            self._users += 1
        try:
            yield client
        finally:
            with self._change:
                self._users -= 1
                if not self._users:
                    self._change.notify_all()


def _connect(path: Path | None) -> Any:
    from pycozo.client import Client

    if path is None:
        return Client("mem", "", dataframe=False)
    path.mkdir(parents=True, exist_ok=True)
    (path / "options").write_text(_OPTIONS, encoding="ascii")
    try:
        return Client("rocksdb", str(path), dataframe=False)
    except BaseException as error:
        # CozoDB's own failures are panics, which don't derive from Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        words = str(error)
        if "lock" in words.lower():
            raise StoreLocked(
                f"Another ferrograph process has the graph in {path} open."
            ) from error
        raise StoreBroken(f"The graph in {path} can't be opened: {first_lines(error)}") from error


def first_lines(error: BaseException) -> str:
    """What an error of CozoDB says, without its drawing."""
    lines = [line.strip(" ×│╰─▶") for line in str(error).splitlines()]
    return " ".join(line for line in lines[:4] if line)


def destroy(path: Path) -> None:
    """Remove a database that can't be used, so that it can be built anew."""
    shutil.rmtree(path, ignore_errors=True)
