"""The benchmark's own rules: what counts as an impl header or a use, and how corpora are put together."""

from __future__ import annotations

from pathlib import Path

from ferrograph.benchmarks.corpora import CORPORA, by_path
from ferrograph.benchmarks.edges.scip import ALIAS, TRAIT, Document, Occurrence
from ferrograph.benchmarks.edges.truth import read_truth

SOURCE = """\
use a::T;
impl T for S {}
unsafe impl<'a, X: T> T<X, Y> for &'a mut m::S<X> where X: T {}
impl !T for S {}
fn f<A: T>(a: A) -> impl for<'b> T { a + b; a . await; a [ 0 ] }
wrap! { impl T for Alias {} use a::T; }
"""


def documents() -> list[Document]:
    """Every `T`, `S` and `Alias` of the source as a mention, and tokens of operators as such."""
    found: list[Occurrence] = []
    symbols = {"T": "t/T#", "S": "s/S#", "Alias": "s/Alias#", "+": "o/add().", " +": "o/add().",
               ".": "o/poll().", "await": "o/poll().", "[": "o/index().", "]": "o/index()."}  # fmt: skip
    for number, line in enumerate(SOURCE.split("\n")):
        for word, symbol in symbols.items():
            at = line.find(word)
            while at >= 0:
                alone = not (line[at - 1 : at].isalnum() or line[at + len(word) :][:1].isalnum())
                if alone or not word.isalnum():
                    found.append(Occurrence(number, at, number, at + len(word), symbol, False))
                at = line.find(word, at + 1)
    defined = [
        Occurrence(0, 0, 0, 1, symbol, True) for symbol in ("t/T#", "s/S#", "s/Alias#", "o/add().")
    ]
    return [Document("lib.rs", (*found, *defined), {"t/T#": TRAIT, "s/Alias#": ALIAS})]


def test_impl_headers_are_known_by_their_words(tmp_path: Path) -> None:
    """Bounds, negative impls and `for<'a>` are no headers; aliases and macros are looked through."""
    (tmp_path / "lib.rs").write_text(SOURCE)
    truth = read_truth(tmp_path, documents())
    lines = {SOURCE.count("\n", 0, at): header for (_, at), header in truth.headers.items()}
    assert {number: header.type for number, header in lines.items()} == {
        1: "s/S#",
        2: "s/S#",
        5: "",
    }
    assert all(header.trait == "t/T#" for header in lines.values())


def test_imports_and_repeated_tokens_are_no_uses(tmp_path: Path) -> None:
    """One token of an operator's several stays; imports are left out, in macros too."""
    (tmp_path / "lib.rs").write_text(SOURCE)
    truth = read_truth(tmp_path, documents())
    places = sorted(at for _, at in truth.mentions)
    words = [SOURCE[at:].split(None, 1)[0] for at in places if not SOURCE[at].isupper()]
    assert words == ["+", "await;", "["]
    assert SOURCE.index("T") not in places
    assert SOURCE.rindex("T;") not in places


def test_dependencies_within_a_corpus_go_by_path() -> None:
    """Only the corpus's own crates, renamed ones by their real name."""
    manifest = (
        '[package]\nname = "app"\n\n[dependencies.grep]\nversion = "0.4"\n\n'
        '[target."cfg(unix)".dependencies.other]\nversion = "1"\npackage = "globset"\n\n'
        '[dev-dependencies.serde]\nversion = "1"\n'
    )
    found = by_path(manifest, ["grep", "globset"])
    assert found == manifest.replace(
        "[dependencies.grep]", '[dependencies.grep]\npath = "../grep"'
    ).replace("dependencies.other]", 'dependencies.other]\npath = "../globset"')


def test_every_corpus_is_pinned() -> None:
    """Exact versions, and a judged corpus for each that the README's table names."""
    assert [c.name for c in CORPORA if c.judged] == ["ripgrep", "bevy_ecs", "tokio", "bevy_game"]
    for corpus in CORPORA:
        assert corpus.example is not None or corpus.crates
        assert all(version.count(".") == 2 for version in corpus.crates.values())
