"""Which definitions the graph has a row for. Edges end only at those."""

from __future__ import annotations

from typing import Final

from .symbols import Definition

_PLACES: Final = frozenset(("crate", "module"))


def is_stored(definition: Definition) -> bool:
    """Whether the graph has a row for a definition: edges may lead to it and from it.

    All of the workspace's are, dependencies' where users can meet them. The root of a crate whose
    file can't be read has nothing to show, and the summary of the standard library only serves
    inference.
    """
    if definition.item is None and definition.opens is None:
        return False
    crate = definition.crate
    if crate.is_dependency:
        return crate.stored and is_surface(definition)
    return True


def is_surface(definition: Definition) -> bool:
    """Whether users of a dependency can meet a definition: public, or on the way to it.

    What stands in something that they can't meet is none of it: a private enum's variants.
    """
    if not definition.active:
        return False
    item, parent = definition.item, definition.parent
    if item is None or parent is None or definition.kind == "module":
        return True
    if parent.kind not in _PLACES and not is_surface(parent):
        return False
    if definition.kind in ("impl", "variant") or parent.kind == "trait":
        return True
    if parent.kind == "impl" and parent.item is not None:
        return parent.item.detail[0] is not None or item.visibility == "pub"
    if definition.kind == "macro":
        return bool(item.detail[0])
    if definition.kind == "field" and parent.kind == "variant":
        return True
    if definition.kind == "function" and any("proc_macro" in a for a in item.attrs):
        return True
    return item.visibility == "pub"
