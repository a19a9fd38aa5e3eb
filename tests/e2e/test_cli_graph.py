"""``ferrograph graph``: what it prints, its JSON, its messages, its exit status."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from ferrograph.server.cli.graph import SUBCOMMANDS
from ferrograph.tests.support.cli import Ran, ferrograph

pytestmark = pytest.mark.e2e

ARGUMENTS = {
    "path": ("square_area", "Square::area"),
    "callers": ("Square::area",),
    "callees": ("square_area",),
    "neighbours": ("Square",),
    "implementors": ("Shape",),
    "depends": ("tiny",),
}


@pytest.fixture
def ask(crate: Path, environ: dict[str, str]):
    def run(*args: str | Path) -> Ran:
        return ferrograph("graph", *args, environ=environ, cwd=crate)

    return run


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_question_answers_in_words_and_in_json(ask, name):
    words = ask(name, *ARGUMENTS.get(name, ()))
    assert words.status == 0, words.err
    machine = ask(name, *ARGUMENTS.get(name, ()), "--json")
    assert machine.status == 0, machine.err
    assert isinstance(machine.json, dict)
    if name != "export":
        assert 0 < machine.json["seconds"] < 60
    shown = ask(name, "--help")
    assert f"ferrograph graph {name}" in shown.out.split("Example:")[1]


def test_a_path_shows_its_ties_and_places(ask):
    found = ask("path", "square_area", "Square::area", "--verbose")
    first, second = found.out.splitlines()
    assert first.split() == ["tiny::square_area", "src/lib.rs:8"]
    assert re.fullmatch(
        r"  → tiny::shapes::Square::area  calls, typed  at src/lib\.rs:10:51  src/shapes\.rs:15",
        second,
    )
    assert re.search(r"The graph took \d+\.\d ms", found.err)
    back = ask("path", "Square::area", "square_area")
    assert back.out == found.out
    assert "the other way round" in back.said
    fields = ask("path", "Square::area", "square_area", "--json").json
    assert fields["turned"] is True
    [[step]] = fields["paths"]
    assert step["from"]["name"] == "square_area"
    assert step["ties"][0]["uses"] == ["src/lib.rs:10:51"], "columns are characters"
    none = ask("path", "doubled", "square_area")
    assert (none.status, none.out) == (0, "")
    assert "No path of at most 12 steps leads" in none.said


def test_items_are_named_by_place(ask):
    by_line = ask("callers", "src/shapes.rs:15", "--json").json
    by_symbol = ask("callers", "src/lib.rs:10:54", "--json").json
    assert by_line["item"]["qualified_path"] == "tiny::shapes::Square::area"
    del by_line["seconds"], by_symbol["seconds"]
    assert by_line == by_symbol
    assert [one["name"] for one in by_line["reached"]] == ["square_area"]


def test_trees_are_indented(ask):
    lines = ask("callers", "Square::area", "--depth", "2").out.splitlines()
    assert [re.match(r" *", line)[0] for line in lines] == ["", "  ", "    "]
    assert "tests::a_square_has_an_area" in lines[2]


@pytest.mark.parametrize(
    ("args", "status", "sentence"),
    [
        (["callers", "area"], 1, "'area' may be any of 2 items. Type one of these instead:"),
        (["callers", "doubld"], 1, "The nearest: doubled."),
        (["callers", "src/none.rs:1"], 1, "There is no file src/none.rs"),
        (["implementors", "Square"], 1, "is a struct, not a trait"),
        (["depends", "tny"], 1, "The graph has no crate 'tny'. The nearest: tiny."),
        (["neighbours", "Square", "--kinds", "call"], 2, "'call' is no kind of edge. There are:"),
        (["callers", "area", "--depth", "0"], 2, "0 is not in the range"),
        (["nonsense"], 2, "No such command 'nonsense'"),
        (["export", "--out", "no/such/folder/x.json"], 1, "can't be written"),
        (["export", "--format", "dot", "--json"], 2, "give --out FILE"),
    ],
)
def test_bad_input_says_what_to_do(ask, args, status, sentence):
    ran = ask(*args)
    assert ran.status == status
    assert sentence in ran.said
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_the_export_is_one_whole_file(ask, crate, tmp_path):
    out = tmp_path / "graph.json"
    told = ask("export", "--out", out, "--json").json
    assert told["bytes"] == out.stat().st_size
    graph = json.loads(out.read_text(encoding="utf-8"))
    assert (told["items"], told["edges"]) == (len(graph["items"]), len(graph["edges"]))
    assert json.loads(ask("export").out) == graph
    assert list(tmp_path.glob("graph*")) == [out]
    items = {item["id"]: item for item in graph["items"]}
    [call] = [
        e for e in graph["edges"]
        if e["kind"] == "calls" and items[e["target"]]["name"] == "area"
    ]  # fmt: skip
    source = items[call["source"]]
    [[start, end]] = call["uses"]
    assert (crate / source["path"]).read_bytes()[start:end] == b"area"
    dot = ask("export", "--format", "dot", "--around", "Square", "--limit", "3").out
    assert dot.startswith("digraph ferrograph {\n")
    assert "struct tiny::shapes::Square" in dot


def test_the_documented_export_is_the_export(ask):
    """`docs/graph.md` shows an item and an edge; real ones have exactly those fields."""
    text = (Path(__file__).parents[2] / "docs" / "graph.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"<!-- export -->\n```json\n(.*?)```", text, re.DOTALL)
    documented = json.loads(shown)
    graph = ask("export").json
    assert list(documented) == list(graph)
    for part in ("items", "edges"):
        assert list(documented[part][0]) == list(graph[part][0])


def test_kinds_are_completed(ask, environ):
    env = {
        **environ,
        "_FERROGRAPH_COMPLETE": "bash_complete",
        "COMP_WORDS": "ferrograph graph path --kinds calls,uses",
        "COMP_CWORD": "4",
    }
    assert ferrograph(environ=env).out.strip() == "plain,calls,uses_type"
    env["COMP_WORDS"], env["COMP_CWORD"] = "ferrograph graph dup", "2"
    assert ferrograph(environ=env).out.strip() == "plain,duplicates"
