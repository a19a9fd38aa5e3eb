"""Positions and URIs: every editor's spelling gives the same bytes and paths."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

import pytest
from ferrograph.server.documents import Documents
from ferrograph.server.positions import (
    LineIndex,
    choose_encoding,
    path_of_uri,
    uri_of_path,
)
from hypothesis import given
from hypothesis import strategies as st

ENCODINGS = ("utf-8", "utf-16", "utf-32")


@pytest.mark.parametrize(
    ("encoding", "column"),
    [("utf-8", 15), ("utf-16", 12), ("utf-32", 11)],
)
def test_columns_count_in_the_negotiated_unit(encoding, column):
    # In front of `x` there are 8 ASCII letters, é (2 bytes), 🦀 (4 bytes, 2 units) and a space.
    text = 'let s = "é🦀 x";\n'.encode()
    lines = LineIndex(text, encoding)
    byte = text.index(b"x")
    assert lines.place(byte) == (0, column + 1)
    assert lines.offset(0, column + 1) == byte


def test_each_line_end_of_lsp_ends_a_line_and_no_other():
    text = "a\r\nb\rc\nd\u2028e\x0bf".encode()
    lines = LineIndex(text)
    assert len(lines) == 4
    assert lines.offset(3, 0) == text.index(b"d")
    assert lines.place(text.index(b"f")) == (3, 4)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b""])
def test_a_column_behind_the_line_is_the_line_s_end(end):
    lines = LineIndex(b"ab" + end)
    assert lines.offset(0, 99) == 2
    assert lines.offset(99, 0) == len(b"ab" + end)


def test_a_column_inside_a_character_is_its_start():
    text = "🦀!".encode()
    assert LineIndex(text, "utf-16").offset(0, 1) == 0
    assert LineIndex(text, "utf-8").offset(0, 3) == 0
    assert LineIndex(text, "utf-16").offset(0, 2) == 4


def test_bytes_that_are_not_utf8_keep_their_offsets():
    text = b"a\xff\xfeb\n"
    lines = LineIndex(text)
    assert lines.place(3) == (0, 3)
    assert lines.offset(0, 3) == 3


@given(text=st.text(alphabet="aé€🦀\r\n"), encoding=st.sampled_from(ENCODINGS))
def test_offset_and_place_are_inverse(text, encoding):
    data = text.encode()
    lines = LineIndex(data, encoding)
    at = 0
    for index, char in enumerate(text):
        inside_crlf = char == "\n" and text[:index].endswith("\r")
        if not inside_crlf:
            assert lines.offset(*lines.place(at)) == at
        at += len(char.encode())
    assert lines.offset(*lines.place(at)) == at


def test_the_client_s_first_known_encoding_wins():
    assert choose_encoding(None) == "utf-16"
    assert choose_encoding(["ebcdic", "utf-8", "utf-16"]) == "utf-8"
    assert choose_encoding(["ebcdic"]) == "utf-16"


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///home/me/a.rs", "/home/me/a.rs"),
        ("file:///home/me/my%20game/%C3%A9.rs", "/home/me/my game/é.rs"),
        ("file://localhost/home/a.rs", "/home/a.rs"),
        ("FILE:///a%23b%3Fc.rs", "/a#b?c.rs"),
    ],
)
def test_unix_uris(uri, path):
    assert path_of_uri(uri, windows=False) == PurePosixPath(path)


@pytest.mark.parametrize(
    "uri", ["file:///c%3A/my%20game/a.rs", "file:///C:/my%20game/a.rs", "file:///c:/my%20game/a.rs"]
)
def test_every_spelling_of_a_windows_drive_is_one_path(uri):
    path = path_of_uri(uri, windows=True)
    assert path == PureWindowsPath("c:/my game/a.rs")
    assert str(path).startswith("c:")
    assert uri_of_path(PureWindowsPath("C:/my game/a.rs")) == "file:///c%3A/my%20game/a.rs"


def test_windows_shares():
    path = PureWindowsPath("//host/share/a b.rs")
    assert uri_of_path(path) == "file://host/share/a%20b.rs"
    assert path_of_uri("file://host/share/a%20b.rs", windows=True) == path


def test_other_schemes_are_no_files():
    assert path_of_uri("untitled:Untitled-1") is None
    assert path_of_uri("git:/home/a.rs?ref") is None


@given(st.text(alphabet=st.characters(blacklist_characters="\0/", codec="utf-8"), min_size=1))
def test_paths_survive_the_round_trip(name):
    path = PurePosixPath("/work") / name
    assert path_of_uri(uri_of_path(path), windows=False) == path


def _change(documents, uri, version, *changes):
    from lsprotocol import types

    events = [
        types.TextDocumentContentChangeWholeDocument(text=c)
        if isinstance(c, str)
        else types.TextDocumentContentChangePartial(
            range=types.Range(types.Position(*c[0]), types.Position(*c[1])), text=c[2]
        )
        for c in changes
    ]
    return documents.change(uri, version, events)


def test_incremental_changes_apply_in_order_and_in_utf16():
    documents = Documents()
    uri = "file:///w/a.rs"
    documents.open(uri, 1, "let 🦀 = 1;\r\nfin\n")
    document = _change(documents, uri, 2, ((0, 9), (0, 10), "22"), ((1, 3), (1, 3), "é"))
    assert document.text.decode() == "let 🦀 = 22;\r\nfiné\n"
    assert document.version == 2
    # The column stands behind the end of the last line, which has no line end.
    assert _change(documents, uri, 3, "abc").text == b"abc"
    assert _change(documents, uri, 4, ((0, 3), (0, 3), "d")).text == b"abcd"


def test_two_spellings_of_a_uri_are_one_document():
    documents = Documents()
    documents.open("file:///w/my%20game/a.rs", 1, "x")
    assert documents.get("file:///w/my game/a.rs").text == b"x"
    assert documents.close("file:///w/my%20game/a.rs") is not None
    assert documents.get("file:///w/my game/a.rs") is None
    assert documents.open("untitled:1", 1, "x") is None


def test_a_lone_surrogate_is_one_column_and_not_a_crash():
    documents = Documents()
    documents.open("file:///w/a.rs", 1, "a\ud800b")
    assert documents.get("file:///w/a.rs").lines.offset(0, 2) == 2
