"""Headings and sentences of guides, and the items that they speak of by name."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ferrograph.embedding.identifiers import split_identifier
from ferrograph.embedding.text import first_sentence

from .pair_file import Pair
from .queries import first_query
from .reading import Crate, Definition

_PER_SECTION = 2
_PER_CRATE = 400
_HEADING = re.compile(r"^#{1,4}\s+(?P<title>.+?)\s*#*$", re.MULTILINE)
_MENTION = re.compile(r"(?:(?P<owner>[A-Z]\w+)::)?(?P<name>[A-Za-z_]\w+)(?P<call>!|\()?")
_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_MARKUP = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?|`|\*\*|<[^>]+>|!\[[^\]]*\]\([^)]*\)")
_BULLET = re.compile(
    r"^(?:[-*]|\d+\.)\s+|^this example (?:shows|demonstrates) (?:how to )?", re.IGNORECASE
)
_GENERIC = frozenset((
    "acknowledgements", "authors", "building", "cargo features", "changelog", "code of conduct",
    "contribute", "contributing", "contribution", "contributors", "credits", "crate features",
    "documentation", "errors", "example", "examples", "faq", "feature flags", "features", "goals",
    "how to use", "install", "installation", "installing", "introduction", "license", "licensing",
    "links", "minimum supported rust version", "minimum rust version policy", "msrv", "notes",
    "overview", "panics", "performance", "quick start", "requirements", "roadmap", "safety",
    "semver", "sponsors", "status", "support", "supported rust versions", "table of contents",
    "testing", "thanks", "todo", "unreleased", "usage", "versioning",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Section:
    title: str
    text: str


def guide_pairs(crate: Crate, root: Path, random_: random.Random) -> Iterator[Pair]:
    """Pairs from Markdown files beside a crate's sources and from the sections of its docs."""
    by_name: dict[str, list[Definition]] = defaultdict(list)
    for item in crate.definitions:
        if not item.test and not item.trait_impl:
            by_name[item.name].append(item)
    documents = [(m.doc, m.path) for m in crate.modules if m.doc and not m.test]
    documents += [(d.doc, f"{d.module}::{d.name}") for d in crate.definitions
                  if not d.test and "\n#" in d.doc]  # fmt: skip
    for path in sorted(
        [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("guide/**/*.md")]
    ):
        if "change" not in path.name.lower():
            documents.append((path.read_text(encoding="utf-8", errors="replace"), ""))
    found: list[Pair] = []
    for text, own in documents:
        for section in _sections(text):
            found.extend(_section_pairs(crate, section, own, by_name, random_))
    yield from random_.sample(found, min(_PER_CRATE, len(found)))
    yield from _namesakes(crate)


def _section_pairs(
    crate: Crate, section: _Section, own: str, by_name: dict[str, list[Definition]],
    random_: random.Random,
) -> Iterator[Pair]:  # fmt: skip
    query = _query(section)
    if query is None:
        return
    targets: dict[str, Definition] = {}
    for code in _CODE.findall(section.text):
        for mention in _MENTION.finditer(code):
            fitting = by_name.get(mention["name"], ())
            if mention["owner"]:
                fitting = [item for item in fitting if item.owner == mention["owner"]]
            elif not (mention["name"][0].isupper() or mention["call"]):
                continue
            if len(fitting) == 1 and f"{fitting[0].module}::{fitting[0].name}" != own:
                targets.setdefault(fitting[0].name, fitting[0])
    for item in random_.sample(list(targets.values()), min(_PER_SECTION, len(targets))):
        key = "::".join(part for part in (item.module, item.owner, item.name) if part)
        text = item.text(with_doc=True)
        yield Pair("guide", query, text, crate.name, item.module, key)


def _query(section: _Section) -> str | None:
    title = _MARKUP.sub(r"\1", section.title).strip().rstrip(":")
    sentence = _BULLET.sub("", _MARKUP.sub(r"\1", first_sentence(section.text))).strip()
    if title.lower() in _GENERIC or len(title.split()) < 2:
        return sentence if 5 <= len(sentence.split()) <= 40 else None
    return title if len(title.split()) >= 4 else f"{title}: {sentence}"[:300].rstrip(": ")


def _sections(text: str) -> Iterator[_Section]:
    # A `#` in a code block opens no section.
    shaded = re.sub(r"```.*?(?:```|\Z)", lambda m: re.sub("#", "_", m[0]), text, flags=re.DOTALL)
    heads = list(_HEADING.finditer(shaded))
    for head, follower in zip(heads, [*heads[1:], None], strict=False):
        end = len(text) if follower is None else follower.start()
        yield _Section(head["title"], text[head.end() : end])


def _namesakes(crate: Crate) -> Iterator[Pair]:
    """A module's docs and the item that bears the module's name: what it is there for."""
    types: dict[str, list[Definition]] = defaultdict(list)
    for item in crate.definitions:
        if item.kind in ("struct", "enum", "trait") and not item.test:
            types[item.module].append(item)
    for module in crate.modules:
        query = None if module.test else first_query(module.doc, module.name)
        if query is None or "::" not in module.path:
            continue
        own = set(split_identifier(module.name))
        for item in types.get(module.path, ()):
            words = set(split_identifier(item.name))
            if own <= words or words <= own:
                key = f"{item.module}::{item.name}"
                text = item.text(with_doc=True)
                yield Pair("guide", query, text, crate.name, item.module, key)
                break
