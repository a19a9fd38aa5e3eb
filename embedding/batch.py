"""Doing something with many things where a few may be at fault."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from .errors import EncodingCancelled

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(slots=True)
class Outcome(Generic[Item, Result]):
    """What was done, and what failed with which error."""

    done: list[tuple[Item, Result]] = field(default_factory=list[tuple[Item, Result]])
    failed: list[tuple[Item, Exception]] = field(default_factory=list[tuple[Item, Exception]])

    @property
    def hopeless(self) -> bool:
        """Nothing at all went: the fault is hardly with the items."""
        return not self.done and bool(self.failed)


def attempt(
    items: Sequence[Item], action: Callable[[Sequence[Item]], Sequence[Result]]
) -> Outcome[Item, Result]:
    """`action` on all items at once, once more if that fails, then on each item by itself.

    Raises only `EncodingCancelled`, as `action` does.
    """
    outcome: Outcome[Item, Result] = Outcome()
    for _ in range(2):
        try:
            outcome.done = list(zip(items, action(items), strict=True))
            return outcome
        except EncodingCancelled:
            raise
        except Exception as error:  # noqa: BLE001 (whatever an engine or a store may raise)
            last = error
            if len(items) == 1:
                outcome.failed = [(items[0], last)]
    if len(items) == 1:
        return outcome
    for item in items:
        try:
            outcome.done.append((item, action([item])[0]))
        except EncodingCancelled:
            raise
        except Exception as error:  # noqa: BLE001
            outcome.failed.append((item, error))
    return outcome
