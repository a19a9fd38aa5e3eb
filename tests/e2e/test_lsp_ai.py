"""The main job over LSP: ask, stream, apply; and everything that can come in between.

The model's words are scripted by a loopback server that speaks the OpenAI protocol.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
from pathlib import Path

import pytest
from ferrograph.tests.support.lsp_editor import WAIT_S, Editor
from ferrograph.tests.support.openai_server import OpenAIServer, Reply, closed_port
from lsprotocol import types
from pygls.exceptions import JsonRpcRequestCancelled

pytestmark = pytest.mark.e2e

ATTACK = Path(__file__).parent / "data" / "attack.rs"
TASK = "add a critical-hit chance to the attack system"


def using(server, **model):
    return {"model": {"url": server.base_url, "name": "scripted", "retries": 0, **model}}


def fenced(code):
    return f"Here it is:\n\n```rust\n{code}\n```\n"


DOUBLED = "/// Twice.\npub fn doubled(x: u32) -> u32 {\n    2 * x\n}"


async def run(editor, marker, *, file="src/lib.rs", token=None, **arguments):
    """Choose the code action at a marker and run its command."""
    [action] = await editor.code_actions(file, editor.cursor(file, marker))
    [argument] = action.command.arguments
    return await editor.execute(action.command.command, {**argument, **arguments}, token=token)


@pytest.mark.parametrize("client", ["neovim", "visual-studio-code"])
def test_the_main_job_on_the_game_compiles(game, environ, cargo_environ, require_tool, client):
    cargo = require_tool("cargo")
    file = "src/combat/attack.rs"

    async def scenario():
        answer = Reply.text(fenced(ATTACK.read_text()), delay_each=0.002)
        with OpenAIServer([answer]) as server:
            # The first check builds the dependencies, as the user's first build would.
            check = {"timeout_s": 1200}
            options = {**using(server), "trusted": True, "check": check}
            async with Editor(
                game, environ=cargo_environ, client=client, options=options
            ) as editor:
                editor.open(file)
                assert "dependencies" in await editor.indexed()
                editor.replace(file, "pub fn attack(", f"// AI: {TASK}\npub fn attack(")
                [action] = await editor.code_actions(file, editor.cursor(file, "pub fn attack("))
                assert action.title == f"AI it! {TASK}"
                result = await editor.execute(
                    action.command.command,
                    *action.command.arguments,
                    token="the-client-s",
                    seconds=1200,
                )
                assert result["status"] == "applied", result
                assert result["check"] == {"sure": "compiled", "problems": [], "why": ""}
                [edit] = editor.edits
                assert edit.label == f"AI: {TASK}"
                after = editor.text[editor.uri(file)]
                progress = editor.client.progress_reports["the-client-s"]
                editor.save(file)
            [request] = server.requests
            return request.prompt, after, progress

    prompt, after, progress = asyncio.run(scenario())
    assert isinstance(progress[0], types.WorkDoneProgressBegin)
    assert isinstance(progress[-1], types.WorkDoneProgressEnd)
    reports = [each.message for each in progress[1:-1]]
    assert any(re.search(r"tokens of context", report) for report in reports)
    assert len([report for report in reports if re.match(r"\d+ lines: ", report)]) >= 3

    # What the edit needs was shown, and the instruction's comment is gone.
    for name in ("roll_damage", "crit_multiplier", "luck", "fn chance", "MessageWriter"):
        assert name in prompt
    asked = prompt.rpartition("</context>")[2]
    assert TASK in asked
    assert f"// AI: {TASK}" not in asked
    assert "// AI" not in after
    assert "if rng.chance(stats.luck)" in after

    checked = subprocess.run(
        [cargo, "check", "--offline"],
        cwd=game, env=cargo_environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr
    assert "warning" not in checked.stderr


def test_a_selection_reaches_the_model_and_the_edit_is_small(crate, environ):
    async def scenario():
        with OpenAIServer([Reply.text(fenced(DOUBLED))]) as server:
            async with Editor(crate, environ=environ, options=using(server)) as editor:
                before = editor.open("src/lib.rs")
                start = editor.at("src/lib.rs", "x + x")
                end = types.Position(start.line, start.character + len("x + x"))
                argument = {
                    "uri": editor.uri("src/lib.rs"),
                    "range": types.Range(start, end),
                    "instruction": "use a product",
                }
                result = await editor.execute("ferrograph.ai", argument)
                assert result["applied"] is True
                after = editor.text[editor.uri("src/lib.rs")]
                assert after == before.replace("x + x", "2 * x")
                assert "The marked part of it:\n```rust\nx + x\n```" in server.requests[0].prompt
                [edit] = editor.edits
                changes = edit.edit.changes or {}
                texts = [e.new_text for edits in changes.values() for e in edits]
                assert texts == ["    2 * x\n"]

    asyncio.run(scenario())


def test_crlf_and_wide_characters_are_edited_in_place(crate, environ):
    text = (
        "/// 🦀\r\npub fn doubled(x: u32) -> u32 {\r\n    /* 🦀🦀 */ x + x // AI: product\r\n}\r\n"
    )
    (crate / "src" / "lib.rs").write_bytes(text.encode())
    new = "/// 🦀\npub fn doubled(x: u32) -> u32 {\n    /* 🦀🦀 */ 2 * x\n}"

    async def scenario():
        with OpenAIServer([Reply.text(fenced(new))]) as server:
            async with Editor(
                crate, environ=environ, client="visual-studio-code", options=using(server)
            ) as editor:
                editor.open("src/lib.rs")
                result = await run(editor, "x + x")
                assert result["status"] == "applied", result
                assert editor.text[editor.uri("src/lib.rs")] == new.replace("\n", "\r\n") + "\r\n"

    asyncio.run(scenario())


def test_an_answer_that_is_no_code_is_a_message_and_no_edit(crate, environ):
    async def scenario():
        with OpenAIServer([Reply.text("I would rather not.")] * 2) as server:
            async with Editor(crate, environ=environ, options=using(server)) as editor:
                editor.open("src/lib.rs")
                result = await run(editor, "x + x", instruction="use a product")
                assert result["status"] == "failed"
                assert "could not be used" in result["message"]
                assert result["message"] in editor.said()
                assert editor.edits == []
                # The model was told why, once.
                assert "can't be used" in server.requests[1].prompt

    asyncio.run(scenario())


def test_a_question_is_answered_in_words(crate, environ):
    async def scenario():
        with OpenAIServer([Reply.text("It adds x to itself. [src/lib.rs:15]")]) as server:
            async with Editor(crate, environ=environ, options=using(server)) as editor:
                editor.open("src/lib.rs")
                editor.replace("src/lib.rs", "    x + x", "    // why not 2 * x? AI?\n    x + x")
                result = await run(editor, "x + x")
                assert result["status"] == "answered"
                assert result["answer"] == "It adds x to itself. [src/lib.rs:15]"
                assert result["answer"] in editor.said()
                assert editor.edits == []
                assert "Question: why not 2 * x?" in server.requests[0].prompt

    asyncio.run(scenario())


def test_typing_elsewhere_moves_the_edit_and_typing_in_the_item_withdraws_it(crate, environ):
    slow = Reply.text(fenced(DOUBLED), delay_each=0.03)

    async def scenario():
        with OpenAIServer([slow, slow]) as server:
            async with Editor(crate, environ=environ, options=using(server)) as editor:
                file = "src/lib.rs"
                editor.open(file)
                await editor.indexed()
                running = asyncio.create_task(run(editor, "x + x", instruction="product"))
                await editor.until(lambda: len(server.requests) == 1, "the request")
                editor.replace(file, "//! A tiny crate.", "//! A tiny crate.\n//! 🦀 Very.")
                expected = editor.text[editor.uri(file)].replace("x + x", "2 * x")
                assert (await running)["status"] == "applied"
                assert editor.text[editor.uri(file)] == expected

                editor.replace(file, "2 * x", "x + x")
                running = asyncio.create_task(run(editor, "x + x", instruction="product"))
                await editor.until(lambda: len(server.requests) == 2, "the second request")
                editor.replace(file, "x + x", "x + x + 0")
                result = await running
                assert result["status"] == "withdrawn"
                assert "was changed where the edit would go" in result["message"]
                assert len(editor.edits) == 1
                assert "x + x + 0" in editor.text[editor.uri(file)]

    asyncio.run(scenario())


def test_an_editor_that_refuses_the_edit_is_believed(crate, environ):
    async def scenario():
        with OpenAIServer([Reply.text(fenced(DOUBLED))]) as server:
            async with Editor(crate, environ=environ, options=using(server)) as editor:
                editor.open("src/lib.rs")
                editor.refuse_edits = "read only"
                result = await run(editor, "x + x", instruction="product")
                assert result["status"] == "withdrawn"
                assert "read only" in result["message"]

    asyncio.run(scenario())


@pytest.mark.parametrize("how", ["progress", "request"])
def test_cancelling_stops_the_model(crate, environ, how):
    endless = Reply.text(fenced(DOUBLED), stall_after=3)

    async def scenario():
        with OpenAIServer([endless, Reply.text(fenced(DOUBLED))]) as server:
            async with Editor(crate, environ=environ, options=using(server)) as editor:
                editor.open("src/lib.rs")
                await editor.indexed()
                argument = {
                    "uri": editor.uri("src/lib.rs"),
                    "range": editor.cursor("src/lib.rs", "x + x"),
                    "instruction": "product",
                }
                editor.client.progress_reports.setdefault("t", [])
                params = types.ExecuteCommandParams("ferrograph.ai", [argument], "t")
                future = editor.client.protocol.send_request(
                    "workspace/executeCommand", params, msg_id="the-command"
                )
                await editor.until(lambda: len(server.requests) == 1, "the request")
                if how == "progress":
                    editor.client.window_work_done_progress_cancel(
                        types.WorkDoneProgressCancelParams("t")
                    )
                    result = await asyncio.wait_for(asyncio.wrap_future(future), WAIT_S)
                    assert result["status"] == "cancelled"
                else:
                    editor.client.cancel_request(types.CancelParams("the-command"))
                    with pytest.raises(JsonRpcRequestCancelled):
                        await asyncio.wait_for(asyncio.wrap_future(future), WAIT_S)
                # The model's server sees its client leave.
                assert await asyncio.to_thread(server.disconnects.acquire, timeout=WAIT_S)
                last = editor.client.progress_reports["t"]
                await editor.until(
                    lambda: isinstance(last[-1], types.WorkDoneProgressEnd), "the progress' end"
                )
                assert editor.edits == []
                # And the next request is served.
                result = await run(editor, "x + x", instruction="product")
                assert result["status"] == "applied"

    asyncio.run(scenario())


def test_a_superseded_request_is_answered(crate, environ):
    endless = Reply.text(fenced(DOUBLED), stall_after=3)

    async def scenario():
        with OpenAIServer([endless, Reply.text(fenced(DOUBLED))]) as server:
            async with Editor(crate, environ=environ, options=using(server)) as editor:
                editor.open("src/lib.rs")
                await editor.indexed()
                first = asyncio.create_task(run(editor, "x + x", instruction="product"))
                await editor.until(lambda: len(server.requests) == 1, "the request")
                second = await run(editor, "x + x", instruction="product")
                assert second["status"] == "applied"
                assert (await asyncio.wait_for(first, WAIT_S))["status"] == "superseded"
                assert len(editor.edits) == 1

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ({"url": f"http://127.0.0.1:{closed_port()}/v1", "retries": 0}, "127.0.0.1"),
        ({"path": "/no/such/model.gguf"}, "/no/such/model.gguf"),
    ],
    ids=["an endpoint that refuses", "a missing model"],
)
def test_a_model_that_is_not_there_is_one_sentence(crate, environ, model, sentence):
    async def scenario():
        async with Editor(crate, environ=environ, options={"model": model}) as editor:
            editor.open("src/lib.rs")
            result = await run(editor, "x + x", instruction="product")
            assert result["status"] == "failed"
            assert sentence in result["message"]
            assert result["message"] in editor.said()
            # The rest goes on.
            await editor.indexed()
            assert "Twice" in await editor.hover("src/lib.rs", editor.at("src/lib.rs", "doubled"))

    asyncio.run(scenario())


def test_an_endpoint_that_stalls_is_given_up(crate, environ):
    async def scenario():
        with OpenAIServer([Reply.text("never", stall_after=-1)]) as server:
            options = using(server, firstTokenTimeoutS=0.3, connectTimeoutS=0.3)
            async with Editor(crate, environ=environ, options=options) as editor:
                editor.open("src/lib.rs")
                result = await run(editor, "x + x", instruction="product")
                assert result["status"] == "failed"
                assert "sent nothing for" in result["message"]

    asyncio.run(scenario())
