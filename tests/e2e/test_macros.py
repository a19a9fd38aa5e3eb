"""What procedural macros make, by a real rust-analyzer, in the graph."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ferrograph.tests.support.cli import ferrograph
from ferrograph.tests.support.lsp_editor import Editor
from ferrograph.tests.support.rust_analyzer import macros_workspace, rust_analyzer

pytestmark = pytest.mark.e2e
FILE = "user/src/lib.rs"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return macros_workspace(tmp_path)


@pytest.fixture
def env(environ: dict[str, str], require_tool: Callable[[str], str]) -> dict[str, str]:
    require_tool("cargo")
    return {
        **environ,
        "FERROGRAPH_EMBEDDING_ENABLED": "false",
        "FERROGRAPH_RUST_ANALYZER_PATH": rust_analyzer(),
    }


def run(*words: str, env: dict[str, str], at: Path) -> Any:
    ran = ferrograph(*words, "--json", environ=env, cwd=at)
    assert ran.status == 0, ran.err
    return ran.json


def explained(name: str, env: dict[str, str], at: Path) -> dict[str, Any]:
    return run("explain", name, env=env, at=at)


def exported(env: dict[str, str], at: Path) -> tuple[set[str], set[str]]:
    """Items and edges, each as text."""
    graph = run("graph", "export", "--format", "json", env=env, at=at)
    return {str(sorted(i.items())) for i in graph["items"]}, {
        str(sorted(e.items(), key=str)) for e in graph["edges"]
    }


def test_every_kind_of_macro_is_in_the_graph(workspace: Path, env: dict[str, str]) -> None:
    run("index", "--trust", env=env, at=workspace)
    before = explained("all", env, workspace)
    assert [t["qualified_path"] for t in before["ties"]["callees"]] == [
        "user::Marked::mark",
        "user::two",
    ]
    run("index", "--trust", "--macros", env=env, at=workspace)
    after = explained("all", env, workspace)
    assert {t["qualified_path"] for t in after["ties"]["callees"]} == {
        "user::Größe::mark",  # a derive's
        "user::once_twice",  # an attribute's
        "user::Unit::call",  # a call's
        "user::two",  # macro_rules!
    }
    method = explained("Größe::mark", env, workspace)
    assert [t["qualified_path"] for t in method["ties"]["made_by"]] == ["marks::marked"]
    assert [t["qualified_path"] for t in method["ties"]["callees"]] == ["user::base_mark"]
    text = ferrograph("explain", "Größe::mark", environ=env, cwd=workspace).out
    assert "Made by" in text


def test_an_edit_keeps_what_it_does_not_touch_and_equals_a_clean_build(
    workspace: Path, env: dict[str, str]
) -> None:
    run("index", "--trust", "--macros", env=env, at=workspace)
    file = workspace / FILE
    text = file.read_text(encoding="utf-8")
    # The attribute's function is another one now: what was made of the old one is gone.
    file.write_text("// above\n\n" + text.replace("    1\n}", "    3\n}"), encoding="utf-8")
    run("index", "--trust", env=env, at=workspace)
    callees = {t["qualified_path"] for t in explained("all", env, workspace)["ties"]["callees"]}
    assert callees == {"user::Größe::mark", "user::Unit::call", "user::two"}
    incremental = exported(env, workspace)
    clean = {**env, "FERROGRAPH_INDEX_WORKERS": "1"}
    for left in (workspace / ".ferrograph").iterdir():
        if left.name.startswith("graph") and left.is_dir():
            for each in sorted(left.rglob("*"), reverse=True):
                each.unlink() if each.is_file() else each.rmdir()
            left.rmdir()
    run("index", "--trust", env=clean, at=workspace)
    assert exported(env, workspace) == incremental
    run("index", "--trust", "--macros", env=env, at=workspace)
    callees = {t["qualified_path"] for t in explained("all", env, workspace)["ties"]["callees"]}
    assert "user::once_twice" in callees


def test_another_macro_makes_something_else(workspace: Path, env: dict[str, str]) -> None:
    run("index", "--trust", "--macros", env=env, at=workspace)
    macro = workspace / "marks" / "src" / "lib.rs"
    text = macro.read_text(encoding="utf-8")
    macro.write_text(text.replace("{name}_twice", "{name}_doubled"), encoding="utf-8")
    run("index", "--trust", env=env, at=workspace)
    # Nothing that the old macro made is taken for what the new one makes.
    assert ferrograph("explain", "once_twice", environ=env, cwd=workspace).status != 0
    run("index", "--trust", "--macros", env=env, at=workspace)
    assert explained("once_doubled", env, workspace)["kind"] == "function"


def test_an_editor_has_them_without_waiting(workspace: Path, environ: dict[str, str]) -> None:
    async def scenario() -> None:
        options = {
            "trusted": True,
            "embedding": {"enabled": False},
            "rust_analyzer": {"path": rust_analyzer(), "mode": "eager"},
        }
        async with Editor(workspace, environ=environ, options=options) as editor:
            editor.open(FILE)
            await editor.indexed()
            while True:
                found = await editor.execute("ferrograph.explain", {"name": "once_twice"})
                if found.get("cards"):
                    break
                await asyncio.sleep(0.1)
            status = await editor.execute("ferrograph.status")
            assert status["rust_analyzer"]["state"] == "ready"
            # Typed, not saved: the text that rust-analyzer sees is the editor's.
            editor.replace(FILE, "pub fn once()", "pub fn only()")
            while True:
                found = await editor.execute("ferrograph.explain", {"name": "only_twice"})
                if found.get("cards"):
                    break
                await asyncio.sleep(0.1)

    asyncio.run(asyncio.wait_for(scenario(), 240))


def test_untrusted_nothing_runs(workspace: Path, env: dict[str, str]) -> None:
    ran = ferrograph("index", "--macros", environ=env, cwd=workspace)
    assert ran.status == 1
    assert "not trusted" in ran.said
    assert not (workspace / "target").exists()
