"""The comparison as text, as a Markdown table, and as JSON."""

from __future__ import annotations

import collections
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .classify import class_of_missed, class_of_wrong
from .compare import Score
from .ours import Ours
from .truth import Place, Truth


@dataclass(frozen=True, slots=True)
class Result:
    """One corpus, judged."""

    name: str
    lines: int
    seconds: float
    scores: dict[str, Score]
    ours: Ours
    truth: Truth


def line_of(truth: Truth, place: Place) -> str:
    """``file:line:column  text``, 1-based; columns in bytes."""
    source = truth.sources[place[0]]
    number = source.count(b"\n", 0, place[1])
    start = source.rfind(b"\n", 0, place[1]) + 1
    text = source[start:].split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    return f"{place[0]}:{number + 1}:{place[1] - start + 1}  {text[:110]}"


def missed_classes(result: Result, kind: str) -> list[tuple[str, list[int]]]:
    """Classes of misses, largest first, each with indexes into the score's list."""
    found: dict[str, list[int]] = collections.defaultdict(list)
    for index, missed in enumerate(result.scores[kind].missed):
        found[class_of_missed(missed, kind, result.ours, result.truth)].append(index)
    return sorted(found.items(), key=lambda entry: -len(entry[1]))


def wrong_classes(result: Result, kind: str) -> list[tuple[str, list[int]]]:
    """Classes of wrong uses, largest first, each with indexes into the score's list."""
    found: dict[str, list[int]] = collections.defaultdict(list)
    for index, wrong in enumerate(result.scores[kind].wrong):
        found[class_of_wrong(wrong, result.truth)].append(index)
    return sorted(found.items(), key=lambda entry: -len(entry[1]))


def show(result: Result, *, examples: int, classes: int) -> None:
    """Scores by kind and provenance, then classes of mistakes with examples."""
    print(f"\n{result.name}: {result.lines:,} lines, indexed in {result.seconds:.1f} s")
    print(f"{'kind':<11} {'precision':>9} {'recall':>7} {'right':>7} {'wrong':>6} {'found':>7}"
          f" {'missed':>7} {'unjudged':>9}")  # fmt: skip
    for kind, score in result.scores.items():
        print(
            f"{kind:<11} {score.precision:>9.4f} {score.recall:>7.4f} {score.right:>7} "
            f"{len(score.wrong):>6} {score.found:>7} {len(score.missed):>7} {score.unjudged:>9}"
        )
        for provenance, (right, wrong) in sorted(score.by_provenance.items()):
            print(f"  {provenance:<9} right {right}, wrong {wrong}")
        for name, indexes in wrong_classes(result, kind)[:classes]:
            print(f"  wrong  {len(indexes):>5}  {name}")
            for index in _spread(indexes, examples):
                wrong = score.wrong[index]
                print(f"           {line_of(result.truth, wrong.place)}")
                print(f"             we: {wrong.target.provenance} {wrong.target.item.path}")
                print(f"             rust-analyzer: {_short(wrong.symbols)}")
        for name, indexes in missed_classes(result, kind)[:classes]:
            print(f"  missed {len(indexes):>5}  {name}")
            for index in _spread(indexes, examples):
                missed = score.missed[index]
                print(f"           {line_of(result.truth, missed.place)}")
                print(f"             {_short((missed.symbol,))}")


def _short(symbols: Iterable[str]) -> str:
    return " ".join(symbol.removeprefix("rust-analyzer cargo ") for symbol in symbols)


def _spread(indexes: list[int], count: int) -> list[int]:
    """Some of a list, from all over it."""
    if count <= 0 or not indexes:
        return []
    step = max(1, len(indexes) // count)
    return indexes[::step][:count]


def markdown(results: Iterable[Result]) -> str:
    """A table: one row a corpus, precision and recall of each kind."""
    lines = [
        "| corpus | lines | `calls` | `uses_type` | `implements` |",
        "| --- | ---: | --- | --- | --- |",
    ]
    for result in results:
        cells = [
            f"{_percent(score.precision)} / {_percent(score.recall)} of {_wanted(score):,}"
            for score in result.scores.values()
        ]
        lines.append(f"| {result.name} | {result.lines:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _percent(share: float) -> str:
    """Rounded down: nothing is called perfect that isn't."""
    return f"{int(share * 1000) / 10:.1f} %"


def _wanted(score: Score) -> int:
    return score.found + len(score.missed)


def as_json(result: Result) -> dict[str, Any]:
    """Everything `show` prints, for machines."""
    return {
        "corpus": result.name,
        "lines": result.lines,
        "seconds": round(result.seconds, 3),
        "kinds": {
            kind: {
                "precision": score.precision,
                "recall": score.recall,
                "right": score.right,
                "wrong": len(score.wrong),
                "found": score.found,
                "missed": len(score.missed),
                "unjudged": score.unjudged,
                "by_provenance": {
                    name: {"right": right, "wrong": wrong}
                    for name, (right, wrong) in sorted(score.by_provenance.items())
                },
                "wrong_classes": {name: len(i) for name, i in wrong_classes(result, kind)},
                "missed_classes": {name: len(i) for name, i in missed_classes(result, kind)},
            }
            for kind, score in result.scores.items()
        },
    }
