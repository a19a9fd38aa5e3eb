"""Messages to one prompt, through the model's own chat template."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from .engine import Message

# Between the characters of a control token's text, this keeps the tokenizer from seeing the token.
# It is invisible, has no width and forbids a line break; the answer is stripped of it again.
GUARD: Final = "\u2060"

_PLAIN_HEADS: Final = {"user": "### Instruction:", "assistant": "### Response:"}


@dataclass(frozen=True, slots=True)
class Prompt:
    """The text that the model continues, and strings that end its turn."""

    text: str
    stop: tuple[str, ...]


class ChatTemplate:
    """The Jinja template of a GGUF file, or plain headings where it has none that works."""

    def __init__(
        self, *, template: str | None, bos: str, eos: str, control_tokens: Sequence[str]
    ) -> None:
        self._formatter = _formatter(template, bos=bos, eos=eos) if template else None
        ordered = sorted((t for t in control_tokens if len(t) > 1), key=len, reverse=True)
        self._controls = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def render(self, messages: Sequence[Message]) -> Prompt:
        """The prompt for ``messages``.

        Control tokens that their text spells out (a crate's documentation may hold ``<|im_end|>``)
        are broken up, so that only the template itself can open and close a turn.
        """
        safe = [Message(m.role, self._guard(m.content)) for m in messages]
        # Some templates refuse a system message; then it stands at the head of the first user turn.
        for attempt in (safe, _merge_system(safe)):
            text = self._apply(attempt)
            if text is not None:
                return Prompt(text=text, stop=())
        return Prompt(text=_plain(safe), stop=(_PLAIN_HEADS["user"],))

    def _apply(self, messages: Sequence[Message]) -> str | None:
        if self._formatter is None:
            return None
        rows = [{"role": m.role, "content": m.content} for m in messages]
        try:
            return self._formatter(messages=rows).prompt
        except Exception:  # noqa: BLE001 - a template is a program of the model's author
            return None

    def _guard(self, text: str) -> str:
        if self._controls is None:
            return text
        return self._controls.sub(lambda m: m[0][0] + GUARD + m[0][1:], text)


def _formatter(template: str, *, bos: str, eos: str) -> Any:
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    try:
        return Jinja2ChatFormatter(template=template, bos_token=bos, eos_token=eos)
    except Exception:  # noqa: BLE001 - as above: it may not even compile
        return None


def _merge_system(messages: Sequence[Message]) -> list[Message]:
    if not messages or messages[0].role != "system":
        return list(messages)
    head, *rest = messages
    if not rest or rest[0].role != "user":
        return [Message("user", head.content), *rest]
    return [Message("user", f"{head.content}\n\n{rest[0].content}"), *rest[1:]]


def _plain(messages: Sequence[Message]) -> str:
    parts: list[str] = []
    for message in messages:
        head = _PLAIN_HEADS.get(message.role)
        parts.append(f"{head}\n{message.content}" if head else message.content)
    return "\n\n".join([*parts, _PLAIN_HEADS["assistant"] + "\n"])
