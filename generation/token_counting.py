"""Who counts tokens for an endpoint: a tokenizer file, the server itself, or an estimate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from .engine import Message
from .errors import ModelBroken, ModelNotFound
from .server_probe import ServerProbe

# What a chat template puts around one message: role, delimiters, line ends. Templates in use take
# 4 to 8 tokens; the larger number, since a prompt that is a little too short does no harm.
TEMPLATE_TOKENS: Final = 8


class TokenCounter:
    """Counts with the best source there is, and says which that was.

    A local ``tokenizer.json`` comes first, since the user chose it; then the server's own
    tokenizer; then ``fallback``.
    """

    def __init__(
        self,
        *,
        probe: ServerProbe,
        tokenizer_file: Path | None,
        fallback: Callable[[str], int],
    ) -> None:
        """Raises `ModelNotFound` or `ModelBroken` for a tokenizer file that can't be used."""
        self._probe = probe
        self._file = _load(tokenizer_file) if tokenizer_file else None
        self._file_name = tokenizer_file.name if tokenizer_file else ""
        self._fallback = fallback

    @property
    def name(self) -> str:
        if self._file is not None:
            return f"{self._file_name} (a local file)"
        kind = self._probe.tokenizer()
        return "an estimate" if kind is None else f"{kind} /tokenize"

    @property
    def exact(self) -> bool:
        """Whether counts come from a real tokenizer."""
        return self._file is not None or self._probe.tokenizer() is not None

    def count(self, text: str) -> int:
        if self._file is not None:
            return len(self._file.encode(text, add_special_tokens=False).ids)
        counted = self._probe.count(text)
        return self._fallback(text) if counted is None else counted

    def count_messages(self, messages: Sequence[Message]) -> int:
        if self._file is None:
            counted = self._probe.count_messages(messages)
            if counted is not None:
                return counted
        contents = sum(self.count(message.content) for message in messages)
        return contents + TEMPLATE_TOKENS * (len(messages) + 1)


def _load(path: Path) -> Any:
    from tokenizers import Tokenizer

    if not path.is_file():
        raise ModelNotFound(f"There is no tokenizer at {path}: check the setting, or remove it.")
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the binding raises plain Exception
        raise ModelBroken(f"{path} is no tokenizer.json ({error}): use another file.") from error
