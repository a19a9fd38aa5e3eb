"""Random edits of real Rust files, each made from a few numbers, so that a failing sequence shrinks.

Whatever an edit needs (an item, an identifier, an import) is picked from what the files hold by the
numbers modulo what there is: any sequence of numbers is a sequence of edits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from ferrograph.parser.facts import FileFacts
from ferrograph.parser.rust import parse_rust

Files: TypeAlias = dict[str, bytes]
"""Texts by path; what is missing was deleted."""

Numbers: TypeAlias = tuple[int, int, int, int]
"""Which edit, which file, and two more choices."""

_IDENTIFIER = re.compile(rb"\b[A-Za-z_][A-Za-z0-9_]{2,}\b")
_KEYWORDS = frozenset(
    b"pub mod use impl struct enum trait for fn let mut self Self super crate where match return "
    b"move ref type const static unsafe async await dyn else loop while break continue true false "
    b"derive cfg test allow".split()
)
_SNIPPETS = (
    b"pub fn added() -> u32 { 7 }\n",
    b"pub struct Added { pub inner: u32 }\nimpl Added { pub fn get(&self) -> u32 { self.inner } }\n",
    b"pub trait Extra { fn extra(&self) -> u32 { 1 } }\nimpl Extra for u32 {}\n",
    b"pub enum Choice { First, Second(u32) }\nuse Choice::*;\nfn pick() -> Choice { Second(1) }\n",
    b"impl<T: Clone> Twice for T {}\npub trait Twice: Sized { fn twice(&self) {} }\n",
    b"type Alias = Vec<u32>;\nfn alias(a: Alias) { a.len(); }\n",
    b"pub trait Named { type Name; fn name(&self) -> Self::Name; }\n"
    b"impl<T: Clone> Named for Vec<T> { type Name = T; fn name(&self) -> T { self[0].clone() } }\n"
    b"fn of(v: Vec<Added>) -> u32 { v.name().get() }\n",
    b"pub mod prelude { pub use super::*; pub use crate::*; }\npub use prelude::Extra as _;\n",
    b"macro_rules! types { ($($t:ident),*) => { $(pub struct $t; impl $t { pub fn get(&self) {} })* } }\n"
    b"types!(Added, Other);\nfn use_types(o: Other) { o.get(); made!(inside); inside(); }\n",
    b"#[macro_export]\nmacro_rules! shared { ($e:expr) => { $crate::added() + $e } }\n"
    b"fn shares() { shared!(added()); }\n",
    b"use std::ops::Deref;\npub struct Wrap(Added);\nimpl Deref for Wrap { type Target = Added;\n"
    b"fn deref(&self) -> &Added { &self.0 } }\nfn through(w: Wrap) -> u32 { w.get() + w.inner }\n",
    b"macro_rules! made { ($n:ident) => { pub fn $n() {} } }\nmade!(from_macro);\n",
    b"#[cfg(test)]\nmod tests { use super::*; #[test] fn works() { added(); } }\n",
    b"mod inline { pub fn inside() { super::added() } pub use super::*; }\n",
    b"fn outer() { use self::inline::*; inside(); struct Local; impl Local { fn go(&self) {} } Local.go(); }\n",
)
_USES = (
    b"use crate::*;\n", b"use super::*;\n", b"pub use self::inline::inside;\n",
    b"use crate::added as renamed;\n", b"pub(crate) use super::added;\n",
)  # fmt: skip


def edit(files: Files, numbers: Numbers, originals: Files) -> list[str]:
    """Make one edit in place; gives the files it touched."""
    which, where, one, two = numbers
    names = sorted(name for name in files if name.endswith(".rs"))
    if not names:
        name = sorted(originals)[where % len(originals)]
        files[name] = originals[name]
        return [name]
    name = names[where % len(names)]
    return _EDITS[which % len(_EDITS)](files, name, one, two, originals)


def _facts(text: bytes) -> FileFacts:
    return parse_rust(text)


def _spans(text: bytes) -> list[tuple[int, int]]:
    return [(item.start, item.end) for item in _facts(text).items]


def _insert_item(files: Files, name: str, one: int, two: int, _: Files) -> list[str]:
    text = files[name]
    ends = [0, *(end for _, end in _spans(text)), len(text)]
    at = ends[one % len(ends)]
    snippet = _SNIPPETS[two % len(_SNIPPETS)]
    files[name] = text[:at] + b"\n" + snippet + text[at:]
    return [name]


def _delete_item(files: Files, name: str, one: int, two: int, _: Files) -> list[str]:
    spans = _spans(files[name])
    if spans:
        start, end = spans[one % len(spans)]
        files[name] = files[name][:start] + files[name][end:]
    return [name]


def _repeat_item(files: Files, name: str, one: int, two: int, _: Files) -> list[str]:
    text = files[name]
    spans = _spans(text)
    if spans and len(text) < 60_000:
        start, end = spans[one % len(spans)]
        files[name] = text[:end] + b"\n" + text[start:end] + text[end:]
    return [name]


def _move_item(files: Files, name: str, one: int, two: int, _: Files) -> list[str]:
    names = sorted(n for n in files if n.endswith(".rs"))
    other = names[two % len(names)]
    spans = _spans(files[name])
    if not spans or other == name:
        return [name]
    start, end = spans[one % len(spans)]
    moved = files[name][start:end]
    files[name] = files[name][:start] + files[name][end:]
    files[other] = files[other] + b"\n" + moved + b"\n"
    return [name, other]


def _rename(files: Files, name: str, one: int, two: int, _: Files) -> list[str]:
    """An identifier gets another name: in one file, or in all."""
    text = files[name]
    found = [m for m in dict.fromkeys(_IDENTIFIER.findall(text)) if m not in _KEYWORDS]
    if not found:
        return [name]
    old = found[one % len(found)]
    new = old + b"_x" if not old.endswith(b"_x") else old[:-2]
    if two % 5 == 0 and len(found) > 1:
        new = found[(one + two) % len(found)]
    touched = [name] if two % 2 else sorted(n for n in files if n.endswith(".rs"))
    pattern = re.compile(rb"\b" + re.escape(old) + rb"\b")
    for each in touched:
        files[each] = pattern.sub(new, files[each])
    return touched


def _edit_body(files: Files, name: str, one: int, two: int, _: Files) -> list[str]:
    """A statement at the beginning of a function's body."""
    text = files[name]
    facts = _facts(text)
    bodies = [i for k, i in enumerate(facts.items) if k in facts.bodies and i.kind != "const"]
    if not bodies:
        return [name]
    item = bodies[one % len(bodies)]
    at = text.find(b"{", item.name_end, item.end)
    words = [m for m in dict.fromkeys(_IDENTIFIER.findall(text)) if m not in _KEYWORDS]
    if at < 0 or not words:
        return [name]
    word = words[two % len(words)]
    added = (b" let _ = %s();", b" %s::default();", b" self.%s();", b" x.%s(1);")[two % 4] % word
    files[name] = text[: at + 1] + added + text[at + 1 :]
    return [name]


