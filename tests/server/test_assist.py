"""From a request to replacements: comments that go, spans that move, budgets that fit."""

from __future__ import annotations

import pytest
from ferrograph.generation.replacement import Replacement, apply
from ferrograph.server import assist
from ferrograph.server.rebase import rebase
from ferrograph.server.settings import ContextSettings, ModelSettings, Settings
from hypothesis import given
from hypothesis import strategies as st


def request(fixture):
    text = fixture.replace("$0", "").encode()
    return assist.read_request(
        "a.rs", text, fixture.encode().index(b"$0"), fixture.encode().index(b"$0")
    )


@pytest.mark.parametrize(
    ("fixture", "after"),
    [
        # Inside the item, above it, at its side, above its documentation.
        ("fn a() {\n    // AI: x\n    $0one();\n}\n", "fn a() {\n    two();\n}\n"),
        ("// AI: x\nfn a() {\n    $0one();\n}\n", "fn a() {\n    two();\n}\n"),
        ("fn a() {\n    $0one(); // AI: x\n}\n", "fn a() {\n    two();\n}\n"),
        (
            "use b;\n\n// AI: x\n/// Doc.\nfn a() {\n    $0one();\n}\n",
            "use b;\n\n/// Doc.\nfn a() {\n    two();\n}\n",
        ),
        ("fn a() {\n    $0one();\n    // x AI!\n}\n", "fn a() {\n    two();\n}\n"),
    ],
)
def test_the_comment_goes_and_the_item_changes(fixture, after):
    asked = request(fixture)
    assert asked.instruction == "x"
    clean, start, end = assist._without_comment(asked)
    assert b"AI" not in clean
    item = clean[start:end]
    assert item.strip().endswith(b"}")
    changed = Replacement(start, end, item.replace(b"one()", b"two()"))
    moved = assist._in_original((changed,), asked.comment)
    assert apply(asked.text, moved).decode() == after


def test_a_new_import_above_the_comment_stays_above(tmp_path):
    asked = request("// AI: x\nfn a() {\n    $0one();\n}\n")
    clean, start, end = assist._without_comment(asked)
    replacements = (Replacement(0, 0, b"use b;\n\n"), Replacement(start, end, clean[start:end]))
    moved = assist._in_original(replacements, asked.comment)
    assert apply(asked.text, moved) == b"use b;\n\nfn a() {\n    one();\n}\n"


def test_an_item_that_says_what_is_missing_needs_no_instruction():
    assert (
        request("fn a() -> u8 {\n    $0todo!()\n}").instruction == "Write what todo!() stands for."
    )
    assert request("fn a() -> u8 {\n    $01\n}").instruction == ""


class Window:
    def __init__(self, size):
        self.context_window = size

    def count_tokens(self, text):
        return len(text) // 4


@given(
    window=st.integers(512, 200_000), budget=st.integers(256, 100_000), item=st.integers(0, 4000)
)
def test_context_item_and_answer_fit_the_window(window, budget, item):
    settings = Settings(
        context=ContextSettings(budget=budget), model=ModelSettings(max_tokens=2048)
    )
    most = assist.context_budget(settings, Window(window), "x" * item)
    assert assist.SMALLEST_BUDGET <= most <= max(budget, assist.SMALLEST_BUDGET)
    if most > assist.SMALLEST_BUDGET:
        answer = min(2048, window // 3)
        assert most + item // 4 + answer < window


OLD = b"fn a() {}\nfn b() { one() }\nfn c() {}\n"
EDIT = [Replacement(19, 24, b"two()")]
KEEP = (10, 26)


@pytest.mark.parametrize(
    ("new", "after"),
    [
        (OLD, b"fn a() {}\nfn b() { two() }\nfn c() {}\n"),
        (b"//\n" + OLD, b"//\nfn a() {}\nfn b() { two() }\nfn c() {}\n"),
        (OLD + b"//\n", b"fn a() {}\nfn b() { two() }\nfn c() {}\n//\n"),
        (OLD[10:], b"fn b() { two() }\nfn c() {}\n"),
        (OLD.replace(b"one()", b"one(1)"), None),
        (b"//\n" + OLD + b"//\n", None),
        (b"", None),
    ],
)
def test_edits_follow_what_was_typed_elsewhere(new, after):
    moved = rebase(EDIT, old=OLD, new=new, keep=KEEP)
    assert (None if moved is None else apply(new, moved)) == after


@given(st.binary(max_size=30), st.binary(max_size=30))
def test_a_moved_edit_keeps_everything_typed(before, after):
    new = before + OLD[10:] + after
    moved = rebase(EDIT, old=OLD, new=new, keep=KEEP)
    if moved is not None:
        assert apply(new, moved) == new.replace(b"fn b() { one() }", b"fn b() { two() }") or (
            b"fn b() { one() }" in before + after
        )
