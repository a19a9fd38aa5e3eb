"""A crate's sources as the product embeds them: its definitions and its modules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ferrograph.embedding.text import embedding_text, outline_text
from ferrograph.parser.facts import FileFacts, Item
from ferrograph.parser.rust import parse_rust

_KINDS = frozenset((
    "function", "method", "struct", "enum", "union", "trait", "macro", "type", "const", "static",
))  # fmt: skip
_WORDS = {"type": "type_alias"}
_ROOTS = ("lib", "main", "mod")
_LARGEST = 400_000
"""Bytes. Sources beyond are tables that a program wrote."""
_LONGEST_BODY = 6_000
_TEST = re.compile(r"\btest\b|\bbench\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One item. `module` is the qualified path of what it stands in, the crate included.

    `body` is its source text from the definition on, cut where no model reads further; `start` and
    `end` are the bytes of the whole item in `file`, docs included; `test` says that it is only
    there for tests.
    """

    crate: str
    module: str
    owner: str | None
    kind: str
    name: str
    signature: str
    doc: str
    body: str
    file: str
    start: int
    end: int
    test: bool
    trait_impl: bool

    def text(self, *, with_doc: bool) -> str:
        """What is embedded of it; without its doc where the doc is the query."""
        return embedding_text(
            crate=self.crate, module_path=self.module, name=self.name, kind=self.kind,
            owner=self.owner, signature=self.signature, doc=self.doc if with_doc else "",
            body=self.body,
        )  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Module:
    """A module, with the names in it; `path` is its own qualified path."""

    crate: str
    path: str
    file: str
    doc: str
    members: list[str]
    test: bool

    @property
    def name(self) -> str:
        return self.path.rpartition("::")[2]

    def text(self, *, with_doc: bool) -> str:
        """What is embedded of it."""
        return outline_text(
            crate=self.crate, module_path=self.path.rpartition("::")[0], name=self.name,
            kind="module" if "::" in self.path else "crate", doc=self.doc if with_doc else "",
            members=self.members,
        )  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Crate:
    """What one crate defines, in path and source order."""

    name: str
    definitions: list[Definition]
    modules: list[Module]


def read_crate(name: str, root: Path, *, folder: str = "src") -> Crate:
    """All definitions and modules of the `.rs` files in `root/folder`."""
    crate = Crate(name=name.replace("-", "_"), definitions=[], modules=[])
    for path in sorted((root / folder).rglob("*.rs")):
        relative = path.relative_to(root / folder)
        if path.is_file() and path.stat().st_size <= _LARGEST:
            read_file(crate, relative.as_posix(), path.read_bytes())
    return crate


def read_file(crate: Crate, relative: str, source: bytes) -> None:
    """Add what one file defines; `relative` is its path below the crate's sources."""
    facts = parse_rust(source, with_bodies=False)
    module = module_path(crate.name, relative)
    in_tests = any(part in ("tests", "benches", "test") for part in module.split("::")[1:])
    outline = Module(
        crate=crate.name, path=module, file=relative, doc=facts.doc, members=[], test=in_tests
    )
    modules = {-1: outline}
    for at, item in enumerate(facts.items):
        parents = list(_parents(facts, item))
        test = in_tests or any(_is_test(other) for other in (item, *parents))
        place = [module, *reversed([label for p in parents if (label := _label(p))])]
        home = modules.get(item.parent)
        if home is not None and item.kind != "impl":
            home.members.append(item.name)
        if item.kind == "module" and item.detail[0]:
            modules[at] = Module(
                crate=crate.name, path="::".join([*place, item.name]), file=relative,
                doc=item.doc, members=[], test=test,
            )  # fmt: skip
        elif item.kind in _KINDS:
            owner = place.pop() if item.kind == "method" and len(place) > 1 else None
            end = min(item.end, item.def_start + _LONGEST_BODY)
            crate.definitions.append(
                Definition(
                    crate=crate.name,
                    module="::".join(place),
                    owner=owner,
                    kind=_WORDS.get(item.kind, item.kind),
                    name=item.name,
                    signature=item.signature,
                    doc=item.doc,
                    body=source[item.def_start : end].decode("utf-8", "replace"),
                    file=relative,
                    start=item.start,
                    end=item.end,
                    test=test,
                    trait_impl=bool(parents and parents[0].kind == "impl" and parents[0].detail[0]),
                )
            )
    crate.modules.extend(module for module in modules.values() if module.members)


def module_path(crate: str, relative: str) -> str:
    """`crate::a::b` of the file `a/b.rs` or `a/b/mod.rs` below a crate's sources."""
    parts = relative.removesuffix(".rs").split("/")
    if parts[-1] in _ROOTS:
        parts.pop()
    return "::".join([crate, *parts])


def _parents(facts: FileFacts, item: Item) -> Iterator[Item]:
    """What encloses an item, from the inside out."""
    while item.parent >= 0:
        item = facts.items[item.parent]
        yield item


def _label(parent: Item) -> str:
    if parent.kind != "impl":
        return parent.name
    target = parent.detail[1]
    while target[0] in ("r", "*", "s", "a"):
        target = target[1]
    if target[0] == "p" and target[1]:
        return target[1][-1][0]
    return "_"


def _is_test(item: Item) -> bool:
    return any(
        _TEST.search(attribute) and not attribute.startswith(("cfg_attr", "cfg(not", "doc"))
        for attribute in item.attrs
    )
