"""Several real processes on one workspace and one real database."""

from __future__ import annotations

import asyncio
import random
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ferrograph.tests.e2e.conftest import SHAPES
from ferrograph.tests.support.cli import Ran, ferrograph
from ferrograph.tests.support.graphs import open_index, write_fixture
from ferrograph.tests.support.lsp_editor import WAIT_S, Editor
from ferrograph.tests.support.member import Member, digest

pytestmark = pytest.mark.e2e

MODULES = 30


def module(number: int, version: int) -> str:
    """A module that differs from version to version and mentions its neighbour."""
    other = (number + 1) % MODULES
    functions = "".join(
        f"    /// Does step {step}.\n"
        f"    pub fn step_{step}_v{version}(&mut self, by: u32) -> Result<u32, Fault> {{\n"
        f"        let next = crate::m{other}::Machine::new(by + {step});\n"
        f"        if next.value > {version} {{ return Err(Fault::TooMuch(next.value)); }}\n"
        f"        self.value = [by, {step}].iter().map(|n| n * 2).sum();\n"
        f"        Ok(self.value())\n    }}\n"
        for step in range(6)
    )
    return (
        f"//! Module {number}, version {version}.\nuse crate::Fault;\n\n"
        "#[derive(Debug, Clone)]\npub struct Machine {\n    pub value: u32,\n}\n\n"
        "impl Machine {\n"
        "    pub fn new(value: u32) -> Self { Machine { value } }\n"
        "    pub fn value(&self) -> u32 { self.value }\n"
        f"{functions}}}\n\npub fn only_v{version}() -> u32 {{ Machine::new({number}).value() }}\n"
    )


def write_modules(root: Path, numbers: range | list[int], version: int) -> list[str]:
    names = [f"src/m{number}.rs" for number in numbers]
    for number, name in zip(numbers, names, strict=True):
        (root / name).write_text(module(number, version))
    return names


@pytest.fixture
def machines(tmp_path: Path) -> Path:
    root = tmp_path / "machines"
    mods = "".join(f"pub mod m{number};\n" for number in range(MODULES))
    write_fixture(root, f"{mods}\npub enum Fault {{\n    TooMuch(u32),\n}}\n")
    write_modules(root, range(MODULES), 0)
    return root


@pytest.fixture
def join(environ: dict[str, str]) -> Iterator[object]:
    members: list[Member] = []

    def make(root: Path) -> Member:
        member = Member(root, environ)
        members.append(member)
        return member

    yield make
    for member in members:
        if member.process.poll() is None:
            member.kill()


def clean_digest(root: Path) -> str:
    """What a build from scratch gives."""
    indexer = open_index(root)
    indexer.index()
    return digest(indexer.store)


def kill_while_writing(victim: Member, writer: Member, after: int, pause_s: float) -> None:
    """Kill ``victim`` soon after ``writer`` begins to write for the ``after``-th time."""
    for _ in range(after):
        assert writer.hear() == "writing"
    time.sleep(pause_s)
    victim.kill()


def test_a_process_killed_while_writing_corrupts_nothing(machines, join):
    """Twenty times over, the owner and the follower in turn, in bulk and in edits."""
    chance = random.Random(20)
    one, other = join(machines), join(machines)
    for turn in range(20):
        in_bulk = turn % 5 == 0
        if in_bulk:
            one.close()
            other.close()
            shutil.rmtree(machines / ".ferrograph")
            one, other = join(machines), join(machines)
        owner, follower = (one, other) if one.ask("is_owner") else (other, one)
        assert not follower.ask("is_owner"), "there is one owner"
        if not in_bulk:
            owner.ask("index")
            follower.ask("index")
        version = turn + 1
        victim = owner if turn % 2 == 0 else follower
        survivor = follower if victim is owner else owner
        names = write_modules(machines, range(MODULES), version)
        if in_bulk:
            victim.tell("index")
            after, pause_s = chance.randint(1, 4), chance.random() * 0.01
        else:
            victim.tell("update", names=names)
            after, pause_s = 1, chance.random() * 0.03
        kill_while_writing(victim, owner, after, pause_s)

        if victim is owner:
            survivor.until_owner()
        else:
            # It finishes what it was asked to; what it said of that is not of interest.
            survivor.ask("revision")
        assert len(survivor.ask("find", name="Fault")) <= 1, "it answers"
        (machines / "src" / "m0.rs").write_text(module(0, 1000 + turn))
        survivor.ask("update", names=["src/m0.rs", *names])
        assert survivor.ask("find", name=f"only_v{1000 + turn}") == ["src/m0.rs"], "it goes on"
        assert survivor.ask("digest") == clean_digest(machines), f"turn {turn}"
        one, other = survivor, join(machines)
    assert other.ask("index") > 0
    assert other.ask("digest") == clean_digest(machines)
    survivor.close()
    assert other.ask("digest") == clean_digest(machines)
    other.close()


# -- commands and editors ---------------------------------------------------------------------------


