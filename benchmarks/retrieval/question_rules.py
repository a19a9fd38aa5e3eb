"""The rules by which *questions to files* are found in documentation (`questions`).

- *module*: the first sentence of a file's own documentation (``//!``), and its headings, ask for
  that file;
- *readme*: the first sentence of a crate's README asks for the crate's root file;
- *guide*: where the definitions that a section of a README or guide names as code are mostly one
  file's, the section's heading and its first sentence that names none of them ask for that file.

A file has to define `_FEWEST_DEFINITIONS` things; general headings (``Examples``) and what two
files share ask for nothing. Nor does a sentence that stands in what is searched.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from ferrograph.graph.model import GraphItem
from ferrograph.parser.rust import parse_rust
from ferrograph.ranking.factors import is_test_code

from .cases import Case
from .prose import Sentence, sentences
from .systems import KINDS

TASK: Final = "questions"
_FEWEST_DEFINITIONS: Final = 3
_FEWEST_WORDS: Final = 5
_FEWEST_IN_HEADING: Final = 3
_FEWEST_IN_GUIDE: Final = 8
_FEWEST_NAMES: Final = 2
"""Different ones that a section has to name."""
_MOSTLY: Final = 0.7
"""The share of a section's names that have to be one file's."""
_GENERAL: Final = frozenset(
    ("see also", "feature flags", "table of contents", "getting started", "cargo features",
     "crate features", "basic usage", "type parameters", "minimum supported rust version",
     "supported rust versions", "getting help", "related projects", "example usage", "safety notes",
     "usage examples", "implementation notes", "implementation details", "further reading")
)  # fmt: skip
_HISTORY: Final = ("CHANGELOG", "RELEASE", "LICENSE", "SECURITY", "AUTHORS", "CONTRIBUTING")
_NOT_CODE: Final = re.compile(r"(?:^|/)(?:tests|benches|examples)/")
_NAME: Final = re.compile(
    r"^&?(?:[\w]+(?:::<[^>]*>)?::)*(?P<last>[A-Za-z_]\w+)(?:<[^>]*>)?(?:\(.*\)|!)?$"
)
_WORDS: Final = re.compile(r"\w+")


def mine(corpus: str, root: Path, items: Sequence[GraphItem], searched: Path) -> list[Case]:
    """All cases by the three rules. Two files that are asked for by one text are asked for by
    none."""
    definitions: dict[str, list[GraphItem]] = {}
    for item in items:
        if item.kind in KINDS and not is_test_code(item) and not _NOT_CODE.search(item.file):
            definitions.setdefault(item.file, []).append(item)
    files = {file for file, of in definitions.items() if len(of) >= _FEWEST_DEFINITIONS}
    asked: dict[str, dict[str, tuple[str, Sentence]]] = {}
    for rule, file, query, sentence in (
        *_of_modules(root, files),
        *_of_readmes(root, files),
        *_of_guides(root, definitions, files),
    ):
        asked.setdefault(query, {}).setdefault(file, (rule, sentence))
    left = _Left(searched)
    numbers: dict[tuple[str, str], int] = {}
    cases: list[Case] = []
    for query, of in asked.items():
        if len(of) != 1:
            continue
        ((file, (rule, sentence)),) = of.items()
        if sentence.text in left:
            continue
        number = numbers[rule, file] = numbers.get((rule, file), 0) + 1
        id = f"{TASK}/{corpus}/{file}#{rule}-{number}"
        cases.append(Case(id=id, corpus=corpus, query=query, expected=frozenset((file,))))
    return cases


_Asked = Iterable[tuple[str, str, str, Sentence]]
"""Rule, file, query, and the sentence it was made of."""


def _of_modules(root: Path, files: Iterable[str]) -> _Asked:
    for file in sorted(files):
        for sentence in sentences(parse_rust((root / file).read_bytes()).doc):
            if sentence.kind == "heading":
                if _is_question(sentence):
                    yield "heading", file, sentence.text, sentence
            elif sentence.first and len(sentence.text.split()) >= _FEWEST_WORDS:
                yield "module", file, sentence.text, sentence


def _of_readmes(root: Path, files: set[str]) -> _Asked:
    for manifest in sorted(root.rglob("Cargo.toml")):
        folder = manifest.parent
        roots = [f"{folder.relative_to(root).as_posix()}/src/{name}.rs" for name in ("lib", "main")]
        file = next((name for name in roots if name in files), None)
        readme = folder / "README.md"
        if file is None or not readme.is_file():
            continue
        for sentence in sentences(readme.read_text(encoding="utf-8", errors="replace")):
            if sentence.kind == "sentence" and len(sentence.text.split()) >= _FEWEST_WORDS:
                yield "readme", file, sentence.text, sentence
                break


def _of_guides(
    root: Path, definitions: Mapping[str, Sequence[GraphItem]], files: set[str]
) -> _Asked:
    by_name: dict[str, list[GraphItem]] = {}
    for of in definitions.values():
        for item in of:
            by_name.setdefault(item.name, []).append(item)
    for path in sorted(root.rglob("*.md")):
        name = path.relative_to(root).as_posix()
        if path.stem.upper().startswith(_HISTORY) or _NOT_CODE.search(name):
            continue
        for section in _sections(path.read_text(encoding="utf-8", errors="replace")):
            file = _subject(section, by_name)
            if file not in files:
                continue
            heading = section[0]
            if heading.kind == "heading" and _is_question(heading):
                yield "guide", file, heading.text, heading
            for sentence in section:
                named = any(_files_of(name, by_name) for name in sentence.names)
                long = len(sentence.text.split()) >= _FEWEST_IN_GUIDE
                if sentence.kind == "sentence" and long and not named:
                    yield "guide", file, sentence.text, sentence
                    break


def _is_question(heading: Sentence) -> bool:
    words = len(heading.text.split())
    return words >= _FEWEST_IN_HEADING and heading.text.lower() not in _GENERAL


def _sections(markdown: str) -> list[list[Sentence]]:
    """A document's sentences by the heading they stand under, which comes first."""
    found: list[list[Sentence]] = [[]]
    for sentence in sentences(markdown):
        if sentence.kind == "heading":
            found.append([])
        found[-1].append(sentence)
    return [section for section in found if section]


