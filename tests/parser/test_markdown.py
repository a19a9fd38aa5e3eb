"""Markdown to sections: names, nesting, byte spans, first paragraphs, tags."""

from __future__ import annotations

from textwrap import dedent

from ferrograph.parser.facts import FileFacts
from ferrograph.parser.markdown import LARGEST_MARKDOWN, parse_markdown
from hypothesis import given, settings
from hypothesis import strategies as st


def sections(source: bytes) -> list[str]:
    """Each section as ``parent signature [first line..end) | doc`` with the invariants checked."""
    facts = parse_markdown(source)
    check_spans(source, facts)
    return [
        f"{item.parent} {item.signature} {item.line}-{item.end_line}"
        + (f" | {item.doc}" if item.doc else "")
        for item in facts.items
    ]


def check_spans(source: bytes, facts: FileFacts) -> None:
    assert facts.size == len(source)
    for item in facts.items:
        assert item.kind == "section"
        assert 0 <= item.start == item.def_start <= item.name_start <= item.name_end <= item.end
        assert item.end <= len(source)
        assert 0 <= item.line <= item.end_line < max(facts.lines, 1)
        if item.parent >= 0:
            around = facts.items[item.parent]
            assert around.start < item.start
            assert item.end <= around.end


TEXT = dedent(
    """\
    Before everything.

    # Title

    First *paragraph* of
    `two` lines with a [link](x).

    Second.

    ## Usage

    ```rust
    # not a heading
    ```

    Prose.

    ### Details
    ## Other
    Setext
    ======
    Last.
    """
)


def test_nesting_and_docs() -> None:
    assert sections(TEXT.encode()) == [
        "-1 # Title 2-18 | First paragraph of two lines with a link.",
        "0 ## Usage 9-17 | Prose.",
        "1 ### Details 17-17",
        "0 ## Other 18-18",
        "-1 # Setext 19-21 | Last.",
    ]
    assert parse_markdown(TEXT.encode()).doc == "Before everything."


def test_spans_are_bytes() -> None:
    source = "# Größe ##\r\nä\r\n## **Zwei** `x`\r\nö\r\n".encode()
    facts = parse_markdown(source)
    check_spans(source, facts)
    first, second = facts.items
    assert source[first.start : first.end] == source
    assert source[first.name_start : first.name_end].decode() == "Größe"
    assert source[second.start : second.end].decode() == "## **Zwei** `x`\r\nö\r\n"
    assert (second.name, second.signature, second.doc) == ("Zwei x", "## Zwei x", "ö")
    assert second.detail == (2,)


def test_every_kind_of_line_ending_counts_once() -> None:
    assert sections(b"a\r\r\n\n# B\rtext\r# C") == ["-1 # B 3-4 | text", "-1 # C 5-5"]


def test_headings_in_lists_and_quotes_are_no_sections() -> None:
    assert sections(b"> # Quoted\n\n- # Listed\n\n# Real\n") == ["-1 # Real 4-4"]


def test_front_matter_tags() -> None:
    listed = b"---\ntitle: x\ntags:\n  - alpha\n  - 'beta b'\nother: y\n---\n# T\n"
    for source in (
        b'---\ntags: [alpha, "beta b"]\n---\n# T\n',
        b"\xef\xbb\xbf---\r\ntags: alpha, beta b\r\n...\r\n# T\r\n",
        listed,
    ):
        facts = parse_markdown(source)
        check_spans(source, facts)
        assert facts.attrs == ("tag:alpha", "tag:beta b")
        assert [(item.name, item.attrs) for item in facts.items] == [("T", facts.attrs)]
    assert parse_markdown(listed).items[0].line == 7


def test_a_rule_is_no_front_matter() -> None:
    assert sections(b"---\nnever closed\n\n# T\n") == ["-1 # T 3-3"]
    assert parse_markdown(b"# T\n---\ntags: x\n---\n").attrs == ()


def test_odd_input() -> None:
    assert parse_markdown(b"").items == ()
    assert sections(b"#\n") == ["-1 # 0-0"]
    assert [item.name for item in parse_markdown(b"# a\xff\n").items] == ["a�"]
    (problem,) = parse_markdown(b"# a\xff\n").problems
    assert (problem.start, problem.end) == (3, 4)
    large = parse_markdown(b"# a\n" * (LARGEST_MARKDOWN // 4 + 1))
    assert large.items == ()
    assert "more than the 2 MB" in large.problems[0].message


def test_deep_nesting() -> None:
    for part in (b"> ", b"- ", b"[", b"*a ", b"![a](", b"<a>"):
        check_spans(part * 3000, parse_markdown(part * 3000))


_PIECES = st.sampled_from(
    ["#", "## ", "a", " ", "\n", "\r", "\r\n", "---\n", "tags: a\n", "> ", "- ", "```\n", "===\n",
     "`", "*", "\t", "\x00", "é", "\u2028", "\x0b", "\x0c", "\x85", "    "]
)  # fmt: skip


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=200), st.lists(_PIECES).map(lambda p: "".join(p).encode())))
def test_never_raises_and_spans_hold(source: bytes) -> None:
    check_spans(source, parse_markdown(source))
