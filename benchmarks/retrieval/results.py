"""Every case's figures in a file: what a later run, or a reader, compares with.

JSON with a line for each case: a list for every system, in the order of ``columns``. No machine's
paths, no text of anybody's code: cases are named by what has to be found.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from .cases import split_of
from .evaluation import Evaluation
from .figures import Figures
from .report import as_json

FOLDER: Final = Path(__file__).parent / "results"
_DIGITS: Final = 4


def write(found: Evaluation | Figures, about: dict[str, Any], folder: Path = FOLDER) -> Path:
    """Write an evaluation's results; ``about`` says when, on what, and with which models."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{found.task}.json"
    if isinstance(found, Figures):
        text = json.dumps({**about, **found.as_json()}, indent=1, ensure_ascii=False)
        place.write_text(f"{text}\n", encoding="utf-8")
        return place
    head = {**about, **as_json(found), "columns": list(columns(found))}
    systems = list(found.scores)
    lines = [
        json.dumps(case) + ": " + json.dumps(_row(found, systems, case), separators=(",", ":"))
        for case in sorted(found.corpora)
    ]
    text = json.dumps({**head, "systems": systems}, indent=1, ensure_ascii=False)
    body = ",\n".join(f"  {line}" for line in lines)
    place.write_text(f'{text[:-2]},\n "results": {{\n{body}\n }}\n}}\n', encoding="utf-8")
    return place


def columns(found: Evaluation) -> tuple[str, ...]:
    """What is kept of a case: ranks, from which the rest follows, and what does not."""
    first = next(iter(next(iter(found.scores.values())).values()))
    kept = tuple(name for name in first if name == "rank" or not _follows(name, first))
    return ("split", *kept)


def _follows(metric: str, values: dict[str, float]) -> bool:
    return "rank" in values and metric.split("@", maxsplit=1)[0] in ("MRR", "Acc")


def _row(found: Evaluation, systems: list[str], case: str) -> list[Any]:
    kept = columns(found)[1:]
    rows: list[Any] = [split_of(case)]
    for system in systems:
        values = found.scores[system][case]
        rows.append([_short(values[name]) if name in values else None for name in kept])
    return rows


def _short(value: float) -> float | int:
    rounded = round(float(value), _DIGITS)
    return int(rounded) if rounded == int(rounded) else rounded
