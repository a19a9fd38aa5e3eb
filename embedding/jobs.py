"""What the queue holds, and in which order it is handed out. Not thread-safe: the queue locks."""

import heapq
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

# Stale heap entries that are kept before the heap is built anew.
_SLACK = 1024


class Priority(IntEnum):
    """Lower goes first."""

    OPEN = 0
    WORKSPACE = 1
    DEPENDENCY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One text to embed, or the windows of a long one.

    `key` says whose vectors they are (at most one job per key is in the queue), `content_hash` what
    the text was made from: equal hashes mean equal texts. `text` may be a function, called in the
    thread that embeds and only if the vectors are not cached.
    """

    key: bytes
    content_hash: bytes
    text: str | Callable[[], Sequence[str]]
    priority: Priority = Priority.WORKSPACE

    def windows(self) -> Sequence[str]:
        """Its texts, at least one. Raises whatever the function does."""
        return [self.text] if isinstance(self.text, str) else self.text()


class JobTable:
    """Jobs that wait, ordered by priority and then by arrival, and jobs that were taken."""

    def __init__(self) -> None:
        self._serials = itertools.count()
        self._heap: list[tuple[Priority, int, bytes]] = []
        self._waiting: dict[bytes, tuple[int, Job]] = {}
        self._taken: dict[bytes, Job] = {}

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def taken(self) -> int:
        return len(self._taken)

    def add(self, job: Job) -> None:
        """Add a job in place of any other with its key.

        One that was taken with the same content is left to finish; with other content its result
        is no longer wanted.
        """
        taken = self._taken.get(job.key)
        if taken is not None:
            if taken.content_hash == job.content_hash:
                self._waiting.pop(job.key, None)
                return
            del self._taken[job.key]
        self._wait(job)

    def take(self, limit: int) -> list[Job]:
        """The first `limit` jobs. Each is to be settled or given back."""
        jobs: list[Job] = []
        while self._heap and len(jobs) < limit:
            _, serial, key = heapq.heappop(self._heap)
            entry = self._waiting.get(key)
            if entry is not None and entry[0] == serial:
                del self._waiting[key]
                self._taken[key] = entry[1]
                jobs.append(entry[1])
        return jobs

    def wanted(self, job: Job) -> bool:
        """Whether a taken job has been neither replaced nor cancelled meanwhile."""
        return self._taken.get(job.key) is job

    def settle(self, jobs: Iterable[Job]) -> int:
        """These are done with; returns how many of them were still wanted."""
        wanted = [job for job in jobs if self.wanted(job)]
        for job in wanted:
            del self._taken[job.key]
        return len(wanted)

    def give_back(self, jobs: Iterable[Job]) -> None:
        """These wait again, unless they are no longer wanted."""
        for job in jobs:
            if self.wanted(job):
                del self._taken[job.key]
                self._wait(job)

    def cancel(self, keys: Iterable[bytes]) -> int:
        """Forget jobs by key; returns how many there were."""
        cancelled = 0
        for key in keys:
            waiting = self._waiting.pop(key, None)
            taken = self._taken.pop(key, None)
            cancelled += waiting is not None or taken is not None
        return cancelled

    def clear(self) -> int:
        """Forget all jobs; returns how many there were."""
        count = self.waiting + self.taken
        self._heap.clear()
        self._waiting.clear()
        self._taken.clear()
        return count

    def _wait(self, job: Job) -> None:
        present = self._waiting.get(job.key)
        if present is not None and present[1].priority == job.priority:
            # It keeps its place: what is edited all the time would never be reached.
            self._waiting[job.key] = (present[0], job)
            return
        serial = next(self._serials)
        self._waiting[job.key] = (serial, job)
        if len(self._heap) > 2 * len(self._waiting) + _SLACK:
            self._heap = [
                (waiting.priority, number, key) for key, (number, waiting) in self._waiting.items()
            ]
            heapq.heapify(self._heap)
        else:
            heapq.heappush(self._heap, (job.priority, serial, job.key))
