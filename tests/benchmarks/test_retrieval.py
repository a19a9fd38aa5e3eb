"""The retrieval benchmark: its figures are right, its cases are fair, nothing leaks."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from ferrograph.benchmarks.retrieval.bm25 import (
    TEXTBOOK,
    Bm25,
    Parameters,
    Vocabulary,
    counted,
    merged,
)
from ferrograph.benchmarks.retrieval.body import Emptied, figures, shown_in
from ferrograph.benchmarks.retrieval.bootstrap import difference, ratio
from ferrograph.benchmarks.retrieval.cases import Case, draw, one, split_of
from ferrograph.benchmarks.retrieval.docs import mine as mine_docs
from ferrograph.benchmarks.retrieval.errors import RetrievalError
from ferrograph.benchmarks.retrieval.evaluation import Claim, Evaluation
from ferrograph.benchmarks.retrieval.figures import Figures, percentile
from ferrograph.benchmarks.retrieval.metrics import (
    first_rank,
    last_rank,
    ndcg,
    recall,
    reciprocal,
    within,
)
from ferrograph.benchmarks.retrieval.needs import Hole, mine
from ferrograph.benchmarks.retrieval.packing import packed, text_of
from ferrograph.benchmarks.retrieval.prose import sentences
from ferrograph.benchmarks.retrieval.question_rules import mine as mine_questions
from ferrograph.benchmarks.retrieval.report import as_json, table
from ferrograph.benchmarks.retrieval.results import write
from ferrograph.benchmarks.retrieval.stripping import (
    stripped,
    without_comments,
    without_module_docs,
)
from ferrograph.benchmarks.retrieval.systems import fused, whole
from ferrograph.benchmarks.retrieval.workplace import all_items, opened
from ferrograph.graph.model import GraphItem
from ferrograph.ranking.context import Context
from ferrograph.ranking.model import ContextItem, Level
from ferrograph.server.project import Project
from ferrograph.tests.support.graphs import write_fixture


def case(number: int, corpus: str = "demo") -> Case:
    return Case(id=f"docs/{corpus}/{number}", corpus=corpus, query="", expected=frozenset())


# -- cases and figures ------------------------------------------------------------------------


def test_halves_are_disjoint_and_a_larger_draw_holds_a_smaller_one() -> None:
    cases = [case(number) for number in range(400)]
    tune, test = draw(cases, 400, ("tune",)), draw(cases, 400, ("test",))
    assert {c.id for c in tune} | {c.id for c in test} == {c.id for c in cases}
    assert not {c.id for c in tune} & {c.id for c in test}
    assert 140 < len(test) < 260
    assert draw(reversed(cases), 10) == test[:10]
    assert all(split_of(c.id) == "tune" for c in tune)


def test_an_unknown_case_names_its_neighbours() -> None:
    with pytest.raises(RetrievalError, match="did you mean docs/demo/1"):
        one([case(1), case(77)], "docs/demo/11")


def test_figures_of_a_case() -> None:
    assert first_rank(["a", "b", "c"], {"c", "b"}) == 2
    assert first_rank(["a"], {"z"}) == 0
    assert [reciprocal(r, 10) for r in (0, 1, 4, 11)] == [0.0, 1.0, 0.25, 0.0]
    assert [within(r, 5) for r in (0, 1, 5, 6)] == [0.0, 1.0, 1.0, 0.0]
    assert recall(["a", "b", "c"], {"b", "c", "d"}, 2) == pytest.approx(1 / 3)
    assert ndcg(["x", "a"], {"a"}, 10) == pytest.approx(1 / math.log2(3))
    assert ndcg(["a", "a", "b"], {"a", "b"}, 10) == pytest.approx(1.5 / (1 + 1 / math.log2(3)))
    assert ndcg(["a", "b"], {"a", "b"}, 10) == pytest.approx(1.0)


def test_the_bootstrap_is_paired_and_finds_the_known_spread() -> None:
    chance = np.random.default_rng(3)
    base = chance.random(400)
    better = base + 0.1
    groups = ["a"] * 200 + ["b"] * 200
    # Every case is better by as much: paired, there is no doubt at all.
    exact = difference(list(better), list(base), groups)
    assert (exact.low, exact.value, exact.high) == pytest.approx((0.1, 0.1, 0.1))
    noise = chance.normal(0, 1, 400)
    spread = difference(list(noise), [0.0] * 400, ["a"] * 400)
    assert spread.high - spread.low == pytest.approx(2 * 1.96 * noise.std() / 20, rel=0.1)
    assert difference(list(noise), [0.0] * 400, ["a"] * 400) == spread
    assert ratio([2.0, 4.0], [1.0, 2.0], ["a", "a"]).value == pytest.approx(2.0)
    with pytest.raises(ValueError, match="same cases"):
        difference([1.0], [1.0, 2.0], ["a"])


def test_percentiles_are_values_that_occurred() -> None:
    values = [float(n) for n in range(1, 101)]
    assert (percentile(values, 0.5), percentile(values, 0.95), percentile([7.0], 0.5)) == (
        50,
        95,
        7,
    )


# -- BM25 ---------------------------------------------------------------------------------------


def test_bm25_is_the_formula() -> None:
    words = Vocabulary()
    flat = Parameters(weights=dict.fromkeys(Parameters().weights, 1.0),
                      b=dict.fromkeys(Parameters().b, 0.75), k1=1.2)  # fmt: skip
    texts = ["fox dog fox", "dog", "cat cat"]
    index = Bm25(words, [counted(words, {"body": text}) for text in texts], flat)
    rarity = math.log(1 + (3 - 1 + 0.5) / 1.5)
    count = 2 / (1 - 0.75 + 0.75 * 3 / 2)
    assert index.scores("fox")[0] == pytest.approx(rarity * count / (1.2 + count))
    assert [row for row, _ in index.best("dog", 5)] == [1, 0]
    assert index.best("unheard of", 5) == []


def test_bm25_reads_identifiers_and_weighs_names() -> None:
    words = Vocabulary()
    documents: list[dict[str, str]] = [
        {"name": "other", "body": "parse_header parse_header parse_header"},
        {"name": "parse_header"},
        {"name": "ParseHeaders", "body": "unrelated"},
    ]
    index = Bm25(words, [counted(words, d) for d in documents])
    assert index.best("parsing headers", 3)[0][0] in (1, 2)
    assert index.best("parse_header", 3)[0][0] == 1
    assert {row for row, _ in index.best("header", 3)} == {0, 1, 2}


def test_plain_bm25_has_one_field() -> None:
    words = Vocabulary()
    texts = [{"name": "fox", "body": "dog"}, {"body": "dog fox"}, {"signature": "cat"}]
    index = Bm25(words, [merged(counted(words, text)) for text in texts], TEXTBOOK)
    fox = index.scores("fox")
    assert fox[0] == fox[1] > fox[2] == 0.0


def test_an_empty_index_answers_nothing() -> None:
    assert Bm25(Vocabulary(), []).best("anything", 3) == []


# -- questions ------------------------------------------------------------------------------------


def test_no_comment_is_left() -> None:
    source = b"""\
