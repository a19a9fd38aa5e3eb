"""Items of a file: every kind, where each stands, what is said about it."""

from __future__ import annotations

from textwrap import dedent

import pytest
from ferrograph.parser.facts import FileFacts, Item
from ferrograph.parser.rust import LARGEST_FILE, parse_rust
from ferrograph.tests.support.render_facts import check_spans, show_type


def check(source: str | bytes, expected: str) -> FileFacts:
    """Compare the items of a fixture with their rendering, and check that every span holds.

    A line is ``kind name `signature` #[attribute]… @scope "documentation"``, indented below the
    item that encloses it; ``@scope`` marks items that a function body declares.
    """
    data = dedent(source).encode() if isinstance(source, str) else source
    facts = parse_rust(data)
    check_spans(data, facts)
    lines = [render(facts, index) for index in range(len(facts.items))]
    assert "\n".join(lines) == dedent(expected).strip("\n")
    return facts


def render(facts: FileFacts, index: int) -> str:
    item = facts.items[index]
    depth = 0
    above = item.parent
    while above >= 0:
        depth += 1
        above = facts.items[above].parent
    parts = [f"{'  ' * depth}{item.kind} {item.name} `{item.signature}`"]
    parts += [f"#[{attr}]" for attr in item.attrs]
    if item.scope >= 0:
        parts.append(f"@{facts.items[item.scope].name}")
    if item.doc:
        parts.append(f'"{item.doc}"'.replace("\n", "⏎"))
    return " ".join(parts)


def only(source: str) -> Item:
    (item,) = parse_rust(source.encode()).items
    return item


def test_functions_and_their_modifiers() -> None:
    check(
        """
        fn plain() {}
        pub(crate) const unsafe extern "C" fn all(x: u8) -> u8 { x }
        pub async fn later<T>(t: T)
        where
            T: Clone,
        {}
        """,
        """
        function plain `fn plain()`
        function all `pub(crate) const unsafe extern "C" fn all(x: u8) -> u8`
        function later `pub async fn later<T>(t: T) where T: Clone`
        """,
    )


def test_structs_unions_and_fields() -> None:
    check(
        """
        pub struct Unit;
        struct Named<'a, T> { pub name: &'a str, r#type: T }
        struct Tuple(pub u8, /** the second */ #[serde(skip)] pub(crate) Vec<u8>);
        union Both { int: u32, float: f32 }
        """,
        """
        struct Unit `pub struct Unit`
        struct Named `struct Named<'a, T>`
          field name `pub name: &'a str`
          field type `r#type: T`
        struct Tuple `struct Tuple(pub u8, /** the second */ #[serde(skip)] pub(crate) Vec<u8>)`
          field 0 `u8`
          field 1 `Vec<u8>` #[serde(skip)] "the second"
        union Both `union Both`
          field int `int: u32`
          field float `float: f32`
        """,
    )


def test_visibility_and_style() -> None:
    facts = parse_rust(
        b"pub struct A; pub(crate) struct B(pub u8, u8); pub(in crate::x::y) struct C { pub(super) "
        b"a: u8 } enum E { V(u8), W { a: u8 }, X }"
    )
    assert [(item.name, item.visibility) for item in facts.items] == [
        ("A", "pub"),
        ("B", "pub(crate)"),
        ("0", "pub"),
        ("1", ""),
        ("C", "pub(in crate::x::y)"),
        ("a", "pub(super)"),
        ("E", ""),
        ("V", ""),
        ("0", ""),
        ("W", ""),
        ("a", ""),
        ("X", ""),
    ]
    styles = [item.detail[0] for item in facts.items if item.kind in ("struct", "variant")]
    assert styles == ["unit", "tuple", "named", "tuple", "named", "unit"]


