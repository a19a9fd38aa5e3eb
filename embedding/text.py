"""What is embedded of an item: a header that says where it belongs, then its body.

The shape was chosen by measuring doc sentence → definition on ripgrep and bevy_ecs (MODEL_CARD.md):
kind, name and place as plain words, the signature as it is written, and of the body only the words
of its identifiers, without keywords and punctuation.
"""

import re
from collections.abc import Sequence

from .comments import strip_comments
from .identifiers import identifier_words, split_identifier

WINDOW_TOKENS = 128
WINDOW_OVERLAP = 32
MAX_WINDOWS = 8

_SPECIAL_TOKENS = 2
# Enough for `MAX_WINDOWS`; a generated body of megabytes is not read further.
_MAX_BODY_CHARS = 65_536

# Read as prose, not as code.
_PROSE_KINDS = frozenset({"section"})
_DOC_SENTENCES_OF_OUTLINE = 3

# fmt: off
_KEYWORDS = frozenset({
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern",
    "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub",
    "ref", "return", "self", "Self", "static", "struct", "super", "trait", "true", "type", "unsafe",
    "use", "where", "while",
})
# fmt: on
_IDENTIFIER = re.compile(r"\w+")
# Who may see an item says nothing of what it does: without it, more is found.
_VISIBILITY = re.compile(r"^pub(?: ?\([^)]*\))? ")
_PARAGRAPH_END = re.compile(r"\n\s*\n")
_SENTENCE_END = re.compile(r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)(?<!etc\.)\s+(?=[^\s\da-z])")
_LINK = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?")
_CODE_BLOCK = re.compile(r"^\s*(```|~~~).*?(?:^\s*\1|\Z)", re.MULTILINE | re.DOTALL)
_NOT_PROSE = ("#", "|")


def embedding_text(
    *,
    crate: str,
    module_path: str,
    name: str,
    kind: str,
    owner: str | None = None,
    signature: str = "",
    doc: str = "",
    body: str = "",
) -> str:
    """The text of an item, whole; the encoder cuts it at its own length.

    `module_path` is `a::b`, with or without the crate in front. `owner` is the type or trait that a
    method or variant belongs to. `kind` is the item's kind in words (`function`, `type_alias`).
    `body` is source text, with or without the signature; comments in it are left out.
    """
    lines = _header(
        crate=crate,
        module_path=module_path,
        name=name,
        kind=kind,
        owner=owner,
        signature=signature,
        doc=doc,
    )
    lines.append(" ".join(_body_words(body, signature, kind)))
    return "\n".join(line for line in lines if line)


