"""Edits are looked at by a real rust-analyzer and a real cargo before they are offered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from ferrograph.tests.support.cli import Ran, ferrograph
from ferrograph.tests.support.lsp_editor import Editor
from ferrograph.tests.support.openai_server import OpenAIServer, Reply
from ferrograph.tests.support.rust_analyzer import macros_workspace, rust_analyzer
from lsprotocol import types

pytestmark = pytest.mark.e2e

RIGHT = "pub fn all() -> u32 {\n    Größe.mark() + once_twice() + Unit.call()\n}"
BY_TYPES = "pub fn all() -> u32 {\n    Größe.mark() + once_twice(1)\n}"
BY_BORROWS = (
    "pub fn all() -> u32 {\n    let s = String::new();\n    drop(s);\n    s.len() as u32\n}"
)
PLACE = "user/src/lib.rs:38"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = macros_workspace(tmp_path)
    text = (root / "user" / "src" / "lib.rs").read_text(encoding="utf-8")
    assert text.splitlines()[37].startswith("    Größe.mark()")
    return root


@pytest.fixture
def edit(
    workspace: Path, environ: dict[str, str], require_tool: Callable[[str], str]
) -> Callable[..., tuple[Ran, OpenAIServer]]:
    require_tool("cargo")
    cargo_target = {"CARGO_TARGET_DIR": str(workspace / "target")}

    def run(
        *answers: str, flags: tuple[str, ...] = ("--trust",), **settings: str
    ) -> tuple[Ran, OpenAIServer]:
        with OpenAIServer([Reply.text(f"```rust\n{one}\n```") for one in answers]) as server:
            env = {
                **environ,
                **cargo_target,
                "FERROGRAPH_MODEL_URL": server.base_url,
                "FERROGRAPH_MODEL_NAME": "scripted",
                "FERROGRAPH_EMBEDDING_ENABLED": "false",
                "FERROGRAPH_RUST_ANALYZER_PATH": rust_analyzer(),
                **settings,
            }
            ran = ferrograph(
                "edit",
                PLACE,
                "leave the last one out",
                "--json",
                *flags,
                environ=env,
                cwd=workspace,
            )
        return ran, server

    return run


def test_what_compiles_says_so(edit: Callable[..., tuple[Ran, OpenAIServer]]) -> None:
    ran, server = edit(RIGHT)
    assert ran.status == 0, ran.err
    assert ran.json["check"] == {"sure": "compiled", "problems": [], "why": ""}
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("wrong", "code"), [(BY_TYPES, "E0061"), (BY_BORROWS, "E0382")], ids=["types", "borrows"]
)
def test_what_does_not_compile_is_mended(
    edit: Callable[..., tuple[Ran, OpenAIServer]], wrong: str, code: str
) -> None:
    ran, server = edit(wrong, RIGHT)
    assert ran.status == 0, ran.err
    assert ran.json["check"]["problems"] == []
    asked = server.requests[-1].body["messages"][-1]["content"]
    assert "it does not compile:\nuser/src/lib.rs:" in asked
    assert f"({code}), at `" in asked


def test_what_never_compiles_is_not_written(
    edit: Callable[..., tuple[Ran, OpenAIServer]], workspace: Path
) -> None:
    file = workspace / "user" / "src" / "lib.rs"
    before = file.read_bytes()
    ran, _ = edit(BY_TYPES, BY_TYPES, flags=("--trust", "--write"))
    assert ran.status == 1
    assert "would not compile and was not written: see --anyway" in ran.said
    assert "user/src/lib.rs:38: this function takes 0 arguments but 1 argument was" in ran.said
    assert ran.json["written"] is False
    assert file.read_bytes() == before
    ran, _ = edit(BY_TYPES, BY_TYPES, flags=("--trust", "--write", "--anyway"))
    assert ran.json["written"] is True
    assert "once_twice(1)" in file.read_text(encoding="utf-8")


def test_without_rust_analyzer_cargo_checks(edit: Callable[..., tuple[Ran, OpenAIServer]]) -> None:
    ran, server = edit(BY_TYPES, RIGHT, FERROGRAPH_RUST_ANALYZER_MODE="off")
    assert ran.json["check"]["sure"] == "compiled"
    assert "E0061" in server.requests[-1].body["messages"][-1]["content"]


def test_without_cargo_rust_analyzer_checks(edit: Callable[..., tuple[Ran, OpenAIServer]]) -> None:
    ran, server = edit(BY_TYPES, BY_BORROWS, FERROGRAPH_CHECK_CARGO="false")
    asked = server.requests[-1].body["messages"][-1]["content"]
    assert "user/src/lib.rs:38: expected 0 arguments, found 1 (E0107), at `" in asked
    told = "The setting `check.cargo` leaves the compiler out."
    assert ran.json["check"] == {"sure": "types", "problems": [], "why": told}


def test_what_was_broken_before_is_not_the_edits_fault(
    edit: Callable[..., tuple[Ran, OpenAIServer]], workspace: Path
) -> None:
    file = workspace / "user" / "src" / "lib.rs"
    broken = file.read_text(encoding="utf-8") + "\npub fn later() -> u32 {\n    missing()\n}\n"
    file.write_text(broken, encoding="utf-8")
    ran, server = edit(RIGHT)
    assert ran.json["check"]["problems"] == []
    assert len(server.requests) == 1


def test_an_untrusted_workspace_starts_nothing(
    edit: Callable[..., tuple[Ran, OpenAIServer]], workspace: Path
) -> None:
    trace = workspace / "ran.txt"
    build = workspace / "user" / "build.rs"
    build.write_text(
        f'fn main() {{ std::fs::write({str(trace)!r}, "").unwrap(); }}'.replace("'", '"'),
        encoding="utf-8",
    )
    ran, _ = edit(BY_TYPES, flags=())
    assert ran.json["check"]["sure"] == "unchecked"
    assert "not trusted" in ran.json["check"]["why"]
    assert not trace.exists()
    assert not (workspace / "target").exists()
    edit(RIGHT)
    # Only now could the build script run.
    assert trace.exists()


def test_an_editor_asks_before_it_applies_what_does_not_compile(
    workspace: Path, environ: dict[str, str]
) -> None:
    answers = [Reply.text(f"```rust\n{BY_TYPES}\n```")] * 4
    chosen: list[str | None] = ["Discard", "Apply anyway"]
    asked: list[types.ShowMessageRequestParams] = []

    async def scenario() -> list[str]:
        found: list[str] = []
        with OpenAIServer(answers) as server:
            options = {
                "model": {"url": server.base_url, "name": "scripted", "retries": 0},
                "trusted": True,
                "embedding": {"enabled": False},
                "rust_analyzer": {"path": rust_analyzer()},
            }
            env = {**environ, "CARGO_TARGET_DIR": str(workspace / "target")}
            async with Editor(workspace, environ=env, options=options) as editor:

                @editor.client.feature("window/showMessageRequest")
                def show(params: types.ShowMessageRequestParams) -> types.MessageActionItem:
                    asked.append(params)
                    return types.MessageActionItem(title=chosen.pop(0) or "")

                editor.open("user/src/lib.rs")
                await editor.indexed()
                at = editor.at("user/src/lib.rs", "Größe.mark()")
                argument = {
                    "uri": editor.uri("user/src/lib.rs"),
                    "range": types.Range(at, at),
                    "instruction": "call it once",
                }
                for _ in range(2):
                    result = await editor.execute("ferrograph.ai", argument)
                    found.append(result["status"])
                assert result["check"]["problems"]
                [edit] = editor.edits
                assert edit.label == "AI: call it once (does not compile)"
        return found

    assert asyncio.run(scenario()) == ["withdrawn", "applied"]
    assert "this function takes 0 arguments but 1 argument was supplied" in asked[0].message
