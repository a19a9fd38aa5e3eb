"""The queue between what must be embedded and where the vectors go."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from .batch import attempt
from .errors import EmbeddingError, EncodingCancelled, SinkError
from .jobs import Job, JobTable, Priority
from .ports import Delivery, Problem, QueueState, TextEncoder, Vector, VectorStore
from .progress import Meter

__all__ = ["EmbeddingQueue", "Job", "Priority", "Problem"]

log = logging.getLogger(__name__)

# Enough for the encoder to find texts of equal length (a tenth faster than with 64), and done in a
# third of a second on two cores, which is how long a job of higher priority may have to wait.
BATCH_JOBS = 128

_MAX_FAILURES = 3
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 60.0


class EmbeddingQueue:
    """Takes jobs by priority, embeds them in batches, hands the vectors to `sink`.

    A job leaves the queue in one of three ways: its vector was delivered, it was cancelled or
    replaced, or it failed on its own and was reported to `on_problem`. If the encoder or the sink
    fails altogether, the jobs stay.

    All methods may be called from any thread. `sink`, `progress` and `on_problem` are called from
    the thread that embeds, one at a time; they may add and cancel jobs, but not run or stop the
    queue.
    """

    def __init__(
        self,
        *,
        encoder: TextEncoder,
        sink: Callable[[list[Delivery]], None],
        cache: VectorStore | None = None,
        progress: Callable[[int, int, float], None] | None = None,
        on_problem: Callable[[Problem], None] | None = None,
        batch_jobs: int = BATCH_JOBS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`sink` receives (key, content hash, unit vectors [windows, dimensions]) triples.
        `progress` receives how many jobs are done and how many there are since the queue was last
        empty, and jobs per second.
        """
        self._encoder = encoder
        self._sink = sink
        self._cache = cache
        self._progress = progress
        self._on_problem = on_problem
        self._batch_jobs = batch_jobs
        self._jobs = JobTable()
        self._meter = Meter(clock=clock)
        self._failures: dict[bytes, int] = {}
        self._dropped = 0
        self._changed = threading.Condition()  # guards all state above
        self._running = threading.Lock()  # one batch at a time
        self._paused = False
        self._stopping = False
        self._thread: threading.Thread | None = None

    @property
    def pending(self) -> int:
        """Jobs that wait or are being embedded."""
        with self._changed:
            return self._jobs.waiting + self._jobs.taken

    @property
    def state(self) -> QueueState:
        """How far it is."""
        with self._changed:
            return QueueState(
                waiting=self._jobs.waiting + self._jobs.taken,
                done=self._meter.done,
                per_second=self._meter.rate,
                failed=self._dropped,
                paused=self._paused,
            )

    def add(self, jobs: Iterable[Job]) -> None:
        """Add jobs, each in place of an earlier one with its key (and at its new priority)."""
        with self._changed:
            if self._jobs.waiting + self._jobs.taken == 0:
                self._meter.begin()
            for job in jobs:
                self._jobs.add(job)
                self._failures.pop(job.key, None)
            self._changed.notify_all()

    def cancel(self, keys: Iterable[bytes]) -> int:
        """Forget jobs by key, also those being embedded; returns how many there were."""
        with self._changed:
            cancelled = self._jobs.cancel(keys)
            self._changed.notify_all()
        return cancelled

    def clear(self) -> int:
        """Forget all jobs; returns how many there were."""
        with self._changed:
            self._failures.clear()
            cleared = self._jobs.clear()
            self._changed.notify_all()
        return cleared

    def pause(self) -> None:
        """Begin no further batch; the one under way is finished."""
        with self._changed:
            self._paused = True

    def resume(self) -> None:
        with self._changed:
            self._paused = False
            self._changed.notify_all()

    def run_once(self, limit: int | None = None) -> int:
        """Embed one batch of at most `limit` jobs in this thread; returns how many were taken.

        0 means that nothing waits (or that the queue is paused or stopping). Raises `SinkError` if
        the sink fails and `EmbeddingError` if the encoder does, with the jobs in the queue again.
        """
        with self._running:
            with self._changed:
                if self._paused or self._stopping:
                    return 0
                size = self._batch_jobs if limit is None else min(limit, self._batch_jobs)
                jobs = self._jobs.take(size)
            if not jobs:
                return 0
            try:
                self._deliver(jobs, self._embed(jobs))
            except EncodingCancelled:
                pass
            finally:
                with self._changed:
                    self._jobs.give_back(jobs)  # those that were not settled
                    self._changed.notify_all()
            self._report_progress()
            return len(jobs)

    def start(self) -> None:
        """Embed in a thread of our own, until `stop`."""
        with self._changed:
            if self._thread is not None:
                return
            self._stopping = False
            self._thread = threading.Thread(
                target=self._work, name="ferrograph-embedding", daemon=True
            )
            self._thread.start()

    def stop(self, timeout: float | None = None) -> bool:
        """End the thread, within a batch of the encoder; what was not delivered stays queued.

        Returns whether it has ended within `timeout` seconds.
        """
        with self._changed:
            thread = self._thread
            if thread is None:
                return True
            self._stopping = True
            self._changed.notify_all()
        thread.join(timeout)
        if thread.is_alive():
            return False
        with self._changed:
            self._thread = None
            self._stopping = False
        return True

    def wait_idle(self, timeout: float | None = None) -> bool:
        """Wait until no job is left; False if `timeout` seconds were not enough."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._jobs.waiting + self._jobs.taken == 0, timeout
            )

    def _work(self) -> None:
        pause = 0.0
        while True:
            with self._changed:
                if pause:
                    self._changed.wait_for(lambda: self._stopping, pause)
                self._changed.wait_for(
                    lambda: self._stopping or (self._jobs.waiting > 0 and not self._paused)
                )
                if self._stopping:
                    return
            try:
                self.run_once()
                pause = 0.0
            except EmbeddingError as error:
                if not pause:  # once per outage
                    self._report(Problem(message=str(error), keys=(), dropped=False))
                pause = min(max(2 * pause, _FIRST_PAUSE), _LONGEST_PAUSE)

    def _embed(self, jobs: Sequence[Job]) -> dict[bytes, Vector]:
        """Vectors [windows, dimensions] by content hash, of all jobs but those that fail."""
        by_hash = {job.content_hash: job for job in jobs}
        vectors = self._cache.get_many(list(by_hash)) if self._cache is not None else {}
        texts: list[tuple[Job, Sequence[str]]] = []
        for content_hash, job in by_hash.items():
            if content_hash in vectors:
                continue
            try:
                texts.append((job, job.windows()))
            except Exception as error:  # noqa: BLE001 (the caller's function)
                self._drop(jobs, content_hash, f"The text of an item cannot be had: {error}")
        if not texts:
            return vectors
        outcome = attempt(texts, self._encode)
        fresh = {job.content_hash: vector for (job, _), vector in outcome.done}
        if self._cache is not None and fresh:
            self._cache.put_many(fresh)
        hopeless = outcome.hopeless and len(texts) > 1
        for (job, _), error in outcome.failed:
            if not hopeless or self._failed(job) >= _MAX_FAILURES:
                self._drop(jobs, job.content_hash, f"An item cannot be embedded: {error}")
        if hopeless:
            error = outcome.failed[0][1]
            raise EmbeddingError(f"Embedding fails and will be tried again: {error}") from error
        return vectors | fresh

    def _encode(self, texts: Sequence[tuple[Job, Sequence[str]]]) -> Sequence[Vector]:
        windows = [window for _, of in texts for window in of]
        rows = self._encoder.encode(windows, cancel=lambda: self._stopping)
        if not np.isfinite(rows).all():
            raise EmbeddingError("the vector is not finite")
        return np.split(rows, np.cumsum([len(of) for _, of in texts])[:-1])

    def _deliver(self, jobs: Sequence[Job], vectors: Mapping[bytes, Vector]) -> None:
        with self._changed:
            wanted = [job for job in jobs if job.content_hash in vectors and self._jobs.wanted(job)]

        def hand_over(batch: Sequence[Job]) -> Sequence[None]:
            self._sink([(job.key, job.content_hash, vectors[job.content_hash]) for job in batch])
            return [None] * len(batch)

        if wanted:
            outcome = attempt(wanted, hand_over)
            self._settle([job for job, _ in outcome.done])
            if outcome.hopeless:
                error = outcome.failed[0][1]
                raise SinkError(f"Embeddings cannot be stored for now: {error}") from error
            for job, error in outcome.failed:
                if self._failed(job) >= _MAX_FAILURES:
                    self._drop([job], job.content_hash, f"A vector cannot be stored: {error}")

    def _failed(self, job: Job) -> int:
        """Count a failure of this job; returns how many there were."""
        with self._changed:
            count = self._failures[job.key] = self._failures.get(job.key, 0) + 1
        return count

    def _drop(self, jobs: Sequence[Job], content_hash: bytes, message: str) -> None:
        """Report and settle all jobs of `content_hash`."""
        dropped = [job for job in jobs if job.content_hash == content_hash]
        self._settle(dropped)
        self._dropped += len(dropped)
        keys = tuple(job.key for job in dropped)
        self._report(Problem(message=message, keys=keys, dropped=True))

    def _settle(self, jobs: Sequence[Job]) -> None:
        with self._changed:
            self._meter.count(self._jobs.settle(jobs))
            for job in jobs:
                self._failures.pop(job.key, None)
            self._changed.notify_all()

    def _report(self, problem: Problem) -> None:
        log.warning("%s", problem.message)
        if self._on_problem is not None:
            try:
                self._on_problem(problem)
            except Exception:
                log.exception("the listener for embedding problems failed")

    def _report_progress(self) -> None:
        with self._changed:
            done, rate = self._meter.done, self._meter.rate
            total = done + self._jobs.waiting + self._jobs.taken
        if self._progress is not None:
            try:
                self._progress(done, total, rate)
            except Exception:
                log.exception("the listener for embedding progress failed")
