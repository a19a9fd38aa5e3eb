"""What parsing one file yields: items, imports, bodies, problems. No names are resolved here.

Facts are plain tuples and named tuples, so that they can be pickled between processes and
marshalled into a cache at C speed. All positions are byte offsets into the file.

Types (``Type``) are tuples with a one-letter tag::

    ("p", path)              a path: Vec<u8>, Self::Item, T
    ("q", self, trait, path) <self as trait>::path; trait is a path or None
    ("r", inner)             &T                  ("*", inner)   raw pointer
    ("r", inner, True)       &mut T
    ("t", (types…))          tuple, () included  ("s", inner)   slice
    ("a", inner)             array               ("f", (types…), ret)  fn pointer
    ("d", (bounds…))         dyn A + B           ("i", (bounds…))      impl A + B
    ("n",)                   never               ("_",)         inferred, or unreadable
    ("mac", path, text, start)   a macro call: its arguments and where they stand

A ``Path`` is a tuple of segments ``(name, start, args)``. A leading ``::`` is a first segment
named ``"::"``. ``args`` is None or ``(types, bindings)``, each binding ``(name, start, type)``;
``Fn(A) -> B`` is ``types = (("t", (A,)),)`` and a binding for ``Output`` that starts at None.

Expressions and patterns are described in `parser.exprs` and `parser.patterns`.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, TypeAlias

Type: TypeAlias = tuple[Any, ...]
Segment: TypeAlias = tuple[Any, ...]
"""(name, start, generic arguments or None). Not typed more narrowly: compiled code would take it
apart and put it together again wherever it is handed on."""
Path: TypeAlias = tuple[Segment, ...]
Expr: TypeAlias = tuple[Any, ...]
Pattern: TypeAlias = tuple[Any, ...]

UNKNOWN: Final[Type] = ("_",)
UNIT: Final[Type] = ("t", ())


class TypeParam(NamedTuple):
    """A generic type parameter with the bounds written beside it."""

    name: str
    bounds: tuple[Type, ...]
    default: Type | None


class Generics(NamedTuple):
    """Type parameters and where clauses. Lifetimes are left out; const parameters are named."""

    params: tuple[TypeParam, ...]
    consts: tuple[str, ...]
    where: tuple[tuple[Type, tuple[Type, ...]], ...]


NO_GENERICS: Final = Generics((), (), ())


class Item(NamedTuple):
    """A definition as the source writes it.

    ``detail`` holds what linking needs to know of the kind:

    - function, method: ``(params, ret, self_kind, is_async)``; params are ``(pattern, type)``
      pairs without self; self_kind is "" or one of "self", "&self", "&mut self", or "typed" with
      the type as a parameter whose pattern binds ``self``
    - struct, union, variant: ``(style,)`` with style "unit", "tuple" or "named"
    - field, const, static: ``(type,)``
    - type: ``(type or None, bounds)``, for aliases and associated types
    - trait: ``(supertraits,)``
    - impl: ``(trait path or None, self type, negative)``
    - module: ``(inline, path attribute or None)``
    - macro: ``(exported, rules)``; rules is the text between its braces
    - section (of a Markdown file): ``(level,)``
    """

    kind: str
    name: str
    parent: int
    """Index of the enclosing item in the file, or -1."""
    start: int
    """First byte, documentation and attributes included."""
    def_start: int
    """First byte of the definition itself."""
    end: int
    name_start: int
    name_end: int
    line: int
    """0-based line of ``def_start``."""
    end_line: int
    signature: str
    visibility: str
    doc: str
    attrs: tuple[str, ...]
    generics: Generics
    detail: tuple[Any, ...]
    scope: int
    """Index of the item whose *body* declares this one (a function), or -1."""


class Use(NamedTuple):
    """One leaf of a ``use`` tree, or an ``extern crate``."""

    parent: int
    """Index of the item that encloses it (module or function), or -1."""
    path: Path
    alias: str
    """The name it binds; "" for a glob, "_" for an anonymous trait import."""
    glob: bool
    visibility: str
    start: int
    end: int
    cfg: str


class MacroCall(NamedTuple):
    """A macro invoked where an item could stand."""

    parent: int
    path: Path
    start: int
    end: int
    line: int
    """0-based."""
    end_line: int
    args: str
    """The text between its delimiters; "" where it is too long to be expanded."""
    args_start: int
    exprs: tuple[Expr, ...] | None
    """What its arguments mean as expressions, where they read as such."""
    digest: bytes = b""
    """The content hash of its text, filled in where facts are packed."""


class Generated(NamedTuple):
    """What a derive, an attribute or a call makes, as a compiler told; see `parser.generated`."""

    parent: int
    """Index of the item that the new items stand in, or -1."""
    on: int
    """Index of the item that the macro stands on, or -1 for a call."""
    path: Path
    """The macro's name."""
    start: int
    end: int
    """Where the macro's name, or the whole call, stands in the file."""
    line: int
    """0-based."""
    end_line: int
    text: bytes
    """Rust items; what the file says itself is blanked."""
    spans: tuple[tuple[int, int, int], ...]
    """Spans of the text that came from the file: (start, end, place in the file)."""
    digest: bytes
    """Of the invocation."""


class Problem(NamedTuple):
    """Something that could not be read: where, and what to tell the user."""

    start: int
    end: int
    message: str


class FileFacts(NamedTuple):
    """Everything one file says. ``bodies`` maps an item's index to its lowered body."""

    items: tuple[Item, ...]
    uses: tuple[Use, ...]
    macros: tuple[MacroCall, ...]
    bodies: dict[int, Expr]
    problems: tuple[Problem, ...]
    doc: str
    attrs: tuple[str, ...]
    lines: int
    size: int
    generated: tuple[Generated, ...] = ()
    """What is known of macros that only a compiler can expand."""

    @property
    def has_expansions(self) -> bool:
        """Whether macros may define items here that the file itself doesn't spell."""
        return bool(self.macros or self.generated)
