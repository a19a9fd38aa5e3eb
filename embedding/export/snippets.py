"""Definitions cut from a folder of Rust sources, to measure the model on.

This reads formatted code by its indentation and nothing else, on purpose: what the exporter
measures must not move when the parser learns something.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..comments import strip_comments
from ..text import embedding_text

_HEAD = re.compile(
    r"^(?P<indent> *)(?:pub(?:\([^)]*\))? )?(?:default |const |async |unsafe |extern \"C\" )*"
    r"(?P<kind>fn|struct|enum|union|trait|macro_rules!|type) ?(?P<name>\w+)"
)
_OWNER = re.compile(
    r"^(?:unsafe )?impl\b.*?(?:\bfor )?(?:\w+::)*(?P<name>\w+)(?:<[^{]*)?(?: where.*)? \{$"
)
_DOC = re.compile(r"^ *///? ?(?P<text>.*)$")
_ATTRIBUTE = re.compile(r"^ *#\[")
_KINDS = {"fn": "function", "macro_rules!": "macro", "type": "type_alias"}
_MAX_LINES = 300
_SKIPPED_FOLDERS = frozenset({"target", ".git", "tests", "benches"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """One definition. `doc` is its doc comment's text; `code` is the definition, comments cut."""

    crate: str
    module: str
    owner: str
    kind: str
    name: str
    signature: str
    doc: str
    code: str

    def text(self, *, with_doc: bool = True) -> str:
        """What is embedded of it; without its doc where the doc is the question."""
        return embedding_text(
            crate=self.crate,
            module_path=self.module,
            owner=self.owner,
            name=self.name,
            kind=self.kind,
            signature=self.signature,
            doc=self.doc if with_doc else "",
            body=self.code,
        )


def read_snippets(root: Path) -> list[Snippet]:
    """All definitions of the `.rs` files below `root`, in path and source order."""
    snippets: list[Snippet] = []
    for path in sorted(root.rglob("*.rs")):
        relative = path.relative_to(root)
        if _SKIPPED_FOLDERS.isdisjoint(relative.parts):
            text = path.read_text(encoding="utf-8", errors="replace")
            snippets.extend(_cut(text, relative, root.name))
    return snippets


def sample(snippets: list[Snippet], count: int, *, seed: int) -> list[Snippet]:
    """`count` of `snippets` (fewer if there are fewer), the same ones for the same `seed`."""
    return random.Random(seed).sample(snippets, min(count, len(snippets)))


def _cut(text: str, path: Path, crate: str) -> Iterator[Snippet]:
    lines = text.splitlines()
    parts = [part for part in path.with_suffix("").parts if part not in ("src", "mod", "lib")]
    owner = ""
    for at, line in enumerate(lines):
        if line and not line.startswith((" ", "}")):
            found = _OWNER.match(line)
            owner = found["name"] if found else ""
        head = _HEAD.match(line)
        if head is None:
            continue
        end = _end(lines, at, head["indent"])
        if end is None:
            continue
        code = strip_comments("\n".join(lines[at:end]))
        yield Snippet(
            crate=crate,
            module="::".join(parts),
            owner=owner if head["indent"] else "",
            kind=_KINDS.get(head["kind"], head["kind"]),
            name=head["name"],
            signature=" ".join(code.split("{", 1)[0].split()),
            doc=_doc_above(lines, at),
            code=code,
        )


def _end(lines: list[str], at: int, indent: str) -> int | None:
    """The line behind the definition that opens on line `at`, if its end is plain to see."""
    for end in range(at, min(at + _MAX_LINES, len(lines))):
        line = lines[end]
        if end == at and line.rstrip().endswith((";", "}")):
            return end + 1
        if end > at and line.startswith(indent) and line[len(indent) :][:1] in ("}", ")"):
            if line.rstrip().endswith("{"):
                continue  # `) -> T {` closes the parameters and opens the body
            return end + 1
    return None


def _doc_above(lines: list[str], at: int) -> str:
    doc: list[str] = []
    for line in reversed(lines[:at]):
        if _ATTRIBUTE.match(line):
            continue
        found = _DOC.match(line) if line.lstrip().startswith("///") else None
        if found is None:
            break
        doc.append(found["text"].removeprefix("/").strip())
    return "\n".join(reversed(doc))
