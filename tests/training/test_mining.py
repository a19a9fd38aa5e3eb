"""Which pairs a crate gives, and that a query's own words are left out of its text."""

import random
from pathlib import Path

import pytest
from ferrograph.benchmarks.training.guides import guide_pairs
from ferrograph.benchmarks.training.pair_file import Pair, read_pairs, write_pairs
from ferrograph.benchmarks.training.pairs import crate_pairs, distinct
from ferrograph.benchmarks.training.queries import first_query, keywords, later_queries
from ferrograph.benchmarks.training.reading import Crate, module_path, read_crate
from ferrograph.benchmarks.training.tested import pairs_of_tests
from ferrograph.embedding.text import embedding_text, outline_text

LIB = """\
//! A queue of work that survives restarts.
//!
//! Jobs are written ahead so that a crash loses none of them.

pub mod pool;

/// Hands the oldest waiting job to a worker.
///
/// Blocks while nothing waits, until the queue is closed for good.
pub fn take(queue: &mut Queue) -> Option<Job> {
    // Oldest first.
    queue.waiting.pop_front()
}

/// Returns the queue.
pub fn queue() -> Queue { Queue::default() }

pub struct Queue { waiting: Vec<Job> }

impl Queue {
    /// Forgets every job that nobody has taken yet.
    pub fn clear_waiting(&mut self) { self.waiting.clear() }
}

impl Drop for Queue {
    /// Writes what still waits to the disk.
    fn drop(&mut self) { flush(self) }
}

#[cfg(test)]
mod tests {
    /// Builds a queue with three jobs in it.
    fn filled() -> Queue { Queue::default() }

    #[test]
    fn clear_waiting_keeps_taken_jobs() {
        let mut queue = filled();
        queue.clear_waiting();
    }
}
"""
POOL = """\
//! Threads that work through jobs.

/// Threads that share one queue.
pub struct Pool;
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "job-queue"
    (root / "src").mkdir(parents=True)
    (root / "src" / "lib.rs").write_text(LIB)
    (root / "src" / "pool.rs").write_text(POOL)
    return root


@pytest.fixture
def crate(root: Path) -> Crate:
    return read_crate("job-queue", root)


def mined(crate: Crate, kind: str) -> dict[str, Pair]:
    return {pair.query: pair for pair in crate_pairs(crate, random.Random(1)) if pair.kind == kind}


def test_a_doc_sentence_is_paired_with_the_text_the_product_embeds_without_it(crate: Crate) -> None:
    pairs = mined(crate, "doc")
    assert set(pairs) == {
        "Hands the oldest waiting job to a worker.",
        "Forgets every job that nobody has taken yet.",
        "Writes what still waits to the disk.",
        "Threads that share one queue.",
    }
    assert pairs["Hands the oldest waiting job to a worker."].text == embedding_text(
        crate="job_queue",
        module_path="job_queue",
        name="take",
        kind="function",
        signature="pub fn take(queue: &mut Queue) -> Option<Job>",
        body="pub fn take(queue: &mut Queue) -> Option<Job> { queue.waiting.pop_front() }",
    )
    method = pairs["Forgets every job that nobody has taken yet."]
    assert method.text.startswith("method clear waiting of queue in job queue\n")
    assert (method.place, method.item) == ("job_queue", "job_queue::Queue::clear_waiting")


def test_items_of_tests_and_docs_that_say_nothing_give_no_pairs(crate: Crate) -> None:
    queries = {pair.query for pair in crate_pairs(crate, random.Random(1))}
    assert "Builds a queue with three jobs in it." not in queries
    assert "Returns the queue." not in queries


def test_a_later_sentence_meets_the_text_with_the_first_one_in_it(crate: Crate) -> None:
    (pair,) = mined(crate, "later").values()
    assert pair.query == "Blocks while nothing waits, until the queue is closed for good."
    assert "Hands the oldest waiting job to a worker." in pair.text
    assert pair.query not in pair.text


def test_module_docs_are_paired_with_an_outline_that_does_not_repeat_them(crate: Crate) -> None:
    pairs = mined(crate, "module")
    pool = pairs["Threads that work through jobs."]
    assert pool.text == outline_text(
        crate="job_queue",
        module_path="job_queue",
        name="pool",
        kind="module",
        members=["Pool"],
    )
    for query, pair in pairs.items():
        assert query not in pair.text
    later = pairs["Jobs are written ahead so that a crash loses none of them."]
    assert later.item == "job_queue"


def test_keywords_are_a_sentences_telling_words_in_order() -> None:
    sentence = "Hands the oldest waiting job to a worker."
    for seed in range(20):
        found = keywords(sentence, random.Random(seed))
        assert found is not None
        words = found.split()
        assert 3 <= len(words) <= 6
        at = [sentence.lower().index(word) for word in words]
        assert at == sorted(at)
        assert {"the", "to", "a"}.isdisjoint(words)
    assert keywords("Returns it to the caller.", random.Random(1)) is None


@pytest.mark.parametrize(
    "doc",
    ["Returns self.", "The value.", "Creates a new `Parser`.", "TODO: write these docs soon", ""],
)
def test_trivial_docs_are_no_queries(doc: str) -> None:
    assert first_query(doc, "parser") is None


def test_later_sentences_skip_code_lists_and_headings() -> None:
    doc = (
        "Reads a frame.\n\n# Errors\n\n- if the stream ended in the middle of a frame\n\n"
        "```\nlet frame = read_frame(stream); // with a long comment in it\n```\n\n"
        "Frames longer than the limit are dropped without a word."
    )
    assert later_queries(doc, "read_frame") == [
        "Frames longer than the limit are dropped without a word."
    ]


def test_a_tests_name_is_paired_with_the_function_it_calls_and_names(crate: Crate) -> None:
    (pair,) = pairs_of_tests(crate)
    assert pair.query == "clear waiting keeps taken jobs"
    assert pair.item == "job_queue::Queue::clear_waiting"


def test_guide_sections_are_paired_with_the_items_they_mention(root: Path) -> None:
    (root / "README.md").write_text(
        "# job-queue\n\n## Emptying a queue between runs\n\nCall `Queue::clear_waiting` first:\n\n"
        "```rust\n# hidden\nqueue.clear_waiting();\n```\n\n## License\n\nMIT, see `Queue`.\n"
    )
    crate = read_crate("job-queue", root)
    pairs = {pair.query: pair.item for pair in guide_pairs(crate, root, random.Random(1))}
    assert pairs == {
        "Emptying a queue between runs": "job_queue::Queue::clear_waiting",
        "Threads that work through jobs.": "job_queue::pool::Pool",
    }


def test_a_query_is_kept_only_a_few_times_and_no_pair_twice() -> None:
    pairs = [
        Pair("doc", "Same words each time", f"text {n % 7}", f"crate {n % 5}", "p", f"i{n}")
        for n in range(70)
    ]
    kept = distinct(pairs)
    assert len(kept) == 6
    assert len({(pair.query, pair.text) for pair in kept}) == len(kept)
    assert max(sum(p.crate == c for p in kept) for c in {p.crate for p in kept}) == 2


@pytest.mark.parametrize(
    ("relative", "path"),
    [("lib.rs", "a"), ("b.rs", "a::b"), ("b/mod.rs", "a::b"), ("b/c.rs", "a::b::c")],
)
def test_a_files_module_follows_from_its_place(relative: str, path: str) -> None:
    assert module_path("a", relative) == path


def test_pairs_come_back_as_they_were_written_and_give_the_same_bytes(tmp_path: Path) -> None:
    pairs = [
        Pair("doc", "Größe « ça »", "a\nb", "c", "p", "i", (1, 0)),
        Pair("x", "", "", "", "", ""),
    ]
    for name in ("one", "two"):
        write_pairs(pairs, tmp_path / name)
    assert read_pairs(tmp_path / "one") == pairs
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
