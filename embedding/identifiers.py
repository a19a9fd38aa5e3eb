"""Identifiers as the words they are made of, for embedding and for lexical search."""

import re

_RAW_PREFIX = re.compile(r"\br#(?=\w)")
_IDENTIFIER = re.compile(r"\w+")
# Runs of digits, of letters, of anything else that \w allows (an underscore, combining marks).
_RUN = re.compile(r"\d+|[^\W\d_]+")


def split_identifier(identifier: str) -> list[str]:
    """The lower-cased words of one identifier, in order.

    Splits at underscores, between letters and digits, and at camel-case humps; a run of capitals
    is one word up to the capital that opens the next word: `parseHTTPRequest_v2` gives
    `["parse", "http", "request", "v", "2"]`. A raw prefix (`r#type`) is not part of the name.
    """
    words: list[str] = []
    for run in _RUN.findall(_RAW_PREFIX.sub("", identifier)):
        words.extend(word.lower() for word in _split_humps(run))
    return words


def identifier_words(text: str) -> list[str]:
    """The words of every identifier and number in `text`, in order, repeats kept."""
    return [word for token in _IDENTIFIER.findall(text) for word in split_identifier(token)]


def _split_humps(run: str) -> list[str]:
    """Split letters at `aB` and before the last capital of `ABc`."""
    if run.islower() or run.isupper():
        return [run]
    starts = [0]
    for at in range(1, len(run)):
        opens_word = run[at].isupper() and (
            not run[at - 1].isupper() or (at + 1 < len(run) and run[at + 1].islower())
        )
        if opens_word:
            starts.append(at)
    return [run[start:end] for start, end in zip(starts, [*starts[1:], len(run)], strict=True)]
