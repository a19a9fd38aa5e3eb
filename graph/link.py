"""One definition's facts to its edges: signature, body, imports, impl header, derives."""

from __future__ import annotations

from typing import Any, Final

from .expand import HIDDEN
from .impls import Impls
from .infer import BodyTyper
from .lower import Env
from .model import PROVENANCES, is_test_attribute
from .surface import is_stored
from .symbols import Definition, Scope
from .uses import pack_uses

EdgeKey = tuple[bytes, str, bytes]

_RANK: Final[dict[str, int]] = {name: rank for rank, name in enumerate(PROVENANCES)}
_CALLABLE: Final = frozenset(("function", "method"))


class Links:
    """The edges and the mentions without a target that leave one definition."""

    __slots__ = ("edges", "source", "unresolved")

    def __init__(self, source: Definition) -> None:
        self.source = source
        self.edges: dict[EdgeKey, tuple[str, set[tuple[int, int]]]] = {}
        self.unresolved: dict[tuple[str, str, int], str] = {}

    def link(self, kind: str, target: Definition, start: int, end: int, provenance: str) -> None:
        """An edge with one place of use; of several provenances the best is kept."""
        if not target.crate.stored:
            return
        if start < 0:
            start = end = 0  # inside a macro's expansion: no place of its own
        key = (self.source.id, kind, target.id)
        known = self.edges.get(key)
        if known is None:
            if not is_stored(target):
                return
            self.edges[key] = (provenance, {(start, end)} if end > start else set())
            return
        if end > start:
            known[1].add((start, end))
        if _RANK[provenance] < _RANK[known[0]]:
            self.edges[key] = (provenance, known[1])

    def tie(self, kind: str, target: Definition) -> None:
        """An edge that follows from the structure and has no place of use of its own."""
        self.link(kind, target, 0, 0, "resolved")

    def miss(self, kind: str, name: str, start: int) -> None:
        """A mention that found no target; those that only an expansion holds are left out."""
        if start < 0:
            return
        self.unresolved[(kind, name, start)] = name

    def edge_rows(self, start: int) -> list[list[Any]]:
        """Rows of the ``edges`` relation; places count from ``start``, the source's first byte."""
        return [
            [source, kind, target, provenance, pack_uses(sorted(uses), start)]
            for (source, kind, target), (provenance, uses) in self.edges.items()
        ]

    def unresolved_rows(self, start: int) -> list[list[Any]]:
        """Rows of the ``unresolved`` relation; places count from ``start``."""
        return [
            [self.source.id, kind, name, at - start, text]
            for (kind, name, at), text in self.unresolved.items()
        ]


