"""Expanding ``macro_rules!``: tokens matched against rules and transcribed, places kept.

Follows "Macros By Example" of the Rust reference, with two simplifications: a fragment such as
``$t:ty`` ends where its follow set says it must, instead of being parsed, and hygiene is ignored.
The result is Rust text with, for every token that came from the call, where it stood there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

_LEXER: Final = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<string>(?:b|c)?"(?:[^"\\]|\\.)*"|(?:b|c)?r(?P<hash>\#*)".*?"(?P=hash))
    |(?P<char>b?'(?:[^'\\\n]|\\(?:x[0-9a-fA-F]{2}|u\{[^}]*\}|.))')
    |(?P<lifetime>'(?:r\#)?[^\W\d]\w*)
    |(?P<number>\d(?:[\w]|\.(?=\d))*)
    |(?P<ident>(?:r\#)?[^\W\d]\w*)
    |(?P<punct>=>|::|->|\.\.=|\.\.\.|\.\.|&&|\|\||==|!=|<=|>=|<<=|>>=|<<|>>|[-+*/%^&|]=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_DOC: Final = re.compile(r"///(?!/)(?P<line>.*)|/\*\*(?!\*)(?P<block>.*)\*/", re.DOTALL)
_OPEN: Final = {"(": ")", "[": "]", "{": "}"}
_LONGEST: Final = 400_000
"""Characters of one expansion; recursive macros can grow without end."""

_DEEPEST: Final = 60


class Token(NamedTuple):
    """A token: its kind, its text, where it stood in the call (-1: not from the call)."""

    kind: str
    text: str
    at: int
    spaced: bool


Tree: TypeAlias = "Token | tuple[str, list[Tree], int]"
"""A token, or a group: its opening delimiter, what is in it, and where it stood."""


class MacroError(Exception):
    """A macro can't be read or no rule fits. Callers leave the call unexpanded."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """Rust text, and spans of it that came from the call: (start, end, place in the call).

    Offsets into the text are bytes of its UTF-8 form, in order; places are what ``tokenize`` gave.
    """

    text: bytes
    spans: tuple[tuple[int, int, int], ...]


def tokenize(text: str, *, offset: int = -1) -> list[Tree]:
    """Token trees of a text. ``offset`` is the byte where it stands in its file; -1 keeps none."""
    root: list[Tree] = []
    stack: list[tuple[str, list[Tree], int]] = []
    current = root
    byte = offset
    spaced = False
    for found in _LEXER.finditer(text):
        kind = found.lastgroup or "punct"
        if kind == "hash":
            kind = "string"
        token = found.group()
        at = byte if offset >= 0 else -1
        byte += len(token.encode()) if offset >= 0 else 0
        if kind == "space":
            spaced = True
            doc = _DOC.match(token)
            if doc is not None:
                _add_doc(current, (doc["line"] or doc["block"] or "").strip())
            continue
        if token in _OPEN:
            if len(stack) > _DEEPEST:
                raise MacroError("nested too deeply")
            stack.append((token, current, at))
            current = []
        elif token in ")]}":
            if not stack or _OPEN[stack[-1][0]] != token:
                raise MacroError("unbalanced delimiters")
            opener, outer, start = stack.pop()
            outer.append((opener, current, start))
            current = outer
        else:
            current.append(Token(kind, token, at, spaced))
        spaced = False
    if stack:
        raise MacroError("unbalanced delimiters")
    return root


def _add_doc(trees: list[Tree], words: str) -> None:
    """A doc comment as the attribute it stands for.

    The lines of one comment become one attribute: macros that go through attributes one by one
    would otherwise go through a long comment line by line.
    """
    quoted = words.replace("\\", "\\\\").replace('"', '\\"')
    last = trees[-1] if trees else None
    if last is not None and not isinstance(last, Token) and len(last[1]) == 3:
        name, _, text = last[1]
        if isinstance(name, Token) and name.text == "doc" and isinstance(text, Token):
            last[1][2] = text._replace(text=f'{text.text[:-1]}\\n{quoted}"')
            return
    attribute: list[Tree] = [
        Token("ident", "doc", -1, False),
        Token("punct", "=", -1, True),
        Token("string", f'"{quoted}"', -1, True),
    ]
    trees.append(Token("punct", "#", -1, True))
    trees.append(("[", attribute, -1))


# -- rules ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fragment:
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class _Repeat:
    parts: tuple[object, ...]
    separator: str
    operator: str


@dataclass(frozen=True, slots=True)
class _Group:
    opener: str
    parts: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one ``macro_rules!``: pairs of a matcher and a transcriber."""

    arms: tuple[tuple[tuple[object, ...], tuple[object, ...]], ...]


