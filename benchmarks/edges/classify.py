"""Why an edge is wrong or missing, as far as the place tells: classes to work down by count."""

from __future__ import annotations

from .compare import Missed, Wrong
from .ours import Ours
from .truth import Place, Truth


def word_at(source: bytes, start: int) -> str:
    """The identifier at an offset, or the one character there."""
    end = start
    while end < len(source) and (source[end : end + 1].isalnum() or source[end : end + 1] == b"_"):
        end += 1
    return source[start : max(end, start + 1)].decode("utf-8", "replace")


def class_of_missed(missed: Missed, kind: str, ours: Ours, truth: Truth) -> str:
    """One of a few classes, the first that fits."""
    place = missed.place
    source = truth.sources[place[0]]
    word = word_at(source, place[1])
    if place[0] not in ours.files:
        return "file not indexed"
    if ours.uses[kind].get(place):
        return "bound to something else"
    if word == "await":
        return "await"
    if not (word[0].isalpha() or word[0] == "_"):
        return f"operator {word}"
    macro = truth.inside(place)
    if macro == "macro_rules":
        return "inside macro_rules"
    unknown = not any(goal in ours.defined for goal in truth.places[missed.symbol])
    target = "target not in the graph" if unknown else _shape(source, place, ours)
    return f"in {macro}!: {target}" if macro else target


def _shape(source: bytes, place: Place, ours: Ours) -> str:
    before = source[max(0, place[1] - 80) : place[1]].rstrip()
    known = "" if place in ours.unresolved else ", not looked at"
    if before.endswith(b"."):
        return f"method{known}"
    if before.endswith(b"::"):
        return f"path{known}"
    return f"name{known}"


def class_of_wrong(wrong: Wrong, truth: Truth) -> str:
    """One of a few classes, the first that fits."""
    said = wrong.target.item
    meant = truth.symbols_of(wrong.symbols)
    macro = truth.inside(wrong.place)
    where = f"in {macro}!: " if macro else ""
    name = said.path.rsplit("::", 1)[-1]
    same_name = any(name in symbol.rsplit("/", 1)[-1] for symbol in wrong.symbols)
    if not same_name:
        return f"{where}another name"
    if not meant:
        return f"{where}outside the workspace"
    if any(place[0] == said.name[0] for place in meant):
        return f"{where}same name, same file"
    return f"{where}same name, another file"
