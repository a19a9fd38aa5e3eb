"""A llama model with random weights, small enough to write and load in a fraction of a second.

It speaks nonsense, but llama.cpp loads, tokenizes, streams and cancels it like any other. The
tokenizer is a sentence-piece one whose pieces are the printable ASCII characters and a few words,
with the 256 byte tokens behind them, so that any text round-trips.
"""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
# Pieces are merged two by two, so that a word is reached only through all of its beginnings.
_WORDS = ("fn", "let", "pub", "impl", "struct", "self", "▁▁▁▁")
# Longer than the 32 bytes that many a binding sets aside; code models have such runs of spaces.
LONG_PIECE = "▁" * 80
_PIECES = sorted({word[:size] for word in _WORDS for size in range(2, len(word) + 1)})


def write_tiny_gguf(
    path: Path,
    *,
    chat_template: str | None = CHAT_TEMPLATE,
    context_length: int = 2048,
    layers: int = 2,
    seed: int = 7,
) -> Path:
    """Write the model to ``path`` and return it. The same seed makes the same file."""
    width, heads, kv_heads, hidden = 64, 4, 2, 96
    pieces, scores, types = _vocabulary()
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny random llama")
    writer.add_context_length(context_length)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(hidden)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // heads)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(pieces)
    writer.add_token_scores(scores)
    writer.add_token_types(types)
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(False)
    if chat_template is not None:
        writer.add_chat_template(chat_template)

    random = np.random.default_rng(seed)

    def weights(*shape: int) -> np.ndarray:
        return random.normal(0.0, 0.5, shape).astype(np.float32)

    writer.add_tensor("token_embd.weight", weights(len(pieces), width))
    for layer in range(layers):
        block = f"blk.{layer}"
        writer.add_tensor(f"{block}.attn_norm.weight", np.ones(width, np.float32))
        writer.add_tensor(f"{block}.attn_q.weight", weights(width, width))
        kv_width = width // heads * kv_heads
        writer.add_tensor(f"{block}.attn_k.weight", weights(kv_width, width))
        writer.add_tensor(f"{block}.attn_v.weight", weights(kv_width, width))
        writer.add_tensor(f"{block}.attn_output.weight", weights(width, width))
        writer.add_tensor(f"{block}.ffn_norm.weight", np.ones(width, np.float32))
        writer.add_tensor(f"{block}.ffn_gate.weight", weights(hidden, width))
        writer.add_tensor(f"{block}.ffn_up.weight", weights(hidden, width))
        writer.add_tensor(f"{block}.ffn_down.weight", weights(width, hidden))
    writer.add_tensor("output_norm.weight", np.ones(width, np.float32))
    output = weights(len(pieces), width)
    # A row of zeros has logit 0, which some other token always beats: the greedy answer never ends
    # by itself and consists of printable characters.
    output[[kind != gguf.TokenType.NORMAL for kind in types]] = 0.0
    writer.add_tensor("output.weight", output)

    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _vocabulary() -> tuple[list[str], list[float], list[int]]:
    control, byte, normal = gguf.TokenType.CONTROL, gguf.TokenType.BYTE, gguf.TokenType.NORMAL
    rows: list[tuple[str, float, int]] = [
        ("<unk>", 0.0, gguf.TokenType.UNKNOWN),
        ("<s>", 0.0, control),
        ("</s>", 0.0, control),
    ]
    rows += [(f"<0x{value:02X}>", 0.0, byte) for value in range(256)]
    rows += [("<|im_start|>", 0.0, control), ("<|im_end|>", 0.0, control)]
    rows += [(word, -1.0 - at, normal) for at, word in enumerate(_PIECES)]
    rows.append((LONG_PIECE, -99.0, normal))
    rows += [("▁" if code == 32 else chr(code), -100.0, normal) for code in range(32, 127)]
    pieces, scores, types = zip(*rows, strict=True)
    return list(pieces), list(scores), [int(kind) for kind in types]
