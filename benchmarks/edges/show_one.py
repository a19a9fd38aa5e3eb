"""One place: what the graph says, what rust-analyzer says, and what the graph knows of both."""

from __future__ import annotations

import sys

from .classify import class_of_missed
from .compare import Missed, kind_of_symbol
from .report import Result, line_of
from .truth import Place


def show_one(result: Result, where: str) -> None:
    """Print all uses on a line, or those at ``FILE:LINE:COL`` (1-based, columns in bytes)."""
    file, _, rest = where.partition(":")
    numbers = [int(part) for part in rest.split(":") if part.isdigit()]
    if file not in result.truth.sources:
        print(f"{result.name}: rust-analyzer's index has no {file}", file=sys.stderr)
        return
    if not numbers:
        sys.exit(f"{where}: give a place as FILE:LINE or FILE:LINE:COL")
    for place in _places(result, file, numbers):
        _show(result, place)


def _places(result: Result, file: str, numbers: list[int]) -> list[Place]:
    source = result.truth.sources[file]
    starts = [0]
    for line in source.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    if numbers[0] >= len(starts):
        sys.exit(f"{file} has only {len(starts) - 1} lines")
    low, high = starts[numbers[0] - 1], starts[numbers[0]]
    if len(numbers) > 1:
        low = low + numbers[1] - 1
        high = low + 1
    known = set(result.truth.mentions) | set(result.ours.unresolved)
    for uses in result.ours.uses.values():
        known.update(uses)
    return sorted(place for place in known if place[0] == file and low <= place[1] < high)


def _show(result: Result, place: Place) -> None:
    print(line_of(result.truth, place))
    macro = result.truth.inside(place)
    if macro:
        print(f"  stands in {macro}!")
    for kind, uses in result.ours.uses.items():
        for target in uses.get(place, {}).values():
            item = target.item
            print(f"  we: {kind}, {target.provenance}: {item.kind} {item.path} "
                  f"({item.name[0]}:{item.name[1]})")  # fmt: skip
    if place in result.ours.unresolved:
        print(f"  we: {result.ours.unresolved[place]}, no target found")
    for symbol in sorted(result.truth.mentions.get(place, ())):
        print(f"  rust-analyzer: {symbol}")
        for goal in sorted(result.truth.places.get(symbol, ())):
            row = result.ours.defined.get(goal)
            known = f"{row.kind} {row.path}" if row else "no item of the graph"
            print(f"    defined at {goal[0]}:{goal[1]}: {known}")
        kind = kind_of_symbol(symbol)
        goals = result.truth.places.get(symbol, set())
        said = {goal for goal, _ in result.ours.uses[kind].get(place, {})} if kind else set[Place]()
        if kind and goals and not said & goals:
            found = class_of_missed(Missed(place, symbol), kind, result.ours, result.truth)
            print(f"    missed: {found}")
