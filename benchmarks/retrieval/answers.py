"""What every system answered to one case, as text."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ferrograph.graph.model import GraphItem
from ferrograph.ranking.files import RankedFile
from ferrograph.ranking.model import Place, Ranked
from ferrograph.server.project import Project

from .cases import Case, split_of
from .metrics import first_rank

_SHOWN = 10


def answers(
    project: Project,
    case: Case,
    ranked: Mapping[str, Sequence[GraphItem]],
    at: Place | None = None,
) -> str:
    """The query, what is expected, each system's first answers, and the product's reasons."""
    lines = [f"{case.id} ({split_of(case.id)})", f"query: {case.query}", "expected:"]
    by_id = {item.id.hex(): item for items in ranked.values() for item in items}
    known = [id for id in case.expected if id not in by_id]
    by_id.update((i.id.hex(), i) for i in project.store.items(map(_id, known)))
    lines.extend(f"  {_line(by_id[id]) if id in by_id else id}" for id in sorted(case.expected))
    for system, items in ranked.items():
        ids = [item.id.hex() for item in items]
        place = next((n for n, id in enumerate(ids, 1) if id in case.expected), 0)
        lines.append(f"{system}: {f'at {place}' if place else f'not among {len(ids)}'}")
        for number, item in enumerate(items[:_SHOWN], 1):
            mark = "*" if item.id.hex() in case.expected else " "
            lines.append(f" {mark}{number:>3} {_line(item)}")
    lines.append("why the whole ranks so:")
    found = project.retriever.retrieve(case.query, at)
    for number, one in enumerate(found.ranked, 1):
        if number <= _SHOWN or one.item.id.hex() in case.expected:
            lines.append(f"  {number:>3} {one.score:.3f} {_line(one.item)}")
            lines.append(f"      {_reasons(one)}")
            origins = found.origins.get(one.item.id, {})
            if origins:
                seeds = ", ".join(f"{name} {value:.2f}" for name, value in origins.items())
                lines.append(f"      a seed: {seeds}")
    return "\n".join(lines)


def file_lines(system: str, files: Sequence[str], expected: Collection[str]) -> list[str]:
    """A system's first files, the right ones marked."""
    lines = [f"{system}: files: first at {first_rank(files, expected) or 'none'}"]
    lines.extend(
        f" {'*' if file in expected else ' '}{at:>3} {file}"
        for at, file in enumerate(files[:_SHOWN], 1)
    )
    return lines


def reasons(ranked: Sequence[RankedFile]) -> list[str]:
    """Why the product ranks files so."""
    lines = ["why the whole ranks files so:"]
    for at, one in enumerate(ranked, 1):
        named = "  ".join(f"{name} {value:.2f}" for name, value in one.factors.items() if value)
        lines += [f"  {at:>3} {one.score:.3f} {one.path}", f"      {named}"]
    return lines


def _id(text: str) -> bytes:
    """An item's id; nothing for what is no item."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _reasons(one: Ranked) -> str:
    return "  ".join(f"{name} {value:.2f}" for name, value in one.factors.items())


def _line(item: GraphItem) -> str:
    return f"{item.kind} {item.qualified_path} ({item.file}:{item.line + 1})"
