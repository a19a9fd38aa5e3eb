import pytest
from ferrograph.embedding.identifiers import identifier_words, split_identifier


@pytest.mark.parametrize(
    ("identifier", "words"),
    [
        ("parseHTTPRequest_v2", "parse http request v 2"),
        ("HTMLParser", "html parser"),
        ("snake_case_name", "snake case name"),
        ("SCREAMING_CASE", "screaming case"),
        ("r#type", "type"),
        ("utf8_to_u32", "utf 8 to u 32"),
        ("Vec3A", "vec 3 a"),
        ("ÄnderungGroß", "änderung groß"),
        ("日本語Name", "日本語 name"),
        ("__init__", "init"),
        ("_", ""),
        ("", ""),
    ],
)
def test_an_identifier_is_split_into_its_lower_cased_words(identifier: str, words: str) -> None:
    assert split_identifier(identifier) == words.split()


def test_words_of_a_line_keep_their_order_and_repeats() -> None:
    words = identifier_words("fn attackEnemy(enemy: &mut Enemy) -> f32")
    assert words == ["fn", "attack", "enemy", "enemy", "mut", "enemy", "f", "32"]
