import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from ferrograph.embedding.encoder import Encoder
from ferrograph.embedding.errors import EmbeddingError, EncodingCancelled
from ferrograph.embedding.export import published
from ferrograph.embedding.model_files import DATA_FOLDER, GRAPH, MANIFEST, TOKENIZER

CODE = [
    "fn open_file(path: &Path) -> io::Result<File> { File::open(path) }",
    "fn gcd(a: u64, b: u64) -> u64 { if b == 0 { a } else { gcd(b, a % b) } }",
    "struct Enemy { health: u32, damage: u32, position: Vec3 }",
    "impl Display for Matrix { fn fmt(&self, f: &mut Formatter) -> fmt::Result { todo!() } }",
]


FIRST_COMPONENTS = (
    (0.039747, 0.003124, 0.080548, 0.055656, 0.058070, -0.001051),
    (0.047721, 0.000417, -0.021361, -0.018111, 0.018873, 0.057694),
    (-0.099933, 0.007031, 0.006741, -0.024804, 0.084872, 0.036762),
    (0.001192, -0.019970, 0.106063, -0.048543, 0.044215, 0.033741),
)
"""Of `published.TEXTS`, by the tuned weights in float32 through `export.reference`."""


def test_vectors_are_those_of_the_tuned_weights(encoder: Encoder) -> None:
    """int8 moves components by up to 0.03 here; of another text, a third would be as near."""
    first = encoder.encode(published.TEXTS)[:, :6]
    assert np.abs(first - np.array(FIRST_COMPONENTS)).max() < 0.03
    assert np.abs(first - np.array(published.FIRST_COMPONENTS)).max() > 0.06, "tuned, not published"


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("read a file from disk", 0),
        ("greatest common divisor", 1),
        ("how much life a monster has", 2),
        ("print a grid of numbers", 3),
    ],
)
def test_a_question_finds_its_code(encoder: Encoder, question: str, best: int) -> None:
    scores = encoder.encode(CODE) @ encoder.encode([question])[0]
    assert int(scores.argmax()) == best


def test_rows_are_unit_vectors_in_the_order_of_the_texts(encoder: Encoder) -> None:
    texts = [CODE[0] * 9, "", CODE[1], "x", CODE[2] * 4] * 8
    vectors = encoder.encode(texts)
    assert vectors.shape == (40, encoder.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    alone = np.concatenate([encoder.encode([text]) for text in texts[:5]])
    assert np.allclose(vectors, np.tile(alone, (8, 1)), atol=1e-4)


def test_no_texts_give_no_rows(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


def test_a_text_is_cut_at_max_tokens(encoder: Encoder) -> None:
    words = [f"word{n}" for n in range(400)]
    long, longer = " ".join(words[:300]), " ".join(words)
    assert encoder.count_tokens(long) == encoder.max_tokens == 128
    assert np.array_equal(encoder.encode([long]), encoder.encode([longer]))
    wide = Encoder.load(provider="cpu", threads=1, max_tokens=512)
    assert not np.allclose(wide.encode([long]), encoder.encode([long]), atol=1e-3)
    assert wide.name != encoder.name


def test_odd_texts_have_vectors_too(encoder: Encoder) -> None:
    vectors = encoder.encode(["lone \udc80 surrogate", "\0", "日本語 😀", "a" * 5_000_000])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_cancelling_stops_between_batches(encoder: Encoder) -> None:
    asked = 0

    def cancel() -> bool:
        nonlocal asked
        asked += 1
        return asked >= 3

    with pytest.raises(EncodingCancelled):
        encoder.encode([f"{CODE[0]} {n}" for n in range(1000)], cancel=cancel)
    assert asked >= 3, "what was asked before said no"


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda folder: (folder / GRAPH).unlink(), "encoder.onnx is missing"),
        (lambda folder: (folder / MANIFEST).unlink(), "model.json is missing"),
        (lambda folder: (folder / GRAPH).write_bytes(b"half"), "has 4 bytes instead of"),
        (lambda folder: flip_a_byte(folder / TOKENIZER), "tokenizer.json has been altered"),
        (lambda folder: (folder / MANIFEST).write_text("{}"), "is not a model description"),
        (lambda folder: (folder / MANIFEST).write_text('{"format": 9}'), "has format 9"),
        (shutil.rmtree, "model.json is missing"),
    ],
)
def test_a_damaged_model_is_named_with_a_remedy(tmp_path: Path, damage, sentence: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(DATA_FOLDER, folder)
    damage(folder)
    with pytest.raises(EmbeddingError, match=r"Reinstall ferrograph") as caught:
        Encoder.load(directory=folder)
    assert sentence in str(caught.value)


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data)


def test_an_unknown_provider_is_refused_with_those_there_are() -> None:
    with pytest.raises(EmbeddingError, match=r"“tpu” is not available here.*auto.*cpu"):
        Encoder.load(provider="tpu")


def test_the_shipped_manifest_is_small_and_complete() -> None:
    manifest = json.loads((DATA_FOLDER / MANIFEST).read_text())
    assert (manifest["name"], manifest["dimensions"]) == ("all-MiniLM-L6-v2-rust", 384)
    assert manifest["files"][GRAPH]["bytes"] < 30e6


def test_importing_the_package_loads_no_engine() -> None:
    modules = ["encoder", "queue", "cache", "text", "model_files", "providers"]
    script = "import sys\n"
    script += "\n".join(f"import ferrograph.embedding.{module}" for module in modules)
    script += "\nprint({'onnxruntime', 'tokenizers', 'onnx', 'safetensors'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
