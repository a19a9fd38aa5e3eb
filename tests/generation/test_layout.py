"""Where new code is put and how it is laid out."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from ferrograph.generation.edit import EditRequest, propose_edit
from ferrograph.generation.engine import Cancellation
from ferrograph.generation.prompt import Task
from ferrograph.tests.generation.edit_harness import Editor, EngineOn, Serve
from ferrograph.tests.support.openai_server import Reply


@pytest.mark.parametrize(
    ("before", "answer", "after"),
    [
        pytest.param(
            "fn f$0() { 1; }\n",
            "fn f() { 2; }",
            "fn f() { 2; }\n",
            id="who doesn't format keeps the model's layout",
        ),
        pytest.param(
            "fn f$0() {\n    1;\n}\n",
            "fn f() { 2; }",
            "fn f() {\n    2;\n}\n",
            id="who formats gets it formatted",
        ),
        pytest.param(
            "mod a {\n    mod b {\n        fn f$0() {\n            1;\n        }\n    }\n}\n",
            "fn f() { 2; }",
            "mod a {\n    mod b {\n        fn f() {\n            2;\n        }\n    }\n}\n",
            id="nested modules",
        ),
        pytest.param(
            "mod a {\n\tfn f$0() {\n\t\t1;\n\t}\n}\n",
            "fn f() {\n\t2;\n}",
            "mod a {\n\tfn f() {\n\t\t2;\n\t}\n}\n",
            id="tabs",
        ),
        pytest.param(
            'fn f$0() {\n    s("\n  a\n");\n}\n',
            'fn f() {\n    t("\n  a\n");\n}',
            'fn f() {\n    t("\n  a\n");\n}\n',
            id="inside string literals nothing moves",
        ),
        pytest.param(
            'impl A {\n    fn f$0() {\n        s("\n  a\n");\n    }\n}\n',
            'impl A {\n    fn f() {\n        t("\n  a\n");\n    }\n}',
            'impl A {\n    fn f() {\n        t("\n  a\n");\n    }\n}\n',
            id="nor in a method",
        ),
        pytest.param(
            "trait T {\n    fn f$0(&self);\n    type A;\n}\n",
            "fn f(&self) -> u8;",
            "trait T {\n    fn f(&self) -> u8;\n    type A;\n}\n",
            id="a trait's signature",
        ),
        pytest.param(
            "#[derive(Debug)]\n#[repr(C)]\nstruct S$0 {\n    a: u8,\n}\n",
            "#[derive(Debug, Clone)]\nstruct S {\n    a: u8,\n    b: u8,\n}",
            "#[repr(C)]\n#[derive(Debug, Clone)]\nstruct S {\n    a: u8,\n    b: u8,\n}\n",
            id="lost attributes come back, changed ones are not doubled",
        ),
        pytest.param(
            "/// Old.\nfn f$0() {}\n",
            "/// New.\nfn f() {\n    1;\n}",
            "/// New.\nfn f() {\n    1;\n}\n",
            id="new docs replace old ones",
        ),
        pytest.param(
            "impl Display for A {\n    fn fmt$0(&self) {}\n}\n",
            "impl fmt::Display for A {\n    fn fmt(&self) {\n        1;\n    }\n}",
            "impl Display for A {\n    fn fmt(&self) {\n        1;\n    }\n}\n",
            id="the method out of its impl",
        ),
        pytest.param(
            "impl A {\n    fn new$0() {}\n}\n",
            "impl B {\n    fn new() {\n        7;\n    }\n}\n"
            "impl A {\n    fn new() {\n        1;\n    }\n}",
            "impl A {\n    fn new() {\n        1;\n    }\n}\n\n"
            "impl B {\n    fn new() {\n        7;\n    }\n}\n",
            id="of the right type",
        ),
        pytest.param(
            "impl A {\n    fn f$0(&self) {}\n\n    fn g(&self) {}\n}\n",
            "fn f(&self) {\n    self.h();\n}\nfn h(&self) {}\nfn g(&self) {\n    9;\n}",
            "impl A {\n    fn f(&self) {\n        self.h();\n    }\n\n"
            "    fn h(&self) {}\n\n    fn g(&self) {}\n}\n",
            id="new methods stay in the impl, known ones as they are",
        ),
        pytest.param(
            "fn f$0() {} // note\nfn g() {}\n",
            "fn f() {\n    h();\n}\nfn h() {}",
            "fn f() {\n    h();\n} // note\n\nfn h() {}\nfn g() {}\n",
            id="a helper below the line's comment",
        ),
        pytest.param(
            "fn f$0() {}\nstruct S;\nimpl S {\n    fn a() {}\n}\n",
            "fn f() {\n    1;\n}\nstruct S;\nimpl S {\n    fn a() {}\n    fn b() {}\n}",
            "fn f() {\n    1;\n}\n\nimpl S {\n    fn b() {}\n}\n"
            "struct S;\nimpl S {\n    fn a() {}\n}\n",
            id="of a repeated impl only what is new",
        ),
        pytest.param(
            "fn f() {\n    fn inner$0() {}\n}\n",
            "fn inner() {\n    1;\n}",
            "fn f() {\n    fn inner() {\n        1;\n    }\n}\n",
            id="a function in a function",
        ),
        pytest.param(
            "fn broken( {\n\nfn f$0() {}\n",
            "fn f() { 1; }",
            "fn broken( {\n\nfn f() {\n    1;\n}\n",
            id="beside a break",
        ),
    ],
)
def test_layout(editor: Editor, before: str, answer: str, after: str) -> None:
    assert editor.text(before, f"```rust\n{answer}\n```") == after


@pytest.mark.parametrize(
    ("head", "use", "expected"),
    [
        ("use b::B;\n\n", "use a::A;", "use a::A;\nuse b::B;\n\n"),
        ("use b::{C, B};\n\n", "use a::A;", "use b::{C, B};\nuse a::A;\n\n"),
        ("use a::A;\n\n", "use a::A;", "use a::A;\n\n"),
        ("use a::{A, B as D};\n\n", "use a::{A, B as D, C};", "use a::C;\nuse a::{A, B as D};\n\n"),
        ("use a::*;\n\n", "use a::A;", "use a::*;\n\n"),
        ("use a::b;\n\n", "use a::b::{self};", "use a::b;\n\n"),
        (
            "use crate::x;\n\nuse std::a;\n\nuse z::Z;\n\n",
            "use std::b;\nuse super::y;",
            "use super::y;\nuse crate::x;\n\nuse std::a;\nuse std::b;\n\nuse z::Z;\n\n",
        ),
        ("", "use a::A;", "use a::A;\n\n"),
        (
            "// Licence\n\n//! Docs.\n#![allow(x)]\n\n// About f.\n",
            "use a::A;",
            "// Licence\n\n//! Docs.\n#![allow(x)]\n\nuse a::A;\n\n// About f.\n",
        ),
        ("use a::A;\n\n", "use b::A;", "use a::A;\n\n"),
        ("struct A;\n\n", "use crate::combat::A;", "struct A;\n\n"),
    ],
)
def test_imports_are_merged(editor: Editor, head: str, use: str, expected: str) -> None:
    text = editor.text(f"{head}fn f$0() {{}}\n", f"```rust\n{use}\nfn f() {{\n    1;\n}}\n```")
    assert text == expected + "fn f() {\n    1;\n}\n"


def test_imports_go_into_the_items_own_module(editor: Editor) -> None:
    text = editor.text(
        "use x::X;\n\nmod tests {\n    use super::*;\n\n    fn f$0() {}\n}\n",
        "```rust\nuse y::Y;\nfn f() {\n    1;\n}\n```",
    )
    assert text == (
        "use x::X;\n\nmod tests {\n    use super::*;\n    use y::Y;\n\n"
        "    fn f() {\n        1;\n    }\n}\n"
    )
    text = editor.text(
        "mod tests {\n    fn f$0() {}\n}\n", "```rust\nuse y::Y;\nfn f() {\n    1;\n}\n```"
    )
    assert text == "mod tests {\n    use y::Y;\n\n    fn f() {\n        1;\n    }\n}\n"


def test_without_rustfmt_the_layout_is_still_right(serve: Serve, engine_on: EngineOn) -> None:
    server = serve(Reply.text("```rust\nuse a::A;\nfn f() { 1; }\n```"))
    source = b"use b::B;\nmod m {\n    fn f() {\n    }\n}\n"
    request = EditRequest(
        path="a.rs", source=source, start=26, end=26, task=Task(kind="edit", instruction="x")
    )
    edit = propose_edit(
        engine_on(server), request, cancel=Cancellation(), find_formatter=lambda **_: None
    )
    assert edit.new_source == (b"use b::B;\nmod m {\n    use a::A;\n\n    fn f() { 1; }\n}\n")


def test_rustfmt_follows_the_configuration_of_the_folder(
    serve: Serve, engine_on: EngineOn, tmp_path: Path
) -> None:
    (tmp_path / "rustfmt.toml").write_text("tab_spaces = 2\n")
    server = serve(Reply.text("```rust\nfn f() { 2; }\n```"))
    request = EditRequest(
        path="a.rs",
        source=b"mod m {\n  fn f() {\n    1;\n  }\n}\n",
        start=12,
        end=12,
        task=Task(kind="edit", instruction="x"),
        folder=tmp_path,
    )
    edit = propose_edit(engine_on(server), request, cancel=Cancellation())
    assert edit.new_source == b"mod m {\n  fn f() {\n    2;\n  }\n}\n"


def test_a_formatted_file_stays_formatted(editor: Editor, tmp_path: Path) -> None:
    text = editor.text(
        """
        use std::fmt;

        /// A player.
        #[derive(Debug)]
        pub struct Player {
            pub hp: u32,
        }

        impl Player {
            pub fn attack(&self) -> u32 {
                $0self.hp
            }
        }
        """,
        "```rust\nuse std::collections::HashMap;\n"
        "pub fn attack(&self, m:&HashMap<u8,u8>)->u32{m.len() as u32}\n"
        "fn roll(&self)->u32{4}\nenum Side{Left,Right}\n```",
    )
    path = tmp_path / "a.rs"
    path.write_text(text)
    rustfmt = shutil.which("rustfmt")
    assert rustfmt is not None
    done = subprocess.run([rustfmt, "--check", path], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode()
