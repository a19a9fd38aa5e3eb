"""Declarative macros among items, expanded: what they define joins the symbol table.

A generated item stands at the call that made it; its name stands at the token it came from, where
that token was the call's. Everything else in an expansion has no place in the source.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from typing import Any, Final

from ..parser.facts import Expr, FileFacts, Generated, Item, MacroCall, Type, Use
from ..parser.macro_rules import Expansion, MacroError, Rules, expand, read_rules, tokenize
from ..parser.macros import read_arguments, read_expansion, read_type
from ..parser.rust import parse_rust
from .build import Builder
from .kept_expansions import Expanded, KeptExpansions
from .resolve import Resolver
from .symbols import Crate, Definition, Part, Scope, Unit
from .variadics import is_variadic, write

HIDDEN: Final = "__crate_"
"""Begins the names that ``$crate`` of other crates' macros becomes; no manifest gave them."""

_DEEPEST: Final = 64
"""Expansions within expansions; macros that take their input apart need one a step."""
_MOST: Final = 2_000_000
"""Bytes of expansions a file may have; a few files are nothing but generated tables."""
_CALL: Final = 100
"""What a call counts for beside its expansion's bytes: macros can double from step to step."""

Places = Callable[[int], int]
"""An offset in a text to where it stands in the source, or -1."""


class Expander:
    """Expands the macro calls among the items of crates."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._size = 0
        self._kept: KeptExpansions | None = None

    def expand_crate(self, crate: Crate, kept: KeptExpansions | None = None) -> None:
        """Expand every call. Globs have to be opened anew afterwards."""
        if crate.loader is not None:
            self._kept = kept
            self.expand_new(Builder(crate, crate.loader), set())
            self._kept = None

    def expand_new(self, builder: Builder, done: set[str]) -> None:
        """Expand the calls of every file of a crate but those in ``done``."""
        # An expansion may declare modules, whose files have calls of their own.
        while todo := [part for path, part in builder.crate.parts.items() if path not in done]:
            for part in todo:
                done.add(part.path)
                self.expand_part(builder, part)

    def expand_part(self, builder: Builder, part: Part) -> None:
        """Expand the calls of one file."""
        self._size = 0
        unit = part.unit
        outer, builder.part = builder.part, part
        for call in unit.facts.macros:
            base = part.made[call.parent] if call.parent >= 0 else part.module
            if base.active:
                self._expand(builder, unit, call, base, call, _same, 0)
        for told in unit.facts.generated:
            base = part.made[told.parent] if told.parent >= 0 else part.module
            on = part.made[told.on] if told.on >= 0 else base
            if on.active:
                self._add_generated(builder, unit, told, base, on)
        builder.part = outer

    def _add_generated(
        self, builder: Builder, unit: Unit, told: Generated, base: Definition, on: Definition
    ) -> None:
        """Add what a compiler told that a macro on the item ``on`` makes."""
        call = MacroCall(
            told.parent, told.path, told.start, told.end, told.line, told.end_line, "", 0, None,
            told.digest,
        )  # fmt: skip
        scope = builder.scope_of(base)
        if told.on < 0 and self._definition(scope, call) is not None:
            return  # a declarative macro, expanded already
        steps = self.resolver.walk(scope, call.path, "macros")
        macro = steps[-1] if len(steps) == len(call.path) else None
        expansion = Expansion(told.text, told.spans)
        self._add(
            builder, unit, call, base, call, _same, 0, macro or on,
            _read(expansion, base.kind, with_bodies=not builder.crate.is_dependency),
        )  # fmt: skip

    def _expand(
        self,
        builder: Builder,
        unit: Unit,
        call: MacroCall,
        base: Definition,
        outer: MacroCall,
        places: Places,
        depth: int,
    ) -> None:
        """Expand one call. ``places`` leads from its text to the source; ``outer`` stands there."""
        if not call.args_start or depth > _DEEPEST or self._size > _MOST:
            return
        crate = builder.crate
        scope = builder.scope_of(base)
        macro = self._definition(scope, call)
        if macro is None:
            return
        assert builder.part is not None
        builder.part.macros.add(macro)
        expanded = self._items(crate, macro, call, base.kind)
        if expanded is None:
            return
        self._add(builder, unit, call, base, outer, places, depth, macro, expanded)

    def _add(
        self,
        builder: Builder,
        unit: Unit,
        call: MacroCall,
        base: Definition,
        outer: MacroCall,
        places: Places,
        depth: int,
        macro: Definition,
        expanded: Expanded,
    ) -> None:
        """Add the items of an expansion as children of ``base``, and expand the calls in it."""
        self._size += expanded.size + _CALL
        facts, inner = expanded.facts, _places_in(expanded, places)
        # Its text is the call's, and so is the hash of it.
        hashes = [outer.digest] * len(facts.items)
        placed = Unit(unit.path, unit.hash, _placed(facts, outer, inner), hashes)
        made = builder.add(placed, base)
        for definition in made:
            definition.expanded_by = macro
        for nested in facts.macros:
            target = made[nested.parent] if nested.parent >= 0 else base
            self._expand(builder, unit, nested, target, outer, inner, depth + 1)

    def _items(
        self, crate: Crate, macro: Definition, call: MacroCall, around: str
    ) -> Expanded | None:
        """What a call inside an item of kind ``around`` expands to."""

        def make() -> Expanded | None:
            expansion = _written(crate, macro, call)
            if expansion is None:
                return None
            return _read(expansion, around, with_bodies=not crate.is_dependency)

        item = macro.item
        if self._kept is None or macro.kind != "macro" or item is None or not macro.crate.stored:
            return make()
        about = (crate_name(crate, macro), item.detail[1], around if around in _AROUND else "")
        return self._kept.get(about, call, make)

    def _definition(self, scope: Scope, call: MacroCall) -> Definition | None:
        steps = self.resolver.walk(scope, call.path, "macros")
        if len(steps) != len(call.path) or not steps:
            return None
        found = steps[-1]
        return (
            found if found is not None and (found.kind == "macro" or is_variadic(found)) else None
        )


def _written(crate: Crate, macro: Definition, call: MacroCall) -> Expansion | None:
    """What a macro makes of a call; None where no rule fits."""
    try:
        trees = tokenize(call.args, offset=call.args_start)
        if macro.kind != "macro":
            return write(macro, trees)
        rules = rules_of(macro)
        return expand(rules, trees, crate=crate_name(crate, macro)) if rules is not None else None
    except (MacroError, RecursionError):
        return None


def rules_of(macro: Definition) -> Rules | None:
    """The rules of a ``macro_rules!``, None where they can't be read."""
    macro.crate.reads.note(macro, "")
    if macro.memo is None:
        macro.memo = {}
    if "rules" not in macro.memo:
        text = macro.item.detail[1] if macro.item is not None and macro.crate.stored else ""
        try:
            macro.memo["rules"] = read_rules(text) if text else None
        except (MacroError, RecursionError):
            macro.memo["rules"] = None
    return macro.memo["rules"]


