"""Whatever is broken or missing gets one clear sentence, and the rest goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ferrograph.graph.store import GraphStore
from ferrograph.server.lazy_encoder import LazyEncoder
from ferrograph.tests.support.cli import ferrograph
from ferrograph.tests.support.openai_server import OpenAIServer, Reply, closed_port
from ferrograph.tests.support.tiny_gguf import write_tiny_gguf

pytestmark = pytest.mark.e2e


def index(root, environ, *args):
    """Index; whatever is said is said without a traceback."""
    ran = ferrograph("index", "--no-embed", "--json", "--root", root, *args, environ=environ)
    assert "Traceback" not in ran.err
    return ran


def found(root, environ, name):
    ran = ferrograph("explain", name, "--json", "--root", root, environ=environ)
    return ran.json["qualified_path"] if ran.status == 0 else None


def test_no_cargo(crate, environ, tmp_path):
    (tmp_path / "bin").mkdir()
    without = {**environ, "PATH": str(tmp_path / "bin"), "HOME": str(tmp_path), "CARGO_HOME": ""}
    ran = index(crate, without, "--trust")
    assert ran.status == 0
    assert "argo was not found" in ran.said
    assert ran.json["read_by"] == "manifests"
    assert found(crate, environ, "doubled") == "tiny::doubled"
    doctor = ferrograph("doctor", "--json", "--root", crate, environ=without).json
    assert next(f["state"] for f in doctor if f["name"] == "cargo") == "missing"


def test_a_cargo_that_is_named_but_not_there(crate, environ):
    ran = index(crate, {**environ, "FERROGRAPH_CARGO_PATH": "/no/such/cargo"}, "--trust")
    assert ran.status == 0
    assert "/no/such/cargo" in ran.said


def test_no_manifest(tmp_path, environ):
    (tmp_path / "a.rs").write_text("pub fn alone() {}\n")
    ran = index(tmp_path, environ)
    assert ran.status == 0
    assert "here is no Cargo.toml" in ran.said
    assert found(tmp_path, environ, "alone").endswith("::alone")


def test_a_broken_manifest(crate, environ):
    (crate / "Cargo.toml").write_text('[package]\nname = "tiny"\nversion = \n')
    ran = index(crate, environ)
    assert ran.status == 0
    assert "Cargo.toml" in ran.said
    assert found(crate, environ, "doubled") is not None


def test_not_a_rust_folder(tmp_path, environ):
    (tmp_path / "a.txt").write_text("hello")
    ran = index(tmp_path, environ)
    assert ran.status == 0
    assert "no Rust file" in ran.said
    assert ferrograph("search", "x", "--json", "--root", tmp_path, environ=environ).json == []


def test_no_such_folder(tmp_path, environ):
    ran = index(tmp_path / "nowhere", environ)
    assert ran.status == 1
    assert "does not exist" in ran.said


def test_files_that_cannot_be_read_are_named_and_the_others_are_indexed(crate, environ):
    src = crate / "src"
    (src / "lib.rs").write_text(
        "pub mod shapes;\nmod latin;\nmod huge;\nmod broken;\npub fn ok() {}\n"
    )
    (src / "latin.rs").write_bytes(b"pub fn latin() {} // caf\xe9\n")
    (src / "huge.rs").write_text("pub const X: u8 = 1;\n" * 250_000)
    (src / "broken.rs").write_text("pub fn fine() {}\npub fn broken( {\n")
    (src / "loop").symlink_to(src)
    (src / "self").symlink_to(src / "self")
    ran = index(crate, environ)
    assert ran.status == 0
    said = ran.err.splitlines()
    assert [s for s in said if "src/latin.rs" in s and "UTF-8" in s]
    assert [s for s in said if "src/huge.rs" in s and "5.2 MB" in s]
    assert [s for s in said if "src/broken.rs" in s]
    assert found(crate, environ, "ok") == "tiny::ok"
    assert found(crate, environ, "latin::latin") == "tiny::latin::latin"
    assert found(crate, environ, "fine") == "tiny::broken::fine"
    # The link back to the folder did not make everything twice.
    assert ran.json["files"] <= 5


def encoder_store(root):
    encoder = LazyEncoder()
    return GraphStore.open(
        root / ".ferrograph" / "graph", model=encoder.name, dimensions=encoder.dimensions
    )


def test_a_database_of_another_version_is_rebuilt(crate, environ):
    index(crate, environ)
    with encoder_store(crate) as store:
        store.put("meta", [["schema", "999"]])
    doctor = ferrograph("doctor", "--json", "--root", crate, environ=environ).json
    assert "999" in next(f["found"] for f in doctor if f["name"] == "graph")
    ran = index(crate, environ)
    assert ran.status == 0
    assert "schema version 999" in ran.said
    assert ran.json["parsed"] == 2
    assert index(crate, environ).json["parsed"] == 0


def test_a_damaged_database_is_rebuilt(crate, environ):
    index(crate, environ)
    folder = crate / ".ferrograph" / "graph"
    for file in folder.rglob("CURRENT"):
        file.write_bytes(b"garbage")
    ran = index(crate, environ)
    assert ran.status == 0, ran.err
    assert "can't be opened" in ran.said
    assert ran.json["items"] > 8


def test_a_database_that_another_process_has_open(crate, environ):
    index(crate, environ)
    with encoder_store(crate):
        ran = ferrograph("search", "doubled", "--json", "--root", crate, environ=environ)
        assert ran.status == 0
        assert "Another ferrograph process" in ran.said
        assert ran.json[0]["qualified_path"] == "tiny::doubled"
    assert "Another" not in index(crate, environ).said


def test_a_folder_that_takes_no_database(crate, environ):
    (crate / ".ferrograph").write_text("in the way")
    ran = ferrograph("search", "doubled", "--json", "--root", crate, environ=environ)
    assert ran.status == 0
    assert "kept in memory instead" in ran.said
    assert ran.json[0]["qualified_path"] == "tiny::doubled"


def test_wrong_settings_in_files_and_variables(crate, environ):
    (crate / "ferrograph.toml").write_text('[context]\nbudge = 9\nbudget = "x"\n')
    ran = index(crate, {**environ, "FERROGRAPH_MODEL_TEMPERATURE": "hot"})
    assert ran.status == 0
    assert 'no setting "context.budge"; did you mean "context.budget"?' in ran.said
    assert '"context.budget" should be a whole number' in ran.said
    assert '"model.temperature" should be a number' in ran.said
    (crate / "ferrograph.toml").write_text("[context\n")
    assert "ferrograph.toml can't be read" in index(crate, environ).said


def test_an_untrusted_workspace_cannot_send_code_anywhere(crate, environ):
    with OpenAIServer([Reply.text("ha")]) as server:
        (crate / "ferrograph.toml").write_text(f'[model]\nurl = "{server.base_url}"\n')
        ran = ferrograph("ask", "what?", "--root", crate, environ=environ)
        assert ran.status == 1
        assert '"model.url" was ignored, because this workspace is not trusted' in ran.said
        assert "No model is configured" in ran.said
        assert server.requests == server.probes == []


def ask(crate, environ, **model):
    settings = {f"FERROGRAPH_MODEL_{k.upper()}": str(v) for k, v in model.items()}
    ran = ferrograph("ask", "what?", "--root", crate, environ={**environ, **settings})
    assert ran.status == 1
    assert ran.out == ""
    assert "Traceback" not in ran.err
    return ran.said


def test_no_model(crate, environ):
    assert "No model is configured: run `ferrograph model use FILE.gguf`" in ask(crate, environ)


def test_a_missing_a_truncated_and_a_wrong_gguf(crate, environ, tmp_path):
    assert "/no/such.gguf" in ask(crate, environ, path="/no/such.gguf")
    whole = write_tiny_gguf(tmp_path / "tiny.gguf").read_bytes()
    (tmp_path / "cut.gguf").write_bytes(whole[: len(whole) // 2])
    assert "truncated" in ask(crate, environ, path=tmp_path / "cut.gguf")
    (tmp_path / "text.gguf").write_text("hello")
    assert "not a GGUF" in ask(crate, environ, path=tmp_path / "text.gguf")
    # What needs no model goes on, with an estimate in place of the tokenizer.
    ran = ferrograph(
        "context", "--task", "x", "--json", "--root", crate,
        environ={**environ, "FERROGRAPH_MODEL_PATH": "/no/such.gguf"},
    )  # fmt: skip
    assert ran.status == 0
    assert "/no/such.gguf" in ran.said
    assert ran.json["counted_by"] == "an estimate"


def test_an_endpoint_that_refuses_or_stalls(crate, environ):
    nobody = f"http://127.0.0.1:{closed_port()}/v1"
    assert "127.0.0.1" in ask(crate, environ, url=nobody, retries=0)
    with OpenAIServer([Reply.text("x", stall_after=-1)]) as server:
        said = ask(
            crate, environ, url=server.base_url, retries=0,
            connect_timeout_s=0.3, first_token_timeout_s=0.3,
        )  # fmt: skip
        assert "sent nothing for" in said


def test_the_editor_and_the_command_line_at_once(crate, environ):
    server = subprocess.Popen(
        [sys.executable, "-m", "ferrograph", "lsp"], env=environ,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for message in (
            '{"jsonrpc":"2.0","id":1,"method":"initialize","params":'
            f'{{"capabilities":{{}},"rootUri":"{crate.as_uri()}"}}}}',
            '{"jsonrpc":"2.0","method":"initialized","params":{}}',
        ):
            server.stdin.write(f"Content-Length: {len(message)}\r\n\r\n{message}".encode())
            server.stdin.flush()
        lock = crate / ".ferrograph" / "graph"
        while not any(lock.rglob("LOCK")):
            assert server.poll() is None
        ran = ferrograph("search", "doubled", "--json", "--root", crate, environ=environ)
        assert ran.status == 0, ran.err
        assert ran.json[0]["qualified_path"] == "tiny::doubled"
    finally:
        server.stdin.close()
        server.stdout.close()
        server.wait(30)


def test_places_that_are_none(crate, environ):
    for place, sentence in (
        ("src/none.rs:1", "There is no file src/none.rs"),
        ("src/lib.rs:999", "has 25 lines, not 999"),
        (f"{Path(__file__)}:1", "does not belong to the workspace"),
    ):
        ran = ferrograph("context", "--at", place, "--root", crate, environ=environ)
        assert ran.status == 1
        assert sentence in ran.said
    ran = ferrograph("explain", "nothing_of_that_name", "--root", crate, environ=environ)
    assert (ran.status, "knows nothing of" in ran.said) == (1, True)