def read_rules(text: str) -> Rules:
    """The rules between the braces of a ``macro_rules!``. Raises `MacroError`."""
    trees = tokenize(text)
    arms: list[tuple[tuple[object, ...], tuple[object, ...]]] = []
    at = 0
    while at < len(trees):
        head = trees[at]
        if isinstance(head, Token):
            if head.text == ";":
                at += 1
                continue
            raise MacroError("a rule begins with a group")
        arrow = trees[at + 1] if at + 1 < len(trees) else None
        body = trees[at + 2] if at + 2 < len(trees) else None
        if not isinstance(arrow, Token) or arrow.text != "=>" or not isinstance(body, tuple):
            raise MacroError("a rule has an arrow and a body")
        if isinstance(body, Token):
            raise MacroError("a rule's body is a group")
        arms.append((_pattern(head[1], matcher=True), _pattern(body[1], matcher=False)))
        at += 3
    return Rules(tuple(arms))


def _pattern(trees: list[Tree], *, matcher: bool) -> tuple[object, ...]:
    parts: list[object] = []
    at = 0
    while at < len(trees):
        tree = trees[at]
        following = trees[at + 1] if at + 1 < len(trees) else None
        if not isinstance(tree, Token):
            parts.append(_Group(tree[0], _pattern(tree[1], matcher=matcher)))
        elif tree.text == "$" and isinstance(following, Token) and following.kind == "ident":
            name = following.text
            colon = trees[at + 2] if at + 2 < len(trees) else None
            kind = trees[at + 3] if at + 3 < len(trees) else None
            if (
                matcher
                and isinstance(colon, Token)
                and colon.text == ":"
                and isinstance(kind, Token)
            ):
                parts.append(_Fragment(name, kind.text))
                at += 4
                continue
            parts.append(_Fragment(name, ""))
            at += 2
            continue
        elif tree.text == "$" and following is not None and not isinstance(following, Token):
            inner = _pattern(following[1], matcher=matcher)
            at += 2
            separator = ""
            token = trees[at] if at < len(trees) else None
            if isinstance(token, Token) and token.text not in ("*", "+", "?"):
                separator = token.text
                at += 1
                token = trees[at] if at < len(trees) else None
            if not isinstance(token, Token) or token.text not in ("*", "+", "?"):
                raise MacroError("a repetition ends with *, + or ?")
            parts.append(_Repeat(inner, separator, token.text))
            at += 1
            continue
        else:
            parts.append(tree)
        at += 1
    return tuple(parts)


# -- matching -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _One:
    """What one fragment matched."""

    kind: str
    trees: list[Tree]


@dataclass(frozen=True, slots=True)
class _Many:
    """What a fragment below a repetition matched, round by round."""

    rounds: list[_One | _Many | None]


Bindings: TypeAlias = "dict[str, _One | _Many | None]"


def _match(parts: tuple[object, ...], trees: list[Tree], at: int, out: Bindings) -> int | None:
    """Match from ``at``; gives the place after the match, or None."""
    for index, part in enumerate(parts):
        if isinstance(part, _Fragment):
            end = _fragment(part.kind, trees, at)
            if end is None:
                return None
            out[part.name] = _One(part.kind, trees[at:end])
            at = end
        elif isinstance(part, _Repeat):
            at = _repeat(part, parts[index + 1 :], trees, at, out)
            if at < 0:
                return None
        elif isinstance(part, _Group):
            tree = trees[at] if at < len(trees) else None
            if tree is None or isinstance(tree, Token) or tree[0] != part.opener:
                return None
            if _match(part.parts, tree[1], 0, out) != len(tree[1]):
                return None
            at += 1
        elif isinstance(part, Token):
            tree = trees[at] if at < len(trees) else None
            if not isinstance(tree, Token) or tree.text != part.text:
                return None
            at += 1
    return at


