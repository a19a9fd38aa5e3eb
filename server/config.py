"""Settings from everywhere they can stand, checked. A bad one is a message and its default.

Weakest first: the user's ``config.toml``, the workspace's ``ferrograph.toml``, ``FERROGRAPH_…``
variables, what the editor or the command line says. A workspace that isn't trusted can't set what
runs programs or sends code somewhere (`SettingSpec.guarded`).
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from . import trust
from .folders import user_settings_file
from .settings import SPECS, Settings, SettingSpec, build

WORKSPACE_FILE: Final = "ferrograph.toml"
_PREFIX: Final = "FERROGRAPH_"
_OWN_VARIABLES: Final = frozenset({"FERROGRAPH_CI", "FERROGRAPH_MODEL_HUB"})
"""Variables that are no settings."""

_LARGE: Final = 1 << 62
"""Beyond any range; a whole number may be too large to become a float."""

_GROUPS: Final = frozenset(key.split(".")[0] for key in SPECS if "." in key)


@dataclass(frozen=True, slots=True)
class Layer:
    """Settings from one place. ``values`` is nested as the user wrote it."""

    origin: str
    values: Mapping[str, Any]
    textual: bool = False
    """Whether every value is text (environment variables)."""
    may_guard: bool = True
    """Whether guarded settings are heeded."""
    may_trust: bool = True
    """Whether ``trusted`` is heeded: no workspace vouches for itself."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, whether the workspace is trusted, and one sentence for each thing amiss."""

    settings: Settings
    trusted: bool
    messages: tuple[str, ...]


def load(
    root: Path,
    *,
    environ: Mapping[str, str],
    client: Sequence[Layer] = (),
    user_file: Path | None = None,
) -> Loaded:
    """The settings that hold in a workspace. ``client`` layers are strongest, the last one most.

    Never raises: files that can't be read are named in the messages.
    """
    messages: list[str] = []
    user = _file_layer(user_file or user_settings_file(), messages)
    stronger = [_environment_layer(environ), *client]
    decided = merge([*user, *stronger], []).trusted
    trusted = trust.is_trusted(root) if decided is None else decided
    workspace = [
        Layer(layer.origin, layer.values, may_guard=trusted, may_trust=False)
        for layer in _file_layer(root / WORKSPACE_FILE, messages)
    ]
    settings = merge([*user, *workspace, *stronger], messages)
    return Loaded(settings, trusted, tuple(messages))


def merge(layers: Iterable[Layer], messages: list[str]) -> Settings:
    """Settings from layers, weakest first. Adds to ``messages``; never raises."""
    values: dict[str, Any] = {}
    for layer in layers:
        for key, given in _flatten(layer, messages):
            spec = SPECS[key]
            if key == "trusted" and not layer.may_trust:
                messages.append(
                    f'{layer.origin}: a workspace can\'t vouch for itself: "trusted" was ignored; '
                    "`ferrograph trust` decides."
                )
            elif spec.guarded and not layer.may_guard:
                messages.append(
                    f'{layer.origin}: "{key}" was ignored, because this workspace is not trusted; '
                    "run `ferrograph trust` in it if you know its authors."
                )
            elif given is None:
                values.pop(key, None)
            else:
                value, wrong = _checked(spec, given, textual=layer.textual)
                if wrong:
                    kept = values.get(key, spec.default)
                    messages.append(
                        f'{layer.origin}: "{key}" should be {wrong}; using '
                        f"{'its default' if kept is None else repr(kept)}."
                    )
                else:
                    values[key] = value
    return build(values)


def client_section(settings: object) -> Mapping[str, Any] | None:
    """The part of an editor's settings that is ours: what is under ``ferrograph``, if anything is.

    None where the editor sent nothing that could hold settings.
    """
    if not isinstance(settings, Mapping):
        return None
    named = cast(Mapping[str, Any], settings)
    if "ferrograph" in named:
        section = named["ferrograph"]
        return cast(Mapping[str, Any], section) if isinstance(section, Mapping) else None
    return named


def variable(key: str) -> str:
    """The environment variable of a setting."""
    return _PREFIX + key.upper().replace(".", "_")


