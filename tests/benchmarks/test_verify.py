"""The scripted edits of the example can be applied, and verdicts on them are counted rightly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ferrograph.benchmarks.verify.edits import Edit, EditError, chosen, look_over, scripted
from ferrograph.benchmarks.verify.judge import Judged, Verdict
from ferrograph.benchmarks.verify.report import as_json, table
from ferrograph.generation.check import Checked
from ferrograph.parser.rust import parse_rust

EXAMPLE = Path(__file__).parents[2] / "examples" / "bevy_game"


def test_every_edit_can_be_applied_and_is_no_mere_slip_of_syntax() -> None:
    edits = scripted()
    look_over(edits, EXAMPLE)
    assert [sum(e.wrong for e in edits), len(edits)] == [30, 60]
    for edit in edits:
        text = edit.apply((EXAMPLE / edit.file).read_text(encoding="utf-8"))
        assert not parse_rust(text.encode()).problems, edit.name


def test_wrong_edits_say_where() -> None:
    for edit in chosen("wrong", None):
        shown = [edit.apply((EXAMPLE / edit.file).read_text(encoding="utf-8"))]
        if edit.kind == "breaks another file":
            shown = [p.read_text(encoding="utf-8") for p in EXAMPLE.glob("src/**/*.rs")]
        assert any(edit.line in line for text in shown for line in text.splitlines()), edit.name


def test_an_edit_that_fits_nowhere_or_twice_is_named() -> None:
    edit = Edit("twice", "kind", False, "a.rs", (("x", "y"),))
    assert edit.apply("fn x() {}") == "fn y() {}"
    with pytest.raises(EditError, match=r"twice: `x` stands 2 times in a\.rs"):
        edit.apply("x x")
    with pytest.raises(EditError, match="stands 0 times"):
        edit.apply("z")
    with pytest.raises(EditError, match="there is no edit named nobody"):
        chosen(None, "nobody")


def test_verdicts_are_counted() -> None:
    right = Edit("r", "kind", False, "a.rs", ())
    wrong = replace(right, name="w", wrong=True, code="E0061", line="f(1)")
    passed = Checked("compiled")
    caught = Checked("compiled", ("a.rs:1: too many (E0061), at `f(1)`",))
    verdicts = [
        Verdict(right, "compiled", passed, 1.0, False, False),
        Verdict(right, "compiled", caught, 3.0, False, False),
        Verdict(wrong, "compiled", caught, 2.0, True, True),
        Verdict(wrong, "compiled", passed, 4.0, False, False),
    ]
    judged = Judged("1.0", 5.0, 2_000_000_000, verdicts)
    told = judged.summary("compiled")
    assert (told["right_passed"], told["right"]) == (1, 2)
    assert (told["wrong_caught"], told["wrong"]) == (1, 2)
    assert (told["at_the_line"], told["with_the_compilers_code"]) == (1, 1)
    assert told["right_s"] == {"median": 2.0, "p95": 3.0}
    shown = table(judged)
    assert "False alarms:\n  compiled: r (kind) a.rs:1: too many" in shown
    assert "Not caught:\n  compiled: w (kind)" in shown
    assert "types" not in as_json(judged)["layers"]