def embedding_windows(
    *,
    crate: str,
    module_path: str,
    name: str,
    kind: str,
    owner: str | None = None,
    signature: str = "",
    doc: str = "",
    body: str = "",
    tokens: int = WINDOW_TOKENS,
    overlap: int = WINDOW_OVERLAP,
) -> list[str]:
    """The texts of an item: one if it fits `tokens`, else overlapping windows over its body.

    The first window has the whole header, the others its first line. Two neighbours share about
    `overlap` tokens; lengths are estimated (`estimate_tokens`). A body beyond `MAX_WINDOWS` windows
    is left out from there on: what is that long was written by a program.
    """
    if not 0 <= overlap < tokens:
        raise ValueError(f"overlap must lie in [0, {tokens}), not {overlap}")
    header = _header(
        crate=crate,
        module_path=module_path,
        name=name,
        kind=kind,
        owner=owner,
        signature=signature,
        doc=doc,
    )
    words = _body_words(body, signature, kind)
    texts: list[str] = []
    start, head = 0, header
    while True:
        room = max(tokens - _SPECIAL_TOKENS - estimate_tokens(" ".join(head)), tokens // 2)
        end = _fit(words, start, room)
        texts.append(
            "\n".join([*(line for line in head if line), " ".join(words[start:end])]).strip()
        )
        if end >= len(words) or len(texts) == MAX_WINDOWS:
            return texts
        start = max(_fit_backwards(words, end, overlap), start + 1)
        head = header[:1]


def outline_text(
    *,
    crate: str,
    module_path: str,
    name: str,
    kind: str,
    doc: str = "",
    members: Sequence[str] = (),
) -> str:
    """The text of a module, file or crate: its place, the first of its docs, its members' names."""
    lines = _header(crate=crate, module_path=module_path, name=name, kind=kind)
    lines.append(" ".join(_sentences(doc)[:_DOC_SENTENCES_OF_OUTLINE]))
    lines.append(", ".join(" ".join(split_identifier(member)) for member in members))
    return "\n".join(line for line in lines if line)


def first_sentence(doc: str) -> str:
    """The first sentence of a doc comment's Markdown, links reduced to their text."""
    return next(iter(_sentences(doc)), "")


def estimate_tokens(text: str) -> int:
    """About how many WordPiece tokens `text` has, special tokens not counted.

    Against the shipped tokenizer on Rust code the estimate is within a tenth on the whole.
    """
    return sum(_estimate_word(word) for word in re.findall(r"\w+|[^\w\s]", text))


def _estimate_word(word: str) -> int:
    return 1 + (len(word) - 1) // 5


def _header(
    *,
    crate: str,
    module_path: str,
    name: str,
    kind: str,
    owner: str | None = None,
    signature: str = "",
    doc: str = "",
) -> list[str]:
    """Three lines, the last two perhaps empty: where it belongs, signature, first sentence."""
    path = module_path.split("::")
    if path[0] == crate.replace("-", "_"):
        path = path[1:]
    place = identifier_words(" ".join([crate, *path]))
    first = [*kind.replace("_", " ").split(), *split_identifier(name)]
    if owner:
        first += ["of", *identifier_words(owner)]
    if place:
        first += ["in", *place]
    return [" ".join(first), _VISIBILITY.sub("", " ".join(signature.split())), first_sentence(doc)]


def _body_words(body: str, signature: str, kind: str) -> list[str]:
    body = body[:_MAX_BODY_CHARS]
    if kind in _PROSE_KINDS:
        return body.split()
    code = _without_signature(strip_comments(body), signature)
    return [
        word
        for identifier in _IDENTIFIER.findall(code)
        if identifier not in _KEYWORDS
        for word in split_identifier(identifier)
    ]


def _without_signature(code: str, signature: str) -> str:
    """`code` from behind the first place where `signature` stands in it, white space aside."""
    wanted = "".join(signature.split())
    if not wanted:
        return code
    first_word = signature.split(maxsplit=1)[0]
    start = code.find(first_word)
    while start >= 0:
        at, matched = start, 0
        while at < len(code) and matched < len(wanted):
            if code[at] == wanted[matched]:
                matched += 1
            elif not code[at].isspace():
                break
            at += 1
        if matched == len(wanted):
            return code[at:]
        start = code.find(first_word, start + 1)
    return code


def _sentences(doc: str) -> list[str]:
    """The sentences of the first paragraph that is prose."""
    for paragraph in _PARAGRAPH_END.split(_CODE_BLOCK.sub("\n\n", doc)):
        prose = " ".join(
            line for line in paragraph.splitlines() if not line.lstrip().startswith(_NOT_PROSE)
        )
        text = " ".join(_LINK.sub(r"\1", prose).replace("`", "").split())
        if text:
            return _SENTENCE_END.split(text)
    return []


def _fit(words: Sequence[str], start: int, room: int) -> int:
    """The end of the longest run from `start` that fits `room`, or of one word that does not."""
    used, at = 0, start
    while at < len(words):
        used += _estimate_word(words[at])
        if used > room and at > start:
            break
        at += 1
    return at


def _fit_backwards(words: Sequence[str], end: int, room: int) -> int:
    used, at = 0, end
    while at > 0 and used + _estimate_word(words[at - 1]) <= room:
        at -= 1
        used += _estimate_word(words[at])
    return at