//! File.
/// Doc.
#[doc = "more"]
#[derive(Debug)] // why
struct A { /* c */ x: u8 }
macro_rules! m { () => { /// inner
    fn f() { "// kept" } } }
"""
    left = without_comments(source)
    for gone in (b"File", b"Doc", b"more", b"why", b" c ", b"inner"):
        assert gone not in left
    assert b"#[derive(Debug)]" in left
    assert b'"// kept"' in left
    assert left.count(b"\n") == source.count(b"\n")


def test_sentences_keep_names_and_leave_code_out() -> None:
    found = sentences(
        "# A `Title`\n\nFirst [`One`] sentence. Then `two()`\ngoes on.\n\n```\nlet x = 1;\n```\n\n"
        "> quoted words\n\n- a list item. Another."
    )
    assert [(s.kind, s.text) for s in found] == [
        ("heading", "A Title"), ("sentence", "First One sentence."),
        ("sentence", "Then two() goes on."), ("sentence", "a list item."), ("sentence", "Another."),
    ]  # fmt: skip
    assert found[2].names == ("two()",)
    assert [s.first for s in found] == [False, True, False, False, False]


DOCUMENTED = """\
//- /src/lib.rs
//! The root of everything that stands here.
mod walk;
mod glob;
pub fn a() {}
pub fn b() {}
pub fn c() {}
//- /src/walk.rs
//! Walks directories in parallel and politely.
//!
//! # Ignoring hidden files first
//!
//! # Examples
pub struct WalkState;
pub struct Walker;
/// Says the same thing as a question would.
pub fn visit_all() {}
//- /src/glob.rs
//! Says the same thing as a question would.
pub struct Glob;
pub struct GlobSet;
pub fn compile_glob() {}
//- /GUIDE.md
# Guide
## Matching many patterns
A `GlobSet` holds every `Glob` there is. Build it once and match as often as you like with it.
"""


def test_questions_are_mined_by_their_rules(tmp_path: Path) -> None:
    root = tmp_path / "demo"
    write_fixture(root, DOCUMENTED)
    copy = stripped(root, tmp_path / "copy", without_module_docs)
    assert not list(copy.rglob("*.md"))
    with opened(root, None, model=None, quiet=True) as project:
        cases = mine_questions("demo", root, all_items(project.store), copy)
    asked = {(case.query, *case.expected) for case in cases}
    assert asked == {
        ("The root of everything that stands here.", "src/lib.rs"),
        ("Walks directories in parallel and politely.", "src/walk.rs"),
        ("Ignoring hidden files first", "src/walk.rs"),
        ("Matching many patterns", "src/glob.rs"),
        ("Build it once and match as often as you like with it.", "src/glob.rs"),
    }
    assert len({case.id for case in cases}) == len(cases)


def test_a_sentence_of_many_is_nobodys(tmp_path: Path) -> None:
    same = "".join(f"/// Gives the value back to you.\npub fn f{n}() {{}}\n" for n in range(4))
    write_fixture(
        tmp_path,
        f"{same}/// Opens a file for reading.\npub fn g() {{}}\n/// Short.\npub fn h() {{}}",
    )
    with opened(tmp_path, None, model=None, quiet=True) as project:
        cases = mine_docs("demo", all_items(project.store))
        (found,) = cases
        (item,) = project.store.find("g")
    assert (found.id, found.query) == ("docs/demo/demo::g", "Opens a file for reading.")
    assert found.expected == {item.id.hex()}


# -- what the body needs ----------------------------------------------------------------------------

BODIES = """\
use helper::{Helper, Other};
use helper::only_inside;
mod helper;
use helper::Way;
pub fn target(other: Other) -> u8 {
    let mut it = Helper { size: 1 };
    it.grow();
    only_inside();
    let _ = (Way::Up, other);
    it.size
}
pub fn caller(h: Helper) { target(Other); }
#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn tells() { only_inside(); assert_eq!(target(Other), 1); }
    #[test]
    fn unrelated() { only_inside(); }
}
//- /src/helper.rs
pub struct Helper { pub size: u8 }
impl Helper { pub fn grow(&mut self) {} }
pub struct Other;
pub fn only_inside() {}
pub enum Way { Up, Down }
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    write_fixture(tmp_path, BODIES)
    with opened(tmp_path, None, model=None, quiet=True) as found:
        yield found


