"""Real files damaged by chance through every parser, and workspaces of such files indexed."""

from __future__ import annotations

import json
import random
import tempfile
import time
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ferrograph.parser.rust import parse_rust
from ferrograph.tests.support.fuzzing import check_macro, check_markdown, check_rust, mutated
from ferrograph.tests.support.graphs import open_index

_MANIFEST = '[package]\nname = "damaged"\nversion = "0.1.0"\nedition = "2021"\n'
_ENOUGH = 20
"""Inputs that raise, after which a run ends."""


@dataclass(slots=True)
class Figures:
    """What a run did."""

    first_seed: int
    inputs: dict[str, int] = field(default_factory=dict[str, int])
    bytes: int = 0
    raised: int = 0
    slowest: dict[str, tuple[float, int]] = field(default_factory=dict[str, tuple[float, int]])
    """By kind of input: seconds and seed."""
    seconds: float = 0.0


class Inputs:
    """What inputs are made from."""

    def __init__(self, workspace: Path) -> None:
        self.rust = [path.read_bytes() for path in sorted(workspace.rglob("*.rs"))]
        found = [path.read_bytes() for path in sorted(workspace.rglob("*.md"))]
        self.markdown = found or [b"# Title\n\nText `code` [link](to).\n\n## Part\n\n- item\n"]
        self.rules = [
            item.detail[1]
            for source in self.rust
            for item in parse_rust(source, with_bodies=False).items
            if item.kind == "macro" and item.detail[1]
        ] or ["($($name:ident: $of:ty = $e:expr),* $(,)?) => { $(let $name: $of = $e;)* }"]

    def run(self, kind: str, dice: random.Random) -> int:
        """Make one input and check it; gives its size in bytes."""
        if kind == "rust":
            source = mutated(dice, self.rust)
            check_rust(source)
        elif kind == "bytes":
            source = dice.randbytes(dice.choice((10, 300, 5_000)))
            check_rust(source)
            check_markdown(source)
        elif kind == "markdown":
            source = mutated(dice, self.markdown, markdown=True)
            check_markdown(source)
        elif kind == "macro":
            rules = mutated(dice, [dice.choice(self.rules).encode()]).decode("utf-8", "replace")
            source = mutated(dice, self.rust)[:2_000]
            check_macro(rules, source.decode("utf-8", "replace"))
            # What is matched by itself is expanded at length.
            check_macro(f"($($t:tt)*) => {{ $($t)* {rules} }}", rules)
        else:
            source = self._workspace(dice)
        return len(source)

    def _workspace(self, dice: random.Random) -> bytes:
        """Index a crate of damaged files, then damage one more: linking must not raise either."""
        with tempfile.TemporaryDirectory(prefix="ferrograph-fuzz-") as folder:
            root = Path(folder)
            (root / "Cargo.toml").write_text(_MANIFEST)
            (root / "src").mkdir()
            names = [f"m{n}" for n in range(dice.randint(1, 4))]
            texts = [mutated(dice, self.rust) for _ in names]
            for name, text in zip(names, texts, strict=True):
                (root / f"src/{name}.rs").write_bytes(text)
            lines = [f"#[macro_use]\npub mod {name};\npub use {name}::*;\n" for name in names]
            (root / "src/lib.rs").write_text("".join(lines))
            indexer = open_index(root)
            indexer.index()
            (root / "src/m0.rs").write_bytes(mutated(dice, texts))
            indexer.update(["src/m0.rs"])
            indexer.close()
            indexer.store.close()
        return b"".join(texts)


_KINDS = ("rust", "rust", "rust", "bytes", "markdown", "macro", "macro", "workspace")


def run(workspace: Path, seed: int, seconds: float, *, as_json: bool) -> int:
    """Inputs until the time is up; 1 where one raised."""
    inputs = Inputs(workspace)
    figures = Figures(seed)
    start = time.perf_counter()
    while time.perf_counter() - start < seconds and figures.raised < _ENOUGH:
        dice = random.Random(seed)
        kind = dice.choice(_KINDS)
        began = time.perf_counter()
        try:
            figures.bytes += inputs.run(kind, dice)
        except Exception:  # noqa: BLE001 - whatever is raised is what this looks for
            figures.raised += 1
            print(f"seed {seed}, {kind}:")
            traceback.print_exc(limit=-6)
        took = time.perf_counter() - began
        figures.inputs[kind] = figures.inputs.get(kind, 0) + 1
        if took > figures.slowest.get(kind, (0.0, 0))[0]:
            figures.slowest[kind] = (round(took, 3), seed)
        seed += 1
    figures.seconds = round(time.perf_counter() - start, 1)
    if as_json:
        print(json.dumps(asdict(figures)))
    else:
        counts = ", ".join(f"{count} {kind}" for kind, count in sorted(figures.inputs.items()))
        print(f"{sum(figures.inputs.values())} inputs ({counts}), {figures.bytes / 1e6:.1f} MB, "
              f"{figures.raised} raised, {figures.seconds} s")  # fmt: skip
        for kind, (took, which) in sorted(figures.slowest.items()):
            print(f"  slowest {kind}: {took} s (seed {which})")
    return 1 if figures.raised else 0
