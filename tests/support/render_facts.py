"""Lowered types, patterns and bodies as text close to Rust, and where their names stand."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from ferrograph.parser.facts import FileFacts


def show_type(kind: Any) -> str:
    """A type as Rust writes it."""
    tag, *rest = kind
    if tag == "p":
        return show_path(rest[0])
    if tag == "q":
        return _qualified(*rest)
    if tag in ("d", "i"):
        return ("dyn " if tag == "d" else "impl ") + " + ".join(map(show_type, rest[0]))
    if tag == "t":
        return _tuple(map(show_type, rest[0]))
    if tag == "f":
        return f"fn({', '.join(map(show_type, rest[0]))}) -> {show_type(rest[1])}"
    if tag == "mac":
        return f"{show_path(rest[0])}!({rest[1]})"
    wrapped = {"r": "&{}", "*": "*{}", "s": "[{}]", "a": "[{}; _]"}
    return wrapped[tag].format(show_type(rest[0])) if tag in wrapped else {"n": "!", "_": "_"}[tag]


def show_path(path: Any) -> str:
    """A path with its generic arguments; a leading ``::`` shows as a segment."""
    parts: list[str] = []
    for name, _, args in path:
        shown = [] if args is None else [*map(show_type, args[0])]
        shown += (
            [] if args is None else [f"{key} = {show_type(value)}" for key, _, value in args[1]]
        )
        parts.append(f"{name}<{', '.join(shown)}>" if shown else name)
    return "::".join(parts)


def _qualified(owner: Any, trait: Any, path: Any) -> str:
    middle = f" as {show_path(trait)}" if trait else ""
    return f"<{show_type(owner)}{middle}>::{show_path(path)}"


def _tuple(parts: Iterator[str]) -> str:
    shown = list(parts)
    return f"({', '.join(shown)}{',' * (len(shown) == 1)})"


def show_pattern(pattern: Any) -> str:
    """A pattern as Rust writes it; ``#`` stands for a literal or a range."""
    tag, *rest = pattern
    if tag == "b":
        return rest[0] + (f" @ {show_pattern(rest[2])}" if rest[2] is not None else "")
    if tag == "P":
        return show_path(rest[0])
    if tag == "T":
        return f"{show_path(rest[0])}({', '.join(map(show_pattern, rest[1]))})"
    if tag == "S":
        fields = [f"{name}: {show_pattern(inner)}" for name, _, inner in rest[1]]
        return f"{show_path(rest[0])} {{{', '.join(fields)}}}"
    if tag == "t":
        return _tuple(map(show_pattern, rest[0]))
    if tag == "s":
        return f"[{', '.join(map(show_pattern, rest[0]))}]"
    if tag == "r":
        return f"&{show_pattern(rest[0])}"
    if tag == "o":
        return f"({' | '.join(map(show_pattern, rest[0]))})"
    return {"l": "#", "..": "..", "_": "_"}[tag]


def show(e: Any) -> str:
    """An expression, or a statement, on one line; literals show as ``#type``."""
    if e is None:
        return ""
    tag, *rest = e
    handler = _EXPRS.get(tag)
    return handler(*rest) if handler is not None else f"?{tag}"


def _list(parts: Any) -> str:
    return ", ".join(map(show, parts))


def _block(statements: Any, tail: Any) -> str:
    parts = [f"{show(statement)};" for statement in statements]
    if tail is not None:
        parts.append(show(tail))
    return f"{{ {' '.join(parts)} }}" if parts else "{}"


def _method(receiver: Any, name: str, _start: int, types: Any, args: Any) -> str:
    turbofish = "" if types is None else f"::<{', '.join(map(show_type, types))}>"
    return f"{show(receiver)}.{name}{turbofish}({_list(args)})"


def _struct(path: Any, fields: Any, base: Any) -> str:
    parts = [f"{name}: {show(value)}" for name, _, value in fields]
    parts += [] if base is None else [f"..{show(base)}"]
    return f"{show_path(path)} {{{', '.join(parts)}}}"


def _match(value: Any, arms: Any) -> str:
    shown = [
        show_pattern(pattern) + (f" if {show(guard)}" if guard else "") + f" => {show(body)}"
        for pattern, guard, body in arms
    ]
    return f"match {show(value)} {{ {', '.join(shown)} }}"


