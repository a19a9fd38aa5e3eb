"""Function bodies as the linker sees them, macro arguments included."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from ferrograph.parser.facts import Expr
from ferrograph.parser.rust import parse_rust
from ferrograph.tests.support.render_facts import check_positions, positions, show


def body(text: str) -> tuple[str, Expr]:
    """The source of a function with this body, and the body lowered."""
    source = f"fn ünder(test: u8) {{ {text} }}"
    return source, parse_rust(source.encode()).bodies[0]


def check(text: str, expected: str) -> None:
    """Compare a body with its rendering; every name must stand where the tree says."""
    source, lowered = body(text)
    assert show(lowered) == f"{{ {expected} }}"
    check_positions(source.encode(), lowered)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f(a, b)", "f(a, b)"),
        ("a::b::<T>(x)", "a::b<T>(x)"),
        ("Vec::<u8>::new()", "Vec<u8>::new()"),
        ("Self::g(); crate::h(); super::i()", "Self::g(); crate::h(); super::i()"),
        ("<T as Tr<U>>::go::<V>(x)", "<T as Tr<U>>::go<V>(x)"),
        ("<[u8]>::len(&x)", "<[u8]>::len(&x)"),
        ("(self.f)(x)", "self.f(x)"),
        ("a.b().c(x).d", "a.b().c(x).d"),
        ("it.collect::<Vec<_>>()", "it.collect::<Vec<_>>()"),
        ("x.0.1.2", "x.0.1.2"),
        ("r#type.r#match(r#fn)", "type.match(fn)"),
        ("größe.höhe(ärger)", "größe.höhe(ärger)"),
        ("x?.y()?; z.await?", "x?.y()?; z.await?"),
        ("f(/* one */ a, // two\n b)", "f(a, b)"),
        ("S { a, b: f(), ..Default::default() }", "S {a: a, b: f(), ..Default::default()}"),
        ("m::S::<u8> { }", "m::S<u8> {}"),
    ],
)
def test_calls_paths_and_fields(text: str, expected: str) -> None:
    check(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1; 2u8; 0xffi32; 1.0; 1f32; 1e3_f64", "#{int}; #u8; #i32; #{float}; #f32; #f64"),
        ("true; 'a'; b'a'", "#bool; #char; #u8"),
        ('"s"; b"s"; c"s"; r#"s"#', "#str; #bytes; #cstr; #str"),
        ("a + b * c + d", "(a + (b * c) + d)"),
        ("a && b && c || d", "((a && b && c) || d)"),
        ("a - b - c", "(a - b - c)"),
        ("-a; !b; *c; &d; &mut e; &raw const f", "!a; !b; *c; &d; &e; &f"),
        ("a as u8 as T", "((a as u8) as T)"),
        ("a = b; a += c", "a = b; a = c"),
        ("..; a..; ..b; a..b; a..=b; ..=b", "(..); (a..); (..b); (a..b); (a..b); (..b)"),
        ("(); (a,); (a, b); (a)", "(); (a,); (a, b); a"),
        ("[]; [a, b]; [a; N]; a[i]", "[]; [a, b]; [a; N]; a[i]"),
        ("|| a; |a, (b, _), _| a; move |a: u8| -> T { a }",
         "|| a; |a, (b, _), _| a; |a: u8| -> T { a }"),
        ("async move |a| a; async { a }", "async |a| a; async { a }"),
        ("return; return a; break; break 'l a; continue 'l",
         "return; return a; return; return a; diverge"),
    ],
)  # fmt: skip
def test_operators_and_literals(text: str, expected: str) -> None:
    check(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if a { b } else if c { d } else { e }", "if a { b } else if c { d } else { e }"),
        ("if let Some(a) = b && a.c() && let Ok(d) = e {}",
         "if (let Some(a) = b && a.c() && let Ok(d) = e) {}"),
        ("while let Some(x) = s.pop() { f(x); }", "while let Some(x) = s.pop() { f(x); }"),
        ("for (i, x) in y.iter() { x }", "for (i, x) in y.iter() { x }"),
        ("'l: loop { a; }", "loop { a; }"),
        ("unsafe { a } const { b }; { c }", "{ a }; { b }; { c }"),
        ("let a; let b: u8 = c; let (d, mut e) = f;", "let a; let b: u8 = c; let (d, e) = f;"),
        ("let Some(a) = b else { return };", "let Some(a) = b else { return };"),
        ("match a { B => c, D(e) if e.f() => g, _ => {} }",
         "match a { B => c, D(e) if e.f() => g, _ => {} }"),
        ("match a { x if let Some(y) = x => y }", "match a { x if let Some(y) = x => y }"),
        ("fn inner() {} struct S; a", "a"),
        (";;; a; {}", "a; {}"),
    ],
)  # fmt: skip
def test_control_flow(text: str, expected: str) -> None:
    check(text, expected)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("x", "x"),
        ("mut x", "x"),
        ("ref mut x", "x"),
        ("&(ref x)", "&x"),
        ("_", "_"),
        ("1 | 'a'..='z' | -1 | ..=3", "(# | # | # | #)"),
        ("A | b::C | D::<T>::E", "(A | b::C | D<T>::E)"),
        ("((A | B) | C)", "((A | B) | C)"),
        ("x @ Some(_)", "x @ Some(_)"),
        ("(a, .., b)", "(a, .., b)"),
        ("(a)", "a"),
        ("(..)", "(..,)"),
        ("[a, rest @ .., b]", "[a, rest @ .., b]"),
        ("m::T(a, _, ..)", "m::T(a, _, ..)"),
        ("S { a, b: Some(c), mut d, .. }", "S {a: a, b: Some(c), d: d}"),
        ("S { r#type: b, ref r#fn }", "S {type: b, fn: fn}"),
    ],
)
def test_patterns(pattern: str, expected: str) -> None:
    check(f"match v {{ {pattern} => t }}", f"match v {{ {expected} => t }}")


def test_long_alternatives_keep_their_order() -> None:
    names = [f"Variant{number}" for number in range(500)]
    check(f"match v {{ {' | '.join(names)} => t }}", f"match v {{ ({' | '.join(names)}) => t }}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('println!("{} {x}", a.b(), x = c::d)', "println!call(#str, a.b(), x = c::d)"),
        ('format!("{}", S { a: f() }.g::<T>())', "format!call(#str, S {a: f()}.g::<T>())"),
        ("vec![a(), b]; vec![a; n]; vec![]", "vec!vec([a(), b]); vec!vec([a; n]); vec!()"),
        ("vec!(a, b); std::vec![a]", "vec!call(a, b); std::vec!vec([a])"),
        ('assert!(a == b, "x {}", c); assert_eq!(a, b);',
         "assert!call((a == b), #str, c); assert_eq!call(a, b);"),
        ('write!(f, "{}", self.x)?; dbg!(x).y(); todo!()',
         "write!call(f, #str, self.x)?; dbg!call(x).y(); todo!()"),
        ("matches!(a.b(), Some(c) if c.d())",
         "matches!matches(match a.b() { Some(c) if c.d() => () })"),
        ("matches!(a, B | C,)", "matches!matches(match a { (B | C) => () })"),
        ("matches!(f(a, ','), Some(',') // it, too\n)",
         "matches!matches(match f(a, #char) { Some(#) => () })"),
        ("matches!(a, m if matches!(m.b, C))",
         "matches!matches(match a { m if matches!matches(match m.b { C => () }) => () })"),
        ("outer!(inner!(f(x)), vec![g(y)])", "outer!call(inner!call(f(x)), vec!vec([g(y)]))"),
        ("block! { let a = b(); a.c() }", "block!block({ let a = b(); a.c() })"),
        ("block! { static A: T = f(); fn g(x: u8) -> V { h(x) } }",
         "block!block({ let A: T = f(); |x: u8| -> V { h(x) }; })"),
        ("vec![a, // why\n b // because\n]", "vec!vec([a, b])"),
        ("sql!(SELECT * FROM a); m!(=> x)", "sql!block(); m!block()"),
        ("größe!(ünder, ä.ö())", "größe!call(ünder, ä.ö())"),
    ],
)  # fmt: skip
def test_macro_arguments(text: str, expected: str) -> None:
    check(text, expected)


def test_positions_inside_macros_are_those_of_the_file() -> None:
    """Several macros deep, after characters of several bytes, on several lines."""
    text = (
        '"ä"; println!(\n"ö {}",\n  outer!(vec![first(a), größe . second(b)], '
        "matches!(third(c), S { field: d, .. } if fourth!(d.fifth::<T>()))))"
    )
    source, lowered = body(text)
    data = source.encode()
    found = dict(positions(lowered))
    for name in ("first", "second", "third", "fourth", "fifth", "field", "größe", "vec", "T", "c"):
        assert data[found[name] :].startswith(name.encode()), name
        assert data.count(name.encode(), 0, found[name]) == 0 or name in ("c", "T")
    check_positions(data, lowered)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("let x = ; kept()", ["kept"]),
        ("foo. ; kept()", ["kept"]),
        ("kept(a); let y: Vec< = 3;", ["kept"]),
        ("first(); let a = b c d; second()", ["first", "second"]),
    ],
)
def test_broken_bodies_keep_what_can_be_read(text: str, names: Sequence[str]) -> None:
    source, lowered = body(text)
    assert set(names) <= {name for name, _ in positions(lowered)}
    check_positions(source.encode(), lowered)


def test_bodies_of_constants_statics_and_default_methods() -> None:
    source = "const A: u8 = f(); static B: V = V::new(); trait T { fn g(&self) { self.h() } } "
    facts = parse_rust(source.encode())
    shown = {facts.items[index].name: show(lowered) for index, lowered in facts.bodies.items()}
    assert shown == {"A": "f()", "B": "V::new()", "g": "{ self.h() }"}


def test_macros_between_items() -> None:
    source = "thread_local! { static ONE: Cell<u8> = Cell::new(make(1)); } m!(f(x), y);"
    facts = parse_rust(source.encode())
    assert [show(("mac", call.path, call.exprs, "", "", 0)) for call in facts.macros] == [
        "thread_local!({ let ONE: Cell<u8> = Cell::new(make(#{int})); })",
        "m!(f(x), y)",
    ]
    for call in facts.macros:
        check_positions(source.encode(), call.exprs or ())


def test_depth_has_a_limit_and_is_told() -> None:
    facts = parse_rust(f"fn f() {{ {'(' * 400}{'g()'}{')' * 400}; kept() }}".encode())
    assert show(facts.bodies[0]).endswith("kept() }")
    assert [problem.message for problem in facts.problems] == ["nested too deeply to be read"]