def hole_of(project: Project, name: str) -> Hole:
    holes = mine("demo", project, all_items(project.store))
    return one(holes, f"body/demo/demo::{name}")


def names(project: Project, ids: frozenset[bytes]) -> set[str]:
    return {item.name for item in project.store.items(ids)}


def test_a_body_needs_what_it_uses(project: Project) -> None:
    hole = hole_of(project, "target")
    # The enum for its variant, the type for its field and its literal; not the function itself.
    assert names(project, hole.needed) == {"Helper", "grow", "only_inside", "Way"}
    assert names(project, hole.new) == {"Helper", "grow", "only_inside", "Way"}
    assert names(project, hole.closed) == {"tells"}


def test_nothing_of_a_body_is_left(project: Project) -> None:
    hole = hole_of(project, "target")
    before = sorted(all_items(project.store), key=lambda i: i.id)
    with Emptied(project) as emptied:
        place = emptied.take(hole)
        text = project.sources.read("src/lib.rs") or b""
        assert text[: place.start].rstrip().endswith(b"todo!()")
        out = project.store.edges([hole.target])
        assert not {edge.target for edge in out} & hole.new
        (test,) = project.store.items(hole.closed)
        assert not {e.target for e in project.store.edges([test.id])} & (hole.new | {hole.target})
        # An import that only the body named is gone; those that others name stay.
        assert b"use helper::Way;" not in text
        assert b"use helper::{Helper, Other};" in text
        assert b"use helper::only_inside;" in text
        assert text.count(b"only_inside") == 2
        # The callers of a function are no secret.
        assert [i.name for i in project.store.items(
            e.source for e in project.store.edges([hole.target], incoming=True) if e.kind == "calls"
        )] == ["caller"]  # fmt: skip
    after = sorted(all_items(project.store), key=lambda i: i.id)
    assert after == before


def test_one_hole_after_another_gives_the_first_back(project: Project) -> None:
    hole = hole_of(project, "target")
    with Emptied(project) as emptied:
        first = emptied.take(hole)
        assert emptied.take(hole) == first


def shown(item: GraphItem, level: Level) -> ContextItem:
    return ContextItem(item=item, score=1.0, factors={}, level=level, tokens=1, text="")


