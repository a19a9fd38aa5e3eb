"""The symbol table: crates, module scopes and definitions, in memory, for linking.

Built from facts alone; nothing is resolved yet. One `Definition` stands for one item in one crate:
a file that two crates of a package share has definitions in both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..parser.facts import FileFacts, Item, Use
from .cfg import is_active
from .ids import module_key, node_id

TYPE_KINDS = frozenset(("struct", "enum", "union", "trait", "type", "module", "crate"))
VALUE_KINDS = frozenset(("function", "const", "static"))


@dataclass(slots=True, eq=False)
class Unit:
    """One parsed file."""

    path: str
    hash: bytes
    facts: FileFacts
    hashes: list[bytes]


class Definition:
    """An item with its place: what names resolve to."""

    __slots__ = (
        "active", "body_scope", "children", "crate", "env", "expanded_by", "id", "index", "item",
        "kind", "memo", "module", "name", "owner", "parent", "qualified", "scope", "unit",
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

    def __repr__(self) -> str:
        return f"<{self.kind} {self.qualified}>"

    def child(self, name: str, kinds: frozenset[str] | None = None) -> Definition | None:
        """The first child of a name, active ones first."""
        found = None
        for child in self.children:
            if child.name == name and (kinds is None or child.kind in kinds):
                if child.active:
                    return child
                found = found or child
        return found


class Scope:
    """Names in one module, enum, or function body."""

    __slots__ = (
        "cache", "crate", "definition", "globs", "key", "kind", "macros", "named", "opened",
        "outer", "path", "types", "values",
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
        crate.scopes.append(self)
        self.opened: dict[int, Scope] = {}
        """What each glob opens, by its position in ``globs``."""

    @property
    def nearest_module(self) -> Scope:
        """The module a body stands in; a module itself."""
        scope = self
        while scope.kind != "module" and scope.outer is not None:
            scope = scope.outer
        return scope

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
    externs: dict[str, Crate] = field(default_factory=dict[str, "Crate"])
    root: Definition | None = None
    definitions: list[Definition] = field(default_factory=list[Definition])
    units: dict[str, tuple[Unit, Scope]] = field(default_factory=dict[str, tuple[Unit, Scope]])
    loader: FileLoader | None = None
    scopes: list[Scope] = field(default_factory=list[Scope])
    made: dict[str, list[Definition]] = field(default_factory=dict[str, list[Definition]])
    """The definitions of each file, in the order of its items."""
    stored: bool = True
    """False for the built-in summary of std, which only serves inference."""
    counters: dict[tuple[bytes, str, str, str], int] = field(
        default_factory=dict[tuple[bytes, str, str, str], int]
    )

    @property
    def scope(self) -> Scope:
        """The root module's scope."""
        assert self.root is not None
        assert self.root.scope is not None
        return self.root.scope


class FileLoader:
    """Gives the parsed file a module declaration points at; implemented by the indexer."""

    def root(self, crate: Crate) -> Unit | None:
        """The crate's root file."""
        raise NotImplementedError

    def module(self, crate: Crate, unit: Unit, inline: tuple[Item, ...], item: Item) -> Unit | None:
        """The file of ``mod name;`` written in ``unit`` inside the inline modules ``inline``."""
        raise NotImplementedError


def build_crate(crate: Crate, loader: FileLoader) -> None:
    """Fill a crate's scopes and definitions from its root file down."""
    crate.loader = loader
    path = crate.key
    scope = Scope("module", crate=crate, outer=None, path=path, key=module_key(path))
    unit = loader.root(crate)
    root = Definition(
        "crate", crate.name, item=None, unit=unit, index=-1, parent=None, module=scope, crate=crate,
        id=node_id(scope.key, "crate", "", crate.name, 0), owner="", qualified=crate.name,
        active=True,
    )  # fmt: skip
    root.scope = scope
    scope.definition = root
    crate.root = root
    crate.definitions.append(root)
    if unit is not None:
        Builder(crate, loader).file(unit, scope, root)