def test_enums() -> None:
    facts = check(
        """
        #[derive(Debug)]
        enum E<T> {
            A,
            /// two of them
            B(T, String),
            C { x: u8 } = 4,
            #[cfg(unix)]
            D = 1 << 3,
        }
        """,
        """
        enum E `enum E<T>` #[derive(Debug)]
          variant A `A`
          variant B `B(T, String)` "two of them"
            field 0 `T`
            field 1 `String`
          variant C `C`
            field x `x: u8`
          variant D `D = 1 << 3` #[cfg(unix)]
        """,
    )
    assert sorted(facts.bodies) == [5, 7]  # the discriminants


def test_traits() -> None:
    facts = check(
        """
        pub unsafe trait T<A>: Send + Fn(u8) -> A {
            type I<'x>: Iterator<Item = A> + ?Sized;
            type D = u8;
            const C: u8 = 3;
            fn f(&mut self) -> Self::I<'_>;
            /// given
            fn g(self: Box<Self>) {}
        }
        """,
        """
        trait T `pub unsafe trait T<A>: Send + Fn(u8) -> A`
          type I `type I<'x>: Iterator<Item = A> + ?Sized`
          type D `type D = u8`
          const C `const C: u8`
          method f `fn f(&mut self) -> Self::I<'_>`
          method g `fn g(self: Box<Self>)` "given"
        """,
    )
    supertraits = facts.items[0].detail[0]
    assert [bound[1][0][0] for bound in supertraits] == ["Send", "Fn"]
    assert facts.items[1].detail[0] is None
    assert [bound[1][0][0] for bound in facts.items[1].detail[1]] == ["Iterator"]


def test_impls() -> None:
    facts = check(
        """
        impl<T: Clone> Named<T> { pub fn new() -> Self { loop {} } const N: u8 = 1; }
        unsafe impl<A> a::Tr<A> for Vec<A> where A: Copy { type Out = A; fn go(&self) {} }
        impl !Send for X {}
        impl dyn Any + Send { fn me(&self) {} }
        """,
        """
        impl Named<T> `impl<T: Clone> Named<T>`
          method new `pub fn new() -> Self`
          const N `const N: u8`
        impl a::Tr<A> for Vec<A> `unsafe impl<A> a::Tr<A> for Vec<A> where A: Copy`
          type Out `type Out = A`
          method go `fn go(&self)`
        impl Send for X `impl !Send for X`
        impl dyn Any + Send `impl dyn Any + Send`
          method me `fn me(&self)`
        """,
    )
    impls = [item for item in facts.items if item.kind == "impl"]
    assert [item.detail[0] and [s[0] for s in item.detail[0]] for item in impls] == [
        None, ["a", "Tr"], ["Send"], None
    ]  # fmt: skip
    assert [item.detail[1][0] for item in impls] == ["p", "p", "p", "d"]
    assert [item.detail[2] for item in impls] == [False, False, True, False]


def test_modules_constants_and_aliases() -> None:
    facts = check(
        """
        mod outer {
            pub mod inner { const A: &str = "a"; }
            static mut B: [u8; 2] = [1, 2];
            const _: () = ();
        }
        mod elsewhere;
        #[path = "odd/place.rs"]
        mod moved;
        #[pathology = "no"]
        mod sane;
        pub type Alias<T> where T: A = B<T>;
        """,
        """
        module outer `mod outer`
          module inner `pub mod inner`
            const A `const A: &str`
          static B `static mut B: [u8; 2]`
          const _ `const _: ()`
        module elsewhere `mod elsewhere`
        module moved `mod moved` #[path = "odd/place.rs"]
        module sane `mod sane` #[pathology = "no"]
        type Alias `pub type Alias<T> where T: A = B<T>`
        """,
    )
    assert [item.detail for item in facts.items if item.kind == "module"] == [
        (True, None), (True, None), (False, None), (False, "odd/place.rs"), (False, None)
    ]  # fmt: skip


