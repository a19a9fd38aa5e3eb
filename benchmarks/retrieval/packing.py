"""A context as a baseline would make it: declarations in the order of its ranking.

Whatever is ranked comes as its signature with the first sentence of its documentation: the least
that lets a model use it, and so the most items for a budget.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ferrograph.graph.model import GraphItem
from ferrograph.ranking.shape import first_sentence


def packed(
    items: Sequence[GraphItem], budget: int, count_tokens: Callable[[str], int]
) -> list[GraphItem]:
    """The first items whose text together keeps to ``budget`` tokens; a file is named once."""
    low, high = 0, len(items)
    while low < high:
        middle = (low + high + 1) // 2
        if count_tokens(text_of(items[:middle])) <= budget:
            low = middle
        else:
            high = middle - 1
    return list(items[:low])


def text_of(items: Sequence[GraphItem]) -> str:
    """Declarations by file, files in the order of their first item."""
    files: dict[str, list[GraphItem]] = {}
    for item in items:
        files.setdefault(item.file, []).append(item)
    lines: list[str] = []
    for file, members in files.items():
        lines.append(f"// {file}")
        owner = ""
        for item in members:
            path = item.qualified_path.rpartition("::")[0]
            if item.kind == "method" and path != owner:
                lines.append(f"// of {path.rpartition('::')[2]}")
            owner = path
            sentence = first_sentence(item.doc)
            if sentence:
                lines.append(f"/// {sentence}")
            lines.append(item.signature or item.name)
    return "\n".join(lines)
