"""Fetching a model: by the name of a repository on a model hub, or by address.

A name is ``owner/repository``, with ``:`` and a part of the file's name behind it where the
repository offers several (``:Q4_K_M``, say). The hub's protocol is the one of huggingface_hub:
``/api/models/…/tree`` lists files with size and SHA-256, ``/…/resolve/…`` delivers them. What has
arrived is kept in a ``.part`` file, so that an interrupted download goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, cast
from urllib.parse import quote, unquote, urlsplit

import httpx

from .engine import Cancellation
from .errors import DownloadFailed
from .gguf_info import inspect
from .models import ListedModel, models_folder

DEFAULT_HUB: Final = "https://huggingface.co"
HUB_VARIABLE: Final = "FERROGRAPH_MODEL_HUB"
# Four bits a weight in the mixed layout: the usual balance of size and quality, and the choice of
# llama.cpp's own downloader.
_PREFERRED: Final = "Q4_K_M"
_LATER_PART: Final = re.compile(r"-(?!00001)\d{5}-of-(\d{5})\.gguf$")
_CHUNK: Final = 1 << 20

Progress = Callable[[int, int | None], None]
"""Gets the bytes that are there and the bytes in all (None if the server doesn't say)."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file to fetch. ``size`` in bytes and ``sha256`` (hexadecimal) where they are known."""

    url: str
    name: str
    size: int | None
    sha256: str | None


def download(
    what: str,
    *,
    folder: Path | None = None,
    hub: str | None = None,
    sha256: str | None = None,
    progress: Progress = lambda done, total: None,
    cancel: Cancellation,
    timeout_s: float = 30.0,
) -> ListedModel:
    """Fetch ``owner/repository[:part of the file name]`` or an http(s) address into ``folder``.

    ``hub`` is a base address; without it, the environment's ``FERROGRAPH_MODEL_HUB`` or the
    default. ``sha256`` overrides what the hub says. Raises `DownloadFailed`, `ModelBroken` if what
    arrived is no model, and `Cancelled`; what has arrived by then is kept for the next attempt.
    """
    folder = folder or models_folder()
    base = (hub or os.environ.get(HUB_VARIABLE) or DEFAULT_HUB).rstrip("/")
    with httpx.Client(timeout=timeout_s, follow_redirects=True) as client:
        try:
            files = _resolve(client, what, base=base, sha256=sha256)
            target = _fetch_all(client, files, folder, progress, cancel)
        except httpx.HTTPStatusError as error:
            raise _refused(what, error.response) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            host = urlsplit(what if _is_address(what) else base).netloc
            raise DownloadFailed(
                f"{host or what} can't be reached ({type(error).__name__}): go online or name another "
                f"hub in {HUB_VARIABLE}, or copy a GGUF file here and use its path. What has arrived "
                "is kept."
            ) from error
        except OSError as error:
            raise DownloadFailed(
                f"The model can't be written to {folder} ({error.strerror}): check the disk."
            ) from error
    info = inspect(target)
    return ListedModel(name=target.stem, path=target, info=info, problem=None)


def _resolve(client: httpx.Client, what: str, *, base: str, sha256: str | None) -> list[RemoteFile]:
    if _is_address(what):
        name = PurePosixPath(unquote(urlsplit(what).path)).name
        if not name.endswith(".gguf"):
            raise DownloadFailed(f"{what} names no .gguf file: use the address of the file itself.")
        return [RemoteFile(url=what, name=name, size=None, sha256=sha256)]
    repository, _, part = what.partition(":")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise DownloadFailed(
            f"{what!r} is no model name: write owner/repository, owner/repository:Q4_K_M, or an address."
        )
    address = f"{base}/api/models/{repository}/tree/main"
    response = client.get(address, params={"recursive": "true"})
    response.raise_for_status()
    rows = _rows(response)
    files = [_remote(row, f"{base}/{repository}/resolve/main") for row in rows]
    chosen = _choose([file for file in files if file.name.endswith(".gguf")], repository, part)
    if sha256 is not None and len(chosen) == 1:
        one = chosen[0]
        return [RemoteFile(url=one.url, name=one.name, size=one.size, sha256=sha256)]
    return chosen


def _choose(files: list[RemoteFile], repository: str, part: str) -> list[RemoteFile]:
    """The file that is meant, with all its parts if it is split."""
    if not files:
        raise DownloadFailed(f"{repository} offers no GGUF file: choose another repository.")
    firsts = [file for file in files if not _LATER_PART.search(file.name)]
    wanted = part or (_PREFERRED if len(firsts) > 1 else "")
    matching = [file for file in firsts if wanted.lower() in file.name.lower()]
    if len(matching) != 1:
        offers = ", ".join(PurePosixPath(file.name).stem for file in (matching or firsts)[:8])
        raise DownloadFailed(
            f"{repository} offers several files: name one as {repository}:PART, of {offers}."
        )
    stem = re.sub(r"-00001-of-(\d{5})\.gguf$", "", matching[0].name)
    if stem == matching[0].name:
        return matching
    return [
        file
        for file in files
        if re.fullmatch(re.escape(stem) + r"-\d{5}-of-\d{5}\.gguf", file.name)
    ]


def _rows(response: httpx.Response) -> list[dict[str, Any]]:
    try:
        data: Any = response.json()
    except ValueError:
        data = None
    if not isinstance(data, list):
        raise DownloadFailed(f"{response.url.host} is no model hub: check {HUB_VARIABLE}.")
    return [cast("dict[str, Any]", row) for row in cast("list[Any]", data) if isinstance(row, dict)]


def _remote(row: Mapping[str, Any], base: str) -> RemoteFile:
    path = str(row.get("path", ""))
    large = row.get("lfs")
    large = cast("dict[str, Any]", large) if isinstance(large, dict) else {}
    size = large.get("size", row.get("size"))
    digest = large.get("oid")
    return RemoteFile(
        url=f"{base}/{quote(path)}",
        name=path,
        size=size if isinstance(size, int) else None,
        sha256=digest.removeprefix("sha256:") if isinstance(digest, str) else None,
    )


def _fetch_all(
    client: httpx.Client,
    files: list[RemoteFile],
    folder: Path,
    progress: Progress,
    cancel: Cancellation,
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    sizes = [file.size for file in files]
    total = sum(size or 0 for size in sizes) if None not in sizes else None
    free = shutil.disk_usage(folder).free
    if total is not None and total > free:
        raise DownloadFailed(
            f"The model has {total:,} bytes and the disk of {folder} {free:,} free: make room there."
        )
    before = 0
    targets: list[Path] = []
    for file in sorted(files, key=lambda one: one.name):
        target = folder / PurePosixPath(file.name).name
        offset = before

        def report(done: int, size: int | None, offset: int = offset) -> None:
            progress(offset + done, total if total is not None or len(files) > 1 else size)

        if not target.exists():
            _fetch(client, file, target, report, cancel)
        size = target.stat().st_size
        report(size, size)
        before += size
        targets.append(target)
    return targets[0]


def _fetch(
    client: httpx.Client, file: RemoteFile, target: Path, report: Progress, cancel: Cancellation
) -> None:
    part = target.with_name(target.name + ".part")
    have = part.stat().st_size if part.exists() else 0
    if file.size is not None and have > file.size:
        have = 0
    if file.size is None or have < file.size:
        headers = {"Range": f"bytes={have}-"} if have else {}
        with client.stream("GET", file.url, headers=headers) as response:
            if response.status_code == 416:  # nothing is missing
                pass
            else:
                if response.is_error:
                    response.read()
                response.raise_for_status()
                if response.status_code != 206:
                    have = 0
                _write(response, part, have, file.size, report, cancel)
    _verify(file, part)
    os.replace(part, target)


def _write(
    response: httpx.Response,
    part: Path,
    have: int,
    size: int | None,
    report: Progress,
    cancel: Cancellation,
) -> None:
    length = response.headers.get("content-length", "")
    total = size if size is not None else have + int(length) if length.isdigit() else None
    report(have, total)
    with part.open("ab" if have else "wb") as out:
        for chunk in response.iter_bytes(_CHUNK):
            cancel.check()
            out.write(chunk)
            have += len(chunk)
            report(have, total)


def _verify(file: RemoteFile, part: Path) -> None:
    size = part.stat().st_size
    if file.size is not None and size < file.size:
        raise DownloadFailed(
            f"The download of {file.name} stopped at {size:,} of {file.size:,} bytes: start it again, "
            "and it goes on from there."
        )
    if file.sha256 is None:
        return
    with part.open("rb") as data:
        digest = hashlib.file_digest(data, "sha256").hexdigest()
    if digest != file.sha256.lower():
        part.unlink()
        raise DownloadFailed(
            f"{file.name} arrived damaged (its SHA-256 is {digest[:12]}…, not {file.sha256[:12]}…) "
            "and was removed: download it again."
        )


def _refused(what: str, response: httpx.Response) -> DownloadFailed:
    status = response.status_code
    if status in (401, 403):
        return DownloadFailed(
            f"{response.url.host} does not hand out {what} without an account ({status}): download it "
            "with a browser, then use its path."
        )
    if status == 404:
        return DownloadFailed(f"{response.url.host} has no {what} (404): check the name.")
    return DownloadFailed(f"{response.url.host} failed ({status}): try again later.")


def _is_address(what: str) -> bool:
    return what.startswith(("http://", "https://"))
