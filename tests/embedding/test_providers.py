import pytest
from ferrograph.embedding.errors import EmbeddingError
from ferrograph.embedding.providers import candidates, fastest

CUDA_BOX = ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]


def names(wanted: str, available: list[str]) -> list[str]:
    return [candidate.name for candidate in candidates(wanted, available)]


def test_auto_tries_what_is_installed_and_always_the_cpu() -> None:
    assert names("auto", CUDA_BOX) == ["cuda", "cpu"]
    assert names("auto", ["CoreMLExecutionProvider", "CPUExecutionProvider"]) == ["coreml", "cpu"]
    assert names("auto", ["CPUExecutionProvider"]) == ["cpu"]


def test_a_named_provider_is_taken_alone_and_falls_back_operator_by_operator() -> None:
    (cuda,) = candidates("cuda", CUDA_BOX)
    assert cuda.providers == ("CUDAExecutionProvider", "CPUExecutionProvider")
    with pytest.raises(EmbeddingError, match="“directml” is not available"):
        candidates("directml", CUDA_BOX)


def test_the_fastest_session_wins_and_one_that_fails_is_out() -> None:
    work = {"slow": 300_000, "fast": 1_000}

    def run(session: str) -> None:
        sum(range(work[session]))  # KeyError for "broken"

    assert fastest(["slow", "fast"], run) == "fast"
    assert fastest(["fast", "slow"], run) == "fast"
    assert fastest(["broken", "slow"], run) == "slow"
    assert fastest(["broken", "worse"], run) == "worse"
