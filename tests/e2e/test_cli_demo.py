"""The demo, as `make demo` runs it, on a copy of the example."""

from __future__ import annotations

import re
import resource

import pytest
from ferrograph.tests.support.cli import ferrograph
from ferrograph.tests.support.openai_server import OpenAIServer, Reply

pytestmark = pytest.mark.e2e

TASK = "add a critical-hit chance to the attack system"


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_without_a_model_it_shows_everything_up_to_the_prompt(game, environ):
    # A copy is none of ferrograph's own examples: it has to be trusted like any workspace.
    env = {**environ, "FERROGRAPH_TRUSTED": "true"}
    before = _cpu_seconds()
    ran = ferrograph("demo", "--root", game, "--task", TASK, environ=env)
    assert ran.status == 0, ran.err
    # A minute at most. Of the processors' time, since others may be at work on them.
    assert _cpu_seconds() - before < 60
    assert re.search(r"[\d,]+ lines of Rust, [\d,]+ items", ran.out)
    assert re.search(r"\d+ pinned dependencies with [\d,]+ items", ran.out)
    assert f'Task: "{TASK}", at src/combat/attack.rs:' in ran.out
    rows = re.findall(
        r"^\s*(0\.\d{3}|1\.000)\s+([\d,]+)\s+(full|folded|signature|name)\s", ran.out, re.MULTILINE
    )
    assert len(rows) == 20
    scores = [float(score) for score, _, _ in rows]
    assert scores == sorted(scores, reverse=True)
    tokens, budget = re.search(r"([\d,]+) of ([\d,]+) tokens", ran.out).groups()
    assert 0 < int(tokens.replace(",", "")) <= int(budget.replace(",", ""))
    assert "roll_damage" in ran.out
    assert "You change Rust code in an existing project." in ran.out
    assert f"Task for the function `attack`: {TASK}" in ran.out
    assert "No model is configured: run `ferrograph model use" in ran.out
    assert re.search(r"\d+ s in all", ran.out)


def test_with_a_model_it_shows_the_edit_and_writes_nothing(game, environ):
    file = game / "src" / "combat" / "attack.rs"
    before = file.read_text()
    item = before[before.index("pub fn attack(") : before.index("#[cfg(test)]")].strip()
    changed = item.replace("let strength =", "let _luck = stats.luck;\n        let strength =")
    assert changed != item
    with OpenAIServer([Reply.text(f"```rust\n{changed}\n```")]) as server:
        env = {
            **environ,
            "FERROGRAPH_TRUSTED": "true",
            "FERROGRAPH_MODEL_URL": server.base_url,
            "FERROGRAPH_MODEL_NAME": "scripted",
        }
        ran = ferrograph("demo", "--root", game, "--task", TASK, environ=env)
    assert ran.status == 0, ran.err
    assert "The edit, by scripted" in ran.out
    assert "+        let _luck = stats.luck;" in ran.out
    assert file.read_text() == before


def test_any_workspace_will_do(crate, environ):
    ran = ferrograph("demo", "--root", crate, "--task", "double a number", environ=environ)
    assert ran.status == 0, ran.err
    assert 'Task: "double a number", at src/lib.rs:' in ran.out
