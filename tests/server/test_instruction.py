"""Instructions in comments. ``$0`` is the cursor, two of them a selection."""

from __future__ import annotations

import pytest
from ferrograph.server.instruction import in_reach
from ferrograph.server.outline import outline


def read(fixture):
    parts = fixture.split("$0")
    text = "".join(parts).encode()
    start = len(parts[0].encode())
    end = start + len(parts[1].encode()) if len(parts) == 3 else start
    return outline(text), start, end, text


def check(fixture, expected):
    """``expected`` is "mode: text", or None."""
    found = in_reach(*read(fixture)[:3])
    assert (None if found is None else f"{found.mode}: {found.text}") == expected


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("// AI: make this generic", "edit: make this generic"),
        ("// ai: make this generic", "edit: make this generic"),
        ("// make this generic AI!", "edit: make this generic"),
        ("// AI! make this generic", "edit: make this generic"),
        ("// why a lock? AI?", "ask: why a lock?"),
        ("// AI? why a lock", "ask: why a lock"),
        ("/* AI: make this generic */", "edit: make this generic"),
        ("/* make\n * this generic AI! */", "edit: make this generic"),
        ("// AI: make this\n    // generic", "edit: make this generic"),
        ("// make this\n    // generic AI!", "edit: make this generic"),
        ("// see the RAII guard!", None),
        ("// AI states are stored here", None),
        ("// AI", None),
        ("// AI!", None),
        ("/// AI: how enemies think", None),
        ('let s = "// AI: no";', None),
        ("// plain\n\n    // AI: two blocks", "edit: two blocks"),
        ("f(); // AI: at the end", "edit: at the end"),
    ],
)
def test_markers(comment, expected):
    check(f"fn a() {{\n    $0{comment}\n    b();\n}}\n", expected)


def test_the_whole_item_is_in_reach_and_the_nearest_comment_wins():
    check("fn a() {\n // AI: one\n b();\n c();\n $0d();\n // AI: two\n}\n", "edit: two")
    check("fn a() {\n // AI: one\n $0b();\n c();\n d();\n\n // AI: two\n}\n", "edit: one")


def test_comments_above_the_item_are_in_reach():
    check("// AI: one\nfn a() {\n $0b();\n}\n", "edit: one")
    check("// AI: one\n// more\n/// Doc.\n#[inline]\nfn a() {\n $0b();\n}\n", "edit: one more")
    check("struct S; // AI: other\nfn a() {\n $0b();\n}\n", None)
    check("// AI: far\n\nfn a() {\n $0b();\n}\n", None)


def test_another_item_s_comment_is_not():
    check("fn a() {\n // AI: one\n}\nfn b() {\n $0c();\n}\n", None)


def test_a_selection_reaches_its_comments():
    check("$0// AI: one\nfn a() {}\nfn b() {}$0\n", "edit: one")


@pytest.mark.parametrize(
    ("fixture", "name"),
    [
        ("struct A;\nfn b() { $0x(); }", "b"),
        ("impl A {\n fn b() { $0x(); }\n}", "b"),
        ("impl A {\n fn b() {}\n $0\n fn c() {}\n}", "A"),
        ("enum E {\n A { x$0: u8 },\n}", "E"),
        ("// AI: $0one\n// two\nfn a() {}", "a"),
        ("impl A {\n // AI: $0one\n fn b() {}\n}", "b"),
        ("impl A {\n $0// AI: one\n fn b() {}\n}", "b"),
        ("// $0far\n\nfn a() {}", None),
        ("mod m {\n fn a() { $0}\n}", "a"),
        ("$0fn a() {}\nfn b() {}$0", None),
        ("fn broken( {\n}\nfn ok() { $0 }", "ok"),
    ],
)
def test_the_item_under_the_cursor(fixture, name):
    found, start, end, _ = read(fixture)
    item = found.enclosing(start, end)
    assert (None if item is None else item.name) == name


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("fn a() {\n    $0// AI: one\n    b();\n}\n", "fn a() {\n    b();\n}\n"),
        ("fn a() {\n    $0b();  // AI: one\n}\n", "fn a() {\n    b();\n}\n"),
        ("// AI: one\n// two\nfn a() {$0}\n", "fn a() {}\n"),
        ("fn a() {\n    $0/* AI: one\n two */\n    b();\n}\n", "fn a() {\n    b();\n}\n"),
    ],
)
def test_what_to_take_away(text, left):
    found, start, end, data = read(text)
    spot = in_reach(found, start, end)
    assert (data[: spot.start] + data[spot.end :]).decode() == left
