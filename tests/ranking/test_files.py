"""Files as answers: what speaks for them, and how their words are kept up."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from ferrograph.ranking import weights
from ferrograph.ranking.file_names import folder, is_test_file, part_of, subject
from ferrograph.ranking.file_words import document_id
from ferrograph.ranking.files import FileRanker, below, scopes
from ferrograph.ranking.history import Change, History
from ferrograph.ranking.lexical import Lexical
from ferrograph.ranking.mentions import read_mentions
from ferrograph.tests.ranking.conftest import World, index_fixture

FIRST = [
    ("who shoots whom", "src/battle.rs"),
    ("roll_damage", "src/battle.rs"),
    ("the chance to hit", "src/rules.rs"),
    ("rng: throw fairer dice", "src/rng.rs"),
    ("damage to the hull of a ship", "src/ship.rs"),
]


@pytest.mark.parametrize(("query", "path"), FIRST)
def test_the_best_file_comes_first(world: World, query: str, path: str) -> None:
    found = FileRanker(world.retriever()).rank(query, 5)
    assert [one.path for one in found][:1] == [path], found


def test_scores_are_the_weighted_sum_of_their_factors(world: World) -> None:
    found = FileRanker(world.retriever()).rank("hit chance of a volley", 20)
    assert found
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for one in found:
        assert all(0.0 <= value <= 1.0 for value in one.factors.values())
        total = sum(weights.FILES[name] * one.factors[str(name)] for name in weights.FILES)
        assert math.isclose(one.score, total)
        assert all(ranked.item.file == one.path for ranked in one.items)


def test_nothing_is_found_for_nothing(world: World) -> None:
    ranker = FileRanker(world.retriever())
    assert ranker.rank("  ", 5) == []
    assert ranker.rank("dice", 0) == []
    assert len(ranker.rank("dice", 1)) == 1


def test_earlier_changes_speak_for_the_files_of_a_task(world: World) -> None:
    """A message like an earlier one, and no word of the files that it changed."""
    changes = [Change("tune the balance of the endgame", ("src/rng.rs", "src/gone.rs"))]
    changes += [Change(f"other {at}", ("src/ship.rs",)) for at in range(9)]
    ranked = FileRanker(world.retriever(), History(changes)).rank(
        "the balance of the endgame is off", 9, task=True
    )
    by_path = {one.path: one for one in ranked}
    assert ranked[0].path == "src/rng.rs"
    assert by_path["src/rng.rs"].factors["alike"] == 1.0
    assert "src/gone.rs" not in by_path


def test_what_changes_together_is_found_together(world: World) -> None:
    changes = [Change(f"change {at}", ("src/battle.rs", "src/rules.rs")) for at in range(5)]
    ranked = FileRanker(world.retriever(), History(changes)).rank("roll_damage", 9, task=True)
    by_path = {one.path: one.factors for one in ranked}
    assert by_path["src/rules.rs"]["together"] == 1.0
    assert by_path["src/ship.rs"]["together"] == 0.0


def test_words_of_files_follow_the_graph(tmp_path: Path) -> None:
    made = index_fixture(
        tmp_path / "world", "//- /src/lib.rs\npub mod a;\n//- /src/a.rs\nfn a() {}\n"
    )
    try:
        lexical = Lexical(made.store, made.sources)

        def found(query: str) -> list[str]:
            lexical.refresh(soon=True)
            best = lexical.files.best(read_mentions(query), 5)
            return [path for path in made.store.files() if document_id(path) in best]

        assert found("zebra") == []
        (made.sources.path_of("src/a.rs")).write_text("// a zebra\nfn a() {}\n")
        made.indexer.index()
        assert found("zebra") == ["src/a.rs"]
        (made.sources.path_of("src/lib.rs")).write_text("// a horse\n")
        (made.sources.path_of("src/a.rs")).unlink()
        made.indexer.index()
        assert found("zebra") == []
        assert found("horse") == ["src/lib.rs"]
    finally:
        made.indexer.close()
        made.store.close()


def test_a_folder_speaks_for_its_face() -> None:
    scores = {"src/lib.rs": 0.1, "src/io/mod.rs": 0.1, "src/io/a.rs": 1.0, "src/io/b.rs": 0.8,
              "src/net.rs": 0.1, "src/net/tcp.rs": 0.3}  # fmt: skip
    found = below(scores)
    assert found["src/lib.rs"] == 1.0
    assert found["src/io/mod.rs"] > found["src/net.rs"] > 0.0
    assert "src/io/a.rs" not in found


def test_what_paths_say() -> None:
    assert subject("src/combat/mod.rs") == subject("src/combat.rs") == "combat"
    assert subject("crates/ignore/src/lib.rs") == "ignore"
    assert folder("src/combat/mod.rs") == folder("src/combat.rs") == "src/combat"
    assert is_test_file("tokio/tests/rt.rs")
    assert is_test_file("src/walk_tests.rs")
    assert not is_test_file("src/testing.rs")
    assert part_of("crates/bevy_ecs/src/lib.rs", "bevy-ecs")
    assert not part_of("crates/bevy_ecs/src/lib.rs", "ecs")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ignore,globset: increase pool capacity", ("ignore", "globset")),
        ("fix(rt): wake the driver", ("rt",)),
        ("printer: trim", ("printer",)),
        ("tokio-util/codec: grow", ("tokio-util", "codec")),
        ("Wake the driver", ()),
        ("Note that this: is prose, and a very long one at that, isn't it: yes", ()),
    ],
)
def test_scopes_stand_at_the_head(text: str, expected: tuple[str, ...]) -> None:
    assert scopes(text) == expected


def test_learned_weights_are_of_the_factors_that_there_are() -> None:
    kept = json.loads(weights.LEARNED_FILES.read_text(encoding="utf-8"))
    for profile, used in (("about", weights.FILES), ("change", weights.CHANGED_FILES)):
        assert kept[profile] == used
        assert set(used) == set(weights.PLAIN_FILES)
    assert math.isclose(sum(weights.PLAIN_FILES.values()), 1.0)
