"""Which processor runs the model: what the installed ONNX Runtime offers, and what is fastest."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from .errors import EmbeddingError

CPU = "cpu"
AUTO = "auto"

# Our names for ONNX Runtime's providers, the likely fastest first.
_ACCELERATORS = {
    "cuda": "CUDAExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
}
_CPU_PROVIDER = "CPUExecutionProvider"
_ROUNDS = 3

S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A processor's name and the providers to ask ONNX Runtime for, in order."""

    name: str
    providers: tuple[str, ...]


def offered(available: Sequence[str]) -> list[str]:
    """Our names for what an ONNX Runtime with these providers can use, the CPU last."""
    return [*(name for name, provider in _ACCELERATORS.items() if provider in available), CPU]


def candidates(wanted: str, available: Sequence[str]) -> list[Candidate]:
    """What to try for the setting `wanted`, best guess first; `auto` always ends with the CPU.

    Raises `EmbeddingError` for a name that is unknown or not offered by this runtime.
    """
    cpu = Candidate(name=CPU, providers=(_CPU_PROVIDER,))
    accelerators = [
        Candidate(name=name, providers=(provider, _CPU_PROVIDER))
        for name, provider in _ACCELERATORS.items()
        if provider in available
    ]
    if wanted == AUTO:
        return [*accelerators, cpu]
    for candidate in (*accelerators, cpu):
        if candidate.name == wanted:
            return [candidate]
    names = ", ".join([AUTO, *offered(available)])
    raise EmbeddingError(
        f"The embedding provider “{wanted}” is not available here; ONNX Runtime offers {names}."
    )


def fastest(sessions: Sequence[S], run: Callable[[S], Any]) -> S:
    """The session whose `run` takes least time, each warmed up once.

    A driver being installed says little: a small model with varying shapes can be slower on an
    accelerator than on the CPU beside it. A session that fails is out; the last one is the CPU's.
    """
    if len(sessions) == 1:
        return sessions[0]
    times: list[tuple[float, int]] = []
    for index, session in enumerate(sessions):
        try:
            run(session)
            times.append((min(_time(run, session) for _ in range(_ROUNDS)), index))
        except Exception:  # noqa: BLE001 (drivers fail in every way there is)
            continue
    return sessions[min(times)[1]] if times else sessions[-1]


def _time(run: Callable[[S], Any], session: S) -> float:
    start = time.perf_counter()
    run(session)
    return time.perf_counter() - start
