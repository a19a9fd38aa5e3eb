"""``cargo metadata``: asking Cargo itself, and what its answer means.

The format of the answer is documented under "cargo metadata" in The Cargo Book.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeAlias, cast

from .crate_store import cargo_home
from .errors import CargoError
from .manifest import edge_order
from .toml_file import Table, string, strings, table, tables
from .workspace import CargoWorkspace, Dependency, Package, Target

_KINDS = {"bin": "bin", "example": "example", "test": "test", "bench": "bench",
          "custom-build": "build", "proc-macro": "proc-macro"}  # fmt: skip
_LONGEST_REASON = 300
_POLL_S = 0.05

OFFLINE: Final[Mapping[str, str]] = {"CARGO_NET_OFFLINE": "true", "RUSTUP_AUTO_INSTALL": "0"}
"""What keeps Cargo off the network, and rustup from downloading what a toolchain file names."""

Cancelled: TypeAlias = Callable[[], bool]


def find_cargo(cargo: str | None) -> str | None:
    """The path of Cargo: the one asked for, else from ``PATH``, else from Cargo's home folder.

    Editors that are started from a desktop often have a ``PATH`` without it.
    """
    if cargo is not None:
        return shutil.which(cargo)
    name = "cargo.exe" if os.name == "nt" else "cargo"
    return shutil.which("cargo") or shutil.which(name, path=str(cargo_home() / "bin"))


def cargo_metadata(
    folder: Path, *, cargo: str, offline: bool = True, timeout: float = 60
) -> CargoWorkspace:
    """Ask Cargo about the workspace around ``folder``. Only for workspaces that are trusted.

    Cargo and its toolchain obey files of the workspace and may run what they name. A lock file
    that is there is never changed; Cargo writes one where there is none, as it does for a build.
    ``timeout`` is in seconds. Raises `CargoError` with the reason, worded to stand before a colon.
    """
    command = [cargo, "metadata", "--format-version", "1"]
    host = host_triple(cargo, folder, timeout)
    if host:
        command += ["--filter-platform", host]
    if offline:
        command.append("--offline")
    if has_lock(folder):
        command.append("--locked")
    out = run_cargo(command, folder, offline=offline, timeout=timeout)
    try:
        answer = cast("object", json.loads(out))
    except (ValueError, RecursionError):
        raise CargoError("cargo metadata gave an answer that is no JSON") from None
    workspace = read_metadata(table(answer))
    if not workspace.packages:
        raise CargoError("cargo metadata named no package")
    return workspace


def run_cargo(command: list[str], folder: Path, *, offline: bool, timeout: float) -> bytes:
    """The output of a Cargo command. Raises `CargoError` with the reason Cargo gave."""
    code, out, err = _run(command, folder, offline=offline, timeout=timeout)
    if code != 0:
        raise CargoError(f"cargo {command[1]} failed ({_reason(err) or f'exit status {code}'})")
    return out


def has_lock(folder: Path) -> bool:
    """Whether the workspace is locked: the root may be any folder above."""
    for at in (folder, *folder.parents):
        if (at / "Cargo.lock").is_file() and (at / "Cargo.toml").is_file():
            return True
    return False


def host_triple(cargo: str, folder: Path, timeout: float) -> str:
    """The triple that ``rustc`` builds for here, "" where it can't say."""
    beside = Path(cargo).with_name("rustc.exe" if os.name == "nt" else "rustc")
    rustc = str(beside) if beside.is_file() else shutil.which("rustc")
    if rustc is None:
        return ""
    try:
        code, out, _ = _run([rustc, "-vV"], folder, offline=True, timeout=timeout)
    except CargoError:
        return ""
    lines = out.decode("utf-8", "replace").splitlines() if code == 0 else []
    return next((line[6:].strip() for line in lines if line.startswith("host: ")), "")


def _run(
    command: list[str], folder: Path, *, offline: bool, timeout: float
) -> tuple[int, bytes, bytes]:
    return run_to_end(command, folder, environment=OFFLINE if offline else {}, timeout=timeout)