def _repeat(
    part: _Repeat, rest: tuple[object, ...], trees: list[Tree], at: int, out: Bindings
) -> int:
    rounds: list[Bindings] = []
    while at <= len(trees):
        start = at
        if rounds and part.separator:
            tree = trees[at] if at < len(trees) else None
            if not isinstance(tree, Token) or tree.text != part.separator:
                break
            at += 1
        if not part.separator and rest and rounds and _starts(rest[0], trees, at):
            break
        found: Bindings = {}
        end = _match(part.parts, trees, at, found) if at < len(trees) else None
        if end is None or end == at:
            at = start
            break
        rounds.append(found)
        at = end
        if part.operator == "?":
            break
    if part.operator == "+" and not rounds:
        return -1
    for name in _names(part.parts):
        out[name] = _Many([r.get(name) for r in rounds])
    return at


def _starts(part: object, trees: list[Tree], at: int) -> bool:
    """Whether a literal token that must follow stands here, so that a repetition has to end."""
    tree = trees[at] if at < len(trees) else None
    return isinstance(part, Token) and isinstance(tree, Token) and tree.text == part.text


def _names(parts: tuple[object, ...]) -> list[str]:
    found: list[str] = []
    for part in parts:
        if isinstance(part, _Fragment):
            found.append(part.name)
        elif isinstance(part, (_Repeat, _Group)):
            found.extend(_names(part.parts))
    return found


_TYPE_ENDS: Final = frozenset((",", "=>", "=", "|", ";", ":", "{", "as", "where"))
_EXPR_ENDS: Final = frozenset((",", "=>", ";"))
_PATTERN_ENDS: Final = frozenset((",", "=>", "=", "if", "in"))


def _fragment(kind: str, trees: list[Tree], at: int) -> int | None:
    """The place after a fragment of a kind, or None where there is none."""
    vis = kind == "vis"
    if at >= len(trees):
        return at if vis else None
    tree = trees[at]
    token = tree if isinstance(tree, Token) else None
    if vis:
        if token is None or token.text not in ("pub", "crate"):
            return at
        following = trees[at + 1] if at + 1 < len(trees) else None
        if following is None or isinstance(following, Token):
            return at + 1
        return at + 2 if following[0] == "(" and _is_scope(following[1]) else at + 1
    if kind == "tt":
        return at + 1
    if kind == "ident":
        return at + 1 if token is not None and token.kind == "ident" and token.text != "_" else None
    if kind == "lifetime":
        return at + 1 if token is not None and token.kind == "lifetime" else None
    if kind == "block":
        return at + 1 if token is None and tree[0] == "{" else None
    if kind == "literal":
        start = at + 1 if token is not None and token.text == "-" else at
        literal = trees[start] if start < len(trees) else None
        if isinstance(literal, Token) and (
            literal.kind in ("string", "char", "number") or literal.text in ("true", "false")
        ):
            return start + 1
        return None
    if kind == "item":
        return _item(trees, at)
    if kind in ("ty", "path"):
        return _until(trees, at, _TYPE_ENDS, angles=True, ends_at_group=True)
    if kind in ("pat", "pat_param"):
        ends = _PATTERN_ENDS | {"|"} if kind == "pat_param" else _PATTERN_ENDS
        return _until(trees, at, ends, angles=False)
    if kind == "meta":
        return _until(trees, at, frozenset((",",)), angles=False)
    if kind in ("expr", "expr_2021", "stmt"):
        return _until(trees, at, _EXPR_ENDS, angles=False)
    return None


def _is_scope(trees: list[Tree]) -> bool:
    first = trees[0] if trees else None
    return isinstance(first, Token) and first.text in ("crate", "self", "super", "in")


def _until(
    trees: list[Tree], at: int, ends: frozenset[str], *, angles: bool, ends_at_group: bool = False
) -> int | None:
    start = at
    depth = 0
    while at < len(trees):
        tree = trees[at]
        if isinstance(tree, Token):
            text = tree.text
            if depth == 0 and text in ends:
                break
            previous = trees[at - 1] if at > start else None
            turbofish = isinstance(previous, Token) and previous.text == "::"
            if text == "<" and (angles or turbofish or depth):
                depth += 1
            elif text == ">" and depth:
                depth -= 1
            elif text == ">>" and depth:
                depth = max(0, depth - 2)
            elif text == ">" and angles:
                break
        elif ends_at_group and tree[0] == "{" and depth == 0:
            break
        elif ends_at_group and tree[0] == "[" and at > start and depth == 0:
            previous = trees[at - 1]
            if isinstance(previous, Token) and previous.kind == "ident":
                break
        at += 1
    return at if at > start else None


