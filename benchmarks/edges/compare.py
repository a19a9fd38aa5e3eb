"""Edges against rust-analyzer's index, use by use.

A use is judged by the exact symbol at its place: it is right where rust-analyzer has a mention of
the same definition at the same name, known by the place of the definition's own name.

- ``calls``: mentions of functions and methods. Recall counts those whose definition stands in a
  file of the workspace.
- ``uses_type``: mentions of structs, enums, unions, traits, type aliases and variants, likewise.
- ``implements``: pairs of a type and a trait at ``impl Trait for Type``, the trait being of the
  workspace. The type is compared where the workspace defines it; ``impl Trait for u8`` is judged by
  its trait alone.

Not judged, and counted: our uses at places where the index has no mention at all. That is code that
this machine's ``cfg`` leaves out, and tokens inside macros that rust-analyzer maps elsewhere. And:
what a macro writes several times means several things at one place, of which the index keeps one;
where one of ours is that one, the others of the same name are not judged. A definition that a macro
generates has no place in the index, only a name: there the name decides.
Left out on both sides: locals, fields, constants, modules, macros, and imports.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from .ours import Ours, Row, Target
from .truth import Header, Place, Truth


@dataclass(frozen=True, slots=True)
class Wrong:
    """A use that the index disagrees with."""

    place: Place
    target: Target
    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missed:
    """A mention the graph doesn't have."""

    place: Place
    symbol: str


@dataclass(slots=True)
class Score:
    """Counts for one edge kind."""

    right: int = 0
    wrong: list[Wrong] = field(default_factory=list[Wrong])
    unjudged: int = 0
    found: int = 0
    missed: list[Missed] = field(default_factory=list[Missed])
    by_provenance: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    """Right and wrong."""

    @property
    def precision(self) -> float:
        """Right among those judged."""
        judged = self.right + len(self.wrong)
        return self.right / judged if judged else 1.0

    @property
    def recall(self) -> float:
        """Found among those rust-analyzer has."""
        wanted = self.found + len(self.missed)
        return self.found / wanted if wanted else 1.0

    def judge(self, ok: bool, place: Place, target: Target, symbols: set[str]) -> None:
        """Count one use."""
        self.by_provenance[target.provenance][0 if ok else 1] += 1
        if ok:
            self.right += 1
        else:
            self.wrong.append(Wrong(place, target, tuple(sorted(symbols))))


def kind_of_symbol(symbol: str) -> str:
    """The edge kind a mention of this symbol is: by its SCIP descriptor's suffix."""
    if symbol.endswith(")."):
        return "calls"
    if symbol.endswith("#"):
        return "uses_type"
    return ""


def compare(ours: Ours, truth: Truth) -> dict[str, Score]:
    """A score for each kind."""
    scores = {kind: Score() for kind in ours.uses}
    for kind in ("calls", "uses_type"):
        _judge_uses(scores[kind], kind, ours, truth)
    _judge_headers(scores["implements"], ours, truth)
    return scores


def _judge_uses(score: Score, kind: str, ours: Ours, truth: Truth) -> None:
    for place, targets in sorted(ours.uses[kind].items()):
        symbols = truth.mentions.get(place)
        if not symbols:
            score.unjudged += 1
            continue
        meant = truth.symbols_of(symbols)
        right = {
            goal
            for goal, target in targets.items()
            if goal[0] in meant or (not meant and any(_names(s, target.item) for s in symbols))
        }
        twins = {_last(targets[goal]) for goal in right} if truth.inside(place) else set[str]()
        for goal, target in targets.items():
            if goal not in right and _last(target) in twins:
                score.unjudged += 1
            else:
                score.judge(goal in right, place, target, symbols)
    for place, symbols in sorted(truth.mentions.items()):
        for symbol in sorted(symbols):
            if kind_of_symbol(symbol) != kind or symbol not in truth.places:
                continue
            if {goal for goal, _ in ours.uses[kind].get(place, {})} & truth.places[symbol]:
                score.found += 1
            else:
                score.missed.append(Missed(place, symbol))


def _judge_headers(score: Score, ours: Ours, truth: Truth) -> None:
    for place, targets in sorted(ours.uses["implements"].items()):
        header = truth.headers.get(place)
        if header is None and place not in truth.mentions:
            score.unjudged += 1
            continue
        for target in targets.values():
            ok = header is not None and _same_pair(target, header, truth)
            symbols = {header.trait, header.type} if header else truth.mentions[place]
            score.judge(ok, place, target, symbols - {""})
    for place, header in sorted(truth.headers.items()):
        made = ours.uses["implements"].get(place, {}).values()
        if any(_same_pair(target, header, truth) for target in made):
            score.found += 1
        else:
            score.missed.append(Missed(place, header.trait))


def _same_pair(target: Target, header: Header, truth: Truth) -> bool:
    if target.item.name not in truth.places[header.trait]:
        return False
    if not header.type:
        return True
    return target.type is not None and target.type.name in truth.places[header.type]


def _last(target: Target) -> str:
    return target.item.path.rsplit("::", 1)[-1]


_REFERENCE = re.compile(r"\[&(?:'\w+ )?(?:mut )?")
"""Begins the owner of a method in an impl for a reference."""


def _names(symbol: str, item: Row) -> bool:
    """Whether a symbol such as ``… units/impl#[Health][Gauge]drain().`` names an item."""
    words = symbol.split(" ", 4)
    descriptor = words[-1]
    parts = item.path.split("::")
    if len(words) < 5 or words[2].replace("-", "_") != item.crate.split(":")[0]:
        return False
    if len(parts) > 1 and parts[-2] == "_" and descriptor.endswith(f"]{parts[-1]}()."):
        return "`" in descriptor  # an impl for a tuple and the like goes by no name
    owner = f"[{parts[-2]}" if len(parts) > 1 else ""
    return descriptor.endswith((f"{parts[-1]}().", f"{parts[-1]}#")) and (
        owner in _REFERENCE.sub("[", descriptor.replace("`", ""))
        or f"/{parts[-2]}" in f"/{descriptor}"
    )