class Linker:
    """Links definitions in a world of crates."""

    def __init__(self, world: Impls) -> None:
        self.world = world

    def link(self, definition: Definition) -> Links:
        """Every edge that leaves a definition, but for those that its place alone makes."""
        links = Links(definition)
        item = definition.item
        if item is None:
            return links
        kind = item.kind
        # A field's type is what its struct or variant uses.
        source = definition
        while source.kind in ("field", "variant") and source.parent is not None:
            source = source.parent
        links.source = source
        typer = BodyTyper(self.world, definition, links.link, links.miss)
        self._generics(typer, definition)
        if kind in _CALLABLE:
            self._callable(typer, definition, links)
        elif kind == "impl":
            self._impl(typer, definition, links)
        elif kind == "trait":
            for bound in item.detail[0]:
                typer.type_mentions(bound)
        elif kind == "type":
            typer.type_mentions(item.detail[0])
            for bound in item.detail[1]:
                typer.type_mentions(bound)
        elif kind in ("const", "static", "field"):
            typer.type_mentions(item.detail[0])
        body = None
        if definition.unit is not None:
            body = definition.unit.facts.bodies.get(definition.index)
        if body is not None:
            if kind in _CALLABLE:
                typer.function(body)
            else:
                typer.value(body)
        if kind in ("struct", "enum", "union"):
            for trait, _ in self.world.derived(definition):
                links.tie("derives", trait)
        if kind in _CALLABLE:
            self._tests(definition, links)
        return links

    def _generics(self, typer: BodyTyper, definition: Definition) -> None:
        item = definition.item
        assert item is not None
        for param in item.generics.params:
            for bound in param.bounds:
                typer.type_mentions(bound)
            typer.type_mentions(param.default)
        for left, bounds in item.generics.where:
            typer.type_mentions(left)
            for bound in bounds:
                typer.type_mentions(bound)

    def _callable(self, typer: BodyTyper, definition: Definition, links: Links) -> None:
        item = definition.item
        assert item is not None
        for _, written in item.detail[0]:
            typer.type_mentions(written)
        typer.type_mentions(item.detail[1])
        parent = definition.parent
        if definition.kind != "method" or parent is None or parent.kind != "impl":
            return
        assert parent.item is not None
        if parent.item.detail[0] is None:
            target = _adt(self.world.env(parent).self_ty)
            if target is not None:
                links.tie("associated", target)
            return
        trait = self.world.trait_of(self.world.env(parent), parent.item.detail[0])
        if trait is not None:
            declared = trait.child(definition.name)
            if declared is not None and declared.kind == "method":
                links.tie("overrides", declared)

    def _impl(self, typer: BodyTyper, definition: Definition, links: Links) -> None:
        item = definition.item
        assert item is not None
        path, self_type, negative = item.detail[:3]
        typer.type_mentions(self_type)
        target = _adt(self.world.env(definition).self_ty)
        if target is not None:
            links.tie("associated", target)
        if path is None:
            return
        trait = self.world.trait_of(self.world.env(definition), path)
        for segment in path[:-1]:
            if segment[2] is not None:
                typer.mentions((segment,), [])
        steps = self.world.resolver.walk(typer.env.scope, path, "types")
        typer.mentions(path[:-1], steps[:-1])
        name, start, args = path[-1]
        if args is not None:
            typer.mentions((("", 0, args),), [])
        if trait is None:
            links.miss("implements", name, start)
        elif not negative:
            links.link("implements", trait, start, start + len(name.encode()), "resolved")

    def _tests(self, definition: Definition, links: Links) -> None:
        item = definition.item
        assert item is not None
        if not any(is_test_attribute(a) for a in item.attrs):
            return
        called = [key for key in links.edges if key[0] == definition.id and key[1] == "calls"]
        for source, _, target in called:
            provenance, uses = links.edges[(source, "calls", target)]
            links.edges[(source, "tests", target)] = (provenance, set(uses))

    def depends(self, root: Definition) -> Links:
        """The crates that a crate depends on."""
        links = Links(root)
        for name, crate in root.crate.externs.items():
            if crate.root is not None and not name.startswith(HIDDEN):
                links.tie("depends", crate.root)
        return links

    def imports(self, module: Definition, scope: Scope) -> Links:
        """What a module imports and re-exports."""
        links = Links(module)
        uses = [use for bound in scope.named.values() for use in bound] + scope.globs
        for use in uses:
            kind = "re_exports" if use.visibility else "imports"
            targets = self.world.resolver.targets_of_use(scope, use)
            for target in targets:
                if target is not module:
                    links.link(kind, target, use.start, use.end, "resolved")
            if not targets and use.path:
                links.miss("imports", use.path[-1][0], use.path[-1][1])
        return links

    def macro_calls(self, module: Definition, scope: Scope, calls: list[Any]) -> Links:
        """Macros invoked where items stand."""
        links = Links(module)
        typer = BodyTyper(self.world, module, links.link, links.miss)
        typer.env = Env(scope, (), None, None)
        # What a call expands to is linked with the items it defines.
        expanded = {
            child.item.start
            for child in module.children
            if child.expanded_by is not None and child.item is not None
        }
        for call in calls:
            steps = self.world.resolver.walk(scope, call.path, "macros")
            if len(steps) == len(call.path):
                typer.mentions(call.path, steps)
            elif call.path:
                links.miss("calls", call.path[-1][0], call.path[-1][1])
            if call.start not in expanded:
                typer.each(call.exprs or ())
        typer.settle()
        return links


def _adt(ty: Any) -> Definition | None:
    """The definition behind an impl's self type."""
    while ty is not None and ty.__class__ is tuple and ty[0] in ("r", "*"):
        ty = ty[1]
    if ty is None or ty.__class__ is not tuple:
        return None
    if ty[0] == "A":
        return ty[1]
    if ty[0] == "D" and ty[1]:
        return ty[1][0][0]
    return None