def crate_name(crate: Crate, macro: Definition) -> str:
    """What ``$crate`` becomes: ``crate``, or a name of its own for the macro's crate."""
    if macro.crate is crate:
        return "crate"
    name = HIDDEN + "".join(c if c.isalnum() else "_" for c in macro.crate.key)
    crate.externs.setdefault(name, macro.crate)
    return name


def expand_in_body(crate: Crate, macro: Definition, text: str, where: Where) -> Expr | None:
    """The expansion of a call in a body, as a block whose positions are the source's.

    ``where`` says where ``text`` stands: one offset, or spans of what an expansion gave. None where
    no rule fits or the result doesn't read as statements and an expression.
    """
    return _expanded(crate, macro, text, where, read_expansion)


def expand_type(crate: Crate, macro: Definition, text: str, where: Where) -> Type | None:
    """The type that a macro call stands for, its positions the source's; None likewise."""
    return _expanded(crate, macro, text, where, read_type)


def arguments_later(name: str, text: str, kind: str, where: Where) -> tuple[Expr, str]:
    """The arguments of a macro call in an expansion, positions the source's; see `read_arguments`.

    ``kind`` says that they weren't read yet.
    """
    args, shape = read_arguments(name, text, kind)
    return moved(args, place_in(where)), shape


def _expanded(
    crate: Crate,
    macro: Definition,
    text: str,
    where: Where,
    read: Callable[[bytes], tuple[Any, ...] | None],
) -> tuple[Any, ...] | None:
    rules = rules_of(macro)
    if rules is None:
        return None
    try:
        expansion = expand(rules, tokenize(text, offset=0), crate=crate_name(crate, macro))
    except (MacroError, RecursionError):
        return None
    found = read(expansion.text)
    return moved(found, _places(expansion, place_in(where))) if found is not None else None


Where = int | tuple[tuple[int, int, int], ...]
"""Where the arguments of a macro call stand in the source: an offset, or (start, end, offset)."""


def place_in(where: Where) -> Places:
    """Offsets into the arguments of a call to places in the source."""
    if isinstance(where, int):
        return (lambda offset: where + offset) if where >= 0 else (lambda offset: -1)
    return _in_spans(where, _same)


