"""Edits that a check looks at: what it finds goes back to the model, and stays with the edit."""

from __future__ import annotations

import pytest
from ferrograph.generation.check import Checked
from ferrograph.generation.engine import Cancellation
from ferrograph.generation.errors import Cancelled
from ferrograph.generation.events import Checking, Repairing
from ferrograph.tests.generation.edit_harness import Editor

FILE = """
fn area(side: u32) -> u32 {
    $0todo!()
}
"""
RIGHT = "```rust\nfn area(side: u32) -> u32 {\n    side * side\n}\n```"
WRONG = "```rust\nfn area(side: u32) -> u32 {\n    side * sid\n}\n```"
WORSE = "```rust\nfn area(side: u32) -> u32 {\n    sid * sid\n}\n```"
NO_CODE = "I would rather not."


def typos(source: bytes, _cancel: Cancellation) -> Checked:
    """A check that knows one kind of error, as a compiler would word it."""
    words = source.replace(b"\n", b" ").split()
    lines = [
        f"src/combat.rs:2: cannot find value `sid` ({n})"
        for n, w in enumerate(words)
        if w == b"sid"
    ]
    return Checked("compiled", tuple(lines))


def test_what_is_right_is_checked_once(editor: Editor) -> None:
    edit = editor(FILE, RIGHT, check=typos)
    assert edit.checked == Checked("compiled")
    assert edit.repairs == 0
    assert sum(isinstance(e, Checking) for e in editor.events) == 1


def test_errors_go_back_to_the_model(editor: Editor) -> None:
    edit = editor(FILE, WRONG, RIGHT, check=typos)
    assert b"side * side" in edit.new_source
    assert edit.checked.problems == ()
    assert edit.repairs == 1
    asked = editor.server.requests[-1].body["messages"][-1]["content"]
    assert "it does not compile:\nsrc/combat.rs:2: cannot find value `sid`" in asked
    assert any(isinstance(e, Repairing) for e in editor.events)


def test_the_best_of_all_attempts_keeps_its_problems(editor: Editor) -> None:
    edit = editor(FILE, WORSE, WRONG, WORSE, check=typos, repairs=2)
    assert b"side * sid\n" in edit.new_source
    assert len(edit.checked.problems) == 1
    assert len(editor.server.requests) == 3


@pytest.mark.parametrize("then", [NO_CODE, WORSE], ids=["no code", "worse"])
def test_what_comes_after_is_no_better(editor: Editor, then: str) -> None:
    edit = editor(FILE, WRONG, then, check=typos)
    assert b"side * sid\n" in edit.new_source
    assert len(edit.checked.problems) == 1


def test_no_room_for_the_errors(editor: Editor) -> None:
    def endless(_source: bytes, _cancel: Cancellation) -> Checked:
        return Checked("types", ("x " * 40_000,))

    edit = editor(FILE, WRONG, RIGHT, check=endless)
    assert b"side * sid\n" in edit.new_source
    assert len(editor.server.requests) == 1


def test_cancelled_while_it_is_checked(editor: Editor) -> None:
    def cancelling(_source: bytes, cancel: Cancellation) -> Checked:
        cancel.cancel()
        return Checked("unchecked")

    with pytest.raises(Cancelled):
        editor(FILE, RIGHT, check=cancelling)


def test_without_a_check_nothing_is_claimed(editor: Editor) -> None:
    edit = editor(FILE, WRONG)
    assert edit.checked.sure == "unchecked"
    assert edit.checked.why