def _subject(section: Sequence[Sentence], by_name: Mapping[str, Sequence[GraphItem]]) -> str:
    """The file that most of what a section names belongs to, or ""."""
    names = {name for sentence in section for name in sentence.names}
    meant = [files for name in names if len(files := _files_of(name, by_name)) == 1]
    if len(meant) < _FEWEST_NAMES:
        return ""
    counts = Counter(file for files in meant for file in files)
    file, count = min(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return file if count >= _MOSTLY * len(meant) and count >= _FEWEST_NAMES else ""


def _files_of(name: str, by_name: Mapping[str, Sequence[GraphItem]]) -> set[str]:
    """The files of what a name in a text may mean; empty where it means none of this code."""
    found = _NAME.match(name)
    if found is None:
        return set()
    last = found["last"]
    written = "::" in name or name.endswith((")", "!")) or "_" in last or not last.islower()
    if not written or len(last) < 4:
        return set()
    path = "::".join(_WORDS.findall(name.partition("(")[0].partition("<")[0]))
    items = by_name.get(last, ())
    fitting = [i for i in items if f"::{i.qualified_path}".endswith(f"::{path}")] or items
    return {item.file for item in fitting}


class _Left:
    """The text that is searched, for asking whether it says something."""

    def __init__(self, root: Path) -> None:
        texts = (
            p.read_text(encoding="utf-8", errors="replace") for p in sorted(root.rglob("*.rs"))
        )
        self._text = "\n".join(" ".join(_WORDS.findall(text.lower())) for text in texts)

    def __contains__(self, text: str) -> bool:
        return f" {' '.join(_WORDS.findall(text.lower()))} " in self._text
