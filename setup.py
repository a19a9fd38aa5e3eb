"""Compiles the modules where the time goes with mypyc: the same source, twice as fast.

Only with ``FERROGRAPH_NATIVE=1``, as ``make native`` does; without it everything runs as plain
Python. Everything else about the package stands in ``pyproject.toml``.
"""

import os
import shutil
from pathlib import Path
from typing import Any

from setuptools import setup

NATIVE = os.environ.get("FERROGRAPH_NATIVE") == "1"

HOT = {
    "parser": "docs exprs expr_kinds facts grammar item_kinds items macro_rules macros patterns "
    "signatures types uses",
    "graph": "build changes edited expand impl_table impls link lower plan projection reach relink "
    "replace resolve rows surface symbols types uses variadics world",
    "graph/infer": "body calls flow mentions operators patterns values",
    "ranking": "choose duplicates factors fold forms habits pool render score shape snapshot "
    "tokens",
}
"""Where at least a tenth of a stage is spent. What recurses in them has a bound of its own, since
compiled code overflows the stack where Python raises RecursionError."""


def extensions() -> list[Any]:
    """The extension modules. mypyc wants to see the package under its own name: a copy has it."""
    from mypyc.build import mypycify

    here = Path.cwd()
    stage = here / "build" / "native"
    shutil.rmtree(stage, ignore_errors=True)
    for folder in ("", "parser", "graph", "graph/infer", "embedding", "ranking"):
        target = stage / "ferrograph" / folder
        target.mkdir(parents=True, exist_ok=True)
        for source in (here / folder).glob("*.py"):
            if source.name != "setup.py":
                shutil.copy2(source, target)
    os.chdir(stage)
    try:
        paths = [
            f"ferrograph/{at}/{name}.py" for at, names in HOT.items() for name in names.split()
        ]
        found = mypycify(
            [
                *paths,
                "--follow-imports=silent",
                "--ignore-missing-imports",
                "--no-namespace-packages",
            ],
            opt_level="3",
            debug_level="0",
            group_name="ferrograph.native",
        )
    finally:
        os.chdir(here)
    for extension in found:
        extension.sources = [os.path.relpath(stage / s, here) for s in extension.sources]
        extension.depends = [os.path.relpath(stage / s, here) for s in extension.depends]
    return found


setup(ext_modules=extensions() if NATIVE else [])
