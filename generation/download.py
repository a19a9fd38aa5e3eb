"""Fetching a model: by the name of a repository on a model hub, or by address.

What has arrived is kept in a ``.part`` file, so that an interrupted download goes on where it
stopped.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import httpx

from .engine import Cancellation
from .errors import DownloadFailed
from .gguf_info import inspect
from .hub import DEFAULT_HUB, HUB_VARIABLE, RemoteFile, is_address, resolve
from .models import ListedModel, models_folder

Progress = Callable[[int, int | None], None]
"""Gets the bytes that are there, and the bytes in all (None where the server doesn't say)."""


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
    host = urlsplit(what if is_address(what) else base).netloc
    headers = {"Accept-Encoding": "identity"}  # sizes and ranges are those of the file
    with httpx.Client(timeout=timeout_s, follow_redirects=True, headers=headers) as client:
        try:
            files = resolve(client, what, hub=base, sha256=sha256)
            target = _Fetcher(client, progress, cancel).all(files, folder)
        except httpx.HTTPStatusError as error:
            raise _refused(what, error.response) from error
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL) as error:
            raise DownloadFailed(
                f"{host} can't be reached: go online, name another hub in {HUB_VARIABLE}, or "
                "copy a GGUF file here and use its path."
            ) from error
        except httpx.HTTPError as error:
            raise DownloadFailed(
                f"The download from {host} broke off ({type(error).__name__}): start it again, "
                "and it goes on where it stopped."
            ) from error
        except OSError as error:
            raise DownloadFailed(
                f"The model can't be written to {folder} ({error.strerror}): check the disk."
            ) from error
    return ListedModel(name=target.stem, path=target, info=inspect(target), problem=None)


class _Fetcher:
    """Fetches the files of one model, one after the other."""

    def __init__(self, client: httpx.Client, progress: Progress, cancel: Cancellation) -> None:
        self._client = client
        self._progress = progress
        self._cancel = cancel
        self._before = 0  # bytes of the files that are done
        self._total: int | None = None

    def all(self, files: list[RemoteFile], folder: Path) -> Path:
        """Fetch what is missing; returns the first file, which is the one to load."""
        folder.mkdir(parents=True, exist_ok=True)
        sizes = [file.size for file in files if file.size is not None]
        if len(sizes) == len(files):
            self._total = sum(sizes)
            free = shutil.disk_usage(folder).free
            if self._total > free:
                raise DownloadFailed(
                    f"The model has {self._total:,} bytes, and {free:,} are free at {folder}: "
                    "make room there."
                )
        targets: list[Path] = []
        for file in sorted(files, key=lambda one: one.name):
            target = folder / PurePosixPath(file.name).name
            if not target.exists():
                self._one(file, target)
            self._before += target.stat().st_size
            self._progress(self._before, self._total or self._before)
            targets.append(target)
        return targets[0]

    def _one(self, file: RemoteFile, target: Path) -> None:
        part = target.with_name(target.name + ".part")
        tag_file = target.with_name(target.name + ".etag")
        have = part.stat().st_size if part.exists() else 0
        if file.size is None or have < file.size:
            headers: dict[str, str] = {}
            tag = tag_file.read_text() if tag_file.exists() else ""
            # Without a checksum, only the server can say that the rest belongs to what we have.
            if have and (tag or file.sha256):
                headers["Range"] = f"bytes={have}-"
                if tag:
                    headers["If-Range"] = tag
            with self._client.stream("GET", file.url, headers=headers) as response:
                if response.status_code != 416:  # that would be: nothing is missing
                    response.raise_for_status()
                    tag_file.write_text(_strong(response.headers.get("etag", "")))
                    self._write(response, part, have if response.status_code == 206 else 0, file)
        try:
            _verify(file, part)
            os.replace(part, target)
        finally:
            if not part.exists():
                tag_file.unlink(missing_ok=True)

    def _write(self, response: httpx.Response, part: Path, have: int, file: RemoteFile) -> None:
        length = response.headers.get("content-length", "")
        size = have + int(length) if file.size is None and length.isdigit() else file.size
        with part.open("ab" if have else "wb") as out:
            # As it comes off the wire: what a buffer holds would be lost with the connection.
            for chunk in response.iter_bytes():
                self._cancel.check()
                out.write(chunk)
                have += len(chunk)
                self._progress(self._before + have, self._total or size)


def _strong(etag: str) -> str:
    """Weak tags say nothing about bytes (RFC 9110)."""
    return "" if etag.startswith("W/") else etag


def _verify(file: RemoteFile, part: Path) -> None:
    size = part.stat().st_size
    if file.size is not None and size < file.size:
        raise DownloadFailed(
            f"The download of {file.name} stopped at {size:,} of {file.size:,} bytes: start it "
            "again, and it goes on from there."
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
    status, host = response.status_code, response.url.host
    if status in (401, 403):
        return DownloadFailed(
            f"{host} does not hand out {what} without an account ({status}): download it with a "
            "browser, then use its path."
        )
    if status == 404:
        return DownloadFailed(f"{host} has no {what} (404): check the name.")
    return DownloadFailed(f"{host} failed ({status}): try again later.")