def test_a_command_beside_an_editor_reads_the_editors_graph(crate, environ):
    """Unsaved text included; the editor sees what the command brought in."""

    async def scenario() -> None:
        async with Editor(crate, environ=environ) as editor:
            await editor.indexed()
            editor.open("src/lib.rs")
            editor.replace("src/lib.rs", "pub fn doubled", "pub fn typed_just_now")
            while not (await explained(editor, "typed_just_now")).get("cards"):
                await asyncio.sleep(0.02)
            ran = await command(environ, "explain", "typed_just_now", "--root", crate, "--json")
            assert ran.status == 0, ran.err
            assert ran.json["name"] == "typed_just_now"
            assert "memory" not in ran.said
            (crate / "src" / "shapes.rs").write_text(f"{SHAPES}pub fn by_another_program() {{}}\n")
            ran = await command(environ, "index", "--root", crate, "--json")
            assert (ran.status, ran.json["parsed"]) == (0, 2), (
                "the changed file and the unsaved one"
            )
            assert ran.json["vectors"] > 0
            assert (await explained(editor, "by_another_program"))["cards"]
            ran = await command(environ, "doctor", "--root", crate, "--json")
            assert "open in process" in ran.out
            status = await editor.execute("ferrograph.status")
            assert status["is_owner"] is True
            assert status["in_memory"] is False

    asyncio.run(scenario())


def test_of_two_editors_one_goes_on_when_the_other_ends(crate, environ):
    async def scenario() -> None:
        async with Editor(crate, environ=environ) as second_to_last:
            await second_to_last.indexed()
            async with Editor(crate, environ=environ) as last:
                await last.indexed()
                status = await last.execute("ferrograph.status")
                assert (status["is_owner"], status["in_memory"]) == (False, False)
                last.open("src/shapes.rs")
                last.replace("src/shapes.rs", "struct Square", "struct Quadrat")
                while not (await explained(second_to_last, "Quadrat")).get("cards"):
                    await asyncio.sleep(0.02)
                await asyncio.wait_for(second_to_last.client.shutdown_session(), WAIT_S)
                while not (await last.execute("ferrograph.status"))["is_owner"]:
                    await asyncio.sleep(0.02)
                # Its unsaved text was the old owner's to know; now it is its own.
                assert (await explained(last, "Quadrat"))["cards"]
                last.replace("src/shapes.rs", "Quadrat", "Karo")
                while not (await explained(last, "Karo")).get("cards"):
                    await asyncio.sleep(0.02)

    asyncio.run(scenario())


def test_two_commands_at_once_both_answer(machines, environ):
    """On a workspace that was never indexed: one builds the graph, the other waits for it."""
    with ThreadPoolExecutor(2) as both:
        ran = list(
            both.map(
                lambda name: ferrograph(
                    "search", name, "--root", machines, "--json", environ=environ
                ),
                ["only_v0", "Machine"],
            )
        )
    assert [each.status for each in ran] == [0, 0], [each.err for each in ran]
    assert ran[0].json[0]["name"] == "only_v0"
    assert ran[1].json[0]["name"] == "Machine"
    assert not any("memory" in each.said for each in ran)


def test_a_follower_waits_for_an_owner_that_was_stopped_for_a_while(machines, join, environ):
    owner = join(machines)
    expected = owner.ask("index")
    owner.pause()
    follower = join(machines)
    follower.tell("said")
    time.sleep(0.5)
    owner.resume()
    follower.hear()
    assert follower.ask("index") == expected


async def command(environ, *args) -> Ran:
    return await asyncio.to_thread(ferrograph, *args, environ=environ)


async def explained(editor, name):
    return await editor.execute("ferrograph.explain", {"name": name})


def test_a_process_killed_while_its_first_graph_is_written_apart_leaves_nothing(tmp_path, join):
    """A workspace large enough that a process of its own writes its first graph."""
    root = tmp_path / "large"
    numbers = range(60)
    mods = "".join(f"pub mod m{number};\n" for number in numbers)
    write_fixture(root, f"{mods}\npub enum Fault {{\n    TooMuch(u32),\n}}\n")
    filler = "".join(f"// {'x' * 90} {line}\n" for line in range(400))
    for number in numbers:
        (root / f"src/m{number}.rs").write_text(module(number, 0) + filler)
    expected = clean_digest(root)
    graph = root / ".ferrograph"
    chance = random.Random(4)
    for _ in range(4):
        one, other = join(root), join(root)
        owner, follower = (one, other) if one.ask("is_owner") else (other, one)
        owner.tell("index")
        end = time.monotonic() + 60
        while not list(graph.glob("*.new")):
            assert time.monotonic() < end, "nothing is written apart"
            time.sleep(0.005)
        time.sleep(chance.random() * 0.5)
        owner.kill()
        follower.until_owner()
        follower.ask("index")
        assert follower.ask("digest") == expected
        assert not list(graph.glob("*.new"))
        follower.close()
        shutil.rmtree(graph)
