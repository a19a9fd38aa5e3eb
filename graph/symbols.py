"""The symbol table: crates, module scopes and definitions, in memory, for linking.

Built from facts alone (`graph.build`); nothing is resolved yet. One `Definition` stands for one
item in one crate: a file that two crates of a package share has definitions in both.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from ..parser.facts import FileFacts, Item, Use

TYPE_KINDS: Final = frozenset(("struct", "enum", "union", "trait", "type", "module", "crate"))
VALUE_KINDS: Final = frozenset(("function", "const", "static"))


@dataclass(slots=True, eq=False)
class Unit:
    """One parsed file."""

    path: str
    hash: bytes
    facts: FileFacts
    hashes: list[bytes]


class Reads:
    """What linking looked up: names by the scope, type or trait they were looked for in.

    A definition has to be linked again when one of its answers may have changed, and only then. The
    names are strings, and traits where it was asked whether a type implements them.
    """

    __slots__ = ("seen",)

    def __init__(self) -> None:
        self.seen: set[tuple[Any, Any]] = set()
        """(place, name)"""

    def note(self, place: Any, name: Any) -> None:
        """A name was looked up in a place."""
        self.seen.add((place, name))

    def begin(self) -> set[tuple[Any, Any]]:
        """Collect into a new set, which is given."""
        self.seen = set()
        return self.seen


def kept_reads(seen: set[tuple[Any, Any]]) -> array[int]:
    """Hashes that stand for lookups, of each name in its place and of each place: the objects
    would take ten times as much.
    """
    kept: set[int] = set()
    for read in seen:
        kept.add(hash(read))
        kept.add(hash(read[0]))
    return array("q", kept)


def read_hash(place: Any, name: Any) -> int:
    """What stands for a name looked up in a place, once it is kept; others may have the same."""
    return hash((place, name))


def place_hash(place: Any) -> int:
    """What stands for any name looked up in a place."""
    return hash(place)


BLANKET: Final = "impl for every type"
"""The place where names are noted that impls for every type may answer."""

Order: TypeAlias = tuple[int, str, int]
"""Where a definition stands: crate, file, position. Lists that lookups go through keep to it, so
that it doesn't matter in which order they were filled."""


class Definition:
    """An item with its place: what names resolve to."""

    __slots__ = (
        "active", "body_scope", "children", "crate", "env", "expanded_by", "id", "index", "item",
        "kind", "memo", "module", "name", "opens", "owner", "parent", "part", "position",
        "qualified", "reads", "scope", "unit",
    )  # fmt: skip

    def __init__(
        self,
        kind: str,
        name: str,
        *,
        item: Item | None,
        unit: Unit | None,
        index: int,
        parent: Definition | None,
        module: Scope | None,
        crate: Crate,
        id: bytes,
        owner: str,
        qualified: str,
        active: bool,
    ) -> None:
        self.kind = kind
        self.name = name
        self.item = item
        self.unit = unit
        self.index = index
        self.parent = parent
        self.module = module
        """The scope the definition's own names are looked up from."""
        self.crate = crate
        self.id = id
        self.owner = owner
        self.qualified = qualified
        self.active = active
        self.scope: Scope | None = None
        """What ``name::`` opens: the contents of a module, an enum's variants."""
        self.body_scope: Scope | None = None
        self.children: list[Definition] = []
        self.expanded_by: Definition | None = None
        """The macro whose expansion defines it."""
        self.env: Any = None
        self.memo: dict[str, Any] | None = None
        self.part: Part | None = None
        """The file's share of the crate that it stands in; None for a crate itself."""
        self.position = 0
        """Among the definitions of its part."""
        self.opens: Part | None = None
        """What a module's own file made."""
        self.reads: array[int] | None = None
        """What linking it looked up, with the fields that are linked with it; see `Reads`. None
        where it wasn't linked yet."""

    def __repr__(self) -> str:
        return f"<{self.kind} {self.qualified}>"

    def child(self, name: str, kinds: frozenset[str] | None = None) -> Definition | None:
        """The first child of a name, active ones first."""
        self.crate.reads.note(self, name)
        return self.find(name, kinds)

    def release(self) -> None:
        """See `Crate.release`."""
        self.parent = self.expanded_by = None
        self.module = self.scope = self.body_scope = None
        self.part = self.opens = None
        self.env = self.memo = self.reads = None
        self.children.clear()

    def find(self, name: str, kinds: frozenset[str] | None = None) -> Definition | None:
        """`child`, where a change of the children is noticed in another way."""
        found = None
        for child in self.children:
            if child.name == name and (kinds is None or child.kind in kinds):
                if child.active:
                    return child
                found = found or child
        return found


def order_of(definition: Definition) -> Order:
    """Where a definition stands among all."""
    path = definition.part.path if definition.part is not None else ""
    return (definition.crate.number, path, definition.position)


