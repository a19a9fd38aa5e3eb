"""Every setting, its default and what it does. `docs/configuration.md` is checked against this."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final


def _setting(
    default: object,
    doc: str,
    *,
    choices: Sequence[str] = (),
    low: float | None = None,
    high: float | None = None,
    guarded: bool = False,
) -> Any:
    return field(
        default=default,
        metadata={"doc": doc, "choices": choices, "low": low, "high": high, "guarded": guarded},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CargoSettings:
    """How cargo is asked about the workspace. Cargo runs only in trusted workspaces."""

    path: str | None = _setting(None, "The cargo to run; found on `PATH` if unset.", guarded=True)
    offline: bool = _setting(
        True, "Whether cargo must stay off the network; if it may not, nothing is downloaded.",
        guarded=True,
    )  # fmt: skip
    timeout_s: float = _setting(60.0, "Seconds that `cargo metadata` may take.", low=1, high=3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """What the graph is built from."""

    dependencies: bool = _setting(
        True, "Whether the public items of the pinned dependencies are indexed."
    )
    workers: int | None = _setting(
        None, "Processes that parse; chosen by the size of the work if unset.", low=1, high=256
    )
    debounce_ms: int = _setting(
        150,
        "Milliseconds without typing before a changed file is indexed anew.",
        low=0,
        high=10000,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingSettings:
    """The vectors behind search by meaning."""

    enabled: bool = _setting(True, "Whether items are embedded; without, search is by words only.")
    dependencies: bool = _setting(
        True, "Whether the dependencies' items that the workspace touches are embedded too."
    )
    threads: int | None = _setting(
        None, "Threads that embed on a CPU; one per core, at most 8, if unset.", low=1, high=256
    )
    provider: str = _setting(
        "auto",
        "What embeds; `auto` takes the fastest that the installed ONNX Runtime offers.",
        choices=("auto", "cpu", "cuda", "directml", "coreml"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextSettings:
    """What the model is shown."""

    budget: int = _setting(
        6000, "Most tokens of context; the model's window may make it fewer.", low=256, high=1000000
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """The language model. Everything but `ask` and `edit` works without one."""

    engine: str = _setting(
        "auto",
        "`llama` runs a GGUF file in this process, `endpoint` asks a server, `none` is no model; "
        "`auto` takes `path`, else `url`, else what `ferrograph model use` chose.",
        choices=("auto", "llama", "endpoint", "none"),
        guarded=True,
    )
    path: str | None = _setting(None, "A GGUF file, for `llama`.", guarded=True)
    url: str | None = _setting(
        None,
        "What precedes `/chat/completions`, for `endpoint`: `http://localhost:11434/v1`.",
        guarded=True,
    )
    name: str = _setting("", "The model to ask an endpoint for.", guarded=True)
    api_key_env: str | None = _setting(
        None, "The environment variable that holds the endpoint's key.", guarded=True
    )
    tokenizer_file: str | None = _setting(
        None, "A `tokenizer.json` to count an endpoint's tokens with.", guarded=True
    )
    context_window: int | None = _setting(
        None, "Tokens of prompt and answer together; asked of the model if unset.",
        low=512, high=10000000,
    )  # fmt: skip
    max_tokens: int = _setting(2048, "Most tokens of an answer.", low=16, high=1000000)
    temperature: float = _setting(0.2, "0 is the likeliest token each time.", low=0, high=2)
    threads: int | None = _setting(
        None, "Threads for `llama`; one per physical core if unset.", low=1, high=1024
    )
    gpu_layers: int | None = _setting(
        None, "Layers on the GPU, for `llama`; -1 is all, chosen if unset.", low=-1, high=10000
    )
    connect_timeout_s: float = _setting(
        5.0, "Seconds for an endpoint to accept a connection.", low=0.1, high=600
    )
    first_token_timeout_s: float = _setting(
        300.0, "Seconds for an endpoint to read the prompt.", low=0.1, high=86400
    )
    idle_timeout_s: float = _setting(
        60.0, "Seconds an endpoint may be silent in the middle of an answer.", low=0.1, high=86400
    )
    retries: int = _setting(3, "Attempts more when an endpoint fails in passing.", low=0, high=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class RustAnalyzerSettings:
    """rust-analyzer, which knows types that source alone does not tell. It runs a workspace's build
    scripts and macros, and so only in trusted workspaces."""

    mode: str = _setting(
        "lazy",
        "`lazy` starts it when something needs it, `eager` with the workspace, `off` never.",
        choices=("off", "lazy", "eager"),
    )
    path: str | None = _setting(
        None, "The rust-analyzer to run; found on `PATH` or through rustup if unset.", guarded=True
    )
    memory_mb: int | None = _setting(
        6144, "Most megabytes for each of its processes, on Linux.", low=512, high=1000000
    )
    idle_s: float = _setting(
        600.0, "Seconds without a question after which it is stopped.", low=1, high=86400
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSettings:
    """Whether what a model wrote would compile."""

    cargo: bool = _setting(
        True,
        "Whether `cargo check` looks at an edit, in a copy of the workspace; if not, rust-analyzer "
        "does, which knows less.",
    )
    timeout_s: float = _setting(
        60.0, "Seconds that the checks of one edit may take.", low=1, high=3600
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings. Frozen: a change of configuration is another object."""

    trusted: bool | None = _setting(
        None,
        "Whether ferrograph may run cargo here and heed the workspace's own guarded settings; "
        "if unset, what `ferrograph trust` said.",
        guarded=True,
    )
    cargo: CargoSettings = field(default_factory=CargoSettings)
    index: IndexSettings = field(default_factory=IndexSettings)
    embedding: EmbeddingSettings = field(default_factory=EmbeddingSettings)
    context: ContextSettings = field(default_factory=ContextSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    rust_analyzer: RustAnalyzerSettings = field(default_factory=RustAnalyzerSettings)
    check: CheckSettings = field(default_factory=CheckSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingSpec:
    """What is known of one setting. ``type`` is bool, int, float or str."""

    key: str
    type: type
    optional: bool
    default: bool | float | str | None
    doc: str
    choices: tuple[str, ...]
    low: float | None
    high: float | None
    guarded: bool
    """Whether it can run something or send something somewhere: a workspace's own file may set it
    only once the workspace is trusted."""


def _specs(cls: type, prefix: str = "") -> dict[str, SettingSpec]:
    found: dict[str, SettingSpec] = {}
    hints = typing.get_type_hints(cls)
    for each in dataclasses.fields(cls):
        hint: Any = hints[each.name]
        key = prefix + each.name
        if dataclasses.is_dataclass(hint):
            found.update(_specs(typing.cast(type, hint), f"{key}."))
            continue
        parts: tuple[Any, ...] = typing.get_args(hint) or (hint,)
        found[key] = SettingSpec(
            key=key,
            type=next(part for part in parts if part is not types.NoneType),
            optional=types.NoneType in parts,
            default=typing.cast(Any, each.default),
            doc=each.metadata["doc"],
            choices=tuple(each.metadata["choices"]),
            low=each.metadata["low"],
            high=each.metadata["high"],
            guarded=each.metadata["guarded"],
        )
    return found


SPECS: Final[dict[str, SettingSpec]] = _specs(Settings)
"""Every setting by its dotted key."""


def build(values: dict[str, Any]) -> Settings:
    """Settings from checked values by dotted key; what is missing keeps its default."""
    groups: dict[str, dict[str, Any]] = {}
    top: dict[str, Any] = {}
    for key, value in values.items():
        group, dot, name = key.partition(".")
        if dot:
            groups.setdefault(group, {})[name] = value
        else:
            top[group] = value
    return Settings(
        **top,
        cargo=CargoSettings(**groups.get("cargo", {})),
        index=IndexSettings(**groups.get("index", {})),
        embedding=EmbeddingSettings(**groups.get("embedding", {})),
        context=ContextSettings(**groups.get("context", {})),
        model=ModelSettings(**groups.get("model", {})),
        rust_analyzer=RustAnalyzerSettings(**groups.get("rust_analyzer", {})),
        check=CheckSettings(**groups.get("check", {})),
    )


def reference() -> str:
    """A Markdown table of all settings, for `docs/configuration.md`."""
    rows = ["| key | type | default | what it does |", "| --- | --- | --- | --- |"]
    for spec in SPECS.values():
        if spec.choices:
            kind = " \\| ".join(f'`"{c}"`' for c in spec.choices)
        else:
            kind = {bool: "true or false", int: "whole number", float: "number", str: "text"}[
                spec.type
            ]
        if spec.low is not None and spec.high is not None:
            kind += f", {spec.low:g} to {spec.high:.0f}"
        default = "unset" if spec.default is None else f"`{_shown(spec.default)}`"
        lock = " 🔒" if spec.guarded else ""
        rows.append(f"| `{spec.key}`{lock} | {kind} | {default} | {spec.doc} |")
    return "\n".join(rows)


def _shown(value: float | str | bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else f"{value:g}"
