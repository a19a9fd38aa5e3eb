"""Locals, and patterns that bind them."""

from __future__ import annotations

from typing import Any, Final

from ...parser.facts import Path, Pattern
from ..lower import generics_of
from ..symbols import Definition
from ..types import Shape, Substitution, Ty, known, substitute, unify
from .mentions import Mentions

FIELD: Final = frozenset(("field",))
VARIANT: Final = frozenset(("variant",))


class Patterns(Mentions):
    """Names in scope and their types."""

    def path_value(self, path: Path, expected: Ty = None) -> Ty:
        """A path in value position."""
        raise NotImplementedError

    def bind(self, pattern: Pattern, ty: Ty) -> None:
        """Bind a pattern's names; references are matched through, as match ergonomics do."""
        tag: str = pattern[0]
        if tag == "b":
            self._bind_name(pattern, ty)
        elif tag in ("T", "S"):
            self._bind_fields(pattern, ty)
        elif tag == "P":
            self.path_value(pattern[1])
        elif tag == "t":
            inner, wrap = _peel(ty)
            parts = inner[1] if inner is not None and inner[0] == "t" else ()
            for sub, part in _spread(pattern[1], parts):
                self.bind(sub, _wrapped(part, wrap))
        elif tag == "s":
            inner, wrap = _peel(ty)
            element = self._element(inner)
            for sub in pattern[1]:
                if sub[0] == "b" and sub[3] is not None and sub[3][0] == "..":
                    self.locals[-1][sub[1]] = ("r", ("s", element), *(wrap or ())[2:])
                else:
                    self.bind(sub, _wrapped(element, wrap))
        elif tag == "r":
            inner = known(ty)
            self.bind(pattern[1], inner[1] if inner is not None and inner[0] == "r" else inner)
        elif tag == "o":
            for sub in pattern[1]:
                self.bind(sub, ty)

    def _element(self, ty: Ty) -> Ty:
        ty = known(ty)
        if ty is not None and ty[0] in ("s", "a"):
            return ty[1]
        return None

    def _bind_name(self, pattern: Pattern, ty: Ty) -> None:
        name: str = pattern[1]
        sub: Pattern | None = pattern[3]
        if sub is None and (name[0].isupper() or name.isupper()):
            # A unit struct, variant or constant; rustc asks the same question of scopes.
            target = self.world.resolver.lexical(self.env.scope, name, "values")
            if target is not None and target.kind in ("variant", "const", "static", "struct"):
                start: int = pattern[2]
                self.link("uses_type", target, start, start + len(name.encode()), "resolved")
                return
        self.locals[-1][name] = ty
        if sub is not None:
            self.bind(sub, ty)

    def _bind_fields(self, pattern: Pattern, ty: Ty) -> None:
        path: Path = pattern[1]
        inner, wrap = _peel(ty)
        target, owner = self.constructor(path, inner, "values" if pattern[0] == "T" else "types")
        mapping: Substitution = {}
        if target is not None and owner is not None:
            unify(owner, inner)
            mapping = self._adt_mapping(owner)
        if pattern[0] == "T":
            fields = [c for c in target.children if c.kind == "field"] if target else []
            types = [self._field_type(f, mapping) for f in fields]
            for sub, part in _spread(pattern[2], types):
                self.bind(sub, _wrapped(part, wrap))
            return
        for name, start, sub in pattern[2]:
            field = target.child(name, FIELD) if target is not None else None
            if field is not None:
                self.link("uses_type", field, start, start + len(name.encode()), "typed")
            part = self._field_type(field, mapping) if field is not None else None
            self.bind(sub, _wrapped(part, wrap))

    def _field_type(self, field: Definition, mapping: Substitution) -> Ty:
        declared = self.world.declared(field)[0]
        return self.world.normalise(substitute(declared, mapping), self.env)

    def _adt_mapping(self, ty: Ty) -> Substitution:
        shape = known(ty)
        if shape is None or shape[0] != "A":
            return {}
        owner: Definition = shape[1]
        args: Shape = shape[2]
        if not args:
            return {}
        return {(owner, p.name): a for p, a in zip(generics_of(owner).params, args, strict=False)}

    def constructor(self, path: Path, expected: Ty, namespace: str) -> tuple[Definition | None, Ty]:
        """The struct or variant a path names, with the type it constructs; mentions are linked."""
        if not path:
            return None, None
        target, base = self._constructor(path, namespace)
        if target is None:
            return None, None
        if target.kind == "variant" and target.parent is not None:
            adt = target.parent
        elif target.kind in ("struct", "union"):
            adt = target
        else:
            return None, None
        if base is not None:
            return target, base
        args = path[-1][2]
        if args is None and target.kind == "variant" and len(path) > 1:
            args = path[-2][2]
        owner = self.world.instantiate(self.env, adt, args, infer=True)
        expected = known(expected)
        if expected is not None and expected[0] == "A" and expected[1] is adt:
            unify(owner, expected)
        return target, owner

    def _constructor(self, path: Path, namespace: str) -> tuple[Definition | None, Ty]:
        first: str = path[0][0]
        if first == "Self":
            base = known(self.env.self_ty)
            if base is None or base[0] != "A":
                return None, None
            if len(path) == 1:
                return base[1], base
            variant = base[1].child(path[1][0], VARIANT)
            if variant is not None:
                self.mention(variant, path[1], "resolved")
                return variant, base
            return None, None
        steps = self.world.resolver.walk(self.env.scope, path, namespace)
        self.mentions(path, steps)
        if len(steps) != len(path) or not steps:
            alias = steps[-1] if steps else None
            if alias is not None and alias.kind == "type" and len(steps) == len(path) - 1:
                ty = known(self.world.instantiate(self.env, alias, path[-2][2], infer=True))
                if ty is not None and ty[0] == "A":
                    variant = ty[1].child(path[-1][0], VARIANT)
                    if variant is not None:
                        self.mention(variant, path[-1], "resolved")
                        return variant, ty
            return None, None
        target = steps[-1]
        if target is not None and target.kind == "type":
            ty = known(self.world.instantiate(self.env, target, path[-1][2], infer=True))
            return (ty[1], ty) if ty is not None and ty[0] == "A" else (None, None)
        return target, None


def _peel(ty: Ty) -> tuple[Ty, Ty]:
    """A type behind its references, and the reference its parts are bound by, None for none."""
    wrap: Shape | None = None
    shape = known(ty)
    while shape is not None and shape[0] == "r":
        if wrap is None or len(wrap) > len(shape):
            wrap = shape
        shape = known(shape[1])
    return shape, wrap


def _wrapped(ty: Ty, wrap: Ty) -> Ty:
    return ("r", ty, *wrap[2:]) if wrap is not None and ty is not None else ty


def _spread(patterns: Any, types: Any) -> list[tuple[Pattern, Ty]]:
    """Patterns beside the types they match, ``..`` standing for what is left out."""
    patterns = list(patterns)
    rest = next((i for i, p in enumerate(patterns) if p[0] == ".."), None)
    count = len(types)
    pairs: list[tuple[Pattern, Ty]] = []
    for index, pattern in enumerate(patterns):
        if index == rest:
            continue
        at = index if rest is None or index < rest else count - (len(patterns) - index)
        pairs.append((pattern, types[at] if 0 <= at < count else None))
    return pairs
