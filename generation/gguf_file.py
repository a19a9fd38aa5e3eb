"""Reads the head of a GGUF file: key/values and tensor infos, never the weights.

The format is GGUF version 2 and 3, little-endian, as the ggml project's ``docs/gguf.md`` lays it
down: magic, version, counts, key/values, tensor infos, padding to ``general.alignment``, tensor
data. Block sizes of the quantised types are those of ggml's type table.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .errors import ModelBroken, ModelNotFound

Scalar = int | float | bool | str

# Arrays longer than this are vocabularies; they are skipped unless asked for by key.
SMALL_ARRAY: Final = 1024

# value type → struct format; 8 is a string, 9 an array.
_SCALARS: Final = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q",
    12: "<d",
}  # fmt: skip
_STRING: Final = 8
_ARRAY: Final = 9

# ggml type → (name, elements in a block, bytes of a block)
_TENSOR_TYPES: Final = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22), 7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 40), 10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292), 16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136), 24: ("I8", 1, 1), 25: ("I16", 1, 2),
    26: ("I32", 1, 4), 27: ("I64", 1, 8), 28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66), 39: ("MXFP4", 32, 17), 40: ("NVFP4", 64, 36),
    41: ("Q1_0", 128, 18),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor info. ``offset`` counts from the start of the tensor data."""

    name: str
    elements: int
    type_name: str
    offset: int
    size: int | None  # bytes; None for a type newer than this reader


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """The head of one file. ``data_offset`` and ``file_size`` are in bytes."""

    path: Path
    version: int
    values: dict[str, Scalar]
    arrays: dict[str, tuple[Scalar, ...]]
    array_lengths: dict[str, int]
    tensors: tuple[Tensor, ...]
    data_offset: int
    file_size: int

    @property
    def needed_size(self) -> int:
        """The size in bytes that the file must have to hold all of its tensors."""
        ends = [self.data_offset + t.offset + (t.size or 0) for t in self.tensors]
        return max(ends, default=0)


def read_header(path: Path, *, keep_arrays: Container[str] = ()) -> GgufHeader:
    """Read the head of ``path`` and check that the tensor data is all there.

    Arrays of at most `SMALL_ARRAY` elements are kept, longer ones only if ``keep_arrays`` has their
    key. Raises `ModelNotFound` and `ModelBroken`.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            if size == 0:
                raise ModelBroken(f"{path} is empty: download the model again.")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                header = _Reader(path, data, keep_arrays).header()
    except FileNotFoundError:
        raise ModelNotFound(
            f"There is no model at {path}: check the path, or see `ferrograph model list`."
        ) from None
    except IsADirectoryError:
        raise ModelNotFound(
            f"{path} is a folder, not a model: name the .gguf file in it."
        ) from None
    except OSError as error:
        raise ModelBroken(
            f"{path} can't be read ({error.strerror}): check its permissions."
        ) from None
    if header.file_size < header.needed_size:
        raise ModelBroken(
            f"{path} is truncated: it has {header.file_size:,} of {header.needed_size:,} bytes. "
            "Download it again, or resume the download."
        )
    return header


class _Reader:
    def __init__(self, path: Path, data: mmap.mmap, keep_arrays: Container[str]) -> None:
        self._path = path
        self._data = data
        self._keep = keep_arrays
        self._at = 0
        self._values: dict[str, Scalar] = {}
        self._arrays: dict[str, tuple[Scalar, ...]] = {}
        self._lengths: dict[str, int] = {}

    def header(self) -> GgufHeader:
        try:
            return self._header()
        except struct.error:
            raise ModelBroken(
                f"{self._path} is truncated: it ends inside its header. Download it again."
            ) from None

    def _header(self) -> GgufHeader:
        if self._data[:4] != b"GGUF":
            raise ModelBroken(
                f"{self._path} is not a GGUF file: use a model whose name ends in .gguf."
            )
        self._at = 4
        version = self._int("<I")
        if version not in (2, 3):
            what = "big-endian" if version in (2 << 24, 3 << 24) else f"of GGUF version {version}"
            raise ModelBroken(f"{self._path} is {what}, which is not read: convert it anew.")
        tensor_count = self._int("<Q")
        for _ in range(self._int("<Q")):
            self._key_value()
        infos = [self._tensor() for _ in range(tensor_count)]
        alignment = self._values.get("general.alignment", 32)
        if not isinstance(alignment, int) or alignment <= 0:
            raise ModelBroken(f"{self._path} is damaged: its alignment is {alignment!r}.")
        return GgufHeader(
            path=self._path,
            version=version,
            values=self._values,
            arrays=self._arrays,
            array_lengths=self._lengths,
            tensors=tuple(infos),
            data_offset=-(-self._at // alignment) * alignment,
            file_size=len(self._data),
        )

    def _key_value(self) -> None:
        key = self._string()
        kind = self._int("<I")
        if kind != _ARRAY:
            self._values[key] = self._scalar(kind)
            return
        element, count = self._int("<I"), self._int("<Q")
        self._lengths[key] = count
        if count <= SMALL_ARRAY or key in self._keep:
            self._arrays[key] = tuple(self._scalar(element) for _ in range(count))
        elif element == _STRING:
            for _ in range(count):
                self._skip(self._int("<Q"))
        else:
            self._skip(count * struct.calcsize(self._format(element)))

    def _tensor(self) -> Tensor:
        name = self._string()
        elements = 1
        for _ in range(self._int("<I")):
            elements *= self._int("<Q")
        kind, offset = self._int("<I"), self._int("<Q")
        type_name, block, block_size = _TENSOR_TYPES.get(kind, (f"type {kind}", 0, 0))
        size = -(-elements // block) * block_size if block else None
        return Tensor(name=name, elements=elements, type_name=type_name, offset=offset, size=size)

    def _format(self, kind: int) -> str:
        layout = _SCALARS.get(kind)
        if layout is None:
            raise ModelBroken(
                f"{self._path} is damaged: its value type {kind} is unknown. Download it again."
            )
        return layout

    def _scalar(self, kind: int) -> Scalar:
        if kind == _STRING:
            return self._string()
        layout = self._format(kind)
        (value,) = struct.unpack_from(layout, self._data, self._at)
        self._at += struct.calcsize(layout)
        return value

    def _int(self, layout: str) -> int:
        (value,) = struct.unpack_from(layout, self._data, self._at)
        self._at += struct.calcsize(layout)
        return value

    def _string(self) -> str:
        length = self._int("<Q")
        start = self._at
        self._skip(length)
        return self._data[start : self._at].decode("utf-8", "replace")

    def _skip(self, size: int) -> None:
        # A length beyond the end is what a cut-off file looks like; running on would only hide it.
        if self._at + size > len(self._data):
            raise struct.error
        self._at += size
