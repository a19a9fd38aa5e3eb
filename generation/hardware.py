"""What the machine offers, and the llama.cpp settings that follow from it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .gguf_info import ModelInfo

# A task's context is a few thousand tokens and an answer one or two thousand more: a larger window
# costs memory and start-up time, and nothing asks for it.
PREFERRED_CONTEXT: Final = 16_384
SMALLEST_CONTEXT: Final = 2_048
# llama.cpp's own caches, the embedding model and the user's compiler want room too.
MEMORY_SHARE: Final = 0.7
CPU_BATCH_TOKENS: Final = 64
_CONTEXT_STEP: Final = 256  # llama.cpp rounds a window to this


@dataclass(frozen=True, slots=True)
class Hardware:
    """``cores`` are the physical ones this process may use; ``memory`` is the free one, bytes."""

    cores: int
    logical_cores: int
    memory: int | None


@dataclass(frozen=True, slots=True)
class LlamaDefaults:
    """Settings for one model on one machine. ``gpu_layers`` of -1 means all."""

    context_window: int
    threads: int
    batch_threads: int
    gpu_layers: int
    batch_tokens: int


def detect() -> Hardware:
    """Look at this machine. Never raises: what can't be found out is None or a cautious guess."""
    try:
        usable = sorted(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        usable = list(range(os.cpu_count() or 1))
    siblings = {_siblings(cpu) for cpu in usable}
    return Hardware(
        cores=max(1, len(siblings)), logical_cores=max(1, len(usable)), memory=_free_memory()
    )


def choose(
    info: ModelInfo, *, hardware: Hardware, gpu: bool, context_window: int | None = None
) -> LlamaDefaults:
    """Settings for ``info``. A ``context_window`` that is asked for is kept, up to the model's own.

    Token by token, generation is bound by memory bandwidth, which one thread per physical core
    saturates; reading a prompt is bound by arithmetic and uses every core. Without a GPU the
    prompt is read in small batches, since a request can only be cancelled between two of them.
    """
    most = info.context_length or PREFERRED_CONTEXT
    if context_window is None:
        context_window = _fitting(info, min(most, PREFERRED_CONTEXT), hardware.memory)
    window = min(most, context_window)
    window = max(_CONTEXT_STEP, window // _CONTEXT_STEP * _CONTEXT_STEP)
    return LlamaDefaults(
        context_window=window,
        threads=hardware.cores,
        batch_threads=hardware.logical_cores,
        gpu_layers=-1 if gpu else 0,
        batch_tokens=512 if gpu else CPU_BATCH_TOKENS,
    )


def _fitting(info: ModelInfo, preferred: int, memory: int | None) -> int:
    """Halve the window until weights and cache fit the free memory, but not below the smallest."""
    window = preferred
    while window > SMALLEST_CONTEXT:
        needed = info.memory_bytes(window)
        if memory is None or needed is None or needed <= memory * MEMORY_SHARE:
            break
        window = max(SMALLEST_CONTEXT, window // 2)
    return window


def _siblings(cpu: int) -> str:
    """The hardware threads that share ``cpu``'s core; each core has one such text."""
    try:
        folder = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology")
        return (folder / "thread_siblings_list").read_text().strip()
    except OSError:
        return str(cpu)


def _free_memory() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
