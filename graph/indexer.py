"""Building the graph of a workspace, and keeping it right as files change.

One writer. Whatever changed is parsed, the workspace's symbol tables are built from all facts, and
the difference between what the store holds and what linking yields is written in one transaction:
so a graph after any sequence of edits equals one built from scratch.
"""

from __future__ import annotations

import contextlib
import gc
import json
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blake3 import blake3

from ..parser.sources import markdown_files, rust_files
from ..parser.workspace import CargoWorkspace, Package
from .blob import unpack_facts
from .dependencies import DependencyFacts, library, load_dependencies
from .errors import Cancelled
from .model import NodeId
from .parsing import Job, Parsed, ParsePool, parse_one
from .plan import RowPlan, Rows, plan_crates
from .sources import Sources
from .store import Batch, GraphStore
from .symbols import Unit
from .world import World, crate_key

SOURCE_ENDINGS = (".rs", ".md", ".markdown")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage has come."""

    stage: str
    """"scan", "dependencies", "parse", "link" or "store"."""
    done: int
    total: int
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexReport:
    """What a run did, and how much the workspace holds after it."""

    files: int
    parsed: int
    lines: int
    items: int
    """The workspace's own."""
    edges: int
    """Those that leave the workspace's own items."""
    unresolved: int
    crates: int
    dependencies: int
    dependencies_parsed: int
    dependencies_cached: int
    dependency_items: int
    seconds: dict[str, float]
    problems: tuple[str, ...]
    changed: frozenset[NodeId]
    removed: frozenset[NodeId]


Report = Callable[[Progress], None]
Cancel = Callable[[], bool]


def _ignore(_progress: Progress) -> None:
    pass


def _never() -> bool:
    return False


