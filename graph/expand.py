"""Declarative macros among items, expanded: what they define joins the symbol table.

A generated item stands at the call that made it; its name stands at the token it came from, where
that token was the call's. Everything else in an expansion has no place in the source.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import Any

from ..parser.facts import FileFacts, Item, MacroCall, Use
from ..parser.macro_rules import Expansion, MacroError, Rules, expand, read_rules, tokenize
from ..parser.rust import parse_rust
from .resolve import Resolver
from .symbols import Builder, Crate, Definition, Scope, Unit

HIDDEN = "__crate_"
"""Begins the names that ``$crate`` of other crates' macros becomes; no manifest gave them."""

_DEEPEST = 24
_MOST = 3_000_000
"""Bytes of expansions a crate may have; a few crates are nothing but generated tables."""

Places = Callable[[int], int]
"""An offset in a text to where it stands in the source, or -1."""


class Expander:
    """Expands the macro calls among the items of crates."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._rules: dict[Definition, Rules | None] = {}
        self._size = 0

    def expand_crate(self, crate: Crate) -> None:
        """Expand every call. Globs have to be opened anew afterwards."""
        self._size = 0
        if crate.loader is None:
            return
        builder = Builder(crate, crate.loader)
        done: set[str] = set()
        # An expansion may declare modules, whose files have calls of their own.
        while todo := [path for path in crate.units if path not in done]:
            for path in todo:
                done.add(path)
                self._expand_file(builder, path)

    def _expand_file(self, builder: Builder, path: str) -> None:
        crate = builder.crate
        unit, scope = crate.units[path]
        made = crate.made[path]
        for call in unit.facts.macros:
            base = made[call.parent] if call.parent >= 0 else scope.definition
            if base is not None and base.active:
                self._expand(builder, unit, call, base, call, _same, 0)

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
        rules = self._rules_of(macro) if macro is not None else None
        if macro is None or rules is None:
            return
        try:
            trees = tokenize(call.args, offset=call.args_start)
            expansion = expand(rules, trees, crate=self._crate_name(crate, macro))
        except (MacroError, RecursionError):
            return
        self._size += len(expansion.text)
        facts = parse_rust(expansion.text, with_bodies=not crate.is_dependency)
        inner = _places(expansion, places)
        # Its text is the call's, and so is the hash of it.
        hashes = [outer.digest] * len(facts.items)
        placed = Unit(unit.path, unit.hash, _placed(facts, outer, inner), hashes)
        made = builder.add(placed, base)
        for definition in made:
            definition.expanded_by = macro
        for nested in facts.macros:
            target = made[nested.parent] if nested.parent >= 0 else base
            self._expand(builder, unit, nested, target, outer, inner, depth + 1)

    def _definition(self, scope: Scope, call: MacroCall) -> Definition | None:
        steps = self.resolver.walk(scope, call.path, "macros")
        if len(steps) != len(call.path) or not steps:
            return None
        found = steps[-1]
        return found if found is not None and found.kind == "macro" else None

    def _rules_of(self, macro: Definition) -> Rules | None:
        if macro not in self._rules:
            text = macro.item.detail[1] if macro.item is not None and macro.crate.stored else ""
            try:
                self._rules[macro] = read_rules(text) if text else None
            except (MacroError, RecursionError):
                self._rules[macro] = None
        return self._rules[macro]

    def _crate_name(self, crate: Crate, macro: Definition) -> str:
        """What ``$crate`` becomes: ``crate``, or a name of its own for the macro's crate."""
        if macro.crate is crate:
            return "crate"
        name = HIDDEN + "".join(c if c.isalnum() else "_" for c in macro.crate.key)
        crate.externs.setdefault(name, macro.crate)
        return name


def _same(offset: int) -> int:
    return offset


def _places(expansion: Expansion, outer: Places) -> Places:
    starts = [span[0] for span in expansion.spans]
    spans = expansion.spans

    def place(offset: int) -> int:
        index = bisect_right(starts, offset) - 1
        if index < 0:
            return -1
        start, end, at = spans[index]
        return outer(at + offset - start) if offset < end else -1

    return place


def _placed(facts: FileFacts, call: MacroCall, places: Places) -> FileFacts:
    """Facts with every offset replaced by its place in the source."""

    def moved(value: Any) -> Any:
        kind = value.__class__
        if kind is tuple:
            return tuple([moved(part) for part in value])
        return places(value) if kind is int else value

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
                params=tuple([p._replace(bounds=moved(p.bounds)) for p in i.generics.params]),
                where=moved(i.generics.where),
            ),
            # A method's detail holds patterns and types, a module's and a macro's only flags.
            detail=i.detail if i.kind in ("module", "macro", "section") else moved(i.detail),
        )

    def use(u: Use) -> Use:
        start = places(u.start)
        return u._replace(
            path=moved(u.path),
            start=start,
            end=start + u.end - u.start if start >= 0 else -1,
        )

    return facts._replace(
        items=tuple([item(i) for i in facts.items]),
        uses=tuple([use(u) for u in facts.uses]),
        macros=(),
        bodies={index: moved(body) for index, body in facts.bodies.items()},
        problems=(),
    )
