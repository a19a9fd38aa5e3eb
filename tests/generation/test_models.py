"""The model folder, and downloads from a hub on the loopback."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ferrograph.generation.download import download
from ferrograph.generation.engine import Cancellation
from ferrograph.generation.errors import Cancelled, DownloadFailed, ModelBroken, ModelNotFound
from ferrograph.generation.models import find_model, list_models, models_folder, register
from ferrograph.tests.support.openai_server import closed_port


def test_listing_finding_and_registering(tiny_gguf: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    assert list_models(folder) == []
    with pytest.raises(ModelNotFound, match="there is none yet"):
        find_model("coder", folder)
    registered = register(tiny_gguf, name="elsewhere", folder=folder)
    assert registered.info is not None
    (folder / "sub").mkdir()
    (folder / "sub" / "coder.gguf").write_bytes(tiny_gguf.read_bytes())
    (folder / "cut.gguf").write_bytes(tiny_gguf.read_bytes()[:-9])
    (folder / "big-00002-of-00003.gguf").write_bytes(b"")
    listed = {model.name: model for model in list_models(folder)}
    assert list(listed) == ["cut", "elsewhere", "sub/coder"]
    assert listed["cut"].info is None
    assert "truncated" in str(listed["cut"].problem)
    assert listed["elsewhere"].path == tiny_gguf
    assert find_model("sub/coder", folder) == folder / "sub" / "coder.gguf"
    assert find_model(str(tiny_gguf), folder) == tiny_gguf
    with pytest.raises(ModelNotFound, match="cut, elsewhere, sub/coder"):
        find_model("none", folder)


def test_only_models_are_registered_and_a_damaged_register_is_no_obstacle(
    tiny_gguf: Path, tmp_path: Path
) -> None:
    text = tmp_path / "a.txt"
    text.write_text("hello")
    with pytest.raises(ModelBroken, match="not a GGUF"):
        register(text, folder=tmp_path)
    (tmp_path / "registered.json").write_text("[broken")
    register(tiny_gguf, folder=tmp_path)
    register(tiny_gguf, name="again", folder=tmp_path)
    assert [model.name for model in list_models(tmp_path)] == ["again", "tiny"]


def test_the_folder_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert models_folder().parts[-2:] == ("ferrograph", "models")


class Hub:
    """A model hub of one repository. ``breaks_after`` cuts the next delivery short."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.digests: dict[str, str] = {}
        self.breaks_after: int | None = None
        self.ranges: list[str | None] = []
        self.gated = False
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:
                pass

            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                if hub.gated:
                    self.send_error(401)
                elif path == "/api/models/owner/repo/tree/main":
                    self.reply(200, json.dumps(hub.tree()).encode())
                elif path.startswith("/owner/repo/resolve/main/"):
                    self.deliver(hub.files[path.rpartition("/")[2]])
                else:
                    self.send_error(404)

            def reply(self, status: int, body: bytes, *, sent: bytes | None = None) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("ETag", f'"{hashlib.sha256(body[-9:]).hexdigest()}"')
                self.end_headers()
                self.wfile.write(body if sent is None else sent)

            def deliver(self, data: bytes) -> None:
                wanted = self.headers.get("Range")
                hub.ranges.append(wanted)
                start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
                if start >= len(data):
                    self.send_error(416)
                    return
                cut, hub.breaks_after = hub.breaks_after, None
                rest = data[start:]
                self.reply(206 if start else 200, rest, sent=rest[:cut])

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def tree(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = [{"type": "file", "path": "README.md", "size": 3}]
        for name, data in self.files.items():
            digest = self.digests.get(name) or hashlib.sha256(data).hexdigest()
            large = {"oid": digest, "size": len(data)}
            rows.append({"type": "file", "path": name, "size": 130, "lfs": large})
        return rows


@pytest.fixture
def hub(tiny_gguf: Path) -> Iterator[Hub]:
    hub = Hub()
    hub.files["tiny-Q4_K_M.gguf"] = tiny_gguf.read_bytes()
    threading.Thread(target=hub.server.serve_forever, args=(0.01,), daemon=True).start()
    yield hub
    hub.server.shutdown()
    hub.server.server_close()


def get(hub: Hub, folder: Path, what: str = "owner/repo", **rest: Any) -> Path:
    rest.setdefault("cancel", Cancellation())
    return download(what, folder=folder, hub=hub.url, **rest).path


def test_by_name_with_progress(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(hub.files["tiny-Q4_K_M.gguf"])
    seen: list[tuple[int, int | None]] = []
    monkeypatch.setenv("FERROGRAPH_MODEL_HUB", hub.url)
    model = download(
        "owner/repo",
        folder=tmp_path / "new",
        progress=lambda done, total: seen.append((done, total)),
        cancel=Cancellation(),
    )
    assert model.path.read_bytes() == hub.files["tiny-Q4_K_M.gguf"]
    assert model.info is not None
    assert seen[-1] == (size, size)
    assert sorted(done for done, _ in seen) == [done for done, _ in seen]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["tiny-Q4_K_M.gguf"]
    assert get(hub, tmp_path / "new") == model.path
    assert len(hub.ranges) == 1, "what is there is not fetched again"


def test_an_interrupted_download_goes_on_where_it_stopped(hub: Hub, tmp_path: Path) -> None:
    hub.breaks_after = 100_000
    with pytest.raises(DownloadFailed, match="goes on where it stopped"):
        get(hub, tmp_path)
    path = get(hub, tmp_path)
    assert hub.ranges == [None, "bytes=100000-"]
    assert path.read_bytes() == hub.files["tiny-Q4_K_M.gguf"]


def test_a_cancelled_download_keeps_what_it_has(hub: Hub, tmp_path: Path) -> None:
    cancel = Cancellation()
    cancel.cancel()
    with pytest.raises(Cancelled):
        get(hub, tmp_path, cancel=cancel)
    assert not (tmp_path / "tiny-Q4_K_M.gguf").exists()
    assert get(hub, tmp_path).exists()


def test_damage_is_noticed(hub: Hub, tmp_path: Path) -> None:
    hub.digests["tiny-Q4_K_M.gguf"] = "0" * 64
    with pytest.raises(DownloadFailed, match="arrived damaged"):
        get(hub, tmp_path)
    assert not list(tmp_path.glob("*.gguf*"))


def test_by_address(hub: Hub, tmp_path: Path) -> None:
    url = f"{hub.url}/owner/repo/resolve/main/tiny-Q4_K_M.gguf"
    digest = hashlib.sha256(hub.files["tiny-Q4_K_M.gguf"]).hexdigest()
    hub.breaks_after = 50_000
    with pytest.raises(DownloadFailed):
        get(hub, tmp_path, url, sha256=digest.upper())
    assert get(hub, tmp_path, url, sha256=digest.upper()).exists()
    assert hub.ranges[-1] == "bytes=50000-"


def test_several_files(hub: Hub, tmp_path: Path) -> None:
    data = hub.files["tiny-Q4_K_M.gguf"]
    hub.files["tiny-Q8_0.gguf"] = data
    assert get(hub, tmp_path).name == "tiny-Q4_K_M.gguf"
    assert get(hub, tmp_path, "owner/repo:q8_0").name == "tiny-Q8_0.gguf"
    with pytest.raises(DownloadFailed, match=r"owner/repo:PART, of tiny-Q4_K_M, tiny-Q8_0"):
        get(hub, tmp_path, "owner/repo:tiny")
    with pytest.raises(DownloadFailed, match="several files"):
        get(hub, tmp_path, "owner/repo:Q2_K")


def test_a_split_model_comes_with_all_parts(hub: Hub, tmp_path: Path) -> None:
    data = hub.files.pop("tiny-Q4_K_M.gguf")
    hub.files = {f"big-0000{n}-of-00002.gguf": data for n in (2, 1)}
    assert get(hub, tmp_path).name == "big-00001-of-00002.gguf"
    assert len(list(tmp_path.glob("*.gguf"))) == 2


def test_failures_have_one_clear_sentence(hub: Hub, tmp_path: Path) -> None:
    down = f"http://127.0.0.1:{closed_port()}"
    with pytest.raises(DownloadFailed, match="can't be reached"):
        download("owner/repo", folder=tmp_path, hub=down, cancel=Cancellation())
    for what, words in (
        ("owner/none", "has no owner/none"),
        ("just-a-name", "is no model name"),
        (f"{hub.url}/a/page.html", r"names no \.gguf file"),
    ):
        with pytest.raises(DownloadFailed, match=words):
            get(hub, tmp_path, what)
    hub.files.clear()
    with pytest.raises(DownloadFailed, match="offers no GGUF file"):
        get(hub, tmp_path)
    hub.gated = True
    with pytest.raises(DownloadFailed, match="without an account"):
        get(hub, tmp_path)
    (tmp_path / "file").write_text("")
    hub.gated = False
    hub.files["a.gguf"] = b"x"
    with pytest.raises(DownloadFailed, match="check the disk"):
        get(hub, tmp_path / "file")


def test_what_is_no_model_is_said(hub: Hub, tmp_path: Path) -> None:
    hub.files["tiny-Q4_K_M.gguf"] = b"<html>sign in</html>"
    with pytest.raises(ModelBroken, match="not a GGUF"):
        get(hub, tmp_path)