def _environment_layer(environ: Mapping[str, str]) -> Layer:
    keys = {variable(key): key for key in SPECS}
    values: dict[str, Any] = {}
    for name, value in environ.items():
        if name.startswith(_PREFIX) and name not in _OWN_VARIABLES:
            # A name that is no setting stays as it is and is reported like any wrong key.
            values[keys.get(name, name)] = value
    return Layer("the environment", values, textual=True)


def _file_layer(path: Path, messages: list[str]) -> list[Layer]:
    try:
        text = path.read_text(encoding="utf-8")
        return [Layer(path.name, tomllib.loads(text))]
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        messages.append(f"{path.name} can't be read and was ignored: {error}.")
        return []


def _flatten(layer: Layer, messages: list[str]) -> list[tuple[str, Any]]:
    """(key, value) pairs of known settings; others become messages."""
    found: list[tuple[str, Any]] = []
    todo: list[tuple[str, str, Any]] = [("", _snake(k), v) for k, v in layer.values.items()]
    while todo:
        prefix, name, value = todo.pop(0)
        key = prefix + name
        if key in SPECS:
            found.append((key, value))
        elif key in _GROUPS and isinstance(value, Mapping):
            inner = cast(Mapping[str, Any], value)
            todo.extend((f"{key}.", _snake(str(k)), v) for k, v in inner.items())
        elif key in _GROUPS:
            if value is not None:
                messages.append(f'{layer.origin}: "{key}" is a group of settings, not a value.')
        else:
            messages.append(f'{layer.origin}: there is no setting "{key}"{_nearest(key)}')
    return found


def _nearest(key: str) -> str:
    names = (
        {variable(k): variable(k) for k in SPECS}
        if key.startswith(_PREFIX)
        else dict(zip(SPECS, SPECS, strict=True))
    )
    close = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
    if not close:
        # "pth" is nearer to "model.path" than its group's name makes it seem.
        tails = {k.rpartition(".")[2]: k for k in names}
        tail = difflib.get_close_matches(key.rpartition(".")[2], tails, n=1, cutoff=0.6)
        close = [tails[t] for t in tail]
    return f'; did you mean "{close[0]}"?' if close else "."


def _snake(name: str) -> str:
    """``contextWindow`` and ``context-window`` are ``context_window``."""
    if name.startswith(_PREFIX):
        return name
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).replace("-", "_").lower()


def _checked(spec: SettingSpec, given: object, *, textual: bool) -> tuple[Any, str]:
    """(value, "") or (None, what it should have been)."""
    value = _from_text(spec, given) if textual and isinstance(given, str) else given
    shown = f'"{given}"' if isinstance(given, str) else _kind(given)
    if spec.type is bool:
        return (value, "") if isinstance(value, bool) else (None, f"true or false, not {shown}")
    if spec.type is str:
        if not isinstance(value, str):
            return None, f"text, not {shown}"
        if spec.choices and value not in spec.choices:
            near = difflib.get_close_matches(value, spec.choices, n=1)
            hint = f' (did you mean "{near[0]}"?)' if near else ""
            return None, f"one of {', '.join(spec.choices)}, not {shown}{hint}"
        return value, ""
    number = _number(value, whole=spec.type is int)
    noun = "a whole number" if spec.type is int else "a number"
    if number is None:
        return None, f"{noun}, not {shown}"
    if (spec.low is not None and number < spec.low) or (
        spec.high is not None and number > spec.high
    ):
        return None, f"{noun} from {spec.low:g} to {spec.high:.0f}, not {given}"
    return number, ""


def _number(value: object, *, whole: bool) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int):
        return value if whole else float(min(max(value, -_LARGE), _LARGE))
    if not math.isfinite(value):
        return None
    # Editors whose configuration language has one kind of number send 6000.0.
    return (int(value) if value.is_integer() else None) if whole else value


def _from_text(spec: SettingSpec, text: str) -> object:
    """A variable's text as what the setting wants, or as it is where that can't be."""
    word = text.strip().lower()
    if spec.type is bool:
        return {"1": True, "true": True, "yes": True, "on": True,
                "0": False, "false": False, "no": False, "off": False}.get(word, text)  # fmt: skip
    if spec.type in (int, float):
        try:
            return float(word) if spec.type is float else int(word)
        except ValueError:
            return text
    return text


def _kind(value: object) -> str:
    if isinstance(value, Mapping):
        return "a group"
    if isinstance(value, list | tuple):
        return "a list"
    return str(value).lower() if isinstance(value, bool) else str(value)
