"""What ``ferrograph.ai`` is asked and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from lsprotocol import types

from ..generation.check import Checked
from .errors import BadPlace

Status = Literal["applied", "answered", "withdrawn", "cancelled", "superseded", "failed"]


@dataclass(frozen=True, slots=True)
class Asked:
    """The command's argument. ``mode`` is None where the comment in reach decides."""

    uri: str
    range: types.Range
    instruction: str
    mode: Literal["edit", "ask"] | None


def read_arguments(arguments: Sequence[Any] | None) -> Asked:
    """The command's arguments: one object, or ``uri, range, instruction``. Raises `BadPlace`."""
    given = list(arguments or ())
    if len(given) == 1 and isinstance(given[0], dict):
        named = cast(dict[str, Any], given[0])
    else:
        named = dict(zip(("uri", "range", "instruction", "mode"), given, strict=False))
    uri: Any = named.get("uri")
    span: Any = named.get("range")
    instruction, mode = named.get("instruction") or "", named.get("mode")
    try:
        if not isinstance(uri, str) or not isinstance(instruction, str):
            raise TypeError
        range = types.Range(_position(span["start"]), _position(span["end"]))
        if mode not in (None, "edit", "ask"):
            raise ValueError
    except (TypeError, KeyError, ValueError, IndexError, AttributeError):
        raise BadPlace(
            "ferrograph.ai wants {uri, range, instruction?, mode?}, where mode is edit or ask."
        ) from None
    return Asked(uri, range, instruction, mode)


def _position(given: Any) -> types.Position:
    return types.Position(line=int(given["line"]), character=int(given["character"]))


def answer(status: Status, message: str, **more: Any) -> dict[str, Any]:
    """The command's result: see `docs/lsp.md`."""
    return {"status": status, "applied": status == "applied", "message": message, **more}


def check_fields(checked: Checked) -> dict[str, Any]:
    """What is known of an edit, as it is told in JSON."""
    return {"sure": checked.sure, "problems": list(checked.problems), "why": checked.why}
