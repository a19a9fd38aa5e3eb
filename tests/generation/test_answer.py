"""What models write, and what is made of it."""

from __future__ import annotations

import pytest
from ferrograph.generation.answer import Answer, Wanted, parse_answer
from ferrograph.generation.errors import AnswerUnusable
from ferrograph.generation.fences import code_blocks, fence_for, without_thoughts
from ferrograph.generation.syntax import Head

ORIGINAL = "fn attack() {\n    hit();\n}"
NEW = "fn attack() {\n    crit();\n}"
ATTACK = Head("function", "attack")


def read(text: str, *, original: str = ORIGINAL, head: Head = ATTACK) -> Answer:
    return parse_answer(text, Wanted(head=head, original=original))


@pytest.mark.parametrize(
    "text",
    [
        f"```rust\n{NEW}\n```",
        f"Sure!\n\n```rust\n{NEW}\n```\n\nThis adds critical hits.",
        f"```rs\n{NEW}\n```",
        f"```\n{NEW}\n```",
        f"```c++ title=x\n{NEW}\n```",
        f"~~~rust\n{NEW}\n~~~",
        f"````rust\n{NEW}\n````",
        f"```rust\n{NEW}\n",
        f"```rust\r\n{NEW}\r\n```".replace("\n", "\r\n"),
        f"1. Change it:\n\n   ```rust\n   {NEW.replace(chr(10), chr(10) + '   ')}\n   ```",
        NEW,
        f"\n\n{NEW}\n",
        f"<think>```rust\nfn attack() {{}}\n```</think>\n```rust\n{NEW}\n```",
        f"it seems so…\n</think>\n\n```rust\n{NEW}\n```",
        f"Before:\n```rust\n{ORIGINAL}\n```\nAfter:\n```rust\n{NEW}\n```",
        f"```rust\n{NEW}\n```\nIt was:\n```rust\n{ORIGINAL}\n```",
        f"```rust\n{NEW}\n```\nUse it so:\n```rust\nfn main() {{ attack(); }}\n```",
        f"```rust\n{ORIGINAL}\n```\n```rust\n{NEW}\n```",
        f'```toml\nrand = "0.8"\n```\n```rust\n{NEW}\n```',
        f"```rust\nmod combat {{\n{NEW}\n}}\n```",
        f"```rust\n{ORIGINAL}\n{NEW}\n```",
        f"```rust\n{NEW};\n```",
    ],
)
def test_the_code_is_found_whatever_is_around_it(text: str) -> None:
    assert read(text).item_code == NEW


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("  \n", "it is empty"),
        ("<think>Let me see", "it ends inside its reasoning"),
        ("I can't do that.", "it holds no fenced block of Rust code"),
        ("```rust\n```", "nothing of that name"),
        ("```json\n{}\n```", "nothing of that name"),
        ("```rust\nfn strike() {}\n```", "does not define the function `attack`, but only"),
        ("```rust\nstruct attack;\n```", "but only struct `attack`"),
        ("```rust\nhit();\n```", "nothing of that name"),
        ("```rust\nfn attack() {\n    crit(\n}\n```", "does not parse at line"),
        ("```rust\nfn attack() {\n    crit(\n", "cut off before the end"),
        ("```rust\nfn atta", "cut off before the end"),
        (f"```rust\n{NEW}\nattack();\n```", "a statement outside of any item (`attack();`)"),
        (f"```rust\n{ORIGINAL}\n```", "repeats the item unchanged"),
        ("```rust\nfn attack() { hit(); }\n```", "repeats the item unchanged"),
        (f"```diff\n{NEW}\n```", "it is a diff"),
        ("```rust\n@@ -1,3 +1,3 @@\n fn attack() {\n-    hit();\n+    crit();\n }\n```", "a diff"),
        ("```rust\n fn attack() {\n-    hit();\n+    crit()?\n }\n```", "it is a diff"),
        (
            "```rust\nfn attack() {\n    // ... existing code ...\n    crit();\n}\n```",
            "leaves code",
        ),
        ("```rust\nfn attack() {\n    // …\n    crit();\n}\n```", "leaves code out (`// …`)"),
        ("```rust\nfn attack() {\n    crit();\n    /* rest of the function */\n}\n```", "leaves"),
        ("```rust\nfn attack() {\n    crit();\n    // existing code here\n}\n```", "leaves code"),
        ("```rust\nfn attack() {\n    crit();\n    // (other fields unchanged)\n}\n```", "leaves"),
        ("```rust\nfn attack() {\n    // same as before\n    crit();\n}\n```", "leaves"),
        ("```rust\nfn attack() {\n    crit();\n    // your logic here\n}\n```", "leaves code"),
    ],
)
def test_what_is_no_code_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(AnswerUnusable) as caught:
        read(text)
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    "comment",
    [
        "// the rest of the enemies flee",
        "// damage is unchanged for bosses",
        "// wait for other players...",
        "// the same target may be hit twice",
        "// see the existing test in `combat`",
        "/// ... and more",
    ],
)
def test_comments_that_only_sound_like_elisions_are_kept(comment: str) -> None:
    code = f"fn attack() {{\n    {comment}\n    crit();\n}}"
    assert comment in read(f"```rust\n{code}\n```").item_code