def test_a_name_alone_is_not_held(project: Project) -> None:
    by_name = {item.name: item for item in all_items(project.store)}
    items = all_items(project.store)
    block = next(item for item in items if item.kind == "impl")

    def held(*parts: ContextItem) -> set[str]:
        context = Context(items=parts, tokens=1, budget=1, text="", target=None, mode="ranked",
                          seconds={})  # fmt: skip
        ids = shown_in(context, lambda file: [i for i in items if i.file == file])
        return {item.name for item in items if item.id in ids}

    assert held(shown(by_name["Helper"], "name")) == set()
    assert held(shown(by_name["Helper"], "signature")) == {"Helper"}
    assert held(shown(by_name["caller"], "full")) == {"caller"}
    assert held(shown(block, "signature")) == {block.name}
    assert held(shown(block, "folded")) == {block.name, "grow"}


def test_shares_are_of_what_is_needed() -> None:
    a, b, c = b"a", b"b", b"c"
    hole = Hole(id="body/demo/x", corpus="demo", target=b"t", file="f", needed=frozenset((a, b)),
                new=frozenset((b,)), closed=frozenset())  # fmt: skip
    found = figures(hole, {1000: set(), 2000: {a}, 4000: {a, c}, 8000: {a, b, c}})
    assert found == {"@1k": 0.0, "@2k": 0.5, "@4k": 0.5, "@8k": 1.0, "new@4k": 0.0}


def test_baselines_fill_their_budget_and_no_more(project: Project) -> None:
    items = [item for item in all_items(project.store) if item.kind in ("function", "struct")]
    for budget in (0, 5, 20, 60, 10_000):
        kept = packed(items, budget, lambda text: len(text.split()))
        assert kept == items[: len(kept)]
        assert len(text_of(kept).split()) <= budget or not kept
        if len(kept) < len(items):
            assert len(text_of(items[: len(kept) + 1]).split()) > budget
    assert len(kept) == len(items)


def test_systems_answer_with_candidates_only(project: Project) -> None:
    items = {item.id: item for item in all_items(project.store) if item.kind == "function"}
    found = whole(project, "only_inside", items)
    assert found[0].name == "only_inside"
    assert {item.kind for item in found} == {"function"}
    a, b = list(items.values())[:2]
    assert fused([a, b], [b]) == [b, a]


# -- what is told -------------------------------------------------------------------------------------


def evaluation() -> Evaluation:
    found = Evaluation("docs", ("MRR@10",), notes=["demo: 2 cases"])
    for number, (ours, theirs) in enumerate(((1, 2), (2, 0))):
        for system, rank in (("whole", ours), ("bm25", theirs)):
            values = {"rank": rank, "MRR@10": reciprocal(rank, 10)}
            found.add(system, f"docs/demo/{number}", "demo", values)
    found.claims = [
        Claim("whole", ("bm25",), "MRR@10", "ratio", 2.6),
        Claim("whole", ("bm25", "bm25"), "MRR@10", "points", 60),
        Claim("whole", (), "MRR@10", "value", 0.7),
        Claim("absent", (), "MRR@10", "value", 0.7),
    ]
    return found


def test_claims_are_judged() -> None:
    text = table(evaluation())
    assert "whole against bm25: 3.00 times" in text
    assert "wanted 2.6 times: met" in text
    assert "+50.0 points" in text
    assert "wanted +60 points: NOT met" in text
    assert "MRR@10: whole: 0.750 [" in text
    assert "absent" not in text
    told = as_json(evaluation())
    assert told["means"]["all"] == {"whole": {"MRR@10": 0.75}, "bm25": {"MRR@10": 0.25}}
    assert [claim["met"] for claim in told["claims"]] == [True, False, True]


def test_results_hold_every_case(tmp_path: Path) -> None:
    path = write(evaluation(), {"date": "2026-01-01"}, tmp_path)
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert kept["columns"] == ["split", "rank"]
    assert kept["systems"] == ["whole", "bm25"]
    splits = [split_of("docs/demo/0"), split_of("docs/demo/1")]
    assert kept["results"] == {
        "docs/demo/0": [splits[0], [1], [2]], "docs/demo/1": [splits[1], [2], [0]],
    }  # fmt: skip
    figures_ = Figures("latency", [{"size": "5k", "p50 ms": 1.5, "items": 12345}])
    assert "12,345" in figures_.table()
    assert json.loads(write(figures_, {}, tmp_path).read_text(encoding="utf-8"))["rows"]


def test_all_are_found_where_the_last_one_is() -> None:
    assert last_rank(["a", "b", "a", "c"], {"a", "b"}) == 2
    assert last_rank(["a", "b", "c"], {"c", "a"}) == 3
    assert last_rank(["a", "b"], {"a", "z"}) == 0
    assert last_rank(["a"], set()) == 0
