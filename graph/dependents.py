"""Why a crate is here: who depends on it, and who depends on those, up to the workspace."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import AmbiguousItem, UnknownItem
from .model import CrateRecord, GraphItem, NodeId
from .names import near_names
from .steps import step
from .store import GraphStore


@dataclass(frozen=True, slots=True)
class Dependent:
    """A crate so many steps of dependence away from the one asked for."""

    item: GraphItem
    record: CrateRecord
    depth: int
    needs: tuple[NodeId, ...]
    """The crates one step nearer, or as near, that it depends on."""


@dataclass(frozen=True, slots=True)
class Dependents:
    """The crate asked for first, then all that need it, nearest first and then by name."""

    crates: tuple[Dependent, ...]
    cut_off: bool

    @property
    def start(self) -> Dependent:
        """The crate asked for."""
        return self.crates[0]

    def needed_by(self, id: NodeId) -> list[Dependent]:
        """Those that depend on one of the crates directly."""
        return [crate for crate in self.crates if id in crate.needs]


def crate_named(store: GraphStore, text: str) -> GraphItem:
    """The crate of this name or key (``name@version``); a library before an example of the name.

    Raises `UnknownItem` or `AmbiguousItem`.
    """
    # Packages may have hyphens in their names, crates have not.
    wanted = text.replace("-", "_")
    name = wanted.partition("@")[0].partition(":")[0]
    crates = [i for i in store.find(name, limit=1000) if i.kind == "crate"]
    fitting = [c for c in crates if wanted in (c.crate.replace("-", "_"), c.name)]
    fitting = [crate for crate in fitting if ":" not in crate.crate] or fitting
    if len(fitting) == 1:
        return fitting[0]
    keys = sorted(crate.crate for crate in fitting or crates)
    if fitting:
        raise AmbiguousItem(f"{text!r} may be any of these crates; type one: {', '.join(keys)}.")
    near = keys or near_names(store, text, "crate")
    hint = f" The nearest: {', '.join(near)}." if near else ""
    raise UnknownItem(f"The graph has no crate {text!r}.{hint}")


def dependents(
    store: GraphStore, crate: GraphItem, *, depth: int = 64, limit: int = 50_000
) -> Dependents:
    """Every crate that needs ``crate``, with what it needs it through.

    ``limit`` bounds the ties looked at in all.
    """
    depths: dict[NodeId, int] = {crate.id: 0}
    needs: dict[NodeId, list[NodeId]] = {crate.id: []}
    front = [crate.id]
    cut_off = False
    for level in range(1, depth + 1):
        if not front:
            break
        took = step(store, front, kinds=["depends"], incoming=True, limit=limit)
        limit -= len(took.pairs)
        cut_off |= took.cut_off
        new: list[NodeId] = []
        for source, target in took.pairs:
            if source not in depths:
                depths[source] = level
                needs[source] = []
                new.append(source)
            if source != crate.id:
                needs[source].append(target)
        front = new
    records = store.crates()
    found = [
        Dependent(item, _record(records, item), depths[item.id], tuple(sorted(needs[item.id])))
        for item in store.items(depths)
    ]
    found.sort(key=lambda c: (c.depth, c.item.is_dependency, c.item.crate))
    return Dependents(tuple(found), cut_off)


def _record(records: dict[str, CrateRecord], item: GraphItem) -> CrateRecord:
    known = records.get(item.crate)
    if known is not None:
        return known
    name, _, version = item.crate.partition("@")
    return CrateRecord(
        key=item.crate, package=name, version=version, kind="lib", root="", edition="", source=""
    )
