import pytest
from ferrograph.embedding.encoder import Encoder


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return Encoder.load(threads=2, provider="cpu")