class Builder:
    """Adds the items of files, and of macro expansions, to a crate."""

    def __init__(self, crate: Crate, loader: FileLoader) -> None:
        self.crate = crate
        self.loader = loader

    def file(self, unit: Unit, scope: Scope, module: Definition) -> None:
        """Every item of one file, whose top level is ``scope``."""
        self.crate.units[unit.path] = (unit, scope)
        self.crate.made[unit.path] = self.add(unit, module)

    def add(self, unit: Unit, base: Definition) -> list[Definition]:
        """Every item of a unit, as children of ``base``."""
        crate = self.crate
        made: list[Definition] = []
        inline: dict[int, tuple[Item, ...]] = {-1: ()}
        for index, item in enumerate(unit.facts.items):
            parent = made[item.parent] if item.parent >= 0 else base
            definition = self.define(unit, index, item, parent)
            made.append(definition)
            if item.kind == "module":
                place = inline.get(item.parent, ())
                inline[index] = (*place, item)
                if not item.detail[0] and definition.active:
                    target = self.loader.module(crate, unit, place, item)
                    if target is not None and target.path not in crate.units:
                        assert definition.scope is not None
                        self.file(target, definition.scope, definition)
        for use in unit.facts.uses:
            place = self.scope_of(made[use.parent] if use.parent >= 0 else base)
            if not is_active(use.cfg, crate.features) and not use.glob:
                # Kept as a last resort: a name that only an inactive import binds.
                place.named.setdefault(use.alias, []).append(use)
            elif use.glob:
                place.globs.append(use)
            else:
                place.named.setdefault(use.alias, []).insert(0, use)
        return made

    def scope_of(self, definition: Definition) -> Scope:
        """Where names declared directly inside a definition live."""
        if definition.kind in ("module", "crate") and definition.scope is not None:
            return definition.scope
        if definition.kind in ("function", "method", "const", "static", "variant"):
            if definition.body_scope is None:
                assert definition.module is not None
                outer = definition.module
                definition.body_scope = Scope(
                    "body", crate=self.crate, outer=outer, path=outer.path, key=outer.key
                )
            return definition.body_scope
        assert definition.module is not None
        return definition.module

    def define(self, unit: Unit, index: int, item: Item, parent: Definition) -> Definition:
        """One definition, declared in the scope it belongs to."""
        crate = self.crate
        around = self.scope_of(parent)
        owner = owner_label(parent)
        counter = (around.key, item.kind, owner, item.name)
        ordinal = crate.counters.get(counter, 0)
        crate.counters[counter] = ordinal + 1
        active = parent.active and all(
            is_active(a[4:-1], crate.features)
            for a in item.attrs
            if a.startswith("cfg(") and a.endswith(")")
        )
        definition = Definition(
            item.kind, item.name, item=item, unit=unit, index=index, parent=parent, module=around,
            crate=crate, id=node_id(around.key, item.kind, owner, item.name, ordinal), owner=owner,
            qualified=qualified_path(parent, item), active=active,
        )  # fmt: skip
        crate.definitions.append(definition)
        parent.children.append(definition)
        kind = item.kind
        if kind == "module":
            path = f"{around.path}::{item.name}"
            inner = Scope("module", crate=crate, outer=around.nearest_module, path=path,
                          key=module_key(path))  # fmt: skip
            if around.kind == "body":
                inner.outer = around.nearest_module
            inner.definition = definition
            definition.scope = inner
            around.declare("types", definition)
        elif parent.kind in ("trait", "impl", "struct", "union"):
            pass  # reached through their owner
        elif kind == "variant":
            enum = parent.scope
            if enum is not None:
                enum.declare("types", definition)
                enum.declare("values", definition)
        elif kind == "macro":
            self.declare_macro(definition, around, item)
        elif kind in TYPE_KINDS:
            around.declare("types", definition)
            if kind == "enum":
                definition.scope = Scope(
                    "enum", crate=crate, outer=around, path=around.path, key=around.key
                )
                definition.scope.definition = definition
            elif kind == "struct" and item.detail[0] != "named":
                around.declare("values", definition)
        elif kind in VALUE_KINDS:
            around.declare("values", definition)
            if kind == "function":
                self.declare_proc_macro(definition, item)
        return definition

    def declare_macro(self, definition: Definition, around: Scope, item: Item) -> None:
        """``macro_rules!`` names are textual; the module stands in for the text below it.

        ``#[macro_use] mod m`` hands the macros of ``m`` to the module around it.
        """
        scope: Scope | None = around
        while scope is not None:
            scope.declare("macros", definition)
            module = scope.definition if scope.kind == "module" else None
            if module is None or module.item is None or "macro_use" not in module.item.attrs:
                break
            scope = module.module
        if item.detail[0]:
            self.crate.scope.declare("macros", definition)

    def declare_proc_macro(self, definition: Definition, item: Item) -> None:
        """``#[proc_macro_derive(Name)]`` and its kin bind macros at the crate's root."""
        for attribute in item.attrs:
            if attribute.startswith("proc_macro_derive("):
                name = attribute[18:].split(",")[0].rstrip(")").strip()
                self.crate.scope.macros.setdefault(name, definition)
            elif attribute in ("proc_macro", "proc_macro_attribute"):
                self.crate.scope.macros.setdefault(item.name, definition)


def owner_label(parent: Definition) -> str:
    """What tells apart items of one name within a module: the type, trait, impl or function."""
    if parent.kind in ("module", "crate"):
        return ""
    return f"{parent.owner}::{parent.name}" if parent.owner else parent.name


def qualified_path(parent: Definition, item: Item) -> str:
    """``crate::module::Type::method``; an impl block itself is ``crate::module::<impl …>``."""
    if item.kind == "impl":
        return f"{parent.qualified}::<impl {item.name}>"
    if parent.kind == "impl":
        assert parent.item is not None
        assert parent.parent is not None
        return f"{parent.parent.qualified}::{type_label(parent.item)}::{item.name}"
    return f"{parent.qualified}::{item.name}"


def type_label(impl: Item) -> str:
    """The name of the type an impl block is for, without generics and path."""
    target = impl.detail[1]
    while target[0] in ("r", "*", "s", "a"):
        target = target[1]
    if target[0] == "p" and target[1]:
        return target[1][-1][0]
    if target[0] in ("d", "i") and target[1]:
        return target[1][0][1][-1][0]
    return "_"
