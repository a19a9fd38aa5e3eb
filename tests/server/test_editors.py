"""What the editors' folders hold fits what the server reads."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from ferrograph.server.config import Layer, merge

EDITORS = Path(__file__).parents[2] / "editors"


def test_the_helix_configuration_with_everything_switched_on():
    text = (EDITORS / "helix" / "languages.toml").read_text(encoding="utf-8")
    text = re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE)
    parsed = tomllib.loads(text)
    server = parsed["language-server"]["ferrograph"]
    assert [server["command"], *server["args"]] == ["ferrograph", "lsp"]
    messages = []
    merge([Layer("helix", server["config"])], messages)
    assert messages == []
    assert parsed["language"][0]["language-servers"] == ["rust-analyzer", "ferrograph"]