def test_extern_blocks_and_crates() -> None:
    facts = check(
        """
        extern "C" {
            /// from C
            pub fn c_fn(x: i32, ...) -> i32;
            static ERR: i32;
            type Opaque;
        }
        extern crate alloc as heap;
        """,
        """
        function c_fn `pub fn c_fn(x: i32, ...) -> i32` "from C"
        static ERR `static ERR: i32`
        type Opaque `type Opaque`
        """,
    )
    (used,) = facts.uses
    assert ([name for name, _, _ in used.path], used.alias) == (["::", "alloc"], "heap")


def test_macros() -> None:
    facts = check(
        """
        #[macro_export]
        macro_rules! shout { ($x:expr) => { fn not_an_item() {} }; }
        macro_rules! quiet { () => {} }
        thread_local! { static CELL: u8 = make(1); }
        """,
        """
        macro shout `macro_rules! shout` #[macro_export]
        macro quiet `macro_rules! quiet`
        """,
    )
    assert [(item.detail[0], item.detail[1].strip()) for item in facts.items] == [
        (True, "($x:expr) => { fn not_an_item() {} };"),
        (False, "() => {}"),
    ]
    (call,) = facts.macros
    assert (call.path[0][0], call.args.strip()) == ("thread_local", "static CELL: u8 = make(1);")


def test_documentation_in_all_its_forms() -> None:
    facts = check(
        """
        //! of the file
        /*! and
         * more of it */
        /// line
        ///   indented
        ///
        /// after
        fn a() {}
        /** block
         * starred
           unstarred */
        fn b() {}
        #[doc = "attribute"]
        #[doc = r#"raw "quoted""#]
        fn c() {}
        // plain
        /* plain */
        //// four
        fn d() {}
        mod m {
            //! inside
            #![allow(x)]
            /** both */
            fn e() {
                //! within
            }
        }
        """,
        """
        function a `fn a()` "line⏎  indented⏎⏎after"
        function b `fn b()` "block⏎starred⏎unstarred"
        function c `fn c()` "attribute⏎raw "quoted""
        function d `fn d()`
        module m `mod m` "inside"
          function e `fn e()` "both⏎within"
        """,
    )
    assert facts.doc == "of the file⏎and⏎more of it".replace("⏎", "\n")


def test_attributes_and_where_an_item_starts() -> None:
    source = dedent(
        """
        #![no_std]
        #[derive(Debug,
                 Clone)]
        // why
        #[cfg(all(unix, feature = "x"))]
        pub struct S;
        fn next() {}
        """
    )
    facts = check(
        source,
        """
        struct S `pub struct S` #[derive(Debug, Clone)] #[cfg(all(unix, feature = "x"))]
        function next `fn next()`
        """,
    )
    assert facts.attrs == ("no_std",)
    first, second = facts.items
    assert source[first.start :].startswith("#[derive")
    assert source[first.def_start :].startswith("pub struct")
    assert second.start == second.def_start


def test_one_name_under_two_conditions() -> None:
    check(
        """
        #[cfg(unix)]
        fn f() {}
        #[cfg(not(unix))]
        fn f() {}
        """,
        """
        function f `fn f()` #[cfg(unix)]
        function f `fn f()` #[cfg(not(unix))]
        """,
    )


def test_raw_and_foreign_names() -> None:
    check(
        """
        fn r#match(r#in: u8) {}
        struct Größe { höhe: u8 }
        mod 模块 { const Ω: u8 = 1; }
        """,
        """
        function match `fn r#match(r#in: u8)`
        struct Größe `struct Größe`
          field höhe `höhe: u8`
        module 模块 `mod 模块`
          const Ω `const Ω: u8`
        """,
    )


