"""From an expansion back to the text that was expanded."""

from __future__ import annotations

from ferrograph.parser.span_map import span_map

SOURCE = "#[twice]\npub fn größe(x: u32) -> u32 {\n    x + offset()\n}"
ABOVE = 100


def places(expansion: str, source: str = SOURCE) -> list[tuple[str, str]]:
    """Each token that came from the source, with what stands there."""
    found = span_map(expansion, source, ABOVE)
    data = source.encode()
    shown: list[tuple[str, str]] = []
    for start, end, at in found.spans:
        token = found.text[start:end]
        assert data[at - ABOVE : at - ABOVE + len(token)] == token
        shown.append((token.decode(), str(data[: at - ABOVE].count(token))))
    return shown


def test_an_item_that_is_repeated_is_aligned_token_by_token() -> None:
    kept = "pub fn größe(x: u32) -> u32 {\n    x + offset()\n}\n"
    found = places(kept + "pub fn größe_twice() -> u32 { größe(1) + größe(2) }")
    assert [token for token, _ in found[:10]] == [
        "pub",
        "fn",
        "größe",
        "(",
        "x",
        ":",
        "u32",
        ")",
        "-",
        ">",
    ]
    # Both mentions of the function in what was added lead to its only name.
    assert [token for token, _ in found].count("größe") == 3
    assert "größe_twice" not in [token for token, _ in found]


def test_names_that_stand_there_twice_are_not_guessed() -> None:
    found = places(
        "impl T for X { fn f() -> u32 { x } }", "struct X { u: u32, v: u32, x: u8, y: x }"
    )
    names = [token for token, _ in found]
    assert "X" in names
    assert "T" not in names
    assert "f" not in names


def test_nothing_in_common() -> None:
    assert span_map("a b", "", ABOVE).spans == ()
    assert span_map("", SOURCE, ABOVE).spans == ()
