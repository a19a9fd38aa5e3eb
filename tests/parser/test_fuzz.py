"""Real files damaged by chance, and macros made by chance: nothing raises, all facts are sound.

``python -m benchmarks.fuzz parser`` does the same for as long as one likes.
"""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import ferrograph
import pytest
from ferrograph.parser.macro_rules import MacroError, read_rules, tokenize
from ferrograph.parser.markdown import parse_markdown
from ferrograph.parser.rust import parse_rust
from ferrograph.tests.support.fuzzing import check_macro, check_markdown, check_rust, mutated
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(ferrograph.__file__).parent
SOURCES = [path.read_bytes() for path in sorted((ROOT / "examples/bevy_game/src").rglob("*.rs"))]
DOCUMENTS = [path.read_bytes() for path in sorted(ROOT.glob("*.md"))]

SEEDS = st.integers(0, 2**32 - 1)


@settings(deadline=None, max_examples=150)
@given(SEEDS)
def test_damaged_rust(seed: int) -> None:
    check_rust(mutated(random.Random(seed), SOURCES))


@settings(deadline=None, max_examples=60)
@given(SEEDS)
def test_damaged_markdown(seed: int) -> None:
    check_markdown(mutated(random.Random(seed), DOCUMENTS, markdown=True))


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_as_a_macro(rules: str, call: str) -> None:
    check_macro(rules, call)


WORDS = """
    $ $a $b $crate $a:expr $a:ty $b:tt $b:ident $a:pat $a:stmt $a:item $a:block $a:vis $a:path
    $a:meta $a:lifetime $a:literal $( ),* )* )+ )? ) ( [ ] { } => ; , + - < > :: :: ident x 'a
    1 "s" 'c' fn struct pub let = # ! /// /*c*/ | || & . .. -> r#x
"""
PIECES = st.sampled_from(WORDS.split())


@settings(deadline=None, max_examples=300)
@given(st.lists(PIECES, max_size=14), st.lists(PIECES, max_size=14), st.lists(PIECES, max_size=14))
def test_any_tokens_as_a_macro(matcher: list[str], body: list[str], call: list[str]) -> None:
    rules = f"({' '.join(matcher)}) => {{ {' '.join(body)} }}; ($($t:tt)*) => {{ $($t)* }};"
    check_macro(rules, " ".join(call))


BRACKETS = {"(": ")", "[": "]", "{": "}", "<": ">", "/*": "*/", "$(": ")*", "|": "|", '"': '"'}
DEEP = 100_000
SLOW = {"$(": 500}
"""Where tree-sitter's recovery takes time squared: times in place of `DEEP`."""


@pytest.mark.parametrize("opened", BRACKETS)
def test_brackets_nested_a_hundred_thousand_deep(opened: str) -> None:
    """Closed, left open, and closed too often; as a file, a document, and a macro's rules and call."""
    closed, times = BRACKETS[opened], SLOW.get(opened, DEEP)
    for text in (opened * times + closed * times, opened * times, closed * times):
        parse_rust(text.encode())
        parse_rust(f"fn f(x: {text}) {{ {text} }}".encode())
        parse_markdown(text.encode())
        for read in (tokenize, read_rules):
            with contextlib.suppress(MacroError):
                read(text)