def test_items_inside_functions() -> None:
    facts = check(
        """
        fn outer() {
            use std::io;
            #[cfg(test)] use std::fs;
            /// doc
            #[derive(Debug)]
            #[doc = "more"]
            struct In { a: u8 }
            impl In { fn me(&self) { fn deep() {} } }
            let f = || { const K: u8 = 1; };
            if true { enum Cond { A } }
            macro_rules! local { () => {} }
        }
        """,
        """
        function outer `fn outer()`
          struct In `struct In` #[derive(Debug)] @outer "doc⏎more"
            field a `a: u8`
          impl In `impl In` @outer
            method me `fn me(&self)`
              function deep `fn deep()` @me
          const K `const K: u8` @outer
          enum Cond `enum Cond` @outer
            variant A `A`
          macro local `macro_rules! local` @outer
        """,
    )
    assert [(use.alias, use.cfg, use.parent) for use in facts.uses] == [
        ("io", "", 0),
        ("fs", "test", 0),
    ]


def test_carriage_returns() -> None:
    facts = check(
        b"/// one\r\n/// two\r\nfn a(\r\n    x: u8,\r\n) {}\r\n"
        b"/** b\r\n * c\r\n */\r\nfn b() {}\r\n",
        """
        function a `fn a( x: u8, )` "one⏎two"
        function b `fn b()` "b⏎c"
        """,
    )
    assert [(item.line, item.end_line) for item in facts.items] == [(2, 4), (8, 8)]
    assert facts.lines == 9


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("use a::b::C;", ["a::b::C as C"]),
        ("use a::b as c;", ["a::b as c"]),
        ("use a::B as _;", ["a::B as _"]),
        ("use a::*;", ["a as *"]),
        ("use ::a::b;", ["::::a::b as b"]),
        ("use a::{self, b::{c, d as e, *}, f};", [
            "a as a", "a::b::c as c", "a::b::d as e", "a::b as *", "a::f as f"
        ]),
        ("use a::{self as z};", ["a as z"]),
        ("use {a, b::c};", ["a as a", "b::c as c"]),
        ("use ::{a, b};", ["::::a as a", "::::b as b"]),
        ("use self::a; use super::super::b; use crate::c;", [
            "self::a as a", "super::super::b as b", "crate::c as c"
        ]),
        ("use r#type::r#fn;", ["type::fn as fn"]),
        ("extern crate std;", ["::::std as std"]),
        ("extern crate self as me;", ["crate as me"]),
    ],
)  # fmt: skip
def test_imports(source: str, expected: list[str]) -> None:
    found = parse_rust(source.encode()).uses
    assert [
        f"{'::'.join(name for name, _, _ in use.path)} as {'*' if use.glob else use.alias}"
        for use in found
    ] == expected
    for use in found:
        for name, start, _ in use.path:
            assert source.removeprefix(source[:start]).removeprefix("r#").startswith(name) or (
                name in ("crate", "::")
            )


def test_import_facts() -> None:
    source = "mod m { #[cfg(unix)] pub(crate) use a::{b, c}; }"
    facts = parse_rust(source.encode())
    assert [(use.parent, use.visibility, use.cfg) for use in facts.uses] == [
        (0, "pub(crate)", "unix")
    ] * 2
    assert [source[use.start : use.end] for use in facts.uses] == ["b", "c"]


def test_generics() -> None:
    generics = only(
        "fn f<'a, T: Clone + 'a = u8, const N: usize>() where T: Copy, for<'b> &'b T: Add {}"
    ).generics
    (param,) = generics.params
    assert param.name == "T"
    assert [bound[1][0][0] for bound in param.bounds] == ["Clone"]
    assert generics.consts == ("N",)
    assert [(left[0], [b[1][0][0] for b in bounds]) for left, bounds in generics.where] == [
        ("p", ["Copy"]),
        ("r", ["Add"]),
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("u8", "u8"),
        ("a::B<C, D>", "a::B<C, D>"),
        ("&'a mut [T]", "&[T]"),
        ("*const [u8; 3]", "*[u8; _]"),
        ("(A, (B), (C,), ())", "(A, B, (C,), ())"),
        ("&(dyn A + Send + 'a)", "&dyn A + Send"),
        ("Box<dyn for<'a> Fn(&'a u8) -> B + Send>", "Box<dyn Fn<(&u8,), Output = B> + Send>"),
        ("Box<dyn (Fn(u8)) + Send>", "Box<dyn Fn<(u8,), Output = ()> + Send>"),
        ("impl 'a + Iterator<Item = T> + ?Sized", "impl Iterator<Item = T>"),
        ("fn(a: u8, B) -> !", "fn(u8, B) -> !"),
        ("<T as a::Tr<U>>::Out<V>", "<T as a::Tr<U>>::Out<V>"),
        ("<T>::A::B", "<T>::A::B"),
        ("Vec<_>", "Vec<_>"),
        ("A<3, { N }, 'a, T>", "A<_, _, T>"),
        ("m!()", "m!()"),
        ("::a::B", "::::a::B"),
    ],
)
def test_types(written: str, expected: str) -> None:
    item = only(f"type X = {written};")
    assert show_type(item.detail[0]) == expected