def _break(files: Files, name: str, one: int, two: int, _: Files) -> list[str]:
    text = files[name]
    at = one % (len(text) + 1)
    if two % 3 == 0:
        files[name] = text[:at] + text[at + 1 + two % 40 :]
    else:
        files[name] = (
            text[:at] + (b"{", b"}", b"(", b'"', b"/*", b"\xff", b"fn ")[two % 7] + text[at:]
        )
    return [name]


def _mend(files: Files, name: str, one: int, two: int, originals: Files) -> list[str]:
    name = sorted(originals)[one % len(originals)]
    files[name] = originals[name]
    return [name]


def _add_use(files: Files, name: str, one: int, two: int, _: Files) -> list[str]:
    text = files[name]
    words = [m for m in dict.fromkeys(_IDENTIFIER.findall(text)) if m not in _KEYWORDS]
    use = _USES[one % len(_USES)]
    if words and two % 2:
        use = b"use crate::%s::%s;\n" % (words[one % len(words)], words[two % len(words)])
    files[name] = use + text
    return [name]


def _change_use(files: Files, name: str, one: int, two: int, _: Files) -> list[str]:
    """An import goes, becomes public, or becomes a glob."""
    text = files[name]
    lines = list(re.finditer(rb"(?m)^[ \t]*(pub )?use [^;]*;", text))
    if not lines:
        return [name]
    line = lines[one % len(lines)]
    old = line[0]
    if two % 3 == 0:
        new = b""
    elif two % 3 == 1:
        new = (
            old.replace(b"use ", b"pub use ", 1)
            if b"pub " not in old
            else old.replace(b"pub ", b"")
        )
    else:
        new = re.sub(rb"::[^:]*;$", b"::*;", old)
    files[name] = text[: line.start()] + new + text[line.end() :]
    return [name]


