"""Answers for people: streamed text, no edit."""

from __future__ import annotations

from collections.abc import Iterator

from .engine import Cancellation, Engine
from .errors import ContextTooLong
from .events import EventSink, Started, ignore
from .prompt import Task, build_messages
from .text_stream import without_thoughts


def ask(
    engine: Engine,
    *,
    task: Task,
    context: str,
    max_tokens: int = 1024,
    temperature: float = 0.2,
    cancel: Cancellation,
    on_event: EventSink = ignore,
) -> Iterator[str]:
    """Stream the answer to a question or an explanation, without the model's reasoning.

    ``on_event`` gets `Started` and what the engine reports. Raises what the engine raises, and
    `ContextTooLong` if the prompt leaves no room for an answer.
    """
    messages = build_messages(task=task, context=context)
    prompt_tokens = engine.count_prompt(messages)
    window = engine.context_window
    if prompt_tokens >= window:
        raise ContextTooLong(
            f"The prompt has {prompt_tokens:,} tokens and the model's window holds {window:,}: "
            "lower the context budget.",
            prompt_tokens=prompt_tokens,
            context_window=window,
        )
    on_event(Started(prompt_tokens=prompt_tokens, context_window=window))
    yield from without_thoughts(
        engine.stream(
            messages,
            max_tokens=min(max_tokens, window - prompt_tokens),
            temperature=temperature,
            cancel=cancel,
            on_event=on_event,
        )
    )
