"""The command line: its machine-readable output, its messages, its exit status."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ferrograph.server.cli.graph import SUBCOMMANDS
from ferrograph.server.cli.main import COMMANDS
from ferrograph.tests.support.cli import ferrograph, on_terminal
from ferrograph.tests.support.openai_server import OpenAIServer, Reply
from ferrograph.tests.support.tiny_gguf import write_tiny_gguf

pytestmark = pytest.mark.e2e

PLACE = {"path": str, "line": int, "kind": str, "name": str, "qualified_path": str}
RANKED = {**PLACE, "score": float, "factors": dict}
SHOWN = {**RANKED, "level": str, "tokens": int}
ANSI = "\x1b["


def has_shape(value, shape):
    assert {key: type(value[key]) for key in shape} == shape
    for factor, number in value.get("factors", {}).items():
        assert isinstance(factor, str)
        assert 0 <= number <= 1, factor


def test_search_prints_the_contract_best_first(crate, environ):
    ran = ferrograph(
        "search", "the area of a square", "-k", "3", "--json", "--root", crate, environ=environ
    )
    assert ran.status == 0, ran.err
    found = ran.json
    assert len(found) == 3
    for each in found:
        has_shape(each, RANKED)
    assert [each["score"] for each in found] == sorted((e["score"] for e in found), reverse=True)
    assert found[0]["name"] in ("square_area", "area", "Square")
    [area] = [e for e in found if e["qualified_path"] == "tiny::square_area"]
    text = (crate / "src" / "lib.rs").read_text().splitlines()
    assert "fn square_area" in text[area["line"] - 1]
    assert area["path"] == "src/lib.rs"
    by_name = ferrograph(
        "search", "doubled", "-k", "1", "--json", environ=environ, cwd=crate / "src"
    )
    assert by_name.json[0]["qualified_path"] == "tiny::doubled"


def test_notes_are_found_by_their_tags(crate, environ):
    (crate / "area.md").write_text(
        "---\ntags: [Design, shapes]\n---\n# Areas\n\nA square.\n\n## Rounding\n\nNever.\n"
    )
    (crate / "plan.md").write_text("---\ntags:\n  - design\n---\n# Next\n\nSquares, too.\n")
    (crate / "README.md").write_text("# Squares\n\nNo tags here.\n")

    def names(*args):
        ran = ferrograph("search", *args, "--json", "--root", crate, environ=environ)
        assert ran.status == 0, ran.err
        return [each["name"] for each in ran.json]

    assert names("", "--tag", "design") == ["Areas", "Rounding", "Next"]
    assert names("how is it rounded", "--tag", "design")[0] == "Rounding"
    assert names("", "--tag", "design", "--tag", "Shapes") == ["Areas", "Rounding"]
    said = ferrograph("search", "squares", "--tag", "desing", "--root", crate, environ=environ)
    assert "No note has the tag desing; there are: design, shapes." in said.said
    both = ferrograph("search", "x", "--tag", "a", "--files", "--root", crate, environ=environ)
    assert both.status == 2


def test_dependencies_are_named_by_crate_and_version(game, environ):
    args = ("--root", game, "--trust", "--json")
    found = ferrograph("search", "MessageWriter", "-k", "5", *args, environ=environ).json
    writer = next(e for e in found if e["name"] == "MessageWriter" and e["kind"] == "struct")
    assert re.fullmatch(r"bevy_ecs@0\.19\.1/src/.*\.rs", writer["path"])
    card = ferrograph("explain", "MessageWriter", *args, environ=environ).json
    assert (card["crate"], card["version"]) == ("bevy_ecs", "0.19.1")
    card = ferrograph("explain", "roll_damage", *args, environ=environ).json
    assert card["version"] == ""
    callers = {tie["qualified_path"] for tie in card["ties"]["callers"]}
    assert "bevy_game::combat::attack::attack" in callers
    assert card["ties"]["tests"]
    line = 1 + (game / "src/combat/attack.rs").read_text().split("pub fn attack")[0].count("\n")
    context = ferrograph(
        "context", "--at", f"src/combat/attack.rs:{line}", "--task", "add a critical-hit chance",
        "--budget", "4000", *args, environ=environ,
    )  # fmt: skip
    assert context.status == 0, context.err
    names = {each["name"] for each in context.json["items"]}
    assert {"attack", "roll_damage", "CombatRules", "CombatStats"} <= names
    assert any(e["path"].startswith("bevy_ecs@0.19.1/") for e in context.json["items"])


@pytest.mark.parametrize("budget", [256, 1000])
def test_context_prints_the_contract_within_its_budget(crate, environ, budget):
    ran = ferrograph(
        "context", "--at", "src/lib.rs:16", "--task", "use a product", "--budget", str(budget),
        "--json", "--root", crate, environ=environ,
    )  # fmt: skip
    assert ran.status == 0, ran.err
    context = ran.json
    assert context["budget"] == budget
    assert 0 < context["tokens"] <= budget
    assert context["counted_by"] == "an estimate"
    for each in context["items"]:
        has_shape(each, SHOWN)
        assert each["level"] in ("full", "folded", "signature", "name")
    assert context["items"][0]["name"] == "doubled"
    assert "fn doubled" in context["prompt"]
    assert [m["role"] for m in context["messages"]] == ["system", "user"]
    assert context["prompt"].strip() in context["messages"][1]["content"]


def test_the_model_s_own_tokenizer_counts(crate, environ, tmp_path):
    model = write_tiny_gguf(tmp_path / "tiny.gguf", context_length=8192)
    with_model = {**environ, "FERROGRAPH_MODEL_PATH": str(model)}
    ran = ferrograph(
        "context", "--task", "use a product", "--budget", "512", "--json", "--root", crate,
        environ=with_model,
    )  # fmt: skip
    assert ran.status == 0, ran.err
    assert "the model's own" in ran.json["counted_by"]
    assert 0 < ran.json["tokens"] <= 512


def test_index_reports_and_a_second_run_parses_nothing(crate, environ):
    first = ferrograph("index", "--json", "--root", crate, environ=environ).json
    assert first["files"] == first["parsed"] == 2
    assert first["items"] > 8
    assert first["vectors"] > 4
    assert first["lines"] == sum(
        len((crate / "src" / f).read_text().splitlines()) for f in ("lib.rs", "shapes.rs")
    )
    assert first["seconds"]["total"] > 0
    assert first["lines_per_second"] > 0
    second = ferrograph("index", "--root", crate, environ=environ)
    assert second.status == 0
    assert "0 parsed" in second.out
    for word in ("lines", "items", "edges", "lines/s", "vectors"):
        assert word in second.out
    assert (crate / ".ferrograph" / ".gitignore").read_text() == "*\n"


def test_explain_by_place_and_by_name(crate, environ):
    by_name = ferrograph("explain", "Shape::area", "--json", "--root", crate, environ=environ)
    assert by_name.status == 0, by_name.err
    has_shape(by_name.json, PLACE)
    by_place = ferrograph("explain", "src/lib.rs:10:54", "--json", environ=environ, cwd=crate)
    assert by_place.json["name"] == "area"
    text = ferrograph("explain", "doubled", "--root", crate, environ=environ).out
    assert "pub fn doubled(x: u32) -> u32" in text
    assert "Twice." in text


DOUBLED = "```rust\n/// Twice.\npub fn doubled(x: u32) -> u32 {\n    2 * x\n}\n```"


def test_edit_shows_a_diff_and_writes_only_when_told(crate, environ):
    before = (crate / "src" / "lib.rs").read_text()
    with OpenAIServer([Reply.text(DOUBLED)] * 3) as server:
        env = {**environ, "FERROGRAPH_MODEL_URL": server.base_url, "FERROGRAPH_MODEL_NAME": "m"}
        shown = ferrograph("edit", "src/lib.rs:16", "use a product", environ=env, cwd=crate)
        assert shown.status == 0, shown.err
        assert "-    x + x\n+    2 * x\n" in shown.out
        assert (crate / "src" / "lib.rs").read_text() == before
        subprocess.run(
            ["git", "apply", "--check", "-"], cwd=crate, input=shown.out, text=True, check=True
        )
        written = ferrograph(
            "edit", "src/lib.rs:16", "use a product", "--write", "--json", environ=env, cwd=crate
        )
        assert written.json["written"] is True
        assert (crate / "src" / "lib.rs").read_text() == before.replace("x + x", "2 * x")
        # The instruction may stand in a comment, which goes with the edit.
        (crate / "src" / "lib.rs").write_text(
            before.replace("/// Twice.", "// AI: product\n/// Twice.")
        )
        by_comment = ferrograph("edit", "src/lib.rs:17", "--write", environ=env, cwd=crate)
        assert by_comment.status == 0, by_comment.err
        assert (crate / "src" / "lib.rs").read_text() == before.replace("x + x", "2 * x")


def test_ask_prints_the_answer_alone(crate, environ):
    with OpenAIServer([Reply.text("It doubles x. [src/lib.rs:16]\n")] * 2) as server:
        env = {**environ, "FERROGRAPH_MODEL_URL": server.base_url}
        ran = ferrograph("ask", "what does doubled do?", environ=env, cwd=crate)
        assert ran.out == "It doubles x. [src/lib.rs:16]\n"
        assert "doubled" in server.requests[0].prompt
        ran = ferrograph("ask", "what?", "--at", "src/lib.rs:16", "--json", environ=env, cwd=crate)
        assert ran.json["answer"] == "It doubles x. [src/lib.rs:16]"
        assert "pub fn doubled" in server.requests[1].prompt


def test_a_real_model_runs_end_to_end(crate, environ, tmp_path):
    model = write_tiny_gguf(tmp_path / "tiny.gguf", context_length=8192)
    env = {**environ, "XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_DATA_HOME": str(tmp_path)}
    used = ferrograph("model", "use", model, environ=env)
    assert used.status == 0, used.err
    [listed] = ferrograph("model", "list", "--json", environ=env).json
    assert listed["chosen"] is True
    assert listed["problem"] is None
    ran = ferrograph(
        "ask", "what?", "--json", environ={**env, "FERROGRAPH_MODEL_MAX_TOKENS": "16"}, cwd=crate
    )
    assert ran.status == 0, ran.err
    assert ran.json["model"] == "tiny random llama"
    # Random weights write no Rust: that is a sentence and no edit.
    edited = ferrograph(
        "edit", "src/lib.rs:16", "x", "--write", cwd=crate,
        environ={**env, "FERROGRAPH_MODEL_MAX_TOKENS": "16"},
    )  # fmt: skip
    assert edited.status == 1
    assert "could not be used" in edited.said
    assert "Traceback" not in edited.err


def test_doctor_names_everything_and_what_it_costs(crate, environ):
    ran = ferrograph("doctor", "--json", "--root", crate, environ=environ)
    assert ran.status == 0, ran.err
    found = {each["name"]: each for each in ran.json}
    assert {
        "cargo",
        "rust-analyzer",
        "language model",
        "embedding model",
        "graph",
        "machine",
    } <= set(found)
    assert found["language model"]["state"] == "missing"
    assert "ferrograph model use" in found["language model"]["costs"]
    assert found["embedding model"]["state"] == "ok"
    assert " on " in found["embedding model"]["found"]
    assert "ONNX Runtime" in found["embedding model"]["found"]
    assert "exact" in found["vector search"]["found"]
    assert "cores" in found["machine"]["found"]
    assert "✗ language model" in ferrograph("doctor", "--root", crate, environ=environ).out


def test_trust_is_given_and_taken(crate, environ, tmp_path):
    env = {**environ, "XDG_CONFIG_HOME": str(tmp_path / "config")}
    assert ferrograph("trust", "--list", "--json", environ=env).json == []
    assert ferrograph("trust", "--json", environ=env, cwd=crate / "src").json == [
        str(crate.resolve())
    ]
    assert "trusted" in ferrograph("doctor", environ=env, cwd=crate).out
    assert ferrograph("trust", "--remove", "--json", environ=env, cwd=crate).json == []
    again = ferrograph("trust", "--remove", environ=env, cwd=crate)
    assert (again.status, "is not in the list" in again.said) == (1, True)


_GROUPS = {"model": ("list", "inspect", "use", "download"), "graph": tuple(SUBCOMMANDS)}


def test_every_command_has_help_root_and_json(environ):
    for name in COMMANDS:
        subcommands = _GROUPS.get(name, ("",))
        for sub in subcommands:
            ran = ferrograph(name, *([sub] if sub else []), "--help", environ=environ)
            assert ran.status == 0
            assert "--root" in ran.out, name
            assert "--json" in ran.out, name


def test_help_is_quick_and_loads_no_engine(environ):
    code = (
        "import sys; from ferrograph.server.cli.main import main; main(['--help']);"
        "print([m for m in ('numpy', 'pygls', 'httpx', 'onnxruntime', 'rich', 'pycozo') if m in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == "[]"
    for name, text in COMMANDS.items():
        assert re.search(rf"^  {name}\s+{re.escape(text)}$", ran.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["serch"], "Did you mean 'search'?"),
        (["search"], "Missing argument 'QUERY'"),
        (["context", "--at", "lib.rs"], "write FILE:LINE"),
        (["context", "--budget", "0"], "0 is not in the range"),
        (["search", "x", "-k", "none"], "'none' is not a valid integer"),
        (["model"], "Usage"),
    ],
)
def test_wrong_usage_is_status_2(environ, args, sentence):
    ran = ferrograph(*args, environ=environ)
    assert ran.status == 2
    assert sentence in ran.said
    assert "Traceback" not in ran.err


def test_colours_and_bars_only_on_a_terminal(crate, environ):
    coloured = {k: v for k, v in environ.items() if k != "NO_COLOR"}
    piped = ferrograph("search", "area", "--root", crate, environ=coloured)
    assert ANSI not in piped.out + piped.err
    shown = on_terminal("search", "area", "--root", crate, environ=coloured)
    assert shown.status == 0
    assert ANSI + "2m" in shown.out
    plain = on_terminal("search", "area", "--root", crate, environ=environ)
    assert re.search(r"\x1b\[[0-9;]*3[0-7]m", plain.out) is None


def test_a_reader_that_has_seen_enough_is_no_error(crate, environ):
    ran = subprocess.run(
        f"{sys.executable} -m ferrograph search area -k 50 --json --root {crate} | head -1",
        shell=True, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.stdout == "[\n"
    assert "Traceback" not in ran.stderr
    assert "Broken" not in ran.stderr


def test_ctrl_c_ends_without_a_traceback(crate, environ):
    with OpenAIServer([Reply.text("never", stall_after=1)]) as server:
        process = subprocess.Popen(
            [sys.executable, "-m", "ferrograph", "ask", "what?", "--root", str(crate)],
            env={**environ, "FERROGRAPH_MODEL_URL": server.base_url},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            # Tests that run in the background of a shell inherit an ignored Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )  # fmt: skip
        while not server.requests:
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Interrupted." in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(environ, shell):
    ran = ferrograph("completion", shell, environ=environ)
    assert ran.status == 0, ran.err
    assert "_FERROGRAPH_COMPLETE" in ran.out


def test_bash_completes_commands(environ):
    env = {
        **environ,
        "_FERROGRAPH_COMPLETE": "bash_complete",
        "COMP_WORDS": "ferrograph con",
        "COMP_CWORD": "1",
    }
    assert ferrograph(environ=env).out.strip() == "plain,context"


def test_the_documented_output_is_the_output(crate, environ):
    """`docs/json.md` shows fields; what commands print has exactly those."""
    text = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")
    documented = dict(re.findall(r"<!-- (\w+) -->\n```json\n(.*?)```", text, re.DOTALL))
    actual = {
        "search": ferrograph(
            "search", "area", "-k", "1", "--json", "--root", crate, environ=environ
        ),
        "context": ferrograph(
            "context", "--task", "area", "--json", "--root", crate, environ=environ
        ),
        "index": ferrograph("index", "--json", "--root", crate, environ=environ),
        "explain": ferrograph("explain", "area", "--json", "--root", crate, environ=environ),
        "doctor": ferrograph("doctor", "--json", "--root", crate, environ=environ),
    }
    for name, ran in actual.items():
        assert ran.status == 0, ran.err
        shown, real = json.loads(documented[name]), ran.json
        while isinstance(shown, list):
            shown, real = shown[0], real[0]
        assert list(shown) == list(real), name
        if name == "context":
            assert list(shown["items"][0]) == list(real["items"][0])
            assert list(shown["messages"][0]) == list(real["messages"][0])
