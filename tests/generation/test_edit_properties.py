"""Whatever a model writes: a refusal, or an edit that parses and touches nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ferrograph.generation import syntax
from ferrograph.generation.edit import EditRequest, propose_edit
from ferrograph.generation.engine import Cancellation
from ferrograph.generation.errors import AnswerUnusable
from ferrograph.generation.prompt import Task
from hypothesis import event, given, settings
from hypothesis import strategies as st

FILE = """//! Größe
use a::A;

struct S;

impl S {
    /// Docs.
    #[inline]
    fn f(&self) -> u8 {
        1
    }

    fn g(&self) {}
}

const LAST: &str = "end";
"""
FRAGMENTS = [
    "```rust\n", "```\n", "~~~\n", "use b::B;\n", "use a::A;\n", "pub use c::*;\n",
    "fn f(&self) -> u8 {\n    2\n}\n", "fn f(&self) -> u8 { g(\"\n  x\n\") }\n", "fn f(",
    "impl S {\n", "}\n", "fn h(&self) {}\n", "fn g(&self) { 7; }\n", "struct T(u8);\n",
    "struct S;\n", "#[cfg(test)]\nmod tests {\n    fn f() {}\n}\n", "/// Docs\n", "#[x]\n",
    "// ...\n", "/* ", " */",
    "\"", "'", "é🦀\n", "m! { x }\n", "let a = 1;\n", "@@ -1 +1 @@\n", "\r\n", "\t", "<think>",
    "</think>", "#![allow(x)]\n", "//! inner\n", "const LAST: u8 = 1;\n", "r#\"", "\"#", "{", "(",
]  # fmt: skip

NEW = {
    "fn f": "fn f(&self) -> u8 {\n    3\n}\n",
    "struct S": "struct S(u8);\n",
    "impl S": "impl S {\n    fn new() {}\n}\n",
    "const LAST": 'const LAST: &str = "\n  new\n";\n',
}


class OneAnswer:
    """An engine that says one thing."""

    name = tokenizer_name = "scripted"
    context_window = 100_000

    def __init__(self, text: str) -> None:
        self._text = text

    def count_tokens(self, text: str) -> int:
        return len(text)

    def count_prompt(self, messages: Any) -> int:
        return sum(len(message.content) for message in messages)

    def stream(self, messages: Any, **_: Any) -> Iterator[str]:
        yield self._text

    def close(self) -> None:
        pass


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.sampled_from(FRAGMENTS), max_size=6),
    st.sampled_from(list(NEW)),
    st.lists(st.sampled_from(FRAGMENTS), max_size=6),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([True, True, True, False]),
)
def test_never_a_broken_file(
    before: list[str], cursor: str, after: list[str], newline: str, fenced: bool
) -> None:
    source = FILE.replace("\n", newline).encode()
    at = source.index(cursor.encode())
    text = "".join([*before, NEW[cursor], *after])
    answer = f"```rust\n{text}\n```\n" if fenced else text
    request = EditRequest(
        path="a.rs",
        source=source,
        start=at,
        end=at,
        task=Task(kind="edit", instruction="change it"),
        repairs=0,
    )
    try:
        edit = propose_edit(
            OneAnswer(answer), request, cancel=Cancellation(), find_formatter=lambda **_: None
        )
    except AnswerUnusable as error:
        event(f"refused: {error.reason[:24]}")
        return
    event("an edit")
    new = edit.new_source
    assert syntax.errors(syntax.parse(new)) == []
    if newline == "\r\n":
        assert new.count(b"\n") == new.count(b"\r\n")
    item = syntax.item_at(source, syntax.parse(source), at, at)
    assert item is not None
    # All lines of the file but those of the item are still there, in their order.
    rest = iter(new.splitlines(keepends=True))
    for line in (source[: item.start] + source[item.end :]).splitlines(keepends=True):
        if line.strip():
            assert any(line.strip() in other for other in rest), line
