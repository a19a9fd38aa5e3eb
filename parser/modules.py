"""Where the file of ``mod name;`` lives. Pure path arithmetic; nothing here looks at the disk.

The rules are those of the Rust reference, "Module source filenames" and "The path attribute", and
of rustc where the reference is silent: a file that was reached through ``#[path]`` counts as a
"mod-rs" file, and an inline module's own ``#[path]`` replaces the folder that its name would give.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Sequence
from pathlib import Path

from .cfgs import Platform, cfg_holds

_CONDITIONAL_PATH = re.compile(r'cfg_attr\((.*),\s*path\s*=\s*"([^"]*)"\s*,?\s*\)')


def module_file(
    *,
    declaring_file: Path,
    module_path_in_file: Sequence[str],
    name: str,
    path_attr: str | None,
    is_mod_rs: bool,
    inline_path_attrs: Sequence[str | None] = (),
) -> tuple[Path, ...]:
    """The files that may hold a module declared as ``mod name;``, in Rust's order.

    ``module_path_in_file`` names the inline modules of ``declaring_file`` that the declaration
    stands in, outermost first; ``inline_path_attrs`` holds their own ``#[path]`` values in the
    same order, where they have one. ``is_mod_rs`` is true for crate roots, for files named
    ``mod.rs`` and for files that were themselves reached through ``#[path]``.

    One path comes back with a ``path_attr``; otherwise ``name.rs`` and ``name/mod.rs``. It is an
    error in Rust for both to exist.
    """
    folder, owner = _folder(declaring_file, module_path_in_file, inline_path_attrs, is_mod_rs)
    if path_attr is not None:
        return (_joined(folder, path_attr),)
    if owner is not None:
        folder = folder / owner
    name = name.removeprefix("r#")
    return (_joined(folder, f"{name}.rs"), _joined(folder, f"{name}/mod.rs"))


def conditional_path(attrs: Sequence[str], host: Platform) -> str | None:
    """The ``#[path]`` that a ``cfg_attr(condition, path = "…")`` gives a module on ``host``.

    ``attrs`` are attributes as `Item.attrs` holds them. None where no condition holds.
    """
    for attr in attrs:
        found = _CONDITIONAL_PATH.fullmatch(attr)
        if found is not None and cfg_holds(found[1], host):
            return found[2]
    return None


def _folder(
    file: Path, inline: Sequence[str], path_attrs: Sequence[str | None], is_mod_rs: bool
) -> tuple[Path, str | None]:
    """The folder that paths are relative to, and the one below it that names still have to enter.

    ``#[path]`` directly in ``a/b.rs`` starts in ``a``, while plain names start in ``a/b``: that
    difference ends with the first inline module.
    """
    folder = file.parent
    owner = None if is_mod_rs else file.stem
    for index, name in enumerate(inline):
        path_attr = path_attrs[index] if index < len(path_attrs) else None
        if path_attr is None:
            if owner is not None:
                folder = folder / owner
            folder = folder / name.removeprefix("r#")
        else:
            folder = _joined(folder, path_attr)
        owner = None
    return folder, owner


def _joined(folder: Path, relative: str) -> Path:
    """Joined and tidied, so that one file has one path however it was reached."""
    return Path(os.path.normpath(folder / relative.replace("\\", "/")))
