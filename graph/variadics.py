"""Macros that call another macro once for every size of tuple.

``variadics_please`` offers them, and every impl of Bevy's for tuples comes from them. Procedural
macros are code, which is not run here; these only count, so what they write is written here.
"""

from __future__ import annotations

from typing import Final

from ..parser.macro_rules import Expansion, Token, Tree
from .symbols import Definition

_CRATE: Final = "variadics_please"
_LARGEST: Final = 12
"""Elements of the largest tuple; a crate may ask for more, which hardly anybody writes."""


def is_variadic(macro: Definition) -> bool:
    """Whether a procedural macro is one of those that `write` knows."""
    return macro.crate.name == _CRATE and macro.name in _SHAPES


def write(macro: Definition, call: list[Tree]) -> Expansion | None:
    """What a call such as ``all_tuples!(each, 0, 15, P, p)`` becomes; None where it isn't one."""
    parts = [tree for tree in call if isinstance(tree, Token) and tree.text not in (",", "#")]
    if len(parts) < 4 or not parts[1].text.isdigit() or not parts[2].text.isdigit():
        return None
    each, first, last = parts[0].text, int(parts[1].text), int(parts[2].text)
    names = [part.text for part in parts[3:]]
    numbered, sized = _SHAPES[macro.name]
    # With a documentation attribute the tuple of one goes by the bare names.
    bare = any(not isinstance(tree, Token) and tree[0] == "[" for tree in call)
    calls: list[str] = []
    for size in range(first, min(last, _LARGEST) + 1):
        suffixes = [""] if bare and size == 1 else [str(at) for at in range(size)]
        elements = [
            _element(at, [name + suffix for name in names], numbered=numbered)
            for at, suffix in enumerate(suffixes)
        ]
        before = [str(size)] if sized else []
        calls.append(f"{each}! {{ {', '.join([*before, *elements])} }}\n")
    return Expansion("".join(calls).encode(), ())


def _element(at: int, names: list[str], *, numbered: bool) -> str:
    if numbered:
        return f"({at}, {', '.join(names)})"
    return names[0] if len(names) == 1 else f"({', '.join(names)})"


_SHAPES: Final = {
    "all_tuples": (False, False),
    "all_tuples_enumerated": (True, False),
    "all_tuples_with_size": (False, True),
}
"""Of each macro: whether it numbers the elements, whether it says how many there are."""