def moved(value: Any, places: Places) -> Any:
    """A lowered tree with every offset replaced by its place in the source."""
    kind = value.__class__
    if kind is tuple:
        if value and value[0] == "mac" and len(value) == 4:
            where = _where(value[2], value[3], places)
            return ("mac", moved(value[1], places), value[2], where)
        if value and value[0] == "mac" and len(value) == 6:
            return (
                "mac",
                moved(value[1], places),
                moved(value[2], places),
                value[3],
                value[4],
                _where(value[4], value[5], places),
            )
        return tuple([moved(part, places) for part in value])
    return places(value) if kind is int else value


def _where(text: str, where: Where, places: Places) -> Where:
    """Where the arguments of a call inside an expansion stand, run by run."""
    if not text or not isinstance(where, int):
        return ()
    spans: list[tuple[int, int, int]] = []
    for found in _WORD.finditer(text.encode()):
        start, end = found.span()
        at = places(where + start)
        if at < 0:
            continue
        if spans and spans[-1][2] + start - spans[-1][0] == at and spans[-1][1] + 1 >= start:
            spans[-1] = (spans[-1][0], end, spans[-1][2])
        else:
            spans.append((start, end, at))
    return tuple(spans)


_WORD: Final = re.compile(rb"\w+|[^\w\s]")


def _same(offset: int) -> int:
    return offset


def _places(expansion: Expansion, outer: Places) -> Places:
    return _in_spans(expansion.spans, outer)


def _in_spans(spans: tuple[tuple[int, int, int], ...], outer: Places) -> Places:
    starts = [span[0] for span in spans]

    def place(offset: int) -> int:
        index = bisect_right(starts, offset) - 1
        if index < 0:
            return -1
        start, end, at = spans[index]
        return outer(at + offset - start) if offset < end else -1

    return place


_AROUND: Final = {"impl": b"impl X {", "trait": b"trait X {"}


def _read(expansion: Expansion, around: str, *, with_bodies: bool) -> Expanded:
    """The facts of an expansion inside an item of kind ``around``."""
    text, spans = expansion.text, expansion.spans
    opening = _AROUND.get(around)
    if opening is None:
        return Expanded(len(text), spans, 0, parse_rust(text, with_bodies=with_bodies))
    # What stands in an impl is read as such: a function there is a method.
    facts = parse_rust(opening + text + b"}", with_bodies=with_bodies)
    if not facts.items:
        return Expanded(len(text), spans, 0, facts)
    inner = facts._replace(
        items=tuple(
            [i._replace(parent=i.parent - 1, scope=max(-1, i.scope - 1)) for i in facts.items[1:]]
        ),
        uses=tuple([u._replace(parent=max(-1, u.parent - 1)) for u in facts.uses]),
        macros=tuple([m._replace(parent=max(-1, m.parent - 1)) for m in facts.macros]),
        bodies={index - 1: body for index, body in facts.bodies.items()},
    )
    return Expanded(len(text), spans, len(opening), inner)


def _places_in(expanded: Expanded, outer: Places) -> Places:
    """Where offsets in the facts of an expansion stand in the source."""
    places = _in_spans(expanded.spans, outer)
    shift = expanded.shift
    return (lambda offset: places(offset - shift)) if shift else places


_FLAGS: Final = frozenset(("module", "macro", "section"))


def _placed(facts: FileFacts, call: MacroCall, places: Places) -> FileFacts:
    """Facts with every offset replaced by its place in the source."""

    def item(i: Item) -> Item:
        name = places(i.name_start)
        length = i.name_end - i.name_start
        head = call.path[-1]
        return i._replace(
            start=call.start,
            def_start=call.start,
            end=call.end,
            name_start=name if name >= 0 else head[1],
            name_end=name + length if name >= 0 else head[1] + len(head[0].encode()),
            line=call.line,
            end_line=call.end_line,
            generics=i.generics._replace(
                params=tuple(
                    [p._replace(bounds=moved(p.bounds, places)) for p in i.generics.params]
                ),
                where=moved(i.generics.where, places),
            ),
            # A method's detail holds patterns and types, a module's and a macro's only flags.
            detail=i.detail
            if i.kind in ("module", "macro", "section")
            else moved(i.detail, places),
        )

    def use(u: Use) -> Use:
        start = places(u.start)
        return u._replace(
            path=moved(u.path, places),
            start=start,
            end=start + u.end - u.start if start >= 0 else -1,
        )

    return facts._replace(
        items=tuple([item(i) for i in facts.items]),
        uses=tuple([use(u) for u in facts.uses]),
        macros=(),
        bodies={index: moved(body, places) for index, body in facts.bodies.items()},
        problems=(),
    )
