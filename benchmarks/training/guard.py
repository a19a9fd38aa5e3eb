"""What must not be trained on: the code that evaluations use, and licences that are not permissive.

A crate is refused by its name and by the repository it comes from, so that neither a new crate of a
refused project nor a renamed copy slips in.
"""

from __future__ import annotations

import re

# Crates that evaluations use, with everything that is named after them.
_FAMILIES = (
    "axum", "bat", "bevy", "clap", "globset", "grep", "hyper", "ignore", "libc", "ripgrep",
    "rustix", "serde", "tantivy", "time", "tokio",
)  # fmt: skip
# Of these, names that hold the word in any place.
_UNMISTAKABLE = ("axum", "bevy", "ripgrep", "rustix", "serde", "tantivy", "tokio")
# What else stands, or stood, in the repositories of those crates.
_RELATIVES = frozenset((
    "atomicow", "assert_type_match", "bevy_game", "disqualified", "game", "naga_oil", "ownedbytes",
    "structopt", "termcolor", "variadics_please", "wincolor",
))  # fmt: skip
# Repositories by owner and name; "*" refuses all of an owner.
_REPOSITORIES = frozenset((
    "bevyengine/*", "burntsushi/ripgrep", "bytecodealliance/rustix", "clap-rs/*", "hyperium/hyper",
    "hyperium/hyper-util", "quickwit-inc/tantivy", "quickwit-oss/tantivy", "rust-lang/libc",
    "serde-rs/*", "sharkdp/bat", "time-rs/*", "tokio-rs/axum", "tokio-rs/tokio",
))  # fmt: skip
_PERMISSIVE = frozenset((
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC", "MIT",
    "MIT-0", "Unicode-3.0", "Unicode-DFS-2016", "Unlicense", "Zlib",
))  # fmt: skip
_EXCEPTION = re.compile(r"\s+WITH\s+[\w.-]+")
_REPOSITORY = re.compile(r"[/:](?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?(?:/.*)?$")


def refusal(name: str, repository: str = "") -> str | None:
    """Why a crate or repository must not be trained on, or None.

    `name` is a crate's name or a repository's `owner/name`; `repository` is what the crate's
    manifest says of where it comes from.
    """
    owner, _, short = name.lower().rpartition("/")
    words = re.split(r"[-_+]", short)
    family = next((f for f in _FAMILIES if f in words), None) or next(
        (f for f in _UNMISTAKABLE if f in short), None
    )
    if family is not None or short in _RELATIVES or short.replace("-", "_") in _RELATIVES:
        return f"{name} belongs to {family or 'an evaluation'}, which evaluations use"
    places = [f"{owner}/{short}"] if owner else []
    if found := _REPOSITORY.search(repository.lower().split("//")[-1]):
        places.append(f"{found['owner']}/{found['name']}")
    for place in places:
        if place in _REPOSITORIES or f"{place.split('/')[0]}/*" in _REPOSITORIES:
            return f"{name} comes from {place}, which evaluations use"
    return None


def permissive(licence: str) -> bool:
    """Whether an SPDX expression (or the older `A/B`) lets one choose permissive terms only."""
    tokens = re.findall(r"\(|\)|[^\s()]+", _EXCEPTION.sub("", licence.replace("/", " OR ")))
    value, rest = _either(tokens)
    return value and not rest


def _either(tokens: list[str]) -> tuple[bool, list[str]]:
    value, rest = _both(tokens)
    while rest[:1] == ["OR"]:
        other, rest = _both(rest[1:])
        value = value or other
    return value, rest


def _both(tokens: list[str]) -> tuple[bool, list[str]]:
    value, rest = _one(tokens)
    while rest[:1] == ["AND"]:
        other, rest = _one(rest[1:])
        value = value and other
    return value, rest


def _one(tokens: list[str]) -> tuple[bool, list[str]]:
    if not tokens:
        return False, ["an operand is missing"]
    first, *rest = tokens
    if first != "(":
        return first in _PERMISSIVE, rest
    value, rest = _either(rest)
    return value, rest[1:]
