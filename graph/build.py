"""Facts to symbol tables: the scopes and definitions of a crate, file by file.

A file of a crate that stands already is built again in place: whatever keeps its id stays the same
object, so that everything that refers to it goes on doing so.
"""

from __future__ import annotations

from typing import Final

from ..parser.facts import Item, Use
from .cfg import is_active
from .ids import module_key, node_id
from .symbols import TYPE_KINDS, VALUE_KINDS, Crate, Definition, FileLoader, Part, Scope, Unit

_DEEPEST_FILE: Final = 100
"""Files that declare one another in a row; each takes a few levels of the call stack."""


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
    if unit is not None:
        Builder(crate, loader).file(unit, root, None)


class Builder:
    """Adds the items of files, and of macro expansions, to a crate."""

    def __init__(self, crate: Crate, loader: FileLoader) -> None:
        self.crate = crate
        self.loader = loader
        self.part: Part | None = None
        """What is being filled."""
        self.known: dict[bytes, Definition] = {}
        """Definitions of an earlier build of the same file, to be used again."""
        self._bodies: dict[Definition, Scope] = {}
        """Scopes of bodies of an earlier build, to be used again."""
        self.left: dict[Definition, tuple[Part, list[Definition]]] = {}
        """Modules of the earlier build that were files, with their contents, until claimed again.
        """

    def file(self, unit: Unit, module: Definition, parent: Part | None) -> Part:
        """Every item of one file, which is the contents of ``module``."""
        assert module.scope is not None
        part = Part(unit, module.scope, module, parent)
        self.crate.parts[unit.path] = part
        module.children = []
        self._own(module.scope, part)
        module.opens = part
        self.fill(part)
        return part

    def again(self, part: Part, unit: Unit) -> None:
        """Build a file anew from other facts, keeping what keeps its id."""
        crate = self.crate
        for definition in part.definitions:
            self.known[definition.id] = definition
            if definition.opens is not None:
                self.left[definition] = (definition.opens, definition.children)
        part.unit = unit
        part.definitions = []
        part.macros = set()
        for scope in part.scopes:
            # Macros stay: other files hand theirs up, and a change of macros rebuilds the crate.
            scope.clear()
        for key in {scope.key for scope in part.scopes}:
            crate.counters.pop(key, None)
            crate.modules.pop(key, None)
        part.scopes = []
        part.module.children = []
        self._own(part.scope, part)
        self.fill(part)

    def fill(self, part: Part) -> None:
        """The items and imports of a part's own file."""
        outer, self.part = self.part, part
        part.made = self.add(part.unit, part.module)
        self.part = outer

    def _own(self, scope: Scope, part: Part) -> None:
        part.scopes.append(scope)
        if scope.kind == "module":
            known = self.crate.modules.setdefault(scope.key, part)
            if known is not part:
                self.crate.is_tangled = True

    def add(self, unit: Unit, base: Definition) -> list[Definition]:
        """Every item of a unit, as children of ``base``."""
        made: list[Definition] = []
        inline: dict[int, tuple[Item, ...]] = {-1: ()}
        for index, item in enumerate(unit.facts.items):
            parent = made[item.parent] if item.parent >= 0 else base
            definition = self.define(unit, index, item, parent)
            made.append(definition)
            if item.kind == "module":
                around = inline.get(item.parent, ())
                inline[index] = (*around, item)
                if not item.detail[0] and definition.active:
                    self._contents(unit, around, item, definition)
        for use in unit.facts.uses:
            self._use(self.scope_of(made[use.parent] if use.parent >= 0 else base), use)
        return made

    def _use(self, place: Scope, use: Use) -> None:
        if use.glob:
            place.globs.append(use)
        elif is_active(use.cfg, self.crate.features):
            place.named.setdefault(use.alias, []).insert(0, use)
        else:
            # Kept as a last resort: a name that only an inactive import binds.
            place.named.setdefault(use.alias, []).append(use)

    def _contents(
        self, unit: Unit, around: tuple[Item, ...], item: Item, definition: Definition
    ) -> None:
        """The file of ``mod name;``: built, or taken over from an earlier build."""
        crate = self.crate
        target = self.loader.module(crate, unit, around, item)
        if target is None:
            return
        known = crate.parts.get(target.path)
        if known is None:
            if not _is_too_deep(self.part):
                self.file(target, definition, self.part)
        elif definition in self.left and self.left[definition][0] is known:
            definition.opens, definition.children = self.left.pop(definition)
        else:
            # One file for two modules: the first one has it.
            crate.is_tangled = True

    def scope_of(self, definition: Definition) -> Scope:
        """Where names declared directly inside a definition live."""
        if definition.kind in ("module", "crate") and definition.scope is not None:
            return definition.scope
        if definition.kind in ("function", "method", "const", "static", "variant"):
            if definition.body_scope is None:
                assert definition.module is not None
                assert self.part is not None
                outer = definition.module
                scope = self._bodies.pop(definition, None) or Scope(
                    "body", crate=self.crate, outer=outer, path=outer.path, key=outer.key
                )
                scope.outer = outer
                definition.body_scope = scope
                self.part.scopes.append(scope)
            return definition.body_scope
        assert definition.module is not None
        return definition.module

    def define(self, unit: Unit, index: int, item: Item, parent: Definition) -> Definition:
        """One definition, declared in the scope it belongs to."""
        crate = self.crate
        part = self.part
        assert part is not None
        around = self.scope_of(parent)
        owner = owner_label(parent)
        counts = crate.counters.get(around.key)
        if counts is None:
            counts = crate.counters[around.key] = {}
        counter = (item.kind, owner, item.name)
        ordinal = counts.get(counter, 0)
        counts[counter] = ordinal + 1
        active = parent.active and all(
            is_active(a[4:-1], crate.features)
            for a in item.attrs
            if a.startswith("cfg(") and a.endswith(")")
        )
        identity = node_id(around.key, item.kind, owner, item.name, ordinal)
        known = self.known.pop(identity, None)
        if known is None:
            definition = Definition(
                item.kind, item.name, item=item, unit=unit, index=index, parent=parent,
                module=around, crate=crate, id=identity, owner=owner,
                qualified=qualified_path(parent, item), active=active,
            )  # fmt: skip
        else:
            definition = known
            definition.item, definition.unit, definition.index = item, unit, index
            definition.parent, definition.module, definition.active = parent, around, active
            definition.qualified = qualified_path(parent, item)
            if definition.body_scope is not None:
                self._bodies[definition] = definition.body_scope
            definition.body_scope = definition.env = definition.expanded_by = None
            definition.opens, definition.children = None, []
        definition.part = part
        definition.position = len(part.definitions)
        part.definitions.append(definition)
        parent.children.append(definition)
        self._declare(definition, item, parent, around)
        return definition

    def _declare(
        self, definition: Definition, item: Item, parent: Definition, around: Scope
    ) -> None:
        kind = item.kind
        if kind == "module":
            self._open_module(definition, around)
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
                self._open_enum(definition, around)
            elif kind == "struct" and item.detail[0] != "named":
                around.declare("values", definition)
        elif kind in VALUE_KINDS:
            around.declare("values", definition)
            if kind == "function":
                self.declare_proc_macro(definition, item)

    def _open_module(self, definition: Definition, around: Scope) -> None:
        """A module's scope; whether it is a file of its own shows later."""
        assert definition.item is not None
        if definition.scope is None:
            path = f"{around.path}::{definition.name}"
            definition.scope = Scope(
                "module", crate=self.crate, outer=None, path=path, key=module_key(path)
            )
            definition.scope.definition = definition
        definition.scope.outer = around.nearest_module
        if definition.item.detail[0]:
            assert self.part is not None
            self._own(definition.scope, self.part)

    def _open_enum(self, definition: Definition, around: Scope) -> None:
        assert self.part is not None
        if definition.scope is None:
            definition.scope = Scope(
                "enum", crate=self.crate, outer=around, path=around.path, key=around.key
            )
            definition.scope.definition = definition
        definition.scope.outer = around
        self.part.scopes.append(definition.scope)

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


def _is_too_deep(part: Part | None) -> bool:
    """Whether a file stands so many files deep that those it declares are left out."""
    depth = 0
    while part is not None:
        part, depth = part.parent, depth + 1
    return depth > _DEEPEST_FILE


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
