"""What was found on this machine and in this workspace, and what each missing thing costs."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from .. import __version__
from ..embedding.encoder import Encoder
from ..embedding.errors import EmbeddingError
from ..generation import hardware
from ..generation.errors import GenerationError
from ..generation.gguf_info import inspect
from ..graph.errors import GraphError, StoreLocked
from ..graph.store import GraphStore
from ..ranking.word_folder import WordFolder
from .config import Loaded
from .database import FOLDER, WORDS
from .engines import configured, model_path
from .folders import cache_folder, config_folder, data_folder, expanded

_PROGRAM_S: Final = 10.0

State = Literal["ok", "missing", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the diagnosis. ``costs`` says what does not work, and what to do."""

    name: str
    state: State
    found: str
    costs: str = ""


def diagnose(root: Path, loaded: Loaded) -> Iterator[Finding]:
    """Everything there is to say, in an order that helps. Never raises for what is missing."""
    yield Finding("ferrograph", "ok", f"{__version__} on Python {sys.version.split()[0]}")
    machine = hardware.detect()
    memory = f", {machine.memory / 1e9:.1f} GB free" if machine.memory is not None else ""
    yield Finding(
        "machine", "ok", f"{machine.cores} cores, {machine.logical_cores} threads{memory}"
    )
    yield from _programs(loaded)
    encoder = _load_encoder()
    yield _embedding(encoder)
    yield from _model(loaded)
    yield _workspace(root, loaded)
    yield from _database(root, encoder)
    yield _words(root)
    for name, folder in (
        ("settings", config_folder()), ("models", data_folder()), ("cache", cache_folder())
    ):  # fmt: skip
        size = f", {_size(folder) / 1e6:,.0f} MB" if folder.is_dir() else ", empty"
        yield Finding(f"folder of {name}", "ok", f"{folder}{size}")
    for message in loaded.messages:
        yield Finding("settings", "note", message)


def _programs(loaded: Loaded) -> Iterator[Finding]:
    cargo = loaded.settings.cargo.path
    path = str(expanded(cargo)) if cargo else shutil.which("cargo")
    yield _program(
        "cargo",
        path,
        "Manifests are read without it: features, targets and some dependencies are known less "
        "exactly. Install Rust, or set cargo.path.",
    )
    yield _program(
        "rustfmt",
        shutil.which("rustfmt"),
        "Code that a model wrote is put in as it wrote it. Get it with `rustup component add "
        "rustfmt`.",
    )
    yield _program(
        "rust-analyzer",
        shutil.which("rust-analyzer"),
        "Nothing needs it yet.",
    )


