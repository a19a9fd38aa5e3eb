"""Small workspaces written in one string, indexed for real, and their graphs as readable lines."""

from __future__ import annotations

from pathlib import Path

from ferrograph.graph.indexer import GraphIndexer
from ferrograph.graph.sources import Sources
from ferrograph.graph.store import GraphStore
from ferrograph.parser.cargo import load_workspace

MANIFEST = '[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n'


def write_fixture(root: Path, fixture: str) -> None:
    """Write the files of a fixture: ``//- /path`` starts a file; no mark means ``/src/lib.rs``."""
    files: dict[str, list[str]] = {}
    current = "src/lib.rs"
    for line in fixture.strip("\n").split("\n"):
        if line.startswith("//- /"):
            current = line[5:].strip()
            files.setdefault(current, [])
        else:
            files.setdefault(current, []).append(line)
    if "Cargo.toml" not in files:
        files["Cargo.toml"] = [MANIFEST]
    for name, lines in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def open_index(root: Path, *, cache: Path | None = None) -> GraphIndexer:
    """An indexer over the workspace at ``root``, with its graph in memory."""
    workspace = load_workspace(root, trusted=False)
    sources = Sources(workspace.root)
    return GraphIndexer(GraphStore.open(None), workspace, sources, cache=cache, workers=1)


def edge_lines(
    store: GraphStore, kinds: tuple[str, ...] = ("calls",), *, spans: bool = False
) -> list[str]:
    """Edges of these kinds as ``source -kind/provenance-> target``, sorted."""
    names = {row[0]: row[1] for row in store.run("?[id, path] := *items{id, path}")}
    lines: list[str] = []
    rows = store.run(
        "?[source, kind, target, provenance, uses] := "
        "*edges{source, kind, target, provenance, uses}"
    )
    for source, kind, target, provenance, uses in rows:
        if kind in kinds:
            line = f"{names[source]} -{kind}/{provenance}-> {names[target]}"
            lines.append(f"{line} x{len(uses) // 8}" if spans else line)
    return sorted(lines)


def everything(store: GraphStore) -> dict[str, list[object]]:
    """The whole graph in a form that two stores can be compared by."""
    relations = {
        "items": "id, kind, name, path, crate, file, parent, start, def_start, end, name_start, "
        "name_end, line, end_line, signature, visibility, doc, attrs, cfg, hash",
        "edges": "source, kind, target, provenance, uses",
        "unresolved": "source, kind, name, start, text",
        "files": "path, hash, size, lines, problems",
    }
    return {
        name: sorted(store.run(f"?[{columns}] := *{name}{{{columns}}}"), key=repr)
        for name, columns in relations.items()
    }