def _item(trees: list[Tree], at: int) -> int | None:
    start = at
    while at < len(trees):
        tree = trees[at]
        at += 1
        if isinstance(tree, Token):
            if tree.text == ";":
                return at
        elif tree[0] == "{":
            return at
    return at if at > start else None


# -- transcribing ---------------------------------------------------------------------------


class _Writer:
    """Collects text and the spans of tokens that came from the call."""

    def __init__(self, crate: str) -> None:
        self.crate = crate
        self.parts: list[str] = []
        self.size = 0
        self.spans: list[tuple[int, int, int]] = []

    def put(self, text: str, at: int = -1, *, spaced: bool = True) -> None:
        """Append a token's text."""
        if text == ">" and self.parts and self.parts[-1] == "<":
            # `Name<>`, as macros write it, is `Name`; the grammar knows no empty list.
            self.parts.pop()
            self.size -= 1
            if self.spans and self.spans[-1][1] > self.size:
                self.spans.pop()
            return
        if spaced and self.parts:
            self.parts.append(" ")
            self.size += 1
        length = len(text.encode())
        if at >= 0:
            self.spans.append((self.size, self.size + length, at))
        self.parts.append(text)
        self.size += length
        if self.size > _LONGEST:
            raise MacroError("the expansion is too long")

    def trees(self, trees: list[Tree]) -> None:
        """Append token trees as they are."""
        for tree in trees:
            if isinstance(tree, Token):
                self.put(tree.text, tree.at, spaced=tree.spaced or tree.kind in ("ident", "number"))
            else:
                self.put(tree[0], spaced=tree[0] == "{")
                self.trees(tree[1])
                self.put(_OPEN[tree[0]])


def _transcribe(parts: tuple[object, ...], found: Bindings, out: _Writer) -> None:
    for part in parts:
        if isinstance(part, Token):
            out.put(part.text, part.at, spaced=part.spaced or part.kind in ("ident", "number"))
        elif isinstance(part, _Group):
            out.put(part.opener)
            _transcribe(part.parts, found, out)
            out.put(_OPEN[part.opener])
        elif isinstance(part, _Fragment):
            _write_fragment(part, found, out)
        elif isinstance(part, _Repeat):
            _write_repeat(part, found, out)


def _write_fragment(part: _Fragment, found: Bindings, out: _Writer) -> None:
    if part.name == "crate" and part.name not in found:
        out.put(out.crate)
        return
    value = found.get(part.name)
    if value is None:
        # Rules of a macro defined inside a macro keep their own variables.
        out.put("$")
        out.put(part.name, spaced=False)
        if part.kind:
            out.put(":", spaced=False)
            out.put(part.kind, spaced=False)
        return
    if isinstance(value, _Many):
        raise MacroError(f"${part.name} repeats here")
    if value.kind == "expr" and len(value.trees) > 1:
        out.put("(")
        out.trees(value.trees)
        out.put(")")
        return
    out.put("", spaced=True)
    out.trees(value.trees)


def _write_repeat(part: _Repeat, found: Bindings, out: _Writer) -> None:
    many = {n: v for n in _names(part.parts) if isinstance(v := found.get(n), _Many)}
    if not many:
        raise MacroError("a repetition without a variable that repeats")
    counts = {len(value.rounds) for value in many.values()}
    if len(counts) > 1:
        raise MacroError("variables repeat a different number of times")
    for index in range(counts.pop()):
        if index and part.separator:
            out.put(part.separator)
        inner = dict(found)
        for name, value in many.items():
            inner[name] = value.rounds[index]
        _transcribe(part.parts, inner, out)


def expand(rules: Rules, call: list[Tree], *, crate: str) -> Expansion:
    """Expand a call by the first rule that fits. ``crate`` stands for ``$crate``.

    Raises `MacroError` where no rule fits.
    """
    for matcher, body in rules.arms:
        found: Bindings = {}
        if _match(matcher, call, 0, found) == len(call):
            out = _Writer(crate)
            _transcribe(body, found, out)
            return Expansion("".join(out.parts).encode(), tuple(out.spans))
    raise MacroError("no rule fits")
