"""What `context`, `ask`, `edit` and `demo` share: a task at a place, and a model."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator

from ...generation.errors import GenerationError
from ...ranking.tokens import estimate_tokens
from ..assist import Request, read_request
from ..engines import configured, make_engine
from ..errors import ServerError, sentence
from ..instruction import Mode
from ..settings import ModelSettings
from .places import Located


def read_task(located: Located | None, task: str, *, mode: Mode | None = None) -> Request:
    """The request that a command line makes; without a place it is about the whole workspace."""
    if located is None:
        return Request(
            file="", text=b"", start=0, end=0, instruction=task.strip(), mode=mode or "ask",
            item=None,
        )  # fmt: skip
    return read_request(
        located.file, located.text, located.start, located.end, instruction=task, mode=mode
    )


@contextlib.contextmanager
def tokenizer(
    settings: ModelSettings, *, say: Callable[[str], None]
) -> Generator[tuple[Callable[[str], int], str]]:
    """Who counts tokens: the configured model, or an estimate. A broken model is said, no more."""
    if configured(settings) == "none":
        yield estimate_tokens, "an estimate"
        return
    try:
        engine = make_engine(settings)
    except (ServerError, GenerationError) as error:
        say(sentence(error))
        yield estimate_tokens, "an estimate"
        return
    with contextlib.closing(engine):
        try:
            engine.count_tokens("fn main() {}")
        except GenerationError as error:
            say(sentence(error))
            yield estimate_tokens, "an estimate"
            return
        yield engine.count_tokens, engine.tokenizer_name