class Scope:
    """Names in one module, enum, or function body."""

    __slots__ = (
        "cache", "crate", "definition", "epoch", "globs", "is_fixed", "key", "kind", "macros",
        "named", "opened", "outer", "path", "reached", "types", "values",
    )  # fmt: skip

    def __init__(
        self, kind: str, *, crate: Crate, outer: Scope | None, path: str, key: bytes
    ) -> None:
        self.kind = kind
        """"module", "enum" or "body"."""
        self.crate = crate
        self.outer = outer
        """The parent module of a module; the scope around a body."""
        self.path = path
        self.key = key
        self.types: dict[str, Definition] = {}
        self.values: dict[str, Definition] = {}
        self.macros: dict[str, Definition] = {}
        self.named: dict[str, list[Use]] = {}
        self.globs: list[Use] = []
        self.definition: Definition | None = None
        self.cache: dict[tuple[str, str], Definition | None] = {}
        self.epoch = 0
        """The resolver's when ``cache`` and ``reached`` were filled; later they are void."""
        self.is_fixed = crate.is_dependency
        """Whether it never changes while the world stands."""
        self.opened: dict[int, Scope] = {}
        """What each glob opens, by its position in ``globs``."""
        self.reached: list[tuple[Scope, bool]] | None = None
        """All that globs lead to, and whether its private names can be seen; once it was asked."""

    @property
    def nearest_module(self) -> Scope:
        """The module a body stands in; a module itself."""
        scope = self
        while scope.kind != "module" and scope.outer is not None:
            scope = scope.outer
        return scope

    def forget(self) -> None:
        """Drop answers that were kept: what they came from has changed."""
        self.cache = {}
        self.reached = None

    def clear(self) -> None:
        """Take out what was declared and imported, but for macros."""
        self.types.clear()
        self.values.clear()
        self.named.clear()
        self.globs.clear()
        self.opened.clear()
        self.forget()

    def release(self) -> None:
        """See `Crate.release`."""
        self.clear()
        self.macros.clear()
        self.outer = self.definition = None

    def table(self, namespace: str) -> dict[str, Definition]:
        """The names of one namespace: "types", "values" or "macros"."""
        if namespace == "types":
            return self.types
        return self.values if namespace == "values" else self.macros

    def declare(self, namespace: str, definition: Definition) -> None:
        """Bind a name; of two definitions the one this machine compiles wins."""
        table = self.table(namespace)
        known = table.get(definition.name)
        if known is None or (definition.active and not known.active):
            table[definition.name] = definition


@dataclass(slots=True, eq=False, repr=False)
class Part:
    """One file's share of a crate: what was built from it."""

    unit: Unit
    scope: Scope
    """The file's top level."""
    module: Definition
    """The crate or module whose contents the file is."""
    parent: Part | None
    """The file that declares the module; None for a crate's root."""
    made: list[Definition] = field(default_factory=list[Definition])
    """The definitions of the file, in the order of its items."""
    definitions: list[Definition] = field(default_factory=list[Definition])
    """Those, and what macro calls among them expand to."""
    scopes: list[Scope] = field(default_factory=list[Scope])
    macros: set[Definition] = field(default_factory=set[Definition])
    """What the macro calls among its items expanded."""
    is_linked: bool = False
    """Whether it is known of its definitions what linking them looked up."""

    @property
    def path(self) -> str:
        """The file, by the name the graph gives it."""
        return self.unit.path


@dataclass(slots=True, eq=False)
class Crate:
    """One crate: a target of a package."""

    key: str
    """Its name in ids and in the store: ``name``, ``name:bin/x``, ``name@version``."""
    name: str
    edition: str
    kind: str
    is_dependency: bool
    features: frozenset[str] | None = None
    number: int = 0
    """Crates come in this order wherever order decides."""
    externs: dict[str, Crate] = field(default_factory=dict[str, "Crate"])
    root: Definition | None = None
    parts: dict[str, Part] = field(default_factory=dict[str, Part])
    """By path of the file."""
    loader: FileLoader | None = None
    stored: bool = True
    """False for the built-in summary of std, which only serves inference."""
    counters: dict[bytes, dict[tuple[str, str, str], int]] = field(
        default_factory=dict[bytes, dict[tuple[str, str, str], int]]
    )
    """How many items of one kind, owner and name each module has, by its key: their ordinals."""
    modules: dict[bytes, Part] = field(default_factory=dict[bytes, Part])
    """The part that each module's items come from, by the module's key."""
    is_tangled: bool = False
    """Whether a file stands for several modules, or a module for several files."""
    tried: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """Paths that ``mod name;`` was looked for at, with the files that declare it."""
    reads: Reads = field(default_factory=Reads)
    """The recorder of the world the crate stands in."""

    @property
    def scope(self) -> Scope:
        """The root module's scope."""
        assert self.root is not None
        assert self.root.scope is not None
        return self.root.scope

    def definitions(self) -> Iterator[Definition]:
        """Every definition, file by file; the crate itself is not among them."""
        for part in self.parts.values():
            yield from part.definitions

    def release(self) -> None:
        """Take the crate apart, when another stands in its place.

        Everything in it refers to everything else. The cycle collector, which would find that out,
        takes seconds for a large workspace and holds up all other threads meanwhile.
        """
        for part in self.parts.values():
            for definition in (part.module, *part.definitions):
                definition.release()
            for scope in part.scopes:
                scope.release()
            for members in (part.scopes, part.definitions, part.made):
                members.clear()
            part.macros.clear()
            part.parent = None
        self.parts.clear()
        self.modules.clear()
        self.externs.clear()
        self.root = self.loader = None


class FileLoader:
    """Gives the parsed file a module declaration points at; implemented by the indexer."""

    def root(self, crate: Crate) -> Unit | None:
        """The crate's root file."""
        raise NotImplementedError

    def module(self, crate: Crate, unit: Unit, inline: tuple[Item, ...], item: Item) -> Unit | None:
        """The file of ``mod name;`` written in ``unit`` inside the inline modules ``inline``."""
        raise NotImplementedError
