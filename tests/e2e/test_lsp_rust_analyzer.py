"""Settings of rust-analyzer hold as soon as an editor changes them."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest
from ferrograph.tests.support.lsp_editor import Editor
from ferrograph.tests.support.scripted_analyzer import scripted_analyzer, started
from lsprotocol import types

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform == "win32", reason="the program is a script"),
]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_switched_off_it_ends(crate, environ, tmp_path):
    program = scripted_analyzer(tmp_path / "bin")
    options = {
        "trusted": True,
        "embedding": {"enabled": False},
        "rust_analyzer": {"path": str(program), "mode": "eager"},
    }

    async def state(editor, wanted):
        while True:
            status = await editor.execute("ferrograph.status")
            if status.get("rust_analyzer", {}).get("state") == wanted:
                return
            await asyncio.sleep(0.05)

    def change(editor, mode):
        options["rust_analyzer"]["mode"] = mode
        editor.client.workspace_did_change_configuration(
            types.DidChangeConfigurationParams(settings={"ferrograph": options})
        )

    async def scenario():
        async with Editor(crate, environ=environ, options=options) as editor:
            await editor.indexed()
            await state(editor, "ready")
            change(editor, "off")
            await state(editor, "off")
            [first] = started(tmp_path / "bin")
            while alive(first):
                await asyncio.sleep(0.05)
            change(editor, "eager")
            await state(editor, "ready")
            assert len(started(tmp_path / "bin")) == 2

    asyncio.run(asyncio.wait_for(scenario(), 120))
