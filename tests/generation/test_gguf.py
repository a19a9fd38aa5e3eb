"""GGUF headers, whole and damaged, and the settings that follow from them."""

from __future__ import annotations

import dataclasses
import struct
from pathlib import Path

import gguf
import pytest
from ferrograph.generation import hardware
from ferrograph.generation.errors import ModelBroken, ModelNotFound
from ferrograph.generation.gguf_file import read_header
from ferrograph.generation.gguf_info import control_tokens, inspect
from ferrograph.tests.support.tiny_gguf import CHAT_TEMPLATE, write_tiny_gguf

GIB = 1 << 30


def test_the_header_says_what_the_gguf_package_says(tiny_gguf: Path) -> None:
    theirs = gguf.GGUFReader(tiny_gguf)
    ours = read_header(tiny_gguf)
    assert [(t.name, t.elements, t.size) for t in ours.tensors] == [
        (t.name, int(t.n_elements), int(t.n_bytes)) for t in theirs.tensors
    ]
    assert ours.data_offset == theirs.data_offset
    assert ours.needed_size == ours.file_size == tiny_gguf.stat().st_size
    assert ours.array_lengths["tokenizer.ggml.tokens"] == len(
        theirs.fields["tokenizer.ggml.tokens"].data
    )


def test_inspect(tiny_gguf: Path) -> None:
    info = inspect(tiny_gguf)
    assert info == dataclasses.replace(
        info,
        name="tiny random llama",
        architecture="llama",
        quantisation="F32",
        context_length=2048,
        layers=2,
        tokenizer="llama",
        chat_template=CHAT_TEMPLATE,
    )
    assert info.parameters == sum(t.elements for t in read_header(tiny_gguf).tensors)
    # 2 layers × 2 key/value heads × (16 + 16) values × 2 bytes
    assert info.kv_cache_bytes(1000) == 1000 * 2 * 2 * 32 * 2
    assert info.memory_bytes(1000) == info.file_size + 256_000
    assert "<|im_end|>" in control_tokens(tiny_gguf)


def test_quantised_tensors_have_their_size(tmp_path: Path) -> None:
    sizes = {kind.name: (block, size) for kind, (block, size) in gguf.GGML_QUANT_SIZES.items()}
    path = tmp_path / "types.gguf"
    kinds = ["Q4_0", "Q8_0", "Q4_K", "Q6_K", "IQ4_XS", "F16", "BF16", "MXFP4"]
    writer = gguf.GGUFWriter(path, "llama")
    for kind in kinds:
        _, size = sizes[kind]
        number = gguf.GGMLQuantizationType[kind]
        writer.add_tensor_info(kind, [3, 2 * size], gguf.np.dtype("u1"), 6 * size, number)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    path.write_bytes(path.read_bytes() + bytes(1 << 20))
    header = read_header(path)
    assert {t.type_name: t.size for t in header.tensors} == {k: 6 * sizes[k][1] for k in kinds}


@pytest.mark.parametrize("kept", [0, 3, 7, 20, 400, 5_000, -1])
def test_a_truncated_file_is_named_wherever_it_ends(
    tiny_gguf: Path, tmp_path: Path, kept: int
) -> None:
    data = tiny_gguf.read_bytes()
    path = tmp_path / "cut.gguf"
    path.write_bytes(data[:kept])
    with pytest.raises(ModelBroken) as caught:
        inspect(path)
    message = str(caught.value)
    assert str(path) in message
    if kept == -1:
        assert f"{len(data) - 1:,} of {len(data):,} bytes" in message


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04 a zip file", "not a GGUF file"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "version 1"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "big-endian"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 0), "no language model"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<I", 99), "type 99"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1 << 60), "inside its header"),
    ],
)
def test_what_is_no_model_is_named(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "odd.gguf"
    path.write_bytes(data)
    with pytest.raises(ModelBroken, match=words):
        inspect(path)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="no model at"):
        inspect(tmp_path / "none.gguf")
    with pytest.raises(ModelNotFound, match="is a folder"):
        inspect(tmp_path)


def test_a_split_model_needs_all_its_parts(tmp_path: Path) -> None:
    def write(number: int) -> Path:
        path = tmp_path / f"big-{number + 1:05d}-of-00002.gguf"
        writer = gguf.GGUFWriter(path, "llama")
        writer.add_uint16("split.no", number)
        writer.add_uint16("split.count", 2)
        writer.add_tensor(f"blk.{number}.weight", gguf.np.zeros((4, 8), dtype="float32"))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return path

    first = write(0)
    with pytest.raises(ModelNotFound, match="00002-of-00002"):
        inspect(first)
    second = write(1)
    assert inspect(first).parameters == 64
    assert inspect(first).file_size == first.stat().st_size + second.stat().st_size
    with pytest.raises(ModelBroken, match=r"ends in -00001-of-00002\.gguf"):
        inspect(second)


@pytest.mark.parametrize(
    ("model_context", "asked", "memory", "window"),
    [
        (131_072, None, 64 * GIB, 16_384),
        (4_096, None, 64 * GIB, 4_096),
        (131_072, 32_768, 64 * GIB, 32_768),
        (4_096, 32_768, 64 * GIB, 4_096),
        (131_072, 1_000, 64 * GIB, 768),
        # 4 GiB of weights and 0.5 MiB a token: 8 GiB × 0.7 leave room for 3.2 thousand tokens.
        (131_072, None, 8 * GIB, 2_048),
        (131_072, None, 10 * GIB, 4_096),
        (131_072, None, None, 16_384),
    ],
)
def test_the_window_follows_from_model_and_memory(
    tiny_gguf: Path, model_context: int, asked: int | None, memory: int | None, window: int
) -> None:
    info = dataclasses.replace(
        inspect(tiny_gguf),
        context_length=model_context,
        file_size=4 * GIB,
        kv_values_per_token=GIB // 4096,
    )
    machine = hardware.Hardware(cores=4, logical_cores=8, memory=memory)
    chosen = hardware.choose(info, hardware=machine, gpu=False, context_window=asked)
    assert chosen.context_window == window
    assert (chosen.threads, chosen.batch_threads, chosen.gpu_layers) == (4, 8, 0)
    assert hardware.choose(info, hardware=machine, gpu=True).gpu_layers == -1


def test_this_machine_is_described() -> None:
    machine = hardware.detect()
    assert 1 <= machine.cores <= machine.logical_cores
    assert machine.memory is None or machine.memory > 1 << 20


def test_the_writer_is_deterministic(tiny_gguf: Path, tmp_path: Path) -> None:
    again = write_tiny_gguf(tmp_path / "again.gguf")
    assert again.read_bytes() == tiny_gguf.read_bytes()
