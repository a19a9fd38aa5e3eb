"""Linking what is written: paths and types, segment by segment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ...parser.facts import Expr, Path, Segment, Type
from ..impls import Impls
from ..lower import Env
from ..resolve import PRIMITIVES
from ..symbols import Definition
from ..types import WRAPPERS, Ty, known

Link = Callable[[str, Definition, int, int, str], None]
"""(edge kind, target, start, end, provenance)"""

Miss = Callable[[str, str, int], None]
"""(edge kind, name, start): a mention that found no target."""

TYPE: Final = frozenset(("type",))

_MENTIONED: Final = {
    "function": "calls",
    "method": "calls",
    "macro": "calls",
    "module": "",
    "crate": "",
}
"""The edge that a mention makes, by the kind of what is mentioned; all others are uses of types."""


class Mentions:
    """What a definition mentions. ``link`` and ``miss`` receive what is found."""

    def __init__(self, world: Impls, definition: Definition, link: Link, miss: Miss) -> None:
        self.world = world
        self.definition = definition
        self.link = link
        self.miss = miss
        env = world.env(definition)
        scope = definition.body_scope or env.scope
        self.env = Env(scope, env.owners, env.self_ty, env.trait)
        self.locals: list[dict[str, Ty]] = [{}]
        self.deferred: list[tuple[Definition, Definition, Ty, Ty, Any, str]] = []
        """What waits for types: trait, member, types of Self and operand, segment, provenance."""
        self.expanding = 0
        """How many macro calls are being expanded, one within the other."""
        self.expanded = 0
        """Bytes of macro calls expanded so far."""
        self.returns: Ty = None
        """What ``return`` is expected to give."""

    def expr(self, e: Expr | None, expected: Ty = None) -> Ty:
        """The type of an expression, None where it isn't known; mentions are linked on the way."""
        raise NotImplementedError

    def each(self, es: tuple[Expr, ...]) -> None:
        """Expressions whose types don't matter."""
        for e in es:
            self.expr(e)

    def mention(self, target: Definition, segment: Segment, provenance: str) -> None:
        kind = _MENTIONED.get(target.kind, "uses_type")
        if kind:
            name: str = segment[0]
            start: int = segment[1]
            self.link(kind, target, start, start + len(name.encode()), provenance)

    def mentions(self, path: Path, steps: list[Definition | None]) -> None:
        """Link each segment that resolved, and what is written in its generic arguments."""
        for position, segment in enumerate(path):
            if position < len(steps):
                target = steps[position]
                if target is not None:
                    self.mention(target, segment, "resolved")
            if segment[2] is not None:
                self._args(segment[2], steps[position] if position < len(steps) else None)

    def _args(self, args: Any, owner: Definition | None = None) -> None:
        """What stands in generic arguments; bindings name associated types of a trait."""
        for part in args[0]:
            self.type_mentions(part)
        for name, start, part in args[1]:
            if owner is not None and owner.kind == "trait" and start is not None:
                declared = self._associated_type(owner, name)
                if declared is not None:
                    self.mention(declared, (name, start), "resolved")
            self.type_mentions(part)

    def _associated_type(self, trait: Definition, name: str) -> Definition | None:
        """An associated type as a trait or one of its supertraits declares it."""
        for bound in self.world.all_bounds([(trait, (), ())]):
            declared = bound[0].child(name, TYPE)
            if declared is not None:
                return declared
        return None

    def type_mentions(self, written: Type | None) -> None:
        """Link every path in a written type."""
        if written is None:
            return
        tag: str = written[0]
        if tag == "p":
            self.type_path(written[1])
        elif tag in WRAPPERS:
            self.type_mentions(written[1])
        elif tag in ("t", "d", "i", "f"):
            parts: tuple[Type, ...] = written[1]
            for part in parts:
                self.type_mentions(part)
            if tag == "f":
                self.type_mentions(written[2])
        elif tag == "q":
            self.type_mentions(written[1])
            if written[2]:
                self.type_path(written[2])
            self._projected(written)
        elif tag == "mac":
            expanded = self.world.expansion(self.env, written) if self.expanding < 16 else None
            if expanded is not None:
                self.expanding += 4  # types nest less deeply than bodies do
                self.type_mentions(expanded)
                self.expanding -= 4

    def type_path(self, path: Path) -> None:
        """Link the segments of a path in type position, associated types included."""
        first: str = path[0][0]
        if first == "Self" or (
            path[0][2] is None and self.world.param_owner(self.env, first) is not None
        ):
            steps: list[Definition | None] = []
            used = 1
        else:
            steps = self.world.resolver.walk(self.env.scope, path, "types")
            used = len(steps)
            if not steps and first not in PRIMITIVES:
                self.miss("uses_type", path[-1][0], path[-1][1])
        self.mentions(path, steps)
        if used < len(path) and used > 0:
            base = self.world.path(self.env, path[:used], infer=False)
            self._link_projection(base, None, path[used])

    def _projected(self, written: Type) -> None:
        base = self.world.lower(self.env, written[1])
        trait = self.world.trait_of(self.env, written[2]) if written[2] else None
        if written[3]:
            self._link_projection(base, trait, written[3][0])

    def _link_projection(self, base: Ty, trait: Definition | None, segment: Segment) -> None:
        """Link an associated type to where it is declared, in the trait of a bound or an impl."""
        base = known(base)
        if base is None:
            return
        declared = None
        if trait is None:
            for bound in self.world.bounds_of(base, self.env):
                declared = bound[0].child(segment[0], TYPE)
                if declared is not None:
                    break
        else:
            declared = self._associated_type(trait, segment[0])
        if declared is None and trait is None:
            declared = self._declared_for(base, segment[0])
        if declared is not None:
            self.mention(declared, segment, "resolved")

    def _declared_for(self, base: Ty, name: str) -> Definition | None:
        """The associated type that ``Self::Name`` means in an impl, or ``Type::Name`` anywhere."""
        if base is known(self.env.self_ty):
            trait = self.world.impl_trait(self.definition)
            declared = self._associated_type(trait, name) if trait is not None else None
            if declared is not None:
                return declared
        trait = self.world.projected_trait(base, name)
        return trait.child(name, TYPE) if trait is not None else None
