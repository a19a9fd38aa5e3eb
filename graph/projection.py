"""Whether a type implements a trait, and what its associated types are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from .impl_table import Impl, ImplTable
from .lower import Bound, Env, generics_of
from .resolve import Resolver
from .symbols import BLANKET, Definition, order_of
from .types import (
    WRAPPERS,
    Shape,
    Substitution,
    Ty,
    Var,
    is_projection,
    key_of,
    known,
    match,
    shallow,
    substitute,
)

TYPE: Final = frozenset(("type",))
_AUTODEREF_STEPS: Final = 8
_LONGEST_PROOF: Final = 64
"""Blanket impls that each hold if the next one does; each takes a few levels of the call stack."""
_PROJECTION_DEPTH: Final = 6
"""Blanket impls may define an associated type by another's, which may come back to the first."""

_FUNCTIONS: Final = frozenset(("F", "f", "P", "D", "proj"))
"""What may be called, as far as its shape tells."""

UNKNOWNS: Final = frozenset(("P", "proj", "D"))
"""Types of which only bounds are known."""

_FN_TRAITS: Final = frozenset(("Fn", "FnMut", "FnOnce"))
_AUTO: Final = frozenset(("Send", "Sync", "Sized", "Unpin"))
"""Traits of the standard library that types have without an impl."""


