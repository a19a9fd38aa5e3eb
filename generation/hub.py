"""Which files a model name means, on a hub that speaks the protocol of huggingface_hub.

``/api/models/…/tree`` lists a repository's files with size and SHA-256, ``/…/resolve/…`` delivers
them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final, cast
from urllib.parse import quote, unquote, urlsplit

import httpx

from .errors import DownloadFailed

DEFAULT_HUB: Final = "https://huggingface.co"
HUB_VARIABLE: Final = "FERROGRAPH_MODEL_HUB"
# Four bits a weight in the mixed layout: the usual balance of size and quality, and the choice of
# llama.cpp's own downloader.
_PREFERRED: Final = "Q4_K_M"
_LATER_PART: Final = re.compile(r"-(?!00001)\d{5}-of-(\d{5})\.gguf$")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file to fetch. ``size`` in bytes and ``sha256`` (hexadecimal) where they are known."""

    url: str
    name: str
    size: int | None
    sha256: str | None


def resolve(client: httpx.Client, what: str, *, hub: str, sha256: str | None) -> list[RemoteFile]:
    """The files of ``owner/repository[:part of the file name]`` or of an address; several if split.

    ``sha256`` overrides what the hub says of a single file. Raises `DownloadFailed` where no one
    file is meant, and what httpx raises.
    """
    if is_address(what):
        name = PurePosixPath(unquote(urlsplit(what).path)).name
        if not name.endswith(".gguf"):
            raise DownloadFailed(f"{what} names no .gguf file: use the address of the file itself.")
        return [RemoteFile(url=what, name=name, size=None, sha256=sha256)]
    repository, _, part = what.partition(":")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise DownloadFailed(
            f"{what!r} is no model name: write owner/repository, "
            "owner/repository:Q4_K_M, or an address."
        )
    address = f"{hub}/api/models/{repository}/tree/main"
    response = client.get(address, params={"recursive": "true"})
    response.raise_for_status()
    rows = _rows(response)
    files = [_remote(row, f"{hub}/{repository}/resolve/main") for row in rows]
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


def is_address(what: str) -> bool:
    """Whether it is an http(s) address rather than a name."""
    return what.startswith(("http://", "https://"))