def _program(name: str, path: str | None, costs: str) -> Finding:
    if path is None:
        return Finding(name, "missing", "not found", costs)
    try:
        # Not in the workspace: rustup would obey its toolchain file.
        ran = subprocess.run(
            [path, "--version"],
            capture_output=True, text=True, timeout=_PROGRAM_S, cwd=Path.home(), check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding(name, "missing", f"{path} does not run ({error})", costs)
    if ran.returncode != 0:
        why = (ran.stderr.strip().splitlines() or ["no reason given"])[0]
        return Finding(name, "missing", f"{path} does not run ({why})", costs)
    return Finding(name, "ok", f"{ran.stdout.strip()} ({path})")


def _load_encoder() -> Encoder | str:
    """The encoder, or why there is none."""
    try:
        return Encoder.load()
    except EmbeddingError as error:
        return str(error)


def _embedding(encoder: Encoder | str) -> Finding:
    if isinstance(encoder, str):
        return Finding("embedding model", "missing", encoder, "Search is by words and names only.")
    return Finding("embedding model", "ok", f"{encoder.name} on {encoder.provider}")


def _model(loaded: Loaded) -> Iterator[Finding]:
    settings = loaded.settings.model
    costs = '`ask`, `edit` and "AI it!" do not work; everything else does.'
    kind = configured(settings)
    if kind == "none":
        yield Finding(
            "language model", "missing", "none is configured",
            f"{costs} Run `ferrograph model use FILE.gguf`, or set model.url and model.name.",
        )  # fmt: skip
        return
    if kind == "endpoint":
        yield _endpoint(loaded, costs)
        return
    path = model_path(settings)
    try:
        import llama_cpp

        version: str = llama_cpp.__version__
        yield Finding("llama-cpp-python", "ok", version)
    except ImportError:
        yield Finding(
            "llama-cpp-python", "missing", "not installed",
            "GGUF files can't be run here. Install it with `pip install ferrograph[llm]`.",
        )  # fmt: skip
    try:
        if path is None:
            raise GenerationError("no file is named")
        info = inspect(path)
    except GenerationError as error:
        yield Finding("language model", "missing", str(error), costs)
        return
    yield Finding("language model", "ok", f"{info.name}, {info.quantisation}, {info.path}")


def _endpoint(loaded: Loaded, costs: str) -> Finding:
    import httpx

    settings = loaded.settings.model
    where = f"{settings.name or 'the default model'} at {settings.url}"
    key = settings.api_key_env
    if key and not os.environ.get(key):
        return Finding("language model", "missing", f"{where}: {key} is not set", costs)
    try:
        httpx.get(
            f"{(settings.url or '').rstrip('/')}/models",
            headers={"Authorization": f"Bearer {os.environ[key]}"} if key else {},
            timeout=settings.connect_timeout_s,
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = type(error).__name__
        return Finding("language model", "missing", f"{where} does not answer ({why})", costs)
    return Finding("language model", "ok", where)


def _workspace(root: Path, loaded: Loaded) -> Finding:
    manifest = "" if (root / "Cargo.toml").is_file() else "; there is no Cargo.toml"
    if loaded.trusted:
        return Finding("workspace", "ok", f"{root}, trusted{manifest}")
    return Finding(
        "workspace", "note", f"{root}, not trusted{manifest}",
        "Cargo is not run, manifests are read as they are. Run `ferrograph trust` if you know its "
        "authors.",
    )  # fmt: skip


def _database(root: Path, encoder: Encoder | str) -> Iterator[Finding]:
    path = root / FOLDER / "graph"
    if not path.is_dir():
        yield Finding("graph", "note", "not built yet", "Run `ferrograph index`.")
        return
    if isinstance(encoder, str):
        yield Finding("graph", "note", f"{path}, {_size(path) / 1e6:,.0f} MB")
        return
    try:
        store, with_whom = _open(path, encoder)
        with store:
            counts = store.counts()
            caches = _caches(store)
    except StoreLocked as error:
        yield Finding("graph", "note", str(error), "This process can't share it.")
    except GraphError as error:
        yield Finding("graph", "note", str(error), "It is rebuilt at the next indexing.")
    else:
        yield Finding(
            "graph", "ok",
            f"{path}: {counts.files:,} files, {counts.items:,} items, {counts.edges:,} edges, "
            f"{counts.vectors:,} vectors, {_size(path) / 1e6:,.0f} MB{with_whom}",
        )  # fmt: skip
        yield caches


def _caches(store: GraphStore) -> Finding:
    """How the caches of the process that has the graph fare."""
    if store.sharing is None or store.sharing.is_owner:
        return Finding("caches", "note", "empty: no process has the workspace open")
    try:
        caches = store.sharing.call("caches", {})
    except GraphError as error:
        return Finding("caches", "note", str(error))
    told = (f"{name} {100 * one['rate']:.0f} %" for name, one in sorted(caches.items()))
    return Finding("caches", "ok", f"found there already: {', '.join(told)}")


def _words(root: Path) -> Finding:
    path = root / FOLDER / WORDS
    count = WordFolder(path).count
    if count is None:
        return Finding("index of words", "note", "not built yet", "It is built with the graph.")
    size = _size(path) / 1e6
    return Finding("index of words", "ok", f"{path}: {count:,} items, {size:,.0f} MB")


def _open(path: Path, encoder: Encoder) -> tuple[GraphStore, str]:
    """The graph as it is, and who else has it. Nothing is made anew here."""
    try:
        return GraphStore.open(path, model=encoder.name, dimensions=encoder.dimensions), ""
    except StoreLocked:
        store = GraphStore.shared(path, model=encoder.name, dimensions=encoder.dimensions)
        pid = store.sharing.owner_pid if store.sharing is not None else 0
        return store, f"; open in process {pid}"


def _size(folder: Path) -> int:
    total = 0
    for at, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                total += (Path(at) / name).stat().st_size
    return total
