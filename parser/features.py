"""Which features a build switches on, and with them which optional dependencies.

The rules are those of The Cargo Book, "Features" and "Dependency resolution: Feature resolver
version 2". One thing differs: what dependencies for other platforms ask for is never counted, as
the first resolver does, since they are rarely on this machine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from .manifest_file import DependencySpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What features of a package depend on."""

    features: Mapping[str, Sequence[str]]
    """What each one switches on: ``feature``, ``dep:x``, ``x/feature`` or ``x?/feature``."""
    dependencies: Sequence[DependencySpec]
    """Those of the kinds and platforms that count."""
    is_proc_macro: bool


class Packages(Protocol):
    """Where the packages come from. Both are asked only about what is activated."""

    def outline(self, key: str) -> Outline:
        """A package; one that isn't on this machine is empty."""
        ...

    def target(self, key: str, spec: DependencySpec) -> str | None:
        """The key of the package that a dependency of ``key`` is pinned to."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Activated:
    """A package that is built."""

    features: tuple[str, ...]
    """Names of those that are switched on, sorted."""
    dependencies: tuple[tuple[DependencySpec, str], ...]
    """Those that are used, each with the key of its package."""


def activate(
    packages: Packages,
    members: Iterable[str],
    *,
    splits_host: bool,
    known: Mapping[str, Collection[str]] | None = None,
) -> dict[str, Activated]:
    """Everything that is built when all ``members`` are, with their default features, by key.

    Members come first, then the others by their distance from them. With ``splits_host``, what
    runs while building (build scripts and procedural macros) and what is built don't share
    features, as resolvers 2 and 3 have it; features of a package that is built both ways are
    given together. ``known`` are features that are on whoever asks for them, by key.
    """
    resolver = _Resolver(packages, splits_host=splits_host, known=known or {})
    for key in members:
        resolver.start(key)
    resolver.run()
    return resolver.activated()


_Node = tuple[str, bool]
"""The key of a package, and whether it is built for what runs while building."""


class _Resolver:
    """A work-list of packages and what is to be switched on in them."""

    def __init__(
        self, packages: Packages, *, splits_host: bool, known: Mapping[str, Collection[str]]
    ) -> None:
        self._packages = packages
        self._splits_host = splits_host
        self._known = known
        self._outlines: dict[str, Outline] = {}
        self._targets: dict[str, dict[int, str | None]] = {}
        self._on: dict[_Node, set[str]] = {}
        self._linked: set[tuple[_Node, int]] = set()
        self._wanted: set[tuple[_Node, str]] = set()
        self._waiting: dict[tuple[_Node, str], list[str]] = {}
        self._todo: deque[tuple[_Node, str]] = deque()

    def start(self, key: str) -> None:
        """Ask for a member."""
        # Binaries and tests of a procedural macro's package are built like anybody's.
        self._todo.append(((key, False), "default"))
        if self._splits_host and self._outline(key).is_proc_macro:
            self._todo.append(((key, True), "default"))

    def run(self) -> None:
        """Follow everything that was asked for."""
        while self._todo:
            node, value = self._todo.popleft()
            if node not in self._on:
                self._enter(node)
            name, slash, feature = value.partition("/")
            if slash:
                self._switch_on_below(node, name.removesuffix("?"), feature, name.endswith("?"))
            elif name.startswith("dep:"):
                self._use(node, name.removeprefix("dep:"))
            else:
                self._switch_on(node, name)

    def activated(self) -> dict[str, Activated]:
        """What came of it."""
        features: dict[str, set[str]] = {}
        for (key, _), names in self._on.items():
            features.setdefault(key, set()).update(names)
        found: dict[str, Activated] = {}
        for key, names in features.items():
            specs = self._outline(key).dependencies
            used = tuple(
                (specs[at], target)
                for at, target in self._targets.get(key, {}).items()
                if target is not None
            )
            found[key] = Activated(features=tuple(sorted(names)), dependencies=used)
        return found

    def _outline(self, key: str) -> Outline:
        known = self._outlines.get(key)
        if known is None:
            known = self._outlines[key] = self._packages.outline(key)
        return known

    def _enter(self, node: _Node) -> None:
        self._on[node] = set()
        for at, spec in enumerate(self._outline(node[0]).dependencies):
            if not spec.optional:
                self._link(node, at, spec)
        self._todo.extend((node, feature) for feature in self._known.get(node[0], ()))

    def _switch_on(self, node: _Node, feature: str) -> None:
        values = self._outline(node[0]).features.get(feature)
        if values is None or feature in self._on[node]:
            return
        self._on[node].add(feature)
        self._todo.extend((node, value) for value in values)

    def _use(self, node: _Node, name: str) -> None:
        """Use an optional dependency, and switch on what only waited for that."""
        self._wanted.add((node, name))
        waiting = self._waiting.pop((node, name), [])
        for at, spec in self._named(node, name):
            below = self._link(node, at, spec)
            if below is not None:
                self._todo.extend((below, feature) for feature in waiting)

    def _switch_on_below(self, node: _Node, name: str, feature: str, weak: bool) -> None:
        for at, spec in self._named(node, name):
            if spec.optional and (node, name) not in self._wanted:
                if weak:
                    self._waiting.setdefault((node, name), []).append(feature)
                    return
                self._use(node, name)
            if spec.optional and not weak:
                # As it was before ``dep:``: the feature that is named like the dependency.
                self._switch_on(node, name)
            below = self._link(node, at, spec)
            if below is not None:
                self._todo.append((below, feature))

    def _named(self, node: _Node, name: str) -> list[tuple[int, DependencySpec]]:
        """One name can stand for dependencies of several kinds and platforms."""
        specs = self._outline(node[0]).dependencies
        return [(at, spec) for at, spec in enumerate(specs) if spec.key == name]

    def _link(self, node: _Node, at: int, spec: DependencySpec) -> _Node | None:
        """Build a dependency with the features that it is always wanted with."""
        key, for_host = node
        targets = self._targets.setdefault(key, {})
        if at not in targets:
            targets[at] = self._packages.target(key, spec)
        target = targets[at]
        if target is None:
            return None
        if self._splits_host and not for_host:
            for_host = spec.kind == "build" or self._outline(target).is_proc_macro
        below = (target, for_host)
        if (node, at) not in self._linked:
            self._linked.add((node, at))
            asked = ("default", *spec.features) if spec.default_features else spec.features
            # A dependency that asks for nothing is entered all the same: "" is no feature.
            self._todo.extend((below, feature) for feature in ("", *asked))
        return below
