"""What the compiler says of a proposed edit: ``cargo check`` on a copy of the workspace."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blake3 import blake3

from ..generation.engine import Cancellation
from ..parser.diagnostics import Diagnostic
from ..parser.errors import CargoError
from ..parser.shadow import Shadow
from ..parser.workspace import CargoWorkspace
from .folders import cache_folder

if TYPE_CHECKING:
    from .settings import Settings

_SHADOWS: Final = "shadows"
_BESIDE: Final = frozenset(("tests", "benches", "examples"))


class Compiling:
    """``cargo check`` of one workspace as it stands. One edit at a time; call it on a thread."""

    def __init__(
        self,
        workspace: CargoWorkspace,
        settings: Settings,
        *,
        trusted: bool,
        unsaved: Mapping[Path, bytes],
        clean: set[bytes],
    ) -> None:
        """``unsaved`` is what editors show in place of files. ``clean`` notes which texts compiled,
        for who comes after: most edits are of a workspace that is known to compile."""
        self._workspace = workspace
        self._settings = settings
        self._trusted = trusted
        self._unsaved = unsaved
        self._clean = clean

    def errors(
        self, path: Path, source: bytes, *, deadline: float, cancel: Cancellation
    ) -> tuple[Diagnostic, ...]:
        """The errors that a file's new text brings. ``deadline`` is of the monotonic clock.

        Raises `CargoError` where the compiler has not spoken, `OSError` where no copy can be made,
        and as ``cancel`` says.
        """
        if not self._trusted:
            raise CargoError("this workspace is not trusted, so cargo was not run")
        if self._workspace.via == "files":
            raise CargoError("without a Cargo.toml there is nothing that cargo could check")
        root = self._workspace.root
        shadow = Shadow(
            root,
            cache_folder() / _SHADOWS / blake3(str(root).encode()).hexdigest()[:16],
            cargo=self._settings.cargo.path,
            members=self._names(),
        )
        packages = self._packages(path)

        def problems(texts: Mapping[Path, bytes], beside: bool) -> list[Diagnostic]:
            mark = b"%d %b" % (beside, " ".join(packages).encode())
            try:
                with shadow.alone(deadline, lambda: cancel.cancelled):
                    known = blake3(shadow.refresh(texts) + mark).digest()
                    if known in self._clean:
                        return []
                    left = deadline - time.monotonic()
                    if left <= 0.0:
                        raise CargoError("there was no time left for cargo check")
                    found = shadow.check(
                        packages=packages,
                        all_targets=beside,
                        timeout=left,
                        cancelled=lambda: cancel.cancelled,
                    )
            finally:
                cancel.check()
            # A library is compiled once more for its tests, and then says everything twice.
            errors = list(dict.fromkeys(one for one in found if one.severity == "error"))
            if not errors:
                self._clean.add(known)
            return errors

        for beside in _targets(path, source):
            after = problems({**self._unsaved, path: source}, beside)
            if after:
                return _new(after, problems(self._unsaved, beside))
        return ()

    def _names(self) -> set[str]:
        """What artifacts of the workspace's own packages are called."""
        ours = [self._workspace.packages[key] for key in self._workspace.members]
        # Build scripts are called the same everywhere; a dependency's is built again at worst.
        targets = {target.name for package in ours for target in package.targets}
        return {package.name for package in ours} | targets

    def _packages(self, path: Path) -> list[str]:
        """The file's package and those of the workspace that depend on it."""
        ours = {key: self._workspace.packages[key] for key in self._workspace.members}
        holders = [k for k, p in ours.items() if path.is_relative_to(p.root)]
        if not holders:
            return []
        wanted = {max(holders, key=lambda k: len(ours[k].root.parts))}
        while True:
            more = {
                key
                for key, package in ours.items()
                if key not in wanted and any(d.package in wanted for d in package.dependencies)
            }
            if not more:
                return sorted(wanted)
            wanted |= more


def _targets(path: Path, source: bytes) -> tuple[bool, ...]:
    """Which builds see a text, the cheapest first: without tests, benches and examples, or with."""
    if _BESIDE.intersection(path.parts):
        return (True,)
    return (False, True) if b"#[cfg(test)]" in source else (False,)


def _new(after: list[Diagnostic], before: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The problems that were not there: the same words elsewhere in a file are one that moved."""
    left = Counter(map(_key, before))
    new: list[Diagnostic] = []
    for one in after:
        if left[_key(one)] > 0:
            left[_key(one)] -= 1
        else:
            new.append(one)
    return tuple(new)


def _key(problem: Diagnostic) -> tuple[Path, str, str]:
    return problem.path, problem.code, problem.message
