"""The server as an editor sees it, on a tiny crate: documents, menus, hovers, settings, endings."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from ferrograph.tests.support.lsp_editor import Editor
from lsprotocol import types

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("client", ["neovim", "visual-studio-code", "emacs"])
def test_indexing_is_shown_and_ends(crate, environ, client):
    async def scenario():
        async with Editor(crate, environ=environ, client=client) as editor:
            if editor.capabilities.window.work_done_progress:
                assert "items" in await editor.indexed()
            else:
                await editor.until((crate / ".ferrograph").exists, "the database")
            status = await editor.execute("ferrograph.status")
            while not status["ready"]:
                status = await editor.execute("ferrograph.status")
            assert status["items"] > 8
            assert status["read_by"] == "manifests"
            watched = [r for r in editor.registrations if "Watched" in r.method]
            workspace = editor.capabilities.workspace
            assert bool(watched) == bool(workspace.did_change_watched_files.dynamic_registration)
        assert editor.client._server.returncode == 0

    asyncio.run(scenario())


def test_the_code_action_is_there_at_once_and_reads_comments(crate, environ):
    async def scenario():
        async with Editor(crate, environ=environ) as editor:
            editor.open("src/lib.rs")
            # Nothing waits for indexing here.
            [action] = await editor.code_actions("src/lib.rs", editor.cursor("src/lib.rs", "x + x"))
            assert action.title == "AI it!"
            assert action.kind == types.CodeActionKind.RefactorRewrite
            assert action.command.command == "ferrograph.ai"
            editor.replace("src/lib.rs", "    x + x", "    // AI: make this generic\n    x + x")
            [action] = await editor.code_actions("src/lib.rs", editor.cursor("src/lib.rs", "x + x"))
            assert action.title == "AI it! make this generic"
            editor.replace("src/lib.rs", "// AI: make this generic", "// why not x * 2? AI?")
            [action] = await editor.code_actions("src/lib.rs", editor.cursor("src/lib.rs", "x + x"))
            assert action.title == "AI, answer: why not x * 2?"
            here = editor.cursor("src/lib.rs", "x + x")
            only = types.CodeActionKind
            assert await editor.code_actions("src/lib.rs", here, only=[only.QuickFix]) == []
            assert len(await editor.code_actions("src/lib.rs", here, only=[only.Refactor])) == 1
            nowhere = editor.cursor("src/lib.rs", "//! A tiny crate")
            assert await editor.code_actions("src/lib.rs", nowhere) == []

    asyncio.run(scenario())


def test_an_editor_without_action_literals_gets_a_command(crate, environ):
    def old(capabilities):
        capabilities.text_document.code_action.code_action_literal_support = None

    async def scenario():
        async with Editor(crate, environ=environ, change_capabilities=old) as editor:
            editor.open("src/lib.rs")
            [found] = await editor.code_actions("src/lib.rs", editor.cursor("src/lib.rs", "x + x"))
            assert found.command == "ferrograph.ai"

    asyncio.run(scenario())


def test_without_a_model_the_command_says_how_to_get_one(crate, environ):
    async def scenario():
        async with Editor(crate, environ=environ) as editor:
            editor.open("src/lib.rs")
            [action] = await editor.code_actions("src/lib.rs", editor.cursor("src/lib.rs", "x + x"))
            answer = await editor.execute(action.command.command, *action.command.arguments)
            assert answer["status"] == "failed"
            assert "No model is configured" in answer["message"]
            assert "ferrograph model use" in answer["message"]
            assert any("No model is configured" in said for said in editor.said())

    asyncio.run(scenario())


def test_hover_knows_definitions_uses_and_what_is_not_saved(crate, environ):
    async def scenario():
        async with Editor(crate, environ=environ) as editor:
            editor.open("src/lib.rs")
            await editor.indexed()
            text = await editor.hover("src/lib.rs", editor.at("src/lib.rs", "square_area", into=3))
            assert "pub fn square_area(side: f64) -> f64" in text
            assert "The area of a square" in text
            assert "a_square_has_an_area" in text
            # Behind characters of two UTF-16 units, in a line that was typed a moment ago.
            editor.replace("src/lib.rs", "/// Twice.", "/// Twice: 🦀.\n#[allow(unused)]")
            text = await editor.hover("src/lib.rs", editor.at("src/lib.rs", ".area()", into=2))
            assert "fn area(&self) -> f64" in text
            editor.replace("src/lib.rs", "x + x", "triple(x)")
            editor.replace(
                "src/lib.rs", "#[cfg(test)]", "fn triple(x: u32) -> u32 { 3 * x }\n\n#[cfg(test)]"
            )
            text = await editor.hover("src/lib.rs", editor.at("src/lib.rs", "triple(x)", into=1))
            assert "fn triple(x: u32) -> u32" in text
            assert "Called by" in text
            blank = types.Position(1, 0)
            assert await editor.hover("src/lib.rs", blank) is None
            # What was not saved is gone when the document is closed.
            editor.close("src/lib.rs")
            editor.open("src/lib.rs")
            found = await editor.execute("ferrograph.explain", {"name": "triple"})
            assert found == {"cards": []}

    asyncio.run(scenario())


def test_files_that_change_on_disk_are_indexed(crate, environ):
    async def scenario():
        async with Editor(crate, environ=environ) as editor:
            await editor.indexed()
            (crate / "src" / "shapes.rs").write_text("pub struct Circle;\n")
            (crate / "src" / "lib.rs").write_text("pub mod shapes;\npub mod new;\n")
            (crate / "src" / "new.rs").write_text("pub fn fresh() {}\n")
            changed = [
                types.FileEvent((crate / "src" / name).as_uri(), kind)
                for name, kind in (
                    ("shapes.rs", types.FileChangeType.Changed),
                    ("lib.rs", types.FileChangeType.Changed),
                    ("new.rs", types.FileChangeType.Created),
                )
            ]
            editor.client.workspace_did_change_watched_files(
                types.DidChangeWatchedFilesParams(changed)
            )

            async def names(name):
                found = await editor.execute("ferrograph.explain", {"name": name})
                return [card["qualified_path"] for card in found["cards"]]

            while not await names("fresh"):
                await asyncio.sleep(0.02)
            assert await names("fresh") == ["tiny::new::fresh"]
            assert await names("Circle") == ["tiny::shapes::Circle"]
            assert await names("Square") == []

    asyncio.run(scenario())


def test_wrong_settings_are_named_and_the_rest_holds(crate, environ):
    options = {"model": {"pth": "x"}, "context": {"budget": "lots"}}

    async def scenario():
        async with Editor(crate, environ=environ, options=options) as editor:
            await editor.indexed()
            said = "\n".join(editor.said())
            assert 'no setting "model.pth"; did you mean "model.path"?' in said
            assert '"context.budget" should be a whole number' in said
            editor.client.workspace_did_change_configuration(
                types.DidChangeConfigurationParams({"ferrograph": {"modle": {}}})
            )
            await editor.until(lambda: any("modle" in s for s in editor.said()), "the message")
            editor.client.workspace_did_change_configuration(
                types.DidChangeConfigurationParams(
                    {"ferrograph": {"model": {"engine": "endpoint", "url": "http://x"}}}
                )
            )
            status = await editor.execute("ferrograph.status")
            while status["model"] != "endpoint":
                status = await editor.execute("ferrograph.status")

    asyncio.run(scenario())


def test_an_editor_that_wants_to_be_asked_for_settings_is_asked(crate, environ):
    async def scenario():
        editor = Editor(crate, environ=environ, client="visual-studio-code")
        async with editor:
            editor.client.set_configuration({"ferrograph": {"model": {"url": "http://x"}}})
            editor.client.workspace_did_change_configuration(
                types.DidChangeConfigurationParams(None)
            )
            status = await editor.execute("ferrograph.status")
            while status["model"] != "endpoint":
                status = await editor.execute("ferrograph.status")

    asyncio.run(scenario())


def test_a_client_that_just_goes_away_ends_the_server(crate, environ):
    process = subprocess.Popen(
        [sys.executable, "-m", "ferrograph", "lsp"],
        env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    body = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{},"rootUri":"%s"}}'
    body %= crate.as_uri().encode()
    process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    process.stdin.flush()
    assert b"Content-Length" in process.stdout.readline()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"Traceback" not in errors


def test_commands_with_nonsense_are_answered(crate, environ):
    async def scenario():
        async with Editor(crate, environ=environ) as editor:
            await editor.indexed()
            for nonsense in ([], [None], [{"uri": 3}], ["file:///x.rs", {"start": 1}], [{}, {}]):
                answer = await editor.execute("ferrograph.ai", *nonsense)
                assert answer["status"] == "failed"
                assert "ferrograph.ai wants" in answer["message"]
            assert "wants" in (await editor.execute("ferrograph.explain", {"uri": 3}))["error"]
            from pygls.exceptions import JsonRpcException

            with pytest.raises(JsonRpcException, match="no command"):
                await editor.execute("ferrograph.nothing")

    asyncio.run(scenario())


def test_the_negotiated_encoding_is_used(crate, environ):
    def utf8(capabilities):
        general = capabilities.general or types.GeneralClientCapabilities()
        capabilities.general = general
        capabilities.general.position_encodings = [types.PositionEncodingKind.Utf8]

    async def scenario():
        async with Editor(crate, environ=environ, change_capabilities=utf8) as editor:
            assert editor.result.capabilities.position_encoding == "utf-8"
            text = editor.open("src/lib.rs")
            await editor.indexed()
            line = text.splitlines().index(
                "    let square = Square { side }; /* 🦀🦀 */ square.area()"
            )
            before = "    let square = Square { side }; /* 🦀🦀 */ square.a"
            found = await editor.hover("src/lib.rs", types.Position(line, len(before.encode())))
            assert "fn area(&self) -> f64" in found

    asyncio.run(scenario())


def test_which_folder_is_served(crate, environ, tmp_path):
    other = tmp_path / "other"
    other.mkdir()

    async def scenario():
        async with Editor(crate, environ=environ, folders=[crate / "src", other]) as editor:
            await editor.indexed()
            # A folder in a workspace stands for the workspace.
            status = await editor.execute("ferrograph.status")
            assert status["root"] == str(crate.resolve())
            assert any("first folder" in said and "other" in said for said in editor.said())
        async with Editor(crate, environ=environ, folders=[]) as editor:
            await editor.until(lambda: any("no folder is open" in s for s in editor.said()), "it")
            assert (await editor.execute("ferrograph.status"))["ready"] is False
            editor.open("src/lib.rs")
            assert await editor.hover("src/lib.rs", types.Position(0, 0)) is None
        args = ["--root", str(crate)]
        async with Editor(crate, environ=environ, folders=[], args=args) as editor:
            await editor.indexed()

    asyncio.run(scenario())
