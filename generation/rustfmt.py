"""rustfmt on single items, so that no line outside an edit is ever touched."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from .layout import dedent

# rustfmt takes tens of milliseconds; what takes longer is a toolchain being fetched.
_TIMEOUT_S: Final = 5.0
# How each kind of scope is written around an item, so that it stands as deep as in its file.
_OPENERS: Final = {
    "mod_item": "mod m {",
    "impl_item": "impl T {",
    "trait_item": "trait T {",
    "function_item": "fn f() {",
}


class Rustfmt:
    """``folder`` is where the file lies, since rustfmt looks there for its configuration."""

    def __init__(self, *, program: str, edition: str, folder: Path | None) -> None:
        self._command = [program, "--edition", edition, "--emit", "stdout"]
        self._folder = folder if folder is not None and folder.is_dir() else None

    def format(self, code: str, *, scopes: Sequence[str] = ()) -> str | None:
        """``code`` formatted, without its outer indentation; None where rustfmt can't.

        ``scopes`` are the node types around it, outermost first.
        """
        openers = [_OPENERS[scope] for scope in scopes if scope in _OPENERS]
        wrapped = "\n".join([*openers, code, *("}" for _ in openers)]) + "\n"
        output = self._run(wrapped)
        if output is None:
            return None
        lines = output.rstrip("\n").split("\n")
        inner = lines[len(openers) : len(lines) - len(openers)]
        if not inner:
            return None
        outer = inner[0][: len(inner[0]) - len(inner[0].lstrip())]
        inner[0] = inner[0].lstrip()
        return dedent("\n".join(inner), outer)

    def _run(self, code: str) -> str | None:
        try:
            done = subprocess.run(
                self._command,
                input=code.encode(),
                capture_output=True,
                cwd=self._folder,
                # The folder may pin a toolchain that isn't there; formatting is not worth a
                # download.
                env={**os.environ, "RUSTUP_AUTO_INSTALL": "0"},
                timeout=_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        if done.returncode != 0:
            return None
        return done.stdout.decode("utf-8", "replace").replace("\r\n", "\n")


def find_rustfmt(*, edition: str, folder: Path | None) -> Rustfmt | None:
    """The rustfmt of the machine, if there is one."""
    program = shutil.which("rustfmt")
    return None if program is None else Rustfmt(program=program, edition=edition, folder=folder)
