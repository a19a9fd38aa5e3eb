"""Files to facts, in this process or in several. Results travel as bytes (`graph.blob`)."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from ..parser.facts import FileFacts
from ..parser.generated import KeptTexts, with_generated
from ..parser.rust import parse_rust
from ..parser.sources import read_source
from .blob import pack_facts, unpack_facts, with_hashes
from .ids import content_hash
from .symbols import Unit

_WORTH_PROCESSES = 2_000_000
"""Bytes of source below which starting processes costs more than it saves."""

_LOOK_EVERY = 1.0
"""Seconds between two looks at whether the parent still lives."""

_CHUNK = 250_000
"""Bytes of source a task: small enough to share evenly and to cancel soon."""


@dataclass(frozen=True, slots=True)
class Job:
    """One file to parse."""

    name: str
    path: str
    size: int
    with_bodies: bool = True
    text: bytes | None = None
    """Unsaved text that stands for what is on the disk."""
    expansions: tuple[str, str] | None = None
    """The folder and the stamp of `KeptTexts`, where there may be some."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """One parsed file. ``problem`` says why it could not be read; then there is no blob."""

    name: str
    hash: bytes
    mtime_ns: int
    size: int
    blob: bytes
    problem: str | None = None
    unit: Unit | None = None
    """The facts themselves, where they were parsed in this process."""

    def facts(self) -> Unit | None:
        """The facts, unpacked where that is still to be done; None where there are none."""
        if self.unit is not None:
            return self.unit
        unpacked = unpack_facts(self.blob) if self.blob else None
        return None if unpacked is None else Unit(self.name, self.hash, unpacked[0], unpacked[1])


def parse_one(job: Job, *, keep: bool = True) -> Parsed:
    """Read and parse one file; with ``keep`` the facts come along and not only as bytes."""
    mtime = 0
    source = job.text
    if source is None:
        # Looked at before it is read: an edit in between makes the next look differ.
        try:
            mtime = os.stat(job.path).st_mtime_ns
        except OSError:
            mtime = 0
        source, problem = read_source(Path(job.path))
        if source is None:
            return Parsed(job.name, b"", 0, 0, b"", problem or "can't be read")
    if job.name.endswith((".md", ".markdown")):
        # Only here: a process that parses Rust starts in half the time without it.
        from ..parser.markdown import parse_markdown

        facts = parse_markdown(source)
    else:
        facts = parse_rust(source, with_bodies=job.with_bodies)
        if job.expansions is not None:
            facts = _with_expansions(job, source, facts)
    facts, hashes = with_hashes(source, facts)
    digest = content_hash(source)
    if facts.generated:
        # What is known of its macros is part of what a file says.
        made = (part for told in facts.generated for part in (told.digest, told.text))
        digest = content_hash(b"\0".join((digest, *made)))
    blob = pack_facts(facts, hashes)
    unit = Unit(job.name, digest, facts, hashes) if keep else None
    return Parsed(job.name, digest, mtime, len(source), blob, unit=unit)


def _with_expansions(job: Job, source: bytes, facts: FileFacts) -> FileFacts:
    assert job.expansions is not None
    folder, stamp = job.expansions
    texts = KeptTexts(Path(folder), stamp).of(job.name)
    return with_generated(source, facts, texts) if texts else facts


def parse_many(jobs: Sequence[Job]) -> list[Parsed]:
    """What one task of the pool does."""
    return [parse_one(job, keep=False) for job in jobs]


def end_with_parent(parent: int) -> None:
    """End this worker soon after its parent is gone: a killed parent can't say goodbye.

    Ctrl-C reaches the whole group of processes; what it means is the parent's to say.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Facts hold no cycles; looking for them took a quarter of a worker's time.
    gc.disable()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_EVERY)
        os._exit(0)

    threading.Thread(target=watch, name="watch-parent", daemon=True).start()


class ParsePool:
    """Worker processes, started when a batch is worth it and stopped by `close`."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers if workers is not None else max(1, os.cpu_count() or 1)
        """Processes that parse at the same time, this one included."""
        self._pool: ProcessPoolExecutor | None = None

    def is_worth(self, sizes: Iterable[int]) -> bool:
        """Whether files of these sizes are worth another process."""
        return self.workers > 1 and sum(sizes) >= _WORTH_PROCESSES

    def run(
        self, jobs: Sequence[Job], *, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[list[Parsed]]:
        """Parse files, giving results in batches as they come. Stops early when cancelled."""
        chunks = _chunks(jobs)
        if not self.is_worth(job.size for job in jobs):
            for chunk in chunks:
                if cancelled():
                    return
                yield [parse_one(job) for job in chunk]
            return
        if self._pool is None:
            # Forking a process with threads and native libraries in it is not safe.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(
                self.workers - 1,
                mp_context=context,
                initializer=end_with_parent,
                initargs=(os.getpid(),),
            )
        left = {self._pool.submit(parse_many, chunk): chunk for chunk in chunks}
        try:
            yield from self._share(left, cancelled)
        except BrokenProcessPool:
            # A worker was killed, or could not start: what is left is parsed here.
            self.close()
            self.workers = 1
            for chunk in left.values():
                if cancelled():
                    return
                yield [parse_one(job) for job in chunk]
        finally:
            for future in left:
                future.cancel()

    def _share(
        self, left: dict[Future[list[Parsed]], list[Job]], cancelled: Callable[[], bool]
    ) -> Iterator[list[Parsed]]:
        """Results as they come; what no worker has begun is parsed here, from the end."""
        while left:
            if cancelled():
                return
            done = [future for future in left if future.done()]
            for future in done:
                parsed = future.result()
                del left[future]
                yield parsed
            mine = next((future for future in reversed(left) if future.cancel()), None)
            if mine is not None:
                yield [parse_one(job) for job in left.pop(mine)]
            elif not done and left:
                wait(left, return_when=FIRST_COMPLETED)

    def close(self) -> None:
        """Stop the worker processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


def _chunks(jobs: Sequence[Job]) -> list[list[Job]]:
    chunks: list[list[Job]] = []
    current: list[Job] = []
    size = 0
    for job in jobs:
        current.append(job)
        size += job.size
        if size >= _CHUNK:
            chunks.append(current)
            current, size = [], 0
    if current:
        chunks.append(current)
    return chunks
