"""Where ``mod name;`` lives: the tables of the Rust reference, and rustc itself."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from ferrograph.parser.modules import conditional_path, module_file


def check(
    file: str,
    name: str,
    *expected: str,
    inline: Sequence[str] = (),
    path: str | None = None,
    mod_rs: bool = False,
    inline_paths: Sequence[str | None] = (),
) -> None:
    found = module_file(
        declaring_file=Path(file),
        module_path_in_file=inline,
        name=name,
        path_attr=path,
        is_mod_rs=mod_rs,
        inline_path_attrs=inline_paths,
    )
    assert [at.as_posix() for at in found] == list(expected)


def test_plain_declarations() -> None:
    check("src/lib.rs", "util", "src/util.rs", "src/util/mod.rs", mod_rs=True)
    check("src/util.rs", "config", "src/util/config.rs", "src/util/config/mod.rs")
    check("src/util/mod.rs", "config", "src/util/config.rs", "src/util/config/mod.rs", mod_rs=True)


def test_raw_names_are_files_without_the_mark() -> None:
    check("src/lib.rs", "r#type", "src/type.rs", "src/type/mod.rs", mod_rs=True)
    check("src/lib.rs", "a", "src/fn/a.rs", "src/fn/a/mod.rs", inline=["r#fn"], mod_rs=True)


def test_inline_modules_are_folders() -> None:
    check("src/lib.rs", "c", "src/a/b/c.rs", "src/a/b/c/mod.rs", inline=["a", "b"], mod_rs=True)
    check("src/x.rs", "c", "src/x/a/c.rs", "src/x/a/c/mod.rs", inline=["a"])


def test_path_attribute_is_relative_to_the_folder_of_the_file() -> None:
    check("src/a/b.rs", "c", "src/a/foo.rs", path="foo.rs")
    check("src/a/mod.rs", "c", "src/a/foo.rs", path="foo.rs", mod_rs=True)
    check("src/a/b.rs", "c", "shared/foo.rs", path="../../shared/foo.rs")
    check("src/a/b.rs", "c", "/abs/foo.rs", path="/abs/foo.rs")


def test_path_attribute_inside_inline_modules() -> None:
    check("src/a/b.rs", "inner", "src/a/b/inline/other.rs", inline=["inline"], path="other.rs")
    check("src/a/mod.rs", "inner", "src/a/inline/other.rs", inline=["inline"], path="other.rs",
          mod_rs=True)  # fmt: skip


@pytest.mark.parametrize("mod_rs", [True, False])
def test_inline_module_with_its_own_path(mod_rs: bool) -> None:
    file = "src/a/mod.rs" if mod_rs else "src/a/b.rs"
    check(file, "local_data", "src/a/thread_files/tls.rs", inline=["thread"], path="tls.rs",
          inline_paths=["thread_files"], mod_rs=mod_rs)  # fmt: skip
    check(
        file,
        "d",
        "src/a/thread_files/deep/d.rs",
        "src/a/thread_files/deep/d/mod.rs",
        inline=["thread", "deep"],
        inline_paths=["thread_files", None],
        mod_rs=mod_rs,
    )


def test_own_path_of_a_nested_inline_module_starts_below_the_file() -> None:
    check("src/a/b.rs", "z", "src/a/b/outer/x/z.rs", "src/a/b/outer/x/z/mod.rs",
          inline=["outer", "y"], inline_paths=[None, "x"])  # fmt: skip


@pytest.mark.e2e
def test_rustc_looks_in_the_same_places(tmp_path: Path, require_tool: Callable[[str], str]) -> None:
    """Each declaration gets a file where `module_file` says; rustc refuses what it can't find."""
    root = tmp_path / "src/main.rs"
    sources = {root: 'mod a; #[path = "pa/odd.rs"] mod odd; mod r#type; fn main() {}'}

    def place(file: Path, text: str, name: str, which: int = 0, **how: object) -> Path:
        mod_rs = bool(how.pop("mod_rs", False))
        inline = how.pop("inline", ())
        path = how.pop("path", None)
        found = module_file(
            declaring_file=file,
            module_path_in_file=inline,  # type: ignore[arg-type]
            name=name,
            path_attr=path,  # type: ignore[arg-type]
            is_mod_rs=mod_rs,
            inline_path_attrs=how.pop("inline_paths", ()),  # type: ignore[arg-type]
        )
        sources[found[which]] = text
        return found[which]

    a = place(root, "mod b;", "a", which=1, mod_rs=True)
    b = place(
        a,
        'mod i { #[path = "o.rs"] mod o; mod n; }\n'
        '#[path = "tf"] mod t { #[path = "tls.rs"] mod l; mod p; mod deep { mod d; } }\n'
        'mod outer { #[path = "x"] mod y { mod z; } }\n'
        '#[path = "foo.rs"] mod c;',
        "b",
        mod_rs=True,
    )
    place(b, "", "o", inline=["i"], path="o.rs")
    place(b, "", "n", inline=["i"])
    place(b, "", "l", inline=["t"], path="tls.rs", inline_paths=["tf"])
    place(b, "", "p", inline=["t"], inline_paths=["tf"])
    place(b, "", "d", inline=["t", "deep"], inline_paths=["tf", None])
    place(b, "", "z", inline=["outer", "y"], inline_paths=[None, "x"])
    place(b, "", "c", path="foo.rs")
    odd = place(root, "mod sibling;", "odd", path="pa/odd.rs", mod_rs=True)
    sibling = place(odd, "mod q;", "sibling", mod_rs=True)
    place(sibling, "", "q")
    place(root, "", "type", mod_rs=True)

    for file, text in sources.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    command = [
        require_tool("rustc"),
        "--edition",
        "2021",
        "--emit=metadata",
        "-o",
        "out.rmeta",
        str(root),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_conditional_paths_follow_the_platform() -> None:
    from ferrograph.parser.cfgs import Platform

    def on(system: str) -> Platform:
        family = "windows" if system == "windows" else "unix"
        return Platform(
            names=frozenset((family,)),
            values=frozenset((("target_os", system),)),
            triple=("x86_64", system),
        )

    attrs = (
        'cfg_attr(any(target_os = "linux", target_os = "macos"), path = "posix.rs")',
        'cfg_attr(windows, path = "win.rs")',
    )
    assert conditional_path(attrs, on("linux")) == "posix.rs"
    assert conditional_path(attrs, on("windows")) == "win.rs"
    assert conditional_path(attrs, on("freebsd")) is None
    assert conditional_path(("cfg(unix)", "derive(Debug)"), on("linux")) is None
