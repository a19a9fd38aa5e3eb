"""What can go wrong in this package.

EmbeddingError
├── EncodingCancelled   the caller's `cancel` said so; nothing was lost
└── SinkError           the sink refused vectors; the jobs are still in the queue
"""


class EmbeddingError(Exception):
    """Root of this package's errors. Its message is one sentence fit for a user."""


class EncodingCancelled(EmbeddingError):
    """`Encoder.encode` stopped between two batches because `cancel()` returned true."""


class SinkError(EmbeddingError):
    """The queue's sink raised. Every job it was handed is queued again."""