class Projection(ImplTable):
    """Impls, asked whether they hold and what they project to."""

    def __init__(self, resolver: Resolver) -> None:
        super().__init__(resolver)
        self._projecting = 0
        self._checking: set[tuple[Any, Definition]] = set()

    def implements(self, ty: Ty, trait: Definition, env: Env | None = None) -> bool | None:
        """Whether a type implements a trait; None where the type isn't known."""
        shape = known(ty)
        if shape is None:
            return None
        if not trait.crate.stored:
            if trait.name in _AUTO:
                return True
            if trait.name in _FN_TRAITS and shape[0] in ("F", "f"):
                return True
        if shape[0] in UNKNOWNS:
            for bound in self.bounds_of(shape, env):
                if bound[0] is trait:
                    return True
        else:
            key = key_of(shape)
            self.resolver.reads.note(key, trait)
            for entry in self._by_key.get(key, ()):
                if entry.trait is trait and match(entry.self_ty, shape, {}, entry.definition):
                    return True
            if isinstance(key, Definition):
                for derived, _ in self.derived(key):
                    if derived is trait:
                        return True
        self.resolver.reads.note(BLANKET, trait)
        blanket = self._blanket.get(trait)
        if not blanket:
            return False
        guard = (key_of(shape), trait)
        if guard in self._checking or len(self._checking) > _LONGEST_PROOF:
            return False
        self._checking.add(guard)
        try:
            return any(self.fits(entry, shape, env) for entry in blanket)
        finally:
            self._checking.discard(guard)

    def fits(self, entry: Impl, ty: Ty, env: Env | None) -> bool:
        """Whether a blanket impl's bounds hold for a type."""
        pattern: Shape | None = entry.self_ty
        shape = known(ty)
        while pattern is not None and shape is not None and pattern[0] == shape[0] == "r":
            pattern, shape = known(pattern[1]), known(shape[1])
        if pattern is None or pattern[0] != "P":
            return match(entry.self_ty, shape, {}, entry.definition)
        if shape is not None and self._wants_function(entry.definition, pattern[2]):
            return shape[0] in _FUNCTIONS
        return all(self.implements(shape, bound[0], env) for bound in self.bounds_of(pattern))

    def _wants_function(self, impl: Definition, name: str) -> bool:
        """Whether an impl asks ``&mut T: FnMut(…)`` of its parameter."""
        for left, bounds in generics_of(impl).where:
            if left[0] != "r" or left[1][0] != "p" or left[1][1][0][0] != name:
                continue
            if any(b[0] == "p" and b[1][-1][0] in _FN_TRAITS for b in bounds):
                return True
        return False

    def blanket_self(self, entry: Impl, ty: Ty) -> Substitution | None:
        """What the parameter of ``impl<T> … for T``, or for ``&T``, stands for."""
        pattern: Shape = entry.self_ty
        if pattern[0] == "P":
            return {(entry.definition, pattern[2]): ty}
        mapping: Substitution = {}
        return mapping if match(pattern, ty, mapping, entry.definition) else None

    # -- associated types -----------------------------------------------------------------

    def project(self, base: Ty, trait: Definition | None, name: str, env: Env | None) -> Ty:
        """``<base as trait>::name``: from bounds, else from the impls of the base."""
        base = shallow(base)
        if base is None or isinstance(base, Var):
            return super().project(base, trait, name, env)
        shape: Shape = base
        tag: str = shape[0]
        if tag in UNKNOWNS:
            found = super().project(shape, trait, name, env)
            if not is_projection(found):
                return found
            if any(bound[0] is found[2] for bound in self.bounds_of(shape, env)):
                return found  # what is asked of a parameter is all that is known of it
            through = self._project_blanket(shape, found[2], name, env)
            return found if through is None else through
        if tag == "f" and name == "Output":
            return shape[2]
        if tag == "fut" and name == "Output":
            return shape[1]
        if tag == "r" and name == "Target":
            return shape[1]
        key = key_of(shape)
        self.resolver.reads.note(key, name)
        for entry in self._by_key.get(key, ()):
            if entry.trait is None or (trait is not None and entry.trait is not trait):
                continue
            member = entry.members.get(name)
            if member is None or member.kind != "type":
                continue
            mapping: Substitution = {}
            if match(entry.self_ty, shape, mapping, entry.definition):
                return self.member_type(member, mapping)
        if trait is None:
            self.resolver.reads.note(BLANKET, name)
            # Of several the first in the source, in whatever order they were filed.
            trait = min(
                (
                    t
                    for t in self._blanket
                    if t.child(name, TYPE) is not None and self.implements(base, t, env)
                ),
                key=order_of,
                default=None,
            )
        return self._project_blanket(base, trait, name, env) if trait is not None else None

    def impl_trait(self, definition: Definition) -> Definition | None:
        """The trait of the impl that a definition is, or stands in."""
        owner: Definition | None = definition
        while owner is not None and owner.kind != "impl":
            owner = owner.parent
        if owner is None or owner.item is None or owner.item.detail[0] is None:
            return None
        return self.trait_of(self.env(owner), owner.item.detail[0])

    def projected_trait(self, base: Ty, name: str) -> Definition | None:
        """The trait whose impl for a type defines an associated type of this name."""
        for entry in self._by_key.get(key_of(base), ()):
            if entry.trait is None:
                continue
            member = entry.members.get(name)
            if member is None or member.kind != "type":
                continue
            if match(entry.self_ty, base, {}, entry.definition):
                return entry.trait
        return None

    def _project_blanket(
        self, base: Ty, trait: Definition | None, name: str, env: Env | None
    ) -> Ty:
        if trait is None or self._projecting > _PROJECTION_DEPTH:
            return None
        self._projecting += 1
        self.resolver.reads.note(BLANKET, name)
        try:
            fitting: list[tuple[Definition, Substitution]] = []
            for entry in self._blanket.get(trait, ()):
                member = entry.members.get(name)
                if member is None or member.kind != "type":
                    continue
                mapping = self.blanket_self(entry, base)
                if mapping is not None and self.fits(entry, base, env):
                    fitting.append((member, mapping))
            if len(fitting) > 1:
                return ("proj", base, trait, name)  # which one is meant, their arguments tell
            return self.member_type(*fitting[0]) if fitting else None
        finally:
            self._projecting -= 1

    def member_type(self, member: Definition, mapping: Substitution) -> Ty:
        assert member.item is not None
        written = self.lower(self.env(member), member.item.detail[0])
        return self.normalise(substitute(written, mapping))

    def normalise(self, ty: Ty, env: Env | None = None, depth: int = 0) -> Ty:
        """Replace projections whose base has become known."""
        ty = shallow(ty)
        if ty is None or isinstance(ty, Var) or depth > 8:
            return ty
        shape: Shape = ty
        tag: str = shape[0]
        if tag == "A":
            given: Shape = shape[2]
            if not given:
                return shape
            return ("A", shape[1], tuple([self.normalise(a, env, depth + 1) for a in given]))
        if tag in ("prim", "P"):
            return shape
        if tag == "proj":
            base = self.normalise(shape[1], env, depth + 1)
            found: Any = self.project(base, shape[2], shape[3], env)
            if is_projection(found):
                return found
            return found if found is None else self.normalise(found, env, depth + 1)
        if tag in WRAPPERS:
            inner = self.normalise(shape[1], env, depth + 1)
            return shape if inner is shape[1] else (tag, inner, *shape[2:])
        if tag == "t":
            parts: Shape = shape[1]
            if not parts:
                return shape
            return ("t", tuple([self.normalise(a, env, depth + 1) for a in parts]))
        if tag == "f":
            inputs: Shape = shape[1]
            params = tuple([self.normalise(a, env, depth + 1) for a in inputs])
            return ("f", params, self.normalise(shape[2], env, depth + 1))
        if tag == "D":
            bounds: list[Bound] = []
            for trait, args, bindings in shape[1]:
                bounds.append(
                    (
                        trait,
                        tuple([self.normalise(a, env, depth + 1) for a in args]),
                        tuple([(n, self.normalise(b, env, depth + 1)) for n, b in bindings]),
                    )
                )
            return ("D", tuple(bounds))
        return shape

    def autoderef(self, ty: Ty, env: Env | None) -> Iterator[Shape]:
        """A type, then what it dereferences to, step by step."""
        deref = self.lang("ops::Deref")
        current = known(ty)
        for _ in range(_AUTODEREF_STEPS):
            if current is None:
                return
            if current[0] == "proj":
                current = known(self.normalise(current, env))
                if current is None:
                    return
            yield current
            tag: str = current[0]
            if tag == "r":
                current = known(current[1])
            elif tag == "a":
                current = ("s", current[1])
            elif tag in ("A", "P", "proj", "D") and deref is not None:
                found = known(self.project(current, deref, "Target", env))
                current = None if found is not None and found[0] == "proj" else found
            else:
                return
