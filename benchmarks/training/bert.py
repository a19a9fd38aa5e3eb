"""MiniLM's encoder in torch, to be trained: it computes what the exporter's graph does.

Tensors keep the names that the published file gives them, so that the exporter reads tuned weights
as it reads the published ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

LAYERS, HEADS, NORM_EPSILON = 6, 12, 1e-12

# Padding costs more than another block does where texts differ more than this in length.
_BLOCK, _STRETCH = 6, 1.2

_TYPES = "embeddings.token_type_embeddings.weight"
_POSITIONS = "embeddings.position_embeddings.weight"
_WORDS = "embeddings.word_embeddings.weight"


def load_torch() -> Any:
    """The torch module, imported only where there is something to train."""
    import torch  # pyright: ignore[reportMissingImports]

    return torch


class Bert:
    """Weights by name as leaf tensors, and the forward pass over them."""

    def __init__(self, tensors: dict[str, Any], *, bfloat16: bool = False) -> None:
        self.torch = load_torch()
        self.tensors = tensors
        self.bfloat16 = bfloat16

    @classmethod
    def read(cls, path: Path, *, bfloat16: bool = False) -> Bert:
        """The float32 weights of a safetensors file; whatever is no weight (ids) is left out.

        They are ordered by name, as the optimiser's state knows them by their place alone. The word
        table stays as it is: most of it is words that no text on Rust holds.
        """
        from safetensors.numpy import load

        torch = load_torch()
        tensors = {
            name: torch.from_numpy(array.astype(np.float32)).requires_grad_(name != _WORDS)
            for name, array in sorted(load(path.read_bytes()).items())
            if np.issubdtype(array.dtype, np.floating) and not name.startswith("pooler.")
        }
        return cls(tensors, bfloat16=bfloat16)

    def arrays(self) -> dict[str, np.ndarray[Any, Any]]:
        """The weights as numpy arrays, by name."""
        return {name: tensor.detach().numpy() for name, tensor in self.tensors.items()}

    def trained(self) -> list[Any]:
        """The tensors that training changes."""
        return [tensor for tensor in self.tensors.values() if tensor.requires_grad]

    def freeze(self, layers: int) -> None:
        """Leave the lowest `layers` as they are, and the embeddings with them; 0 leaves nothing."""
        prefixes = tuple(f"encoder.layer.{layer}." for layer in range(layers))
        for name, tensor in self.tensors.items():
            if layers and name.startswith(("embeddings.", *prefixes)):
                tensor.requires_grad_(False)

    def embed(self, token_ids: Sequence[Sequence[int]]) -> Any:
        """Unit rows [n, 384], float32, of texts given as token ids.

        To compute in bfloat16, call it under `torch.autocast`. Texts of similar length share a
        block that is padded to its longest; all blocks lie behind one another in one matrix of
        tokens, so that everything but attention is one operation for all of them.
        """
        torch = self.torch
        order = sorted(range(len(token_ids)), key=lambda row: len(token_ids[row]))
        blocks = _blocks([len(token_ids[row]) for row in order])
        ids: list[int] = []
        places: list[int] = []
        masks: list[Any] = []
        start = 0
        for rows, length in blocks:
            mask = torch.zeros((rows, length))
            for row in range(rows):
                text = token_ids[order[start + row]]
                ids.extend(text)
                ids.extend([0] * (length - len(text)))
                places.extend(range(length))
                mask[row, : len(text)] = 1
            masks.append(mask)
            start += rows
        hidden = self._hidden(torch.tensor(ids), torch.tensor(places), masks).float()
        pieces = hidden.split([rows * length for rows, length in blocks])
        totals = [
            (piece.view(*mask.shape, -1) * mask[:, :, None]).sum(1)
            for piece, mask in zip(pieces, masks, strict=True)
        ]
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(len(order))
        return torch.nn.functional.normalize(torch.cat(totals)[back], dim=1)

    def _hidden(self, ids: Any, places: Any, masks: Sequence[Any]) -> Any:
        functional = self.torch.nn.functional
        hidden = functional.embedding(ids, self.tensors[_WORDS])
        hidden = hidden + self.tensors[_POSITIONS][places] + self.tensors[_TYPES][0]
        if self.bfloat16:
            hidden = hidden.bfloat16()
        hidden = self._normalise(hidden, "embeddings.LayerNorm")
        for layer in range(LAYERS):
            prefix = f"encoder.layer.{layer}."
            attention = prefix + "attention."
            parts = [
                self._apply(hidden, f"{attention}self.{part}") for part in ("query", "key", "value")
            ]
            attended = self._apply(self._attend(parts, masks), attention + "output.dense")
            hidden = self._normalise(attended + hidden, attention + "output.LayerNorm")
            inner = functional.gelu(self._apply(hidden, prefix + "intermediate.dense"))
            outer = self._apply(inner, prefix + "output.dense")
            hidden = self._normalise(outer + hidden, prefix + "output.LayerNorm")
        return hidden

    def _attend(self, parts: Sequence[Any], masks: Sequence[Any]) -> Any:
        """Attention within each text; query, key and value are [tokens, 384]."""
        sizes = [mask.numel() for mask in masks]
        mixed: list[Any] = []
        for *three, mask in zip(*(part.split(sizes) for part in parts), masks, strict=True):
            query, key, value = (
                part.view(*mask.shape, HEADS, -1).transpose(1, 2) for part in three
            )
            # Written out: torch's fused attention takes thrice as long on the way back on a CPU.
            bias = ((1 - mask) * -1e4).to(query.dtype)[:, None, None, :]
            scores = query * query.shape[3] ** -0.5 @ key.transpose(2, 3) + bias
            result = scores.softmax(3, dtype=query.dtype) @ value
            mixed.append(result.transpose(1, 2).reshape(mask.numel(), -1))
        return self.torch.cat(mixed)

    def _apply(self, x: Any, name: str) -> Any:
        weight, bias = self.tensors[name + ".weight"], self.tensors[name + ".bias"]
        return self.torch.nn.functional.linear(x, weight, bias)

    def _normalise(self, x: Any, name: str) -> Any:
        gain, bias = self.tensors[name + ".weight"], self.tensors[name + ".bias"]
        if self.bfloat16:
            gain, bias = gain.to(x.dtype), bias.to(x.dtype)
        size = (x.shape[-1],)
        return self.torch.nn.functional.layer_norm(x, size, gain, bias, NORM_EPSILON)


class Average:
    """The running average of a model's weights; it begins with those of now."""

    def __init__(self, model: Bert, decay: float) -> None:
        self._model = model
        self._decay = decay
        self._tensors = {name: t.detach().clone() for name, t in model.tensors.items()}

    def read(self, path: Path) -> None:
        """Go on from what `arrays` gave before."""
        for name, tensor in Bert.read(path).tensors.items():
            self._tensors[name] = tensor.detach()

    def follow(self) -> None:
        """Take in the model's weights after a step."""
        trained = {n: t for n, t in self._model.tensors.items() if t.requires_grad}
        with self._model.torch.no_grad():
            for name, tensor in trained.items():
                self._tensors[name].lerp_(tensor, 1 - self._decay)

    def arrays(self) -> dict[str, np.ndarray[Any, Any]]:
        """The averaged weights as numpy arrays, by name."""
        return {name: tensor.numpy() for name, tensor in self._tensors.items()}


def _blocks(lengths: Sequence[int]) -> list[tuple[int, int]]:
    """Rising lengths cut into blocks: (texts, length of the longest) each."""
    blocks: list[tuple[int, int]] = []
    start = 0
    for at, length in enumerate(lengths):
        if at - start >= _BLOCK and length > _STRETCH * lengths[start]:
            blocks.append((at - start, lengths[at - 1]))
            start = at
    blocks.append((len(lengths) - start, lengths[-1]))
    return blocks
