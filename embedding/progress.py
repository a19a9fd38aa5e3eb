"""How far the queue is and how fast it goes."""

import time
from collections import deque
from collections.abc import Callable

_WINDOW_SECONDS = 10.0


class Meter:
    """Counts what is settled since the queue was last empty. Not thread-safe."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._recent: deque[tuple[float, int]] = deque()
        self.done = 0

    def begin(self) -> None:
        """A new run starts: the queue was empty."""
        self.done = 0
        self._recent.clear()
        self._recent.append((self._clock(), 0))

    def count(self, settled: int) -> None:
        """`settled` jobs have left the queue."""
        self.done += settled
        now = self._clock()
        self._recent.append((now, self.done))
        while len(self._recent) > 2 and now - self._recent[0][0] > _WINDOW_SECONDS:
            self._recent.popleft()

    @property
    def rate(self) -> float:
        """Jobs per second over the last ten seconds or so; 0 before the first."""
        if len(self._recent) < 2:
            return 0.0
        (start, before), (end, after) = self._recent[0], self._recent[-1]
        return (after - before) / max(end - start, 1e-3)