def run_to_end(
    command: list[str],
    folder: Path,
    *,
    environment: Mapping[str, str],
    timeout: float,
    cancelled: Cancelled | None = None,
) -> tuple[int, bytes, bytes]:
    """Exit status, output and errors of one of Cargo's commands.

    ``environment`` is added to ours. The whole process group ends with the timeout, in seconds, or
    soon after ``cancelled()``. Raises `CargoError`.
    """
    name = f"{Path(command[0]).stem} {command[1]}"
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "CARGO_TERM_COLOR": "never", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise CargoError(f"{name} could not be started ({error})") from None
    with process:
        try:
            out, err = _communicate(process, name, timeout, cancelled)
        except BaseException:
            _end(process)
            raise
    return process.returncode, out, err


def _communicate(
    process: subprocess.Popen[bytes], name: str, timeout: float, cancelled: Cancelled | None
) -> tuple[bytes, bytes]:
    deadline = time.monotonic() + timeout
    while True:
        left = deadline - time.monotonic()
        try:
            return process.communicate(timeout=left if cancelled is None else min(left, _POLL_S))
        except subprocess.TimeoutExpired:
            if time.monotonic() >= deadline:
                raise CargoError(f"{name} took longer than {round(timeout, 1):g} s") from None
            if cancelled is not None and cancelled():
                raise CargoError(f"{name} was cancelled") from None


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        pass  # it ended by itself


def _reason(err: bytes) -> str:
    """The first error that Cargo names, and the last cause it gives."""
    lines = [line.strip() for line in err.decode("utf-8", "replace").splitlines()]
    first = next((line[6:].strip() for line in lines if line.startswith("error:")), "")
    causes = [i for i, line in enumerate(lines) if line == "Caused by:"]
    if causes and causes[-1] + 1 < len(lines):
        first = f"{first}: {lines[causes[-1] + 1]}"
    first = " ".join((first or next((line for line in lines if line), "")).split())
    return first if len(first) <= _LONGEST_REASON else first[: _LONGEST_REASON - 1] + "…"


def read_metadata(answer: Table) -> CargoWorkspace:
    """Turn the answer of ``cargo metadata`` into our terms. Parts of odd shape are passed over."""
    members = set(strings(answer.get("workspace_members")))
    edges = {
        string(node.get("id")): tables(node.get("deps"))
        for node in tables(table(answer.get("resolve")).get("nodes"))
    }
    described = tables(answer.get("packages"))
    # Members first: should two packages share a name and a version, they are what matters.
    described.sort(key=lambda package: string(package.get("id")) not in members)
    keys = {string(p.get("id")): f"{string(p.get('name'))}@{string(p.get('version'))}"
            for p in described}  # fmt: skip
    packages: dict[str, Package] = {}
    for entry in described:
        identity = string(entry.get("id"))
        source = string(entry.get("source"))
        kind = "git" if source.startswith("git+") else "registry" if source else "path"
        package = Package(
            name=string(entry.get("name")),
            version=string(entry.get("version")),
            root=Path(string(entry.get("manifest_path"))).parent,
            edition=string(entry.get("edition"), "2015"),
            source="workspace" if identity in members else kind,
            targets=tuple(_target(target) for target in tables(entry.get("targets"))),
            dependencies=_dependencies(edges.get(identity, []), keys),
            features=tuple(sorted(table(entry.get("features")))),
        )
        packages.setdefault(package.key, package)
    ours = [package for package in packages.values() if package.source == "workspace"]
    ours.sort(key=lambda package: package.root)
    return CargoWorkspace(
        root=Path(string(answer.get("workspace_root"))),
        packages=packages,
        members=tuple(package.key for package in ours),
        via="cargo",
    )


def _target(entry: Table) -> Target:
    kinds = strings(entry.get("kind"))
    return Target(
        kind=next((_KINDS[kind] for kind in kinds if kind in _KINDS), "lib"),
        name=string(entry.get("name")),
        path=Path(string(entry.get("src_path"))),
        edition=string(entry.get("edition"), "2015"),
    )


def _dependencies(listed: list[Table], keys: dict[str, str]) -> tuple[Dependency, ...]:
    found: set[Dependency] = set()
    for entry in listed:
        key = keys.get(string(entry.get("pkg")))
        if key is None:
            continue
        for how in tables(entry.get("dep_kinds")) or [{}]:
            kind = string(how.get("kind"), "normal")
            found.add(Dependency(name=string(entry.get("name")), package=key, kind=kind))
    return tuple(sorted(found, key=edge_order))