def _add_module(files: Files, name: str, one: int, two: int, _: Files) -> list[str]:
    new = b"extra%d" % (one % 3)
    folder = name.rpartition("/")[0]
    stem = name.rpartition("/")[2].removesuffix(".rs")
    if stem not in ("lib", "main", "mod"):
        folder = f"{folder}/{stem}"
    path = f"{folder}/{new.decode()}.rs"
    touched = [name]
    if two % 4:
        files[name] += (
            b"\n#[macro_use]\npub mod %s;\n" % new if two % 7 == 0 else b"\npub mod %s;\n" % new
        )
    if two % 3:
        files[path] = (
            b"use super::*;\n" + _SNIPPETS[two % len(_SNIPPETS)] + _SNIPPETS[one % len(_SNIPPETS)]
        )
        touched.append(path)
    return touched


def _remove_module(files: Files, name: str, one: int, two: int, _: Files) -> list[str]:
    """A file goes, or the line that declares a module."""
    text = files[name]
    lines = list(re.finditer(rb"(?m)^[ \t]*(pub )?mod \w+;", text))
    if lines and two % 2:
        line = lines[one % len(lines)]
        files[name] = text[: line.start()] + text[line.end() :]
        return [name]
    if name.rpartition("/")[2] not in ("lib.rs", "main.rs") or two % 8 == 0:
        del files[name]
    return [name]


def _toggle_cfg(files: Files, name: str, one: int, two: int, _: Files) -> list[str]:
    spans = _spans(files[name])
    if not spans:
        return [name]
    start, _end = spans[one % len(spans)]
    text = files[name]
    line = (b"#[cfg(test)]\n", b"#[cfg(not(unix))]\n", b"#[derive(Clone)]\n", b"pub ")[two % 4]
    files[name] = text[:start] + line + text[start:]
    return [name]


def _repath(files: Files, name: str, one: int, two: int, _: Files) -> list[str]:
    """A module declaration points at another file, or at its own again."""
    text = files[name]
    lines = list(re.finditer(rb'(?m)^(#\[path = "[^"]*"\]\n)?[ \t]*(pub )?mod \w+;', text))
    if not lines:
        return [name]
    line = lines[one % len(lines)]
    if line[1]:
        new = line[0][len(line[1]) :]
    else:
        names = sorted(n for n in files if n.endswith(".rs"))
        other = names[two % len(names)].rpartition("/")[2].encode()
        new = b'#[path = "%s"]\n%s' % (other, line[0])
    files[name] = text[: line.start()] + new + text[line.end() :]
    return [name]


def _signature(files: Files, name: str, one: int, two: int, _: Files) -> list[str]:
    """Types in heads change: generics, references, parameters, what an impl is for."""
    text = files[name]
    heads = list(re.finditer(rb"(?m)^[ \t]*(pub )?(fn|impl|struct|trait|type|enum)\b[^{;=]*", text))
    if not heads:
        return [name]
    head = heads[one % len(heads)]
    words = [m for m in dict.fromkeys(_IDENTIFIER.findall(text)) if m[:1].isupper()]
    old = list(re.finditer(rb"\b[A-Z]\w*\b", head[0]))
    if not words or not old:
        return [name]
    at = old[two % len(old)]
    word = words[(one + two) % len(words)]
    new = (word, b"&" + word, b"Vec<%s>" % word, b"Self", b"impl " + word, b"u32")[two % 6]
    start = head.start() + at.start()
    files[name] = text[:start] + new + text[start + len(at[0]) :]
    return [name]


def _edit_document(files: Files, name: str, one: int, two: int, originals: Files) -> list[str]:
    """A Markdown file gets a heading, loses a line, or goes and comes back."""
    names = sorted(n for n in originals if n.endswith(".md"))
    if not names:
        return _edit_body(files, name, one, two, originals)
    name = names[one % len(names)]
    if name not in files:
        files[name] = originals[name]
        return [name]
    lines = files[name].splitlines(keepends=True)
    at = two % (len(lines) + 1)
    if two % 5 == 0:
        del files[name]
    elif two % 2:
        files[name] = b"".join([*lines[:at], b"\n## Part %d\n\n" % (one % 4), *lines[at:]])
    else:
        files[name] = b"".join([*lines[:at], *lines[at + 1 :]])
    return [name]


_Edit: TypeAlias = Callable[[Files, str, int, int, Files], list[str]]
_EDITS: tuple[_Edit, ...] = (
    _edit_body, _insert_item, _delete_item, _rename, _move_item, _repeat_item, _break, _mend,
    _add_use, _change_use, _add_module, _remove_module, _toggle_cfg,
    _repath, _signature, _edit_document,
)  # fmt: skip
KINDS = len(_EDITS)
