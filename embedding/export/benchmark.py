"""The figures of MODEL_CARD.md: `python -m ferrograph.embedding.export.benchmark --sources FOLDER`.

Prints how near the shipped model is to the float32 one, how fast it is, and how well doc sentences
find their definitions; with `--alternatives` also what other ways to quantise would give.
"""

import argparse
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
from onnxruntime import quantization

from ..encoder import Encoder, Vectors
from ..errors import EmbeddingError
from ..model_files import DATA_FOLDER, GRAPH, TOKENIZER
from ..text import first_sentence
from .package import export, write
from .snippets import Snippet, read_snippets, sample
from .wheel import fetch_and_read

_THREADS = 2
_TEXTS = 400
_SEED = 7
_ROUNDS = 5
_QUERY = "where are matches printed to the terminal"
_MIN_QUERY_WORDS = 4
_CUTS = (64, 128, 256)

# ONNX Runtime's own recipes, by their arguments to `quantize_dynamic`.
_ALTERNATIVES = {
    "dynamic": {},
    "dynamic, per channel": {"per_channel": True},
    "dynamic, per channel, 7 bits": {"per_channel": True, "reduce_range": True},
}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m ferrograph.embedding.export.benchmark", description=__doc__
    )
    parser.add_argument("--wheel", type=Path, help="as for the exporter")
    parser.add_argument(
        "--weights", type=Path, required=True, help="the tuned weights that the model ships"
    )
    parser.add_argument("--sources", type=Path, required=True, help="a folder of Rust sources")
    parser.add_argument("--alternatives", action="store_true", help="measure other recipes too")
    arguments = parser.parse_args()
    snippets = read_snippets(arguments.sources)
    if not snippets:
        print(f"No Rust definitions were found below {arguments.sources}.", file=sys.stderr)
        return 1
    try:
        tuned = arguments.weights.read_bytes()
        exported = export(fetch_and_read(arguments.wheel), tuned=tuned)
        shipped = Encoder.load(threads=_THREADS, provider="cpu")
    except (EmbeddingError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{platform.processor() or platform.machine()}, {_THREADS} threads, ", end="")
    print(f"ONNX Runtime {onnxruntime.__version__}, sources {arguments.sources.name}")

    texts = [snippet.text() for snippet in sample(snippets, _TEXTS, seed=_SEED)]
    with tempfile.TemporaryDirectory() as folder:
        original = Path(folder) / "float32"
        files = {GRAPH: exported.float32_model, TOKENIZER: exported.files[TOKENIZER]}
        write(files, original, name=exported.name)
        float32 = _load(original)
        expected = float32.encode(texts)
        tokens = sum(shipped.count_tokens(text) for text in texts) / len(texts)
        print(f"{len(texts)} texts of {tokens:.0f} tokens on average, cut at {shipped.max_tokens}")
        _report("float32", original, float32, texts, expected)
        _report("shipped", DATA_FOLDER, shipped, texts, expected)
        if arguments.alternatives:
            for name, settings in _ALTERNATIVES.items():
                path = Path(folder) / name
                path.mkdir()
                quantization.quantize_dynamic(
                    original / GRAPH,
                    path / GRAPH,
                    **settings,  # pyright: ignore[reportArgumentType]
                )
                files[GRAPH] = (path / GRAPH).read_bytes()
                write(files, path, name=exported.name)
                _report(name, path, _load(path), texts, expected)
        _report_retrieval("float32", float32, snippets)
    for cut in _CUTS:
        encoder = Encoder.load(threads=_THREADS, provider="cpu", max_tokens=cut)
        _report_retrieval(f"shipped, {cut} tokens", encoder, snippets)
    return 0


def _load(folder: Path) -> Encoder:
    return Encoder.load(directory=folder, threads=_THREADS, provider="cpu")


def _report(name: str, folder: Path, encoder: Encoder, texts: list[str], expected: Vectors) -> None:
    cosines = (encoder.encode(texts) * expected).sum(axis=1)
    seconds, busy = _best(lambda: encoder.encode(texts), _ROUNDS)
    latency, _ = _best(lambda: encoder.encode([_QUERY]), 50)
    size = (folder / GRAPH).stat().st_size / 1e6
    print(
        f"{name:<30} {size:6.1f} MB   cosine mean {cosines.mean():.4f} min {cosines.min():.4f}   "
        f"{len(texts) / seconds:4.0f} texts/s, {busy / len(texts) * 1e3:5.2f} ms CPU each   "
        f"query {latency * 1e3:.2f} ms"
    )


def _report_retrieval(name: str, encoder: Encoder, snippets: list[Snippet]) -> None:
    """Doc sentence → definition, the docs left out of the texts: mean reciprocal rank, recall."""
    pairs = [
        (index, sentence)
        for index, snippet in enumerate(snippets)
        if len((sentence := first_sentence(snippet.doc)).split()) >= _MIN_QUERY_WORDS
    ]
    queries = encoder.encode([sentence for _, sentence in pairs])
    vectors = encoder.encode([snippet.text(with_doc=False) for snippet in snippets])
    scores = queries @ vectors.T
    own = scores[np.arange(len(pairs)), [index for index, _ in pairs]]
    better = (scores > own[:, None]).sum(axis=1)
    reciprocal = np.where(better < 10, 1 / (1 + better), 0).mean()
    print(
        f"{name:<30} MRR@10 {reciprocal:.3f}   recall@10 {(better < 10).mean():.3f}   "
        f"recall@50 {(better < 50).mean():.3f}   {len(pairs)} queries, {len(snippets)} definitions"
    )


def _best(action: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Seconds of wall and of CPU time in the round that other processes disturbed least."""
    times: list[tuple[float, float]] = []
    for _ in range(rounds):
        start, busy = time.perf_counter(), time.process_time()
        action()
        times.append((time.perf_counter() - start, time.process_time() - busy))
    return min(times)


if __name__ == "__main__":
    sys.exit(main())
