"""Building the graph of a workspace, and keeping it right as files change.

One writer. A first index links everything while a thread writes. After that whatever changed is
parsed and put in place of what it was (`graph.replace`), only files that looked up a name that
changed are linked again, and the difference is written in one transaction: so a graph after any
sequence of edits equals one built from scratch.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Container, Generator, Iterable, Mapping
from pathlib import Path

from ..parser.generated import KeptTexts
from ..parser.sources import is_found, markdown_files, rust_files
from ..parser.workspace import CargoWorkspace, Package
from .batch import Batch, file_row
from .dependencies import DependencyFacts, library, link_fingerprints, load_dependencies
from .files import Files
from .link import Linker
from .model import FileRecord, NodeId
from .parsing import Job, Parsed, ParsePool, parse_one
from .plan import Rows, document_rows, part_rows
from .progress import Cancel, IndexReport, Progress, Report, Stages, check, ignore, never
from .relink import Changed, relink
from .replace import Rebuild, Replacer
from .sources import Sources
from .store import GraphStore
from .symbols import Part, Unit
from .whole import DEPENDENCIES, CrateRows, FirstGraph, write_dependencies
from .world import World

SOURCE_ENDINGS = (".rs", ".md", ".markdown")
_TOGETHER = 50
"""Files compared with the store at once: enough to batch reads, few enough to hold in memory."""


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
        expansions: KeptTexts | None = None,
    ) -> None:
        """``cache`` is the folder of what is kept for all workspaces; ``expansions`` are what is
        known of the workspace's macros."""
        self.expansions = expansions
        self.store = store
        self.workspace = workspace
        self.sources = sources
        self.cache = cache
        self.pool = ParsePool(workers)
        self._world: World | None = None
        self._replacer: Replacer | None = None
        self._built = 0
        """How often the world was built."""
        self._units: dict[str, Unit] = {}
        """Facts of every file, once something needed them."""
        self._unread: dict[str, str] = {}
        """Files that can't be read, with the reason."""
        self._files: Files | None = None
        self._dependency_facts: dict[str, DependencyFacts] = {}
        self._dependency_items: int | None = None
        self._prints: dict[str, bytes] = {}
        self._totals: dict[str, int] | None = None
        for package in self._dependency_packages():
            sources.dependency_roots[package.key] = package.root

    def close(self) -> None:
        """Stop worker processes, and let go of what is in memory."""
        self.pool.close()
        self._drop_world()

    def index(self, *, progress: Report | None = None, cancel: Cancel | None = None) -> IndexReport:
        """Bring the graph up to date with the disk and with unsaved text.

        Raises `Cancelled`; what was written until then stays consistent.
        """
        with self._without_collector():
            try:
                return self._index(progress or ignore, cancel or never)
            finally:
                # Edits are parsed here; idle workers would only hold memory.
                self.pool.close()

    def _index(self, report: Report, stop: Cancel) -> IndexReport:
        stages = Stages()
        stages.enter("scan")
        report(Progress("scan", 0, 0))
        present = self._scan()
        if self.store.is_half_written():
            self.store.clear()
            self._forget()
        files = self._known()
        outdated = set(self.expansions.outdated()) if self.expansions is not None else set[str]()
        changed: list[Job] = []
        for job, mtime in present.values():
            record = files.records.get(job.name)
            if (
                record is None
                or job.name in outdated
                or job.text is not None
                or record.mtime_ns != mtime
                or record.size != job.size
            ):
                changed.append(job)
        gone = [name for name in files.records if name not in present]
        check(stop)
        stages.enter("dependencies")
        parsed_crates, dependency_changes = self._dependencies(report, stop)
        stages.enter("parse")
        parsed = self._parse(changed, report, stop)
        fresh = {name: p for name, p in parsed.items() if files.hash_of(name) != p.hash}
        result = Changed()
        if fresh or gone or dependency_changes or not files.records:
            stages.enter("link")
            report(Progress("link", 0, 0))
            if not files.records:
                result = self._build(fresh, stages, report, stop)
            elif dependency_changes:
                result = self._build_dependencies(
                    fresh, gone, dependency_changes, stages, report, stop
                )
            else:
                result = self._apply(fresh, gone, stages, stop)
        if outdated and self.expansions is not None:
            with contextlib.suppress(OSError):
                self.expansions.renew()
        return self._report(stages, len(parsed), parsed_crates, result)

    def update(self, files: Iterable[str], *, cancel: Cancel | None = None) -> IndexReport:
        """Index these files again: changed, new or gone, unsaved text included."""
        with self._without_collector():
            return self._update(files, cancel or never)

    def _update(self, names: Iterable[str], stop: Cancel) -> IndexReport:
        stages = Stages()
        stages.enter("parse")
        files = self._known()
        fresh: dict[str, Parsed] = {}
        gone: list[str] = []
        count = 0
        overlay = self.sources.overlay()
        for name in dict.fromkeys(names):
            if not name.endswith(SOURCE_ENDINGS):
                continue
            check(stop)
            text = overlay.get(name)
            path = self.sources.path_of(name)
            if text is None and not self._is_ours(path):
                if name in files.records:
                    gone.append(name)
                continue
            parsed = parse_one(self._job(name, str(path), 0, text))
            count += 1
            self._note(parsed)
            if parsed.problem is None and files.hash_of(name) != parsed.hash:
                fresh[name] = parsed
        result = Changed()
        if fresh or gone:
            stages.enter("link")
            result = self._apply(fresh, gone, stages, stop)
        return self._report(stages, count, 0, result)

    def prepare(self, *, cancel: Cancel | None = None) -> None:
        """Make ready for edits: the first one after a start is then as quick as any.

        Edits work without it too. Raises `Cancelled`; what is ready by then stays ready.
        """
        stop = cancel or never
        with self._without_collector():
            world = self._standing_world(stop)
            linker = Linker(world.impls)
            for crate in world.crates.values():
                for part in list(crate.parts.values()):
                    check(stop)
                    if not part.is_linked:
                        part_rows(linker, part)
                    if self._replacer is not None:
                        self._replacer.reach.add(part)
            if self._replacer is not None:
                self._replacer.reach.complete()

    def _job(self, name: str, path: str, size: int, text: bytes | None) -> Job:
        """One file of the workspace, to be parsed."""
        kept = self.expansions
        where = None
        if kept is not None and kept.folder.is_dir():
            where = str(kept.folder), kept.stamp
        return Job(name, path, size, text=text, expansions=where)

    @contextlib.contextmanager
    def _without_collector(self) -> Generator[None]:
        """Millions of long-lived objects make the cycle collector scan in vain: it is paused, and
        a new world is kept out of its sight. Worlds are taken apart by hand (`Crate.release`).
        """
        enabled = gc.isenabled()
        gc.disable()
        before = self._held()
        try:
            yield
        finally:
            if self._held() != before:
                gc.freeze()
            if enabled:
                gc.enable()

    def _held(self) -> tuple[int, bool]:
        """Tells apart what is held: which world, and whether all of it is ready for edits."""
        return self._built, self._replacer is not None and self._replacer.reach.is_complete

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
            found[name] = (self._job(name, str(path), size, text), about.st_mtime_ns)
        for name, text in overlay.items():
            if name not in found and name.endswith(SOURCE_ENDINGS) and "@" not in name:
                path = str(self.sources.path_of(name))
                found[name] = (self._job(name, path, len(text), text), 0)
        return found

    def _is_ours(self, path: Path) -> bool:
        """Whether `_scan` finds a file on the disk."""
        if not path.is_file():
            return False
        if not path.name.endswith(".rs"):
            return is_found(path, self.workspace.root, nested_packages=True)
        packages = self.workspace.packages
        roots = (packages[member].root for member in self.workspace.members)
        return any(is_found(path, root, nested_packages=False) for root in roots)

    def _dependencies(self, report: Report, stop: Cancel) -> tuple[int, set[str]]:
        """Load dependencies' facts; gives how many were parsed and which have to be linked."""
        packages = self._dependency_packages()

        def told(done: int, total: int, detail: str) -> None:
            report(Progress("dependencies", done, total, detail))

        facts = load_dependencies(
            packages, cache=self.cache, pool=self.pool, progress=told, cancelled=stop
        )
        check(stop)
        self._dependency_facts = facts
        prints = link_fingerprints(facts)
        stored = self.store.crates()
        changes = {
            key
            for key, value in prints.items()
            if key not in stored or stored[key].fingerprint != value
        }
        changes |= {key for key in stored if "@" in key and key not in prints}
        if changes:
            self._drop_world()
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
        check(stop)
        return done

    def _note(self, parsed: Parsed) -> None:
        if parsed.problem is not None:
            self._unread[parsed.name] = parsed.problem.replace(
                str(self.sources.path_of(parsed.name)), parsed.name
            )
        else:
            self._unread.pop(parsed.name, None)

    def _known(self) -> Files:
        """What the store says of files; kept, as this process alone writes it."""
        if self._files is None:
            self._files = Files(self.store.files())
        return self._files

    def _forget(self) -> None:
        self._files = None
        self._totals = None
        self._drop_world()
        self._units = {}

    def _load(self, skip: Container[str] = ()) -> None:
        """Bring the facts of all known files but ``skip`` into memory."""
        missing = [n for n in self._known().records if n not in self._units and n not in skip]
        if not missing:
            return
        for name, (digest, blob) in self.store.facts(missing).items():
            unit = Parsed(name, digest, 0, 0, blob).facts()
            if unit is None:
                unit = parse_one(self._job(name, str(self.sources.path_of(name)), 0, None)).facts()
            if unit is not None:
                self._units[name] = unit

    # -- the world ------------------------------------------------------------------------

    def _new_world(self, stop: Cancel) -> World:
        """A world with its dependencies, which live as long as the indexer."""
        world = World(self.workspace)
        if not self._dependency_facts:
            self._dependencies(ignore, stop)
        world.add_dependencies(self._dependency_facts, self.cache)
        return world

    def _drop_world(self) -> None:
        world, self._world, self._replacer = self._world, None, None
        if world is not None:
            world.release()

    def _rebuild(self, world: World) -> None:
        """Build the workspace's own crates from the facts in memory."""
        self._world = None
        world.build({n: u for n, u in self._units.items() if n.endswith(".rs")})
        self._world = world
        self._built += 1
        self._replacer = Replacer(world)

    def _standing_world(self, stop: Cancel) -> World:
        """The world as the store knows it."""
        world = self._world
        if world is None:
            self._load()
            world = self._new_world(stop)
            self._rebuild(world)
        return world

    # -- a first index, or one with other dependencies ---------------------------------------

    def _build(
        self,
        fresh: Mapping[str, Parsed],
        stages: Stages,
        report: Report,
        stop: Cancel,
    ) -> Changed:
        """Link everything and write it as a new graph."""
        if self.store.crates():
            self.store.clear()
        first = FirstGraph(self.store, self._crate_rows(), is_much=self._is_much(fresh))
        try:
            self._take(fresh, ())
            first.put_facts(fresh.values())
            world = self._world or self._new_world(stop)
            self._rebuild(world)
            first.link(world, self._documents(), report, stop)
            stages.enter("store")
            records = [self._record(parsed) for parsed in fresh.values()]
            first.finish(records, report)
        except BaseException:
            first.abandon()
            raise
        self._files = Files({record.path: record for record in records})
        self._totals = first.totals
        self._dependency_items = first.dependency_items
        return Changed(first.changed)

    def _is_much(self, fresh: Mapping[str, Parsed]) -> bool:
        """Whether what is to be written is worth a process of its own."""
        read = [*fresh.values()]
        for facts in self._dependency_facts.values():
            read += facts.files.values()
        return self.pool.is_worth(parsed.size for parsed in read)

    def _crate_rows(self) -> CrateRows:
        return CrateRows(self.workspace, self._dependency_facts, self._prints, self.cache)

    def _build_dependencies(
        self,
        fresh: Mapping[str, Parsed],
        gone: list[str],
        dependencies: set[str],
        stages: Stages,
        report: Report,
        stop: Cancel,
    ) -> Changed:
        """Link other dependencies than before and write them; of the rest, write what differs."""
        self._counted()
        self._take(fresh, gone)
        self._load(skip=gone)
        world = self._world or self._new_world(stop)
        self._rebuild(world)
        crates = self._crate_rows()
        wanted = [c for key, c in sorted(world.dependencies.items()) if key in dependencies]
        write_dependencies(self.store, world, wanted, dependencies, crates, report, stop)
        stages.enter("store")
        self._dependency_items = None
        batch = Batch()
        batch.add("crates", crates.of_workspace())
        result = self._compare_all(world, gone, batch, stop)
        self._write_files(batch, fresh, gone)
        return result

    def _documents(self) -> Iterable[Unit]:
        return [u for n, u in sorted(self._units.items()) if not n.endswith(".rs")]

    def _compare_all(
        self, world: World, gone: Iterable[str], batch: Batch, stop: Cancel
    ) -> Changed:
        """Link every file of the workspace, and compare with what the store holds."""
        linker = Linker(world.impls)
        by_file: dict[str, list[Part]] = {}
        for crate in world.crates.values():
            for path, part in crate.parts.items():
                by_file.setdefault(path, []).append(part)
        result = Changed()
        names = sorted({*self._known().records, *self._units, *gone})
        for at in range(0, len(names), _TOGETHER):
            check(stop)
            group = names[at : at + _TOGETHER]
            rows = Rows()
            for name in group:
                for part in by_file.get(name, ()):
                    rows.update(part_rows(linker, part))
                if not name.endswith(".rs") and name in self._units:
                    rows.update(document_rows(self._units[name]))
            self._compare(rows, self.store.ids_of_files(group), batch, result)
        return result

    def _compare(self, rows: Rows, stored: Iterable[NodeId], batch: Batch, result: Changed) -> None:
        old = self.store.rows_of({*stored, *rows.items})
        result.changed.update(i for i, row in rows.items.items() if old.items.get(i) != row)
        result.removed.update(old.items.keys() - rows.items.keys())
        result.linked.update(rows.items)
        rows.difference(old, batch)

    # -- edits ----------------------------------------------------------------------------

    def _apply(
        self, fresh: Mapping[str, Parsed], gone: list[str], stages: Stages, stop: Cancel
    ) -> Changed:
        """Put changed files in place, link what that touches, write the difference."""
        world = self._standing_world(stop)
        batch = Batch()
        try:
            self._take(fresh, gone)
            result = self._replace(world, fresh, gone, batch, stop)
        except BaseException:
            # The world is ahead of the store now: it has to be built as the store knows it.
            for name in (*fresh, *gone):
                self._units.pop(name, None)
            self._drop_world()
            raise
        stages.enter("store")
        self._write_files(batch, fresh, gone)
        return result

    def _replace(
        self,
        world: World,
        fresh: Mapping[str, Parsed],
        gone: list[str],
        batch: Batch,
        stop: Cancel,
    ) -> Changed:
        """Put changed files in place in the world, and what differs then into a batch."""
        assert self._replacer is not None
        result = Changed()
        try:
            rust = {n: self._units[n] for n in fresh if n.endswith(".rs") and n in self._units}
            replaced = self._replacer.replace(rust, [n for n in gone if n.endswith(".rs")])
        except Rebuild:
            self._rebuild(world)
            return self._compare_all(world, gone, batch, stop)
        relink(self.store, Linker(world.impls), replaced, batch, result, lambda: check(stop))
        documents = [n for n in (*fresh, *gone) if not n.endswith(".rs")]
        rows = Rows()
        for name in documents:
            if name in self._units:
                rows.update(document_rows(self._units[name]))
        if documents:
            self._compare(rows, self.store.ids_of_files(documents), batch, result)
        return result

    def _take(self, fresh: Mapping[str, Parsed], gone: Iterable[str]) -> None:
        """Bring facts in memory up to date."""
        for name in gone:
            self._units.pop(name, None)
        for name, parsed in fresh.items():
            unit = parsed.facts()
            if unit is not None:
                self._units[name] = unit

    def _write_files(self, batch: Batch, fresh: Mapping[str, Parsed], gone: Iterable[str]) -> None:
        """Write a batch together with what is known of its files."""
        files = self._known()
        records = [self._record(parsed) for parsed in fresh.values()]
        batch.add("files", (file_row(record) for record in records))
        batch.add("facts", ([name, p.hash, p.blob] for name, p in fresh.items()))
        batch.drop("files", ([name] for name in gone))
        batch.drop("facts", ([name] for name in gone))
        totals = self._counted()
        for name in totals:
            totals[name] += batch.growth.get(name, 0)
        self.store.write(batch, totals={**totals, DEPENDENCIES: self._dependency_items or 0})
        for record in records:
            files.put(record)
        for name in gone:
            files.remove(name)

    def _record(self, parsed: Parsed) -> FileRecord:
        unit = self._units[parsed.name]
        return FileRecord(
            path=parsed.name,
            hash=parsed.hash,
            mtime_ns=parsed.mtime_ns,
            size=parsed.size,
            lines=unit.facts.lines,
            crate=self._world.crate_of(parsed.name) if self._world is not None else "",
            problems=tuple([(p.start, p.end, p.message) for p in unit.facts.problems]),
        )

    def _counted(self) -> dict[str, int]:
        """How many items, edges and unresolved mentions the workspace has; kept up to date."""
        if self._totals is None or self._dependency_items is None:
            kept = dict(self.store.totals() or {})
            of_dependencies = kept.pop(DEPENDENCIES, None)
            if self._totals is None:
                self._totals = kept or self.store.workspace_totals()
            elif self._dependency_items is None:
                of_dependencies = None  # they are others now
            if of_dependencies is None:
                of_dependencies = self.store.dependency_items()
            self._dependency_items = of_dependencies
        return self._totals

    def _report(
        self, stages: Stages, parsed: int, dependencies_parsed: int, result: Changed
    ) -> IndexReport:
        seconds = stages.finish()
        totals = self._counted()
        files = self._known()
        problems = [f"{name}: {text}" if name not in text else text
                    for name, text in sorted(self._unread.items())]  # fmt: skip
        for name, record in sorted(files.troubled.items()):
            problems.extend(f"{name}: {message}" for _, _, message in record.problems[:3])
        return IndexReport(
            files=len(files.records),
            parsed=parsed,
            lines=files.lines,
            items=totals["items"],
            edges=totals["edges"],
            unresolved=totals["unresolved"],
            crates=sum(len(self.workspace.packages[m].targets) for m in self.workspace.members),
            dependencies=len(self._dependency_facts),
            dependencies_parsed=dependencies_parsed,
            dependencies_cached=sum(1 for f in self._dependency_facts.values() if f.cached),
            dependency_items=self._dependency_items or 0,
            seconds=seconds,
            problems=(*self.workspace.problems, *problems),
            changed=frozenset(result.changed),
            removed=frozenset(result.removed),
            linked=frozenset(result.linked),
        )