def test_an_elision_that_the_user_wrote_is_no_elision() -> None:
    original = "fn attack() {\n    // ...\n    hit();\n}"
    new = original.replace("hit", "crit")
    assert read(f"```rust\n{new}\n```", original=original).item_code == new


def test_the_parts_are_told_apart() -> None:
    text = """
```rust
use rand::Rng;
use std::{
    fmt,
    io,
};

/// Attacks.
#[inline]
fn attack() {
    crit();
}

/// Helps.
fn crit() {}

thread_local! { static A: u8 = 1; }

#[cfg(test)]
mod tests {
    #[test]
    fn attack() {}
}
```
and import:
```rust
use a::B;
```
"""
    answer = read(text)
    assert answer.item_code == "/// Attacks.\n#[inline]\nfn attack() {\n    crit();\n}"
    assert answer.uses == ("use rand::Rng;", "use std::{ fmt, io, };", "use a::B;")
    assert answer.members == ()
    crit, macro, tests = answer.helpers
    assert crit == "/// Helps.\nfn crit() {}"
    assert macro == "thread_local! { static A: u8 = 1; }"
    assert tests.startswith("#[cfg(test)]\nmod tests {")


def test_methods_and_helpers_of_a_method() -> None:
    text = """```rust
impl<T> Player<T> {
    fn attack(&self) { Self::roll(); }
    fn dodge(&self) {}
}
fn roll() {}
fn free() {}
fn block(&mut self) {}
```"""
    wanted = Wanted(head=ATTACK, original="fn attack(&self) {}", owner=Head("impl", "Player"))
    answer = parse_answer(text, wanted)
    assert answer.item_code == "fn attack(&self) { Self::roll(); }"
    assert answer.members == ("fn dodge(&self) {}", "fn roll() {}", "fn block(&mut self) {}")
    assert answer.helpers == ("fn free() {}",)


@pytest.mark.parametrize(
    ("head", "original", "new"),
    [
        (Head("struct", "A"), "struct A;", "struct A(u8);"),
        (Head("enum", "E"), "enum E { A }", "enum E { A, B }"),
        (Head("union", "U"), "union U { a: u8 }", "union U { a: u16 }"),
        (Head("trait", "T"), "trait T {}", "trait T { fn f(&self); }"),
        (Head("impl", "A"), "impl A {}", "impl A { fn f() {} }"),
        (
            Head("impl", "Display for A"),
            "impl Display for A {}",
            "impl<T> std::fmt::Display for x::A<T> { }",
        ),
        (Head("module", "m"), "mod m {}", "mod m { fn a() {} }"),
        (Head("constant", "C"), "const C: u8 = 1;", "const C: u8 = 2;"),
        (Head("static", "S"), "static S: u8 = 1;", "static S: u8 = 2;"),
        (Head("type alias", "T"), "type T = u8;", "type T = u16;"),
        (Head("macro", "m"), "macro_rules! m { () => {} }", "macro_rules! m { () => { 1 } }"),
        (Head("function", "f"), "fn f(&self);", "fn f(&mut self) -> u8;"),
        (Head("function", "type"), "fn r#type() {}", "fn r#type() { 1; }"),
    ],
)
def test_every_kind_of_item(head: Head, original: str, new: str) -> None:
    assert read(f"```rust\n{new}\n```", original=original, head=head).item_code == new


def test_code_with_fences_in_a_block_comment() -> None:
    new = "/**\n```\nattack();\n```\n*/\nfn attack() {\n    crit();\n}"
    assert read(f"```rust\n{new}\n```").item_code == new


def test_fences_of_docs_are_no_fences() -> None:
    new = "/// ```\n/// attack();\n/// ```\nfn attack() {\n    crit();\n}"
    assert read(f"```rust\n{new}\n```").item_code == new
    assert fence_for(new) == "````"


def test_blocks() -> None:
    blocks = code_blocks("a\n```x\n1\n~~~\n2\n```\nb\n```y\n3\n```z\n4")
    assert [(b.language, b.code, b.closed) for b in blocks] == [
        ("x", "1\n~~~\n2\n", True),
        ("y", "3\n", False),
        ("z", "4\n", False),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a<think>b</think>c", "ac"),
        ("b</think>c", "c"),
        ("a<think>b", "a"),
        ("<think>a</think>b<think>c</think>d", "d"),
        ("plain", "plain"),
    ],
)
def test_reasoning_is_dropped(text: str, expected: str) -> None:
    assert without_thoughts(text) == expected
