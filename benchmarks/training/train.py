"""Contrastive training on mined pairs; it can be stopped and resumed at any time."""

from __future__ import annotations

import json
import math
import random
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .batches import epoch, positives
from .bert import Average, Bert, load_torch
from .pair_file import Pair, read_pairs

WEIGHTS = "weights.safetensors"
AVERAGED = "averaged.safetensors"
STATE = "state.pt"
RECORD = "record.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to train. The rate falls linearly to zero over `steps`."""

    steps: int
    batch: int = 64
    group: int = 32
    rate: float = 1e-4
    warm_up_steps: int = 100
    temperature: float = 0.05
    query_tokens: int = 48
    text_tokens: int = 128
    frozen_layers: int = 0
    """How many of the lowest layers stay as they are; each saves about a ninth of a step."""
    threads: int = 2
    bfloat16: bool = True
    seed: int = 1
    checkpoint_minutes: float = 4.0
    average_decay: float = 0.98
    """Of the running average of the weights: it forgets within some 50 steps."""


@dataclass(slots=True)
class Progress:
    """How far a run has come."""

    steps: int = 0
    pairs: int = 0
    epochs: int = 0
    seconds: float = 0.0
    loss: float = 0.0


def train(*, pairs_file: Path, base: Path, tokenizer: Path, out: Path, settings: Settings) -> None:
    """Train on from the checkpoint in `out`, or from `base` if there is none.

    The running average of the weights in `out` is what to export: it is better than the weights
    themselves as long as the rate is high, so that a run may end early. Writes weights, optimiser
    state and a record into `out` every few minutes, at the end, and when it is interrupted or told
    to end; a run that was killed loses what came after the last of them.
    """
    from safetensors.numpy import save
    from tokenizers import Tokenizer

    torch = load_torch()
    torch.set_num_threads(settings.threads)
    out.mkdir(parents=True, exist_ok=True)
    progress = Progress()
    resumed = (out / RECORD).is_file()
    model = Bert.read(out / WEIGHTS if resumed else base, bfloat16=settings.bfloat16)
    optimiser = torch.optim.AdamW(
        _decayed(model), lr=settings.rate, betas=(0.9, 0.98), eps=1e-6, fused=True
    )
    model.freeze(settings.frozen_layers)
    if resumed:
        progress = Progress(**json.loads((out / RECORD).read_text())["progress"])
        optimiser.load_state_dict(torch.load(out / STATE))
        _say(f"resumed after {progress.steps} steps")
    pairs = read_pairs(pairs_file)
    if len(pairs) < settings.batch:
        raise ValueError(f"{pairs_file} holds {len(pairs)} pairs, not enough for a batch")
    reader = Tokenizer.from_file(str(tokenizer))
    reader.no_padding()
    reader.no_truncation()
    _say(f"{len(pairs)} pairs")

    average = Average(model, settings.average_decay)
    if (out / AVERAGED).is_file():
        average.read(out / AVERAGED)

    def keep() -> None:
        partial = out / (WEIGHTS + ".partial")
        partial.write_bytes(save(model.arrays()))
        (out / AVERAGED).write_bytes(save(average.arrays()))
        torch.save(optimiser.state_dict(), out / (STATE + ".partial"))
        partial.replace(out / WEIGHTS)
        (out / (STATE + ".partial")).replace(out / STATE)
        record = {"settings": asdict(settings), "progress": asdict(progress)}
        (out / RECORD).write_text(json.dumps(record, indent=1) + "\n")

    stopped: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda got, _frame: stopped.append(got))
    begin, before = time.monotonic(), progress.seconds
    saved = said = begin
    for batch in _stream(pairs, settings, progress):
        share = progress.steps / settings.steps
        if share >= 1 or stopped:
            break
        warm = min(1.0, (progress.steps + 1) / settings.warm_up_steps)
        for part in optimiser.param_groups:
            part["lr"] = settings.rate * warm * (1 - share)
        loss = _step(model, optimiser, reader, batch, settings)
        average.follow()
        progress.steps += 1
        progress.pairs += len(batch)
        smooth = 0.98 if progress.steps > 1 else 0.0
        progress.loss = smooth * progress.loss + (1 - smooth) * loss
        now = time.monotonic()
        progress.seconds = before + now - begin
        if now - said > 20:
            said = now
            _say(
                f"step {progress.steps} of {settings.steps}  pairs {progress.pairs}  epoch "
                f"{progress.epochs}  loss {progress.loss:.4f}  {progress.seconds / 60:.1f} min"
            )
        if now - saved > settings.checkpoint_minutes * 60:
            saved = now
            keep()
    keep()
    end = "stopped" if stopped else "done"
    _say(f"{end}: {progress.steps} steps, {progress.pairs} pairs, loss {progress.loss:.4f}")


def _decayed(model: Bert) -> list[dict[str, Any]]:
    """Weight decay for matrices only."""
    matrices = [tensor for tensor in model.trained() if tensor.dim() > 1]
    others = [tensor for tensor in model.trained() if tensor.dim() == 1]
    return [
        {"params": matrices, "weight_decay": 0.01},
        {"params": others, "weight_decay": 0.0},
    ]


def _stream(pairs: Sequence[Pair], settings: Settings, progress: Progress) -> Iterator[list[Pair]]:
    """Batches without end, each epoch in another order; a resumed run begins an epoch anew."""
    while True:
        random_ = random.Random(f"{settings.seed} {progress.epochs} {progress.steps}")
        for batch in epoch(pairs, size=settings.batch, group=settings.group, random_=random_):
            yield [pairs[at] for at in batch]
        progress.epochs += 1


def _step(
    model: Bert, optimiser: Any, reader: Any, batch: Sequence[Pair], settings: Settings
) -> float:
    """One update. Pairs that share a text have it encoded once."""
    torch = model.torch
    rows = {text: row for row, text in enumerate(dict.fromkeys(pair.text for pair in batch))}
    target = torch.tensor([rows[pair.text] for pair in batch])
    ids = [
        _cut(e.ids, settings.query_tokens) for e in reader.encode_batch([p.query for p in batch])
    ]
    ids += [_cut(e.ids, settings.text_tokens) for e in reader.encode_batch(list(rows))]
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=settings.bfloat16):
        vectors = model.embed(ids)
    queries, texts = vectors[: len(batch)], vectors[len(batch) :]
    scores = queries @ texts.T / settings.temperature
    # From queries to texts: what speaks of the same item counts neither for nor against.
    same = torch.tensor(positives(batch))
    alike = torch.zeros_like(scores, dtype=torch.bool)
    for row, partners in enumerate(same):
        alike[row, target[partners]] = True
    alike[torch.arange(len(batch)), target] = False
    entropy = torch.nn.functional.cross_entropy
    forth = entropy(scores.masked_fill(alike, -math.inf), target)
    # And from each pair's text to the queries.
    others = same & ~torch.eye(len(batch), dtype=torch.bool)
    back = entropy(scores.T[target].masked_fill(others, -math.inf), torch.arange(len(batch)))
    loss = (forth + back) / 2
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.trained(), 1.0)
    optimiser.step()
    return float(loss.detach())


def _cut(ids: list[int], limit: int) -> list[int]:
    """At most `limit` ids, the last one kept: it is the special token that ends a text."""
    return ids if len(ids) <= limit else [*ids[: limit - 1], ids[-1]]


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {line}", file=sys.stderr, flush=True)