def _closure(params: Any, returned: Any, body: Any, is_async: bool) -> str:
    shown = [
        show_pattern(pattern) + (f": {show_type(kind)}" if kind is not None else "")
        for pattern, kind in params
    ]
    arrow = f" -> {show_type(returned)}" if returned is not None else ""
    return f"{'async ' * is_async}|{', '.join(shown)}|{arrow} {show(body)}"


def _let(pattern: Any, kind: Any, value: Any, otherwise: Any) -> str:
    text = f"let {show_pattern(pattern)}"
    text += f": {show_type(kind)}" if kind is not None else ""
    text += f" = {show(value)}" if value is not None else ""
    return text + (f" else {show(otherwise)}" if otherwise is not None else "")


_EXPRS: dict[str, Any] = {
    "p": show_path,
    "q": _qualified,
    "c": lambda callee, args: f"{show(callee)}({_list(args)})",
    "m": _method,
    ".": lambda value, name, _start: f"{show(value)}.{name}",
    "&": lambda value, _mutable: f"&{show(value)}",
    "*": lambda value, _start: f"*{show(value)}",
    "!": lambda value, _sign, _start: f"!{show(value)}",
    "l": lambda name: f"#{name}",
    "b": lambda sign, parts, _starts: f"({f' {sign} '.join(map(show, parts))})",
    "as": lambda value, kind: f"({show(value)} as {show_type(kind)})",
    "?": lambda value: f"{show(value)}?",
    "w": lambda value, _start: f"{show(value)}.await",
    "n": _struct,
    "if": lambda c, then, other: (
        f"if {show(c)} {show(then)}" + (f" else {show(other)}" if other is not None else "")
    ),
    "let": lambda pattern, value: f"let {show_pattern(pattern)} = {show(value)}",
    "M": _match,
    "{": _block,
    "a": lambda block: f"async {show(block)}",
    "L": lambda body: f"loop {show(body)}",
    "W": lambda condition, body: f"while {show(condition)} {show(body)}",
    "F": lambda pattern, value, body: f"for {show_pattern(pattern)} in {show(value)} {show(body)}",
    "|": _closure,
    "t": lambda parts: _tuple(map(show, parts)),
    "v": lambda parts: f"[{_list(parts)}]",
    "vr": lambda value, count: f"[{show(value)}; {show(count)}]",
    "i": lambda value, index, _start: f"{show(value)}[{show(index)}]",
    "..": lambda low, high: f"({show(low)}..{show(high)})",
    "r": lambda value: f"return {show(value)}".rstrip(),
    "=": lambda left, right, _sign, _start: f"{show(left)} = {show(right)}",
    "n!": lambda: "diverge",
    "mac": lambda path, parts, kind, _text, _start: f"{show_path(path)}!{kind}({_list(parts)})",
    "D": _let,
}


def positions(tree: Any) -> Iterator[tuple[str, int]]:
    """Every (name, byte offset) in a lowered tree: a name is always followed by its place."""
    todo = [tree]
    while todo:
        value = todo.pop()
        if isinstance(value, tuple):
            todo.extend(value)
            for name, start in pairwise(value):
                if isinstance(name, str) and type(start) is int:
                    yield name, start


def check_positions(source: bytes, lowered: Any) -> None:
    """Every name in a lowered tree stands in the source where the tree says."""
    for name, start in positions(lowered):
        written = source[start : start + 4 * len(name) + 2].decode("utf-8", "replace")
        # The arguments of a macro may themselves begin with a raw string.
        assert written.startswith(name) or written.removeprefix("r#").startswith(name), (
            name,
            start,
        )


def check_spans(source: bytes, facts: FileFacts) -> None:
    """What holds for the items of every file, however broken."""
    for index, item in enumerate(facts.items):
        assert 0 <= item.start <= item.def_start <= item.end <= len(source)
        assert item.def_start <= item.name_start <= item.name_end <= item.end
        assert -1 <= item.parent < index
        assert -1 <= item.scope < index
        if item.parent >= 0:
            around = facts.items[item.parent]
            assert around.start <= item.start
            assert item.end <= around.end
        assert item.line == source.count(b"\n", 0, item.def_start)
        assert item.end_line == source.count(b"\n", 0, item.end)
        assert "\n" not in item.signature
        if item.kind != "impl" and not item.name.isdigit():
            written = source[item.name_start : item.name_end].decode("utf-8", "replace")
            assert written.removeprefix("r#") == item.name
