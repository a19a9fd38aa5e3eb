"""What can go wrong between a prompt and an edit, as one tree.

::

    GenerationError
    ├── EngineMissing            the optional engine is not installed
    ├── ModelError
    │   ├── ModelNotFound        no such file, or no such model in the data folder
    │   └── ModelBroken          not a GGUF file, a truncated one, or one that llama.cpp refuses
    ├── DownloadFailed           the hub can't be reached, or what came is not what was promised
    ├── EndpointError
    │   ├── EndpointRefused      nothing listens there, or the credentials are refused
    │   ├── EndpointStalled      connected, but silent for too long
    │   ├── EndpointFailed       an HTTP error, a broken connection, not the protocol
    │   └── RateLimited          429; `retry_after` in seconds, where the server named it
    ├── ContextTooLong           the prompt doesn't fit the model's window
    ├── Cancelled                the user took the request back
    ├── AnswerUnusable           the model's answer is no usable code; `reason` says why
    └── EditImpossible           the request itself can't become an edit

``str(error)`` is one sentence for the user that says what to do next.
"""

from __future__ import annotations


class GenerationError(Exception):
    """The root of every error that leaves this package."""


class EngineMissing(GenerationError):
    """An optional dependency is not installed."""


class ModelError(GenerationError):
    """Something is wrong with a model file."""


class ModelNotFound(ModelError):
    """There is no model of that name or at that path."""


class ModelBroken(ModelError):
    """The file is there, but can't be loaded."""


class DownloadFailed(GenerationError):
    """A model could not be downloaded."""


class EndpointError(GenerationError):
    """Something is wrong with an endpoint. ``transient`` ones are worth another attempt."""

    def __init__(self, message: str, *, transient: bool = False) -> None:
        super().__init__(message)
        self.transient = transient


class EndpointRefused(EndpointError):
    """The connection or the credentials were refused."""


class EndpointStalled(EndpointError):
    """The endpoint stayed silent for longer than its time-out."""


class EndpointFailed(EndpointError):
    """The endpoint answered with an error, or with something that is not the protocol."""


class RateLimited(EndpointError):
    """The endpoint asks for patience: ``retry_after`` seconds, or None where it didn't say."""

    def __init__(self, message: str, *, retry_after: float | None) -> None:
        super().__init__(message, transient=True)
        self.retry_after = retry_after


class ContextTooLong(GenerationError):
    """The prompt doesn't fit. Token counts are None where the server did not tell them."""

    def __init__(
        self, message: str, *, prompt_tokens: int | None, context_window: int | None
    ) -> None:
        super().__init__(message)
        self.prompt_tokens = prompt_tokens
        self.context_window = context_window


class Cancelled(GenerationError):
    """The request was cancelled."""

    def __init__(self, message: str = "The request was cancelled.") -> None:
        super().__init__(message)


class AnswerUnusable(GenerationError):
    """The answer can't become an edit. ``reason`` is a clause that is also told to the model."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The model's answer could not be used: {reason}. "
            "Nothing was changed; try again, or say more precisely what you want."
        )
        self.reason = reason


class EditImpossible(GenerationError):
    """The request names no item that could be edited."""
