"""A copy of a workspace beside it, in which ``cargo check`` may see texts that nobody saved.

Rust files and manifests are copied, everything else is linked to, so that games with gigabytes of
assets cost nothing. It is built into a folder of its own inside the workspace's target folder,
which `shadow_target.seed` fills with the dependencies that are built already.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import time
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final, cast

try:
    import fcntl
except ImportError:
    fcntl = None

from blake3 import blake3

from .diagnostics import Diagnostic, Severity
from .errors import CargoError
from .metadata import OFFLINE, Cancelled, find_cargo, run_to_end
from .shadow_target import seed

_COPIED: Final = (".rs", ".toml", ".lock")
_POLL_S: Final = 0.05
_LEFT_OUT: Final = frozenset((".git", ".hg", ".jj", ".ferrograph", "node_modules"))
_MARK: Final = "CACHEDIR.TAG"
_OWN: Final = "ferrograph"
_QUOTED: Final = re.compile(r"`([^`]+)`")
_SEVERITIES: Final[dict[str, Severity]] = {
    "error": "error", "error: internal compiler error": "error", "warning": "warning",
    "note": "information", "help": "hint",
}  # fmt: skip


class Shadow:
    """The copy. One thread at a time."""

    def __init__(self, root: Path, folder: Path, *, cargo: str | None, members: Collection[str]):
        """``folder`` is the copy's, made if need be; ``members`` are the names of the workspace's
        packages and of their targets.

        Raises `CargoError` where there is no Cargo.
        """
        program = find_cargo(cargo)
        if program is None:
            raise CargoError("cargo was not found")
        self.root = root
        self.folder = folder
        self._cargo = program
        named = os.environ.get("CARGO_TARGET_DIR")
        self._built = Path(named) if named else root / "target"
        self._target = self._built / _OWN
        self._members = frozenset(members)

    def check(
        self,
        *,
        packages: Iterable[str] = (),
        all_targets: bool = False,
        timeout: float,
        cancelled: Cancelled | None = None,
    ) -> list[Diagnostic]:
        """What ``cargo check`` says of the copy as `refresh` made it.

        ``packages`` are those to check, all if none; ``all_targets`` adds tests, benches and
        examples. Runs build scripts and macros: only for workspaces that are trusted. Raises
        `CargoError`, also where Cargo itself fails or takes longer than ``timeout`` seconds.
        """
        seed(self._built, self._target, self._members)
        command = [self._cargo, "check", "--message-format=json", "--offline", "--quiet"]
        for package in packages:
            command += ["--package", package]
        if all_targets:
            command.append("--all-targets")
        code, out, err = run_to_end(
            command,
            self.folder,
            environment={**OFFLINE, "CARGO_TARGET_DIR": str(self._target)},
            timeout=timeout,
            cancelled=cancelled,
        )
        found = list(self._problems(out))
        if code != 0 and not any(one.severity == "error" for one in found):
            reason = err.decode("utf-8", "replace").strip().splitlines() or [f"status {code}"]
            raise CargoError(f"cargo check failed ({reason[0]})")
        return found

    @contextlib.contextmanager
    def alone(self, until: float, cancelled: Cancelled | None) -> Generator[None]:
        """Have the copy alone, from `refresh` to `check`: several edits may be checked at once, by
        several processes. ``until`` is of the monotonic clock. Raises `CargoError`, `OSError`.
        """
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with self.folder.with_suffix(".lock").open("w") as lock:
            while not _locked(lock):
                if cancelled is not None and cancelled():
                    raise CargoError("cargo check was cancelled")
                if time.monotonic() >= until:
                    raise CargoError("cargo check waited too long for another one")
                time.sleep(_POLL_S)
            yield

    def refresh(self, texts: Mapping[Path, bytes]) -> bytes:
        """Bring the copy up to date with the workspace and with ``texts`` over it.

        Only what differs is written, so that Cargo's stamps go on telling the truth. Gives a digest
        of all that was copied: equal ones, equal texts.
        """
        digest = blake3()
        wanted = dict(_files(self.root))
        for path in texts:
            if path.is_relative_to(self.root):
                wanted.setdefault(path.relative_to(self.root).as_posix(), path)
        # First, so that nothing is written through a link whose file is a folder by now.
        for name, copy in list(_files(self.folder)):
            # Cargo writes a lock file where there is none.
            if name not in wanted and copy.name != "Cargo.lock":
                copy.unlink(missing_ok=True)
        for name, path in sorted(wanted.items()):
            copy = self.folder / name
            if path.suffix in _COPIED:
                text = texts.get(path)
                if text is None:
                    with contextlib.suppress(OSError):
                        text = path.read_bytes()
                if text is not None:
                    _write(copy, text)
                    digest.update(b"%d %b" % (len(text), name.encode("utf-8", "surrogateescape")))
                    digest.update(text)
            elif not copy.is_symlink():
                copy.parent.mkdir(parents=True, exist_ok=True)
                with contextlib.suppress(OSError):
                    copy.symlink_to(path)
        return digest.digest()

    def _problems(self, out: bytes) -> Iterator[Diagnostic]:
        """Cargo's messages, one JSON object a line."""
        for line in out.splitlines():
            try:
                said: Any = json.loads(line)
            except ValueError:
                continue
            if not isinstance(said, dict):
                continue
            entry = cast(dict[str, Any], said)
            if entry.get("reason") == "compiler-message":
                problem = self._problem(entry["message"])
                if problem is not None:
                    yield problem

    def _problem(self, message: dict[str, Any]) -> Diagnostic | None:
        spans = [s for s in message["spans"] if s["is_primary"]] or message["spans"]
        if not spans:
            return None  # "aborting due to 2 previous errors"
        span = spans[0]
        # Inside an expansion, what counts is the call in the workspace's own text.
        while span.get("expansion") and not self._own(span["file_name"]):
            span = span["expansion"]["span"]
        code = message.get("code")
        return Diagnostic(
            path=self.root / span["file_name"],
            start=span["byte_start"],
            end=span["byte_end"],
            line=span["line_start"] - 1,
            severity=_SEVERITIES.get(message["level"], "information"),
            code=code["code"] if code else "",
            message=_told(message, span.get("label") or ""),
        )

    def _own(self, name: str) -> bool:
        return not os.path.isabs(name)


def _told(message: dict[str, Any], label: str) -> str:
    """A problem with what the compiler writes beside and below it, where that says more."""
    said: str = message["message"]
    if any(name not in said for name in _QUOTED.findall(label)):
        # Which types did not match stands only here.
        said = f"{said}: {label}"
    for child in message["children"]:
        if child["level"] == "help" and len(child["spans"]) == 1:
            replacement = " ".join((child["spans"][0]["suggested_replacement"] or "").split())
            if replacement:
                return f"{said}; {child['message'].rstrip(':')}: `{replacement}`"
    return said


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file below a folder by its relative name, build output and histories left out; links
    to folders count as files."""
    for at, folders, names in os.walk(folder):
        here = Path(at)
        folders[:] = sorted(
            name
            for name in folders
            if name not in _LEFT_OUT
            and not (name == "target" and (here / "Cargo.toml").exists())
            and not (here / name / _MARK).exists()
        )
        for name in (*names, *(name for name in folders if (here / name).is_symlink())):
            path = here / name
            yield path.relative_to(folder).as_posix(), path


def _write(path: Path, text: bytes) -> None:
    with contextlib.suppress(OSError):
        if path.read_bytes() == text:
            return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)


def _locked(file: IO[str]) -> bool:
    """Whether a file is ours alone now, until it is closed; said of any where nothing can lock."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise
    return True
