"""The context for a real task in the example game, which depends on a pinned Bevy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ferrograph.embedding.encoder import Encoder
from ferrograph.embedding.index import VectorIndexer
from ferrograph.graph.indexer import GraphIndexer
from ferrograph.graph.sources import Sources
from ferrograph.graph.store import GraphStore
from ferrograph.parser.cargo import load_workspace
from ferrograph.ranking.context import Context, build_context
from ferrograph.ranking.model import Place
from ferrograph.ranking.retriever import Retriever
from ferrograph.ranking.search import search
from ferrograph.ranking.seeds import Meaning
from ferrograph.ranking.tokens import estimate_tokens
from tokenizers import Tokenizer

pytestmark = pytest.mark.e2e

TASK = "add a critical-hit chance to the attack system"

# What an edit of `attack` for that task calls, reads or builds.
NEEDED = {
    "bevy_game::rng::BattleRng::chance": "pub fn chance(&mut self, probability: f32) -> bool",
    "bevy_game::rules::CombatRules": "crit_multiplier: f32",
    "bevy_game::rules::CombatRules::hit_chance": "pub fn hit_chance(&self",
    "bevy_game::units::CombatStats": "luck: f32",
    "bevy_game::combat::DamageMessage": "damage: Damage",
    "bevy_game::combat::damage::roll_damage": "pub fn roll_damage(",
    "bevy_game::combat::damage::Damage": "amount: f32",
    "bevy_game::combat::damage::DamagePipeline::apply": "pub fn apply(",
}
BEVY = {
    "bevy_ecs::message::message_writer::MessageWriter::write": "pub fn write(&mut self, message: M)",
    "bevy_ecs::system::query::Query": "pub struct Query<'world, 'state, D: QueryData",
    "bevy_ecs::change_detection::params::ResMut": "pub struct ResMut<'w, T",
}


class Game:
    """The example, indexed and embedded."""

    def __init__(self, root: Path) -> None:
        workspace = load_workspace(root, trusted=True)
        encoder = Encoder.load(provider="cpu")
        self.store = GraphStore.open(None, model=encoder.name)
        self.sources = Sources(workspace.root)
        self.indexer = GraphIndexer(self.store, workspace, self.sources)
        self.indexer.index()
        vectors = VectorIndexer(self.store, self.sources, encoder)
        vectors.schedule()
        assert vectors.drain()
        meaning = Meaning(lambda text: encoder.encode([text])[0].tolist(), vectors)
        self.retriever = Retriever(self.store, self.sources, meaning)
        lock = (root / "Cargo.lock").read_text(encoding="utf-8")
        found = re.search(r'name = "bevy_ecs"\nversion = "([^"]+)"', lock)
        assert found is not None
        self.bevy_ecs = f"bevy_ecs@{found[1]}"

    def context(
        self, budget: int, *, count: Callable[[str], int] = estimate_tokens, vectors: bool = True
    ) -> Context:
        """The context for the task at `attack`."""
        retriever = self.retriever if vectors else Retriever(self.store, self.sources)
        file = "src/combat/attack.rs"
        at = (self.sources.read(file) or b"").index(b"pub fn attack")
        return build_context(
            retriever, at=Place(file, at, at), task=TASK, budget=budget, count_tokens=count
        )


@pytest.fixture(scope="module")
def game(_example: Path) -> Iterator[Game]:
    made = Game(_example)
    yield made
    made.indexer.close()
    made.store.close()


@pytest.mark.parametrize("vectors", [True, False])
def test_the_context_holds_what_the_edit_needs(game: Game, vectors: bool) -> None:
    made = game.context(4096, vectors=vectors)
    assert made.tokens <= 4096
    assert made.target is not None
    assert made.target.qualified_path == "bevy_game::combat::attack::attack"
    shown = {one.item.qualified_path: one for one in made.items}
    for path, text in {**NEEDED, **BEVY}.items():
        assert path in shown, f"{path} is missing from:\n{made.explain()}"
        assert shown[path].level != "name"
        assert text in shown[path].text
        assert text in made.text
    for path in BEVY:
        assert shown[path].item.file.startswith(f"{game.bevy_ecs}/")
    assert f"// {game.bevy_ecs}/src/" in made.text


def test_no_budget_is_exceeded_by_a_real_tokenizer(game: Game) -> None:
    data = Path(__file__).parents[2] / "embedding/data/tokenizer.json"
    tokenizer = Tokenizer.from_file(str(data))
    tokenizer.no_truncation()

    def count(text: str) -> int:
        return len(tokenizer.encode(text).ids)

    sizes: list[int] = []
    for budget in (256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768):
        made = game.context(budget, count=count)
        assert made.tokens == count(made.text) <= budget
        sizes.append(made.tokens)
    assert sizes == sorted(sizes)
    # More than the best two hundred items there is not, unless the whole workspace fits.
    assert all(size > 0.9 * 2 ** (8 + i) for i, size in enumerate(sizes[1:5], 1))


GOLDEN = [
    ("World::spawn", "bevy_ecs::world::World::spawn", 1),
    ("MessageWriter", "bevy_ecs::message::message_writer::MessageWriter", 1),
    ("how do enemies decide what to do", "bevy_game::ai::behaviour::Behaviour::decide", 3),
    ("where are items dropped as loot", "bevy_game::loot::drop_loot", 4),
    ("leveling up", "bevy_game::progression::level_up", 2),
    ("random numbers", "bevy_game::rng::BattleRng::next_u64", 3),
    ("parse the map from text", "bevy_game::grid::Arena::parse", 1),
    ("damage modifiers in order", "bevy_game::combat::damage::DamagePipeline", 3),
]


@pytest.mark.parametrize(("query", "path", "rank"), GOLDEN)
def test_searches_find_their_target(game: Game, query: str, path: str, rank: int) -> None:
    found = [r.item.qualified_path for r in search(game.retriever, query, 10)]
    assert path in found[:rank], found