def test_parameters() -> None:
    source = "fn f(a: u8, (b, _): P, S { c, d: e }: S, &g: &u8, mut h: u8) {}"
    params, returned, self_kind, is_async = only(source).detail
    assert (returned, self_kind, is_async) == (("t", ()), "", False)
    assert [pattern[0] for pattern, _ in params] == ["b", "t", "S", "r", "b"]
    kinds = {
        "self": "self",
        "mut self": "self",
        "&self": "&self",
        "&'a self": "&self",
        "&mut self": "&mut self",
        "&'a mut self": "&mut self",
        "self: Box<Self>": "typed",
        "mut self: Pin<&mut Self>": "typed",
        "x: u8": "",
    }
    for written, expected in kinds.items():
        facts = parse_rust(f"impl A {{ fn f({written}) {{}} }}".encode())
        assert facts.items[1].detail[2] == expected, written


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("fn a() {} fn b( fn c() {}", {"a"}),
        ("struct A { x: u8, y } fn b() {}", {"A", "x", "b"}),
        ("fn a() { let x = ; foo. } fn b() {}", {"a", "b"}),
        ("@@@ fn a() {} ### fn b() {}", {"a", "b"}),
        ("impl A { fn b() {} fn c( } fn d() {}", {"b", "d"}),
        ("mod m { fn a() {} ", {"a"}),
        ("fn a() {} }", {"a"}),
        ("enum E { A, B(, C } fn f() {}", {"f"}),
        ("use a::; fn f() {}", {"f"}),
        ("fn f() { match x { A => , B } } struct S;", {"f", "S"}),
    ],
)
def test_broken_code_keeps_what_is_around_the_break(source: str, kept: set[str]) -> None:
    facts = parse_rust(source.encode())
    check_spans(source.encode(), facts)
    assert kept <= {item.name for item in facts.items}
    assert facts.problems
    for problem in facts.problems:
        assert 0 <= problem.start <= problem.end <= len(source)
        assert problem.message
        assert "\n" not in problem.message


def test_without_bodies_only_the_surface_is_read() -> None:
    facts = parse_rust(b"fn f() { struct Hidden; g() } const A: u8 = g();", with_bodies=False)
    assert [item.name for item in facts.items] == ["f", "A"]
    assert facts.bodies == {}


def test_files_that_are_left_out_or_not_utf8() -> None:
    large = parse_rust(b"fn f() {}\n" * (LARGEST_FILE // 10 + 1))
    assert large.items == ()
    assert large.problems[0].message == "left out: 4.0 MB is more than the 4 MB read"
    broken = parse_rust(b"fn a\xff() {}\nfn b() {}")
    assert "b" in {item.name for item in broken.items}
    assert broken.problems[0].message == "not UTF-8: byte 4 can't be read"


def test_deep_nesting_is_a_problem_and_nothing_else() -> None:
    facts = parse_rust(b"fn before() {} " + b"mod m {" * 300 + b"}" * 300 + b" fn after() {}")
    names = [item.name for item in facts.items]
    assert (names[0], names[-1]) == ("before", "after")
    assert [problem.message for problem in facts.problems] == ["nested too deeply to be read"]