@dataclass(slots=True)
class _Stages:
    """Seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict[str, float])
    _name: str = ""
    _since: float = 0.0
    _start: float = field(default_factory=time.perf_counter)

    def enter(self, name: str) -> None:
        """End the stage under way and begin another."""
        now = time.perf_counter()
        if self._name:
            self.seconds[self._name] = self.seconds.get(self._name, 0.0) + now - self._since
        self._name, self._since = name, now

    def finish(self) -> dict[str, float]:
        """All stages, and their total."""
        self.enter("")
        self.seconds["total"] = time.perf_counter() - self._start
        return self.seconds


class GraphIndexer:
    """Indexes one workspace into one store. Call from one thread at a time."""

    def __init__(
        self,
        store: GraphStore,
        workspace: CargoWorkspace,
        sources: Sources,
        *,
        cache: Path | None = None,
        workers: int | None = None,
    ) -> None:
        self.store = store
        self.workspace = workspace
        self.sources = sources
        self.cache = cache
        self.pool = ParsePool(workers)
        self._world: World | None = None
        self._units: dict[str, Unit] = {}
        self._problems: dict[str, str] = {}
        self._dependency_facts: dict[str, DependencyFacts] = {}
        self._dependency_items: int | None = None
        self._written: Rows | None = None
        """The workspace's rows as the store holds them, since this process wrote them."""
        self._totals = {"items": 0, "edges": 0, "unresolved": 0}
        for package in self._dependency_packages():
            sources.dependency_roots[package.key] = package.root

    def close(self) -> None:
        """Stop worker processes."""
        self.pool.close()

    def index(self, *, progress: Report | None = None, cancel: Cancel | None = None) -> IndexReport:
        """Bring the graph up to date with the disk and with unsaved text.

        Raises `Cancelled`; what was written until then stays consistent.
        """
        with _without_collector():
            try:
                return self._index(progress or _ignore, cancel or _never)
            finally:
                # Edits are parsed here; idle workers would only hold memory.
                self.pool.close()

    def _index(self, report: Report, stop: Cancel) -> IndexReport:
        stages = _Stages()
        stages.enter("scan")
        report(Progress("scan", 0, 0))
        present = self._scan()
        if self.store.is_half_written():
            self.store.clear()
            self._written = None
        known = self.store.files()
        changed: list[Job] = []
        for job, mtime in present.values():
            record = known.get(job.name)
            if (
                record is None
                or job.text is not None
                or record.mtime_ns != mtime
                or record.size != job.size
            ):
                changed.append(job)
        gone = [name for name in known if name not in present]
        _check(stop)
        stages.enter("dependencies")
        parsed_crates, dependency_changes = self._dependencies(report, stop)
        stages.enter("parse")
        parsed = self._parse(changed, report, stop)
        fresh = {
            name: p for name, p in parsed.items() if name not in known or known[name].hash != p.hash
        }
        if not fresh and not gone and not dependency_changes and known:
            return self._report(stages, len(present), len(parsed), parsed_crates, frozenset(),
                                frozenset())  # fmt: skip
        self._load_units(known, fresh, gone)
        stages.enter("link")
        report(Progress("link", 0, 0))
        plan = self._link(report, stop, dependencies=dependency_changes)
        stages.enter("store")
        report(Progress("store", 0, 0))
        files = None if not known else set(plan.files) | set(known)
        changed_ids, removed_ids = self._write(
            plan, files, fresh, gone, dependency_changes, report, stop
        )
        return self._report(
            stages, len(present), len(parsed), parsed_crates, changed_ids, removed_ids
        )

    def update(self, files: Iterable[str], *, cancel: Cancel | None = None) -> IndexReport:
        """Index these files again: changed, new or gone, unsaved text included."""
        with _without_collector():
            return self._update(files, cancel or _never)

    def _update(self, files: Iterable[str], stop: Cancel) -> IndexReport:
        stages = _Stages()
        stages.enter("parse")
        known = self.store.files()
        fresh: dict[str, Parsed] = {}
        gone: list[str] = []
        count = 0
        for name in dict.fromkeys(files):
            if not name.endswith(SOURCE_ENDINGS):
                continue
            _check(stop)
            text = self.sources.overlay().get(name)
            path = self.sources.path_of(name)
            if text is None and not path.is_file():
                if name in known:
                    gone.append(name)
                continue
            parsed = parse_one(Job(name, str(path), 0, text=text))
            count += 1
            self._note(parsed)
            if parsed.problem is None and (name not in known or known[name].hash != parsed.hash):
                fresh[name] = parsed
        if not fresh and not gone:
            return self._report(stages, len(known), count, 0, frozenset(), frozenset())
        self._load_units(known, fresh, gone)
        stages.enter("link")
        plan = self._link(_ignore, stop, dependencies=set())
        stages.enter("store")
        touched = set(plan.files) | set(known)
        changed_ids, removed_ids = self._write(plan, touched, fresh, gone, set(), _ignore, stop)
        total = len(known) + sum(1 for n in fresh if n not in known) - len(gone)
        return self._report(stages, total, count, 0, changed_ids, removed_ids)

    # -- finding and parsing --------------------------------------------------------------

    def _dependency_packages(self) -> list[Package]:
        members = set(self.workspace.members)
        packages = self.workspace.packages
        return [p for key, p in sorted(packages.items()) if key not in members and library(p)]

    def _scan(self) -> dict[str, tuple[Job, int]]:
        """Every source file of the workspace, with its time."""
        found: dict[str, tuple[Job, int]] = {}
        overlay = self.sources.overlay()
        root = self.workspace.root
        paths: list[Path] = []
        for member in self.workspace.members:
            paths.extend(rust_files(self.workspace.packages[member].root))
        paths.extend(markdown_files(root))
        for path in paths:
            name = self.sources.name_of(path)
            if name is None:
                continue
            try:
                about = path.stat()
            except OSError:
                continue
            text = overlay.get(name)
            size = about.st_size if text is None else len(text)
            found[name] = (Job(name, str(path), size, text=text), about.st_mtime_ns)
        for name, text in overlay.items():
            if name not in found and name.endswith(SOURCE_ENDINGS) and "@" not in name:
                path = str(self.sources.path_of(name))
                found[name] = (Job(name, path, len(text), text=text), 0)
        return found

    def _dependencies(self, report: Report, stop: Cancel) -> tuple[int, set[str]]:
        """Load dependencies' facts; gives how many were parsed and which have to be linked."""
        packages = self._dependency_packages()

        def told(done: int, total: int, detail: str) -> None:
            report(Progress("dependencies", done, total, detail))

        facts = load_dependencies(
            packages, cache=self.cache, pool=self.pool, progress=told, cancelled=stop
        )
        _check(stop)
        self._dependency_facts = facts
        prints = _link_fingerprints(facts)
        stored = self.store.crates()
        changes = {
            key
            for key, value in prints.items()
            if key not in stored or stored[key].fingerprint != value
        }
        changes |= {key for key in stored if "@" in key and key not in prints}
        if changes and self._world is not None:
            self._world = None
        self._prints = prints
        return sum(1 for f in facts.values() if not f.cached), changes

    def _parse(self, jobs: list[Job], report: Report, stop: Cancel) -> dict[str, Parsed]:
        done: dict[str, Parsed] = {}
        for batch in self.pool.run(jobs, cancelled=stop):
            for parsed in batch:
                self._note(parsed)
                if parsed.problem is None:
                    done[parsed.name] = parsed
            report(Progress("parse", len(done), len(jobs), batch[-1].name if batch else ""))
        _check(stop)
        return done

    def _note(self, parsed: Parsed) -> None:
        if parsed.problem is not None:
            self._problems[parsed.name] = parsed.problem.replace(
                str(self.sources.path_of(parsed.name)), parsed.name
            )
        else:
            self._problems.pop(parsed.name, None)

    def _load_units(
        self, known: Mapping[str, Any], fresh: Mapping[str, Parsed], gone: Iterable[str]
    ) -> None:
        """Bring ``_units`` up to date; facts not in memory come from the store."""
        for name in gone:
            self._units.pop(name, None)
        for name, parsed in fresh.items():
            unpacked = unpack_facts(parsed.blob)
            if unpacked is not None:
                self._units[name] = Unit(name, parsed.hash, unpacked[0], unpacked[1])
        missing = [n for n in known if n not in self._units and n not in set(gone)]
        if missing:
            for name, (digest, blob) in self.store.facts(missing).items():
                unpacked = unpack_facts(blob)
                if unpacked is None:
                    parsed = parse_one(Job(name, str(self.sources.path_of(name)), 0))
                    unpacked = unpack_facts(parsed.blob) if parsed.blob else None
                if unpacked is not None:
                    self._units[name] = Unit(name, digest, unpacked[0], unpacked[1])

    # -- linking and writing --------------------------------------------------------------

    def _link(self, report: Report, stop: Cancel, *, dependencies: set[str]) -> RowPlan:
        if self._world is None:
            world = World(self.workspace)
            if not self._dependency_facts:
                self._dependencies(_ignore, stop)
            world.add_dependencies(self._dependency_facts)
            self._world = world
            # Dependencies live as long as this indexer: the collector need not scan them.
            gc.freeze()
        world = self._world
        rust = {name: unit for name, unit in self._units.items() if name.endswith(".rs")}
        world.build(rust)
        plan = RowPlan()
        crates = [*world.crates.values()]
        crates += [c for key, c in world.dependencies.items() if key in dependencies]

        def told(done: int, total: int) -> None:
            _check(stop)
            report(Progress("link", done, total))

        plan_crates(plan, world, crates, told)
        for name, unit in self._units.items():
            if name.endswith((".md", ".markdown")):
                plan.add_document(unit)
        return plan

    def _write(
        self,
        plan: RowPlan,
        files: set[str] | None,
        fresh: Mapping[str, Parsed],
        gone: Iterable[str],
        dependencies: set[str],
        report: Report,
        stop: Cancel,
    ) -> tuple[frozenset[NodeId], frozenset[NodeId]]:
        """Write the plan: in bulk into an empty store (``files`` None), else the difference."""
        if files is None or dependencies:
            self.store.begin_bulk()
        if dependencies:
            self._dependency_items = None
            self._write_dependencies(plan, dependencies, report, stop)
        own = plan.workspace()
        written, self._written = self._written, None
        changed: set[NodeId] = set()
        removed: set[NodeId] = set()
        batch = Batch()
        if files is None:
            changed = set(own.items)
            for relation, rows in own.relations():
                for at in range(0, len(rows), 20_000):
                    _check(stop)
                    self.store.put(relation, rows[at : at + 20_000])
                    report(Progress("store", at, len(rows), relation))
        else:
            # What was written last is in memory; only a first run has to read it back.
            old = written if written is not None else self.store.rows_of_files(files)
            changed, removed = own.difference(old, batch)
        batch.add("crates", self._crate_rows())
        batch.add("files", self._file_rows(fresh))
        batch.add("facts", ([name, p.hash, p.blob] for name, p in fresh.items()))
        batch.drop("files", ([name] for name in gone))
        batch.drop("facts", ([name] for name in gone))
        self.store.write(batch)
        self._written = own
        self._totals.update(
            items=len(own.items), edges=len(own.edges), unresolved=len(own.unresolved)
        )
        return frozenset(changed), frozenset(removed)

    def _write_dependencies(
        self, plan: RowPlan, keys: set[str], report: Report, stop: Cancel
    ) -> None:
        stored = set(self.store.crates())
        for key in sorted(keys & stored):
            self.store.remove_crate(key)
        for key in sorted(keys):
            rows = plan.crate(key)
            if rows is None:
                continue
            _check(stop)
            report(Progress("store", 0, 0, key))
            for relation, values in rows.relations():
                self.store.put(relation, values)
            self.store.put("crates", [self._dependency_row(key)])

    def _dependency_row(self, key: str) -> list[Any]:
        package = self._dependency_facts[key].package
        target = library(package)
        assert target is not None
        return [key, package.name, package.version, target.kind, str(package.root), target.edition,
                package.source, self._prints[key]]  # fmt: skip

    def _crate_rows(self) -> list[list[Any]]:
        rows: list[list[Any]] = []
        for member in self.workspace.members:
            package = self.workspace.packages[member]
            for target in package.targets:
                row: list[Any] = [
                    crate_key(package, target), package.name, package.version, target.kind,
                    str(package.root), target.edition, package.source, b"",
                ]  # fmt: skip
                rows += [row]
        return rows

    def _file_rows(self, fresh: Mapping[str, Parsed]) -> list[list[Any]]:
        rows: list[list[Any]] = []
        owners = self._world.file_crates() if self._world is not None else {}
        for name, parsed in fresh.items():
            unit = self._units[name]
            problems = json.dumps([[p.start, p.end, p.message] for p in unit.facts.problems])
            rows.append([name, parsed.hash, parsed.mtime_ns, parsed.size, unit.facts.lines,
                         owners.get(name, ""), problems])  # fmt: skip
        return rows

    def _report(
        self,
        stages: _Stages,
        files: int,
        parsed: int,
        dependencies_parsed: int,
        changed: frozenset[NodeId],
        removed: frozenset[NodeId],
    ) -> IndexReport:
        seconds = stages.finish()
        if not self._totals["items"]:
            self._totals.update(self.store.workspace_totals())
        if self._dependency_items is None:
            self._dependency_items = self.store.dependency_items()
        records = self.store.files()
        problems = [f"{name}: {text}" if name not in text else text
                    for name, text in sorted(self._problems.items())]  # fmt: skip
        for name, record in sorted(records.items()):
            problems.extend(f"{name}: {message}" for _, _, message in record.problems[:3])
        return IndexReport(
            files=files,
            parsed=parsed,
            lines=sum(record.lines for record in records.values() if record.path.endswith(".rs")),
            items=self._totals["items"],
            edges=self._totals["edges"],
            unresolved=self._totals["unresolved"],
            crates=sum(len(self.workspace.packages[m].targets) for m in self.workspace.members),
            dependencies=len(self._dependency_facts),
            dependencies_parsed=dependencies_parsed,
            dependencies_cached=sum(1 for f in self._dependency_facts.values() if f.cached),
            dependency_items=self._dependency_items,
            seconds=seconds,
            problems=(*self.workspace.problems, *problems),
            changed=changed,
            removed=removed,
        )


@contextlib.contextmanager
def _without_collector() -> Generator[None]:
    """Millions of long-lived tuples make the cycle collector scan in vain; it is paused."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _check(stop: Cancel) -> None:
    if stop():
        raise Cancelled("Indexing was cancelled.")


def _link_fingerprints(facts: Mapping[str, DependencyFacts]) -> dict[str, bytes]:
    """Of each crate's files and, through its dependencies, of all that its edges can point to."""
    done: dict[str, bytes] = {}

    def of(key: str) -> bytes:
        if key not in done:
            done[key] = b""  # dependencies of libraries can't be circular; broken manifests can
            digest = blake3(facts[key].fingerprint)
            digest.update(",".join(facts[key].package.enabled or ("*",)).encode())
            for dependency in sorted(facts[key].package.dependencies, key=lambda d: d.package):
                if dependency.kind == "normal" and dependency.package in facts:
                    digest.update(dependency.name.encode() + of(dependency.package))
            done[key] = digest.digest(16)
        return done[key]

    for key in sorted(facts):
        of(key)
    return done
