import pytest
from ferrograph.embedding.comments import strip_comments


@pytest.mark.parametrize(
    ("source", "stripped"),
    [
        ("/// doc\nfn a() {} // end", "fn a() {}"),
        ("a /* one /* two */ still */ b", "a   b"),
        ("a/**/b", "a b"),
        ('let u = "http://x"; // y', 'let u = "http://x";'),
        (r'let q = "say \"//\" now"; // y', r'let q = "say \"//\" now";'),
        ('let r = r#"a "// b"#; // y', 'let r = r#"a "// b"#;'),
        ("let c = '\"'; // y", "let c = '\"';"),
        (r"let c = '\''; // y", r"let c = '\'';"),
        ("fn f<'a>(x: &'a str) {} // it's", "fn f<'a>(x: &'a str) {}"),
        ("a\n\n// gone\n\n  \nb", "a\nb"),
        ("open /* never closed", "open"),
        ('let s = "never closed // text', 'let s = "never closed'),
        ("", ""),
    ],
)
def test_comments_go_and_literals_stay(source: str, stripped: str) -> None:
    assert strip_comments(source) == stripped
