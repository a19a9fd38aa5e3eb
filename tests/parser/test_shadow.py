"""The copy of a workspace that cargo checks: what it holds, whose it is, what stays untouched."""

from __future__ import annotations

import sys
import threading
import time

import pytest
from ferrograph.parser.errors import CargoError
from ferrograph.parser.shadow import Shadow

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
WAIT_S = 30.0


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "demo"
    (root / "src").mkdir(parents=True)
    (root / "Cargo.toml").write_text("[package]\n")
    (root / "src" / "lib.rs").write_text("fn one() {}")
    return root


def shadow_of(root, cargo="true"):
    return Shadow(root, root.parent / "shadow", cargo=cargo, members=["demo"])


def check(shadow, texts, *, timeout, cancelled=lambda: False):
    with shadow.alone(time.monotonic() + timeout, cancelled):
        shadow.refresh(texts)
        return shadow.check(timeout=timeout, cancelled=cancelled)


def files(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir())


def test_it_follows_the_workspace_and_what_is_not_saved(root):
    shadow = shadow_of(root)
    shadow.refresh({root / "src/lib.rs": b"fn two() {}", root / "src/new.rs": b""})
    assert files(shadow.folder) == ["Cargo.toml", "src/lib.rs", "src/new.rs"]
    assert (shadow.folder / "src/lib.rs").read_bytes() == b"fn two() {}"
    shadow.refresh({})
    assert files(shadow.folder) == ["Cargo.toml", "src/lib.rs"]
    assert (shadow.folder / "src/lib.rs").read_bytes() == b"fn one() {}"


def test_what_was_a_file_and_is_a_folder_is_not_written_to(root):
    shadow = shadow_of(root)
    (root / "extra").write_text("a file")
    shadow.refresh({})
    (root / "extra").unlink()
    (root / "extra").mkdir()
    (root / "extra" / "more.rs").write_text("as it is saved")
    shadow.refresh({root / "extra" / "more.rs": b"as it is proposed"})
    assert (root / "extra" / "more.rs").read_text() == "as it is saved"
    assert (shadow.folder / "extra" / "more.rs").read_bytes() == b"as it is proposed"


def test_a_folder_that_is_a_link_is_there(root):
    assets = root.parent / "assets"
    assets.mkdir()
    (assets / "font.bin").write_bytes(b"font")
    (root / "assets").symlink_to(assets)
    shadow = shadow_of(root)
    shadow.refresh({})
    assert (shadow.folder / "assets" / "font.bin").read_bytes() == b"font"
    (root / "assets").unlink()
    shadow.refresh({})
    assert not (shadow.folder / "assets").is_symlink()
    assert (assets / "font.bin").exists()


def test_two_checks_do_not_see_each_others_texts(root, tmp_path):
    cargo = tmp_path / "cargo"
    cargo.write_text('#!/bin/sh\ntouch began\nwhile [ ! -e "$0.go" ]; do sleep 0.01; done\n')
    cargo.chmod(0o755)
    first, second = shadow_of(root, str(cargo)), shadow_of(root, str(cargo))
    text = {root / "src/lib.rs": b"fn first() {}"}
    thread = threading.Thread(target=check, args=(first, text), kwargs={"timeout": WAIT_S})
    thread.start()
    waited = threading.Event()
    while not (first.folder / "began").exists():
        waited.wait(0.01)
    with pytest.raises(CargoError, match="waited too long for another one"):
        check(second, {}, timeout=0.2)
    with pytest.raises(CargoError, match="cancelled"):
        check(second, {}, timeout=WAIT_S, cancelled=lambda: True)
    assert (first.folder / "src/lib.rs").read_bytes() == b"fn first() {}"
    (tmp_path / "cargo.go").touch()
    thread.join(WAIT_S)
    assert check(second, {}, timeout=WAIT_S) == []
