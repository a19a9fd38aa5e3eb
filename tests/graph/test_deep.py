"""However deeply code nests, or leads from one name to the next, linking it ends and never raises.

Each case is bounded by a rule of its own, not by the interpreter's recursion limit: the tests run
with a limit far below what the cases would need, in the main thread and in one with a small stack.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from ferrograph.tests.support.graphs import everything, open_index, write_fixture

N = 3000
LIMIT = 9_000
"""Frames. The deepest case that is bounded rightly needs about two thirds of them."""


def _chain(line: str, count: int = N) -> str:
    return "".join(line.format(n=n, m=n + 1) for n in range(count))


DEEP = {
    "references by shadowing": "struct S; impl S { fn go(&self) {} }\n"
    "fn f() { let x = S;\n"
    + "let x = &x;\n" * N
    + "x.go(); x(); for a in x {} match x { y => y } }\n",
    "tuples by shadowing": "fn f() { let x = 1;\n"
    + "let x = (x, x);\n" * N
    + "x.0.go(); let (a, b) = x; }\n",
    "options by shadowing": "fn f() { let x = Some(1);\n"
    + "let x = Some(x);\n" * N
    + "x.unwrap(); let y = [x, x]; }\n",
    "closures by shadowing": "fn f() { let x = || 1;\n" + "let x = || x;\n" * N + "x()()(); }\n",
    "assignments to itself": "fn f() { let mut x = None;\n" + "x = Some(x);\n" * N + "}\n",
    "a chain of imports": _chain("pub mod m{n} {{ pub use super::m{m}::x; }}\n", N // 10)
    + f"pub mod m{N // 10} {{ pub fn x() {{}} }}\nuse m0::x;\nfn f() {{ x(); }}\n",
    "a chain of globs": _chain("pub mod m{n} {{ pub use super::m{m}::*; }}\n", 400)
    + "pub mod m400 { pub fn x() {} }\nuse m0::*;\nfn f() { x(); }\n",
    "a chain of aliases": _chain("type A{n} = A{m};\n")
    + f"struct A{N};\nfn f(a: A0) {{ a.go(); }}\n",
    "a chain of generic aliases": _chain("type A{n}<T> = A{m}<(T, T)>;\n")
    + f"type A{N}<T> = T;\nfn f(a: A0<u8>) {{ a.go(); }}\n",
    "a chain of supertraits": _chain("trait T{n}: T{m} {{ fn f{n}(&self) {{}} }}\n")
    + f"trait T{N} {{ fn last(&self) {{}} }}\nfn f<X: T0>(x: X) {{ x.last(); }}\n",
    "a chain of supertraits by associated types": _chain(
        "trait T{n}: T{m}<<Self as T{m}>::X> {{ type X; }}\n", N // 10
    )
    + f"trait T{N // 10} {{ type X; }}\nfn f<X: T0>(x: X::X) {{ x.last(); }}\n",
    "a chain of blanket impls": _chain(
        "trait T{n} {{ fn f{n}(&self) {{}} }} impl<A: T{m}> T{n} for A {{}}\n"
    )
    + f"trait T{N} {{}}\nstruct S; impl T{N} for S {{}}\nfn f(s: S) {{ s.f0(); }}\n",
    "a chain of associated types": "trait T { type X; }\n"
    + _chain("struct S{n}; impl T for S{n} {{ type X = <S{m} as T>::X; }}\n")
    + f"struct S{N}; impl T for S{N} {{ type X = u8; }}\nfn f(s: <S0 as T>::X) {{ s.go(); }}\n",
    "associated types without end": "trait T { type X; } struct W<A>(A);\n"
    "impl<A: T> T for W<A> { type X = <W<W<A>> as T>::X; } impl T for u8 { type X = W<W<u8>>; }\n"
    "fn f(a: <W<u8> as T>::X, b: <<W<W<u8>> as T>::X as T>::X) { a.go(); b.go(); }\n",
    "blanket associated types without end": "trait T { type X; } trait U { type X; }\n"
    "impl<A: U> T for A { type X = <A as U>::X; } impl<A: T> U for A { type X = <A as T>::X; }\n"
    "fn f(a: <u8 as T>::X) { a.go(); }\n",
    "derefs in a circle": "use std::ops::Deref; struct A; struct B;\n"
    "impl Deref for A { type Target = B; } impl Deref for B { type Target = A; }\n"
    "fn f(a: A) { a.go(); *****a; a[0]; }\n",
    "derefs that grow": "use std::ops::Deref; struct A<T>(T);\n"
    "impl<T> Deref for A<T> { type Target = A<A<T>>; }\nfn f(a: A<u8>) { a.go(); ***a; }\n",
    "a macro that deepens itself": "macro_rules! m { ($($t:tt)*) => { "
    + "!" * 240
    + "m!($($t)* x) } }\nfn f() { m!(x); }\n",
    "a macro that deepens blocks": "macro_rules! m { ($($t:tt)*) => { "
    + "{" * 55
    + "m!($($t)* x)"
    + "}" * 55
    + " } }\nfn f() { m!(x); }\n",
    "a macro that chains itself": "macro_rules! m { ($($t:tt)*) => { m!($($t)* x)"
    + ".a()" * 240
    + " } }\nfn f() { m!(x); }\n",
    "a macro that doubles itself": "macro_rules! m { ($t:tt) => { m!($t); m!($t); } }\nm!(x);\nfn f() { m!(x); }\n",
    "a macro that doubles itself without arguments": "macro_rules! m { () => { m!(); m!(); } }\nm!();\nfn f() { m!(); }\n",
    "a macro that defines itself anew": "macro_rules! m { ($t:tt) => { macro_rules! m { ($u:tt) => { m!($u); } } m!($t); } }\nm!(x);\n",
    "a macro of nested types": "macro_rules! t { ($($t:tt)*) => { "
    + "Vec<" * 55
    + "t!($($t)* x)"
    + ">" * 55
    + " } }\nfn f(a: t!(x)) -> t!(x) { let b: t!(y) = a; b }\n",
    "a macro of nested modules": "macro_rules! m { ($t:tt) => { mod a { m!($t); } } }\nm!(x);\n",
    "a macro of nested functions": "macro_rules! m { ($t:tt) => { fn a() { m!($t); } } }\nm!(x);\n",
    "modules": "mod a {" * N + "}" * N,
    "functions": "fn a() {" * N + "}" * N,
    "impls in functions": "impl A { fn a() {" * N + "}}" * N,
    "traits of one another": "trait A: B {} trait B: A {} fn f<T: A>(t: T) { t.go(); T::go(); }\n",
    "bounds of one another": "fn f<A: Into<B>, B: Into<A>>(a: A) { a.into().into().into(); }\n",
    "globs in a circle": "mod a { pub use super::b::*; } mod b { pub use super::a::*; } use a::*; fn f() { x(); }\n",
    "attributes": "#[cfg("
    + "all(" * N
    + ")" * N
    + ")] fn f() {}\n"
    + "#[derive("
    + "(" * N
    + ")" * N
    + ")] struct S;\n",
    "generics in turn": "struct S<T>(T); fn f() { let s = "
    + "S(" * N
    + "1"
    + ")" * N
    + "; s.0.0.0.go(); }\n",
}


@contextmanager
def recursion_limit(frames: int) -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(frames)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


@pytest.mark.parametrize("case", DEEP)
def test_linking_what_nests_deeply(case: str, tmp_path: Path) -> None:
    write_fixture(tmp_path, DEEP[case])
    with recursion_limit(LIMIT):
        indexer = open_index(tmp_path)
        report = indexer.index()
        assert report.items > 0
        # And once more by an edit.
        path = tmp_path / "src/lib.rs"
        path.write_text(path.read_text() + "\nfn added() { f(); }\n")
        assert indexer.update(["src/lib.rs"]).items == report.items + 1


def test_files_that_declare_one_another_in_a_long_row(tmp_path: Path) -> None:
    names = ["lib", *(f"m{n}" for n in range(N))]
    files = "".join(
        f'//- /src/{name}.rs\n#[path = "{then}.rs"]\npub mod {then};\npub fn f() {{}}\n'
        for name, then in pairwise(names)
    )
    write_fixture(tmp_path, files)
    with recursion_limit(LIMIT):
        indexer = open_index(tmp_path)
        indexer.index()
        assert len(indexer.store.items_in_file("src/m10.rs")) == 2
        (tmp_path / "src/lib.rs").write_text('#[path = "m5.rs"]\nmod x;\n')
        indexer.update(["src/lib.rs"])
        clean = open_index(tmp_path)
        clean.index()
    assert everything(indexer.store) == everything(clean.store)


def test_linking_on_a_small_stack(tmp_path: Path) -> None:
    """Threads of some systems have half a megabyte: linking must not need more."""
    write_fixture(tmp_path, "")
    (tmp_path / "src").mkdir(exist_ok=True)
    modules: list[str] = []
    for number, (case, source) in enumerate(DEEP.items()):
        if "doubles" in case:
            continue  # slow, and shallow
        (tmp_path / f"src/c{number}.rs").write_text(source)
        modules.append(f"mod c{number};\n")
    (tmp_path / "src/lib.rs").write_text("".join(modules))
    raised: list[BaseException] = []

    def run() -> None:
        try:
            open_index(tmp_path).index()
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            raised.append(error)

    before = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=run)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    assert raised == []
