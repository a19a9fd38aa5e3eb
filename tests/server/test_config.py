"""Settings: whatever stands in them, there is a setting and a sentence, never a crash."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from ferrograph.server import trust
from ferrograph.server.config import Layer, client_section, load, merge, variable
from ferrograph.server.settings import SPECS, Settings, reference
from hypothesis import given
from hypothesis import strategies as st

DOC = Path(__file__).parents[2] / "docs" / "configuration.md"


def check(values, *, textual=False):
    messages = []
    return merge([Layer("test", values, textual=textual)], messages), messages


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "config"
    folder.mkdir()
    monkeypatch.setattr("ferrograph.server.trust.config_folder", lambda: folder)
    monkeypatch.setattr("ferrograph.server.config.user_settings_file", lambda: folder / "c.toml")
    return folder


def test_nothing_said_is_the_defaults():
    assert check({}) == (Settings(), [])


@pytest.mark.parametrize(
    "values",
    [
        {"model": {"contextWindow": 8192, "path": "a.gguf"}},
        {"model": {"context-window": 8192.0, "path": "a.gguf"}},
        {"model": {"context_window": 8192, "path": "a.gguf", "url": None}},
    ],
)
def test_spellings_of_editors(values):
    settings, messages = check(values)
    assert messages == []
    assert (settings.model.context_window, settings.model.path) == (8192, "a.gguf")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"model": {"pth": "x"}}, 'there is no setting "model.pth"; did you mean "model.path"?'),
        ({"budget": 5}, 'there is no setting "budget"; did you mean "context.budget"?'),
        ({"zzz": {"a": 1}}, 'there is no setting "zzz".'),
        ({"context": {"budget": "lots"}}, '"context.budget" should be a whole number, not "lots"'),
        ({"context": {"budget": 12}}, "from 256 to 1000000, not 12; using 6000"),
        ({"context": {"budget": 300.5}}, "should be a whole number, not 300.5"),
        ({"context": {"budget": True}}, "should be a whole number, not true"),
        ({"context": 7}, '"context" is a group of settings, not a value'),
        ({"model": {"engine": "lama"}}, "(did you mean \"llama\"?); using 'auto'"),
        ({"model": {"path": ["x"]}}, '"model.path" should be text, not a list; using its default'),
        ({"trusted": "yes"}, '"trusted" should be true or false, not "yes"'),
        ({"model": {"temperature": float("nan")}}, "model.temperature"),
        ({"model": {"max_tokens": float("inf")}}, "model.max_tokens"),
        ({"model": {"temperature": 10**400}}, "model.temperature"),
    ],
)
def test_a_wrong_setting_is_named_and_its_default_holds(values, sentence):
    settings, messages = check(values)
    assert settings == Settings()
    assert len(messages) == 1
    assert messages[0].startswith("test: ")
    assert sentence in messages[0]


def test_a_wrong_value_keeps_the_weaker_layer_s():
    messages = []
    layers = [
        Layer("file", {"context": {"budget": 900}}),
        Layer("lsp", {"context": {"budget": -1}}),
    ]
    assert merge(layers, messages).context.budget == 900
    assert "using 900" in messages[0]


def test_the_environment_is_text():
    settings, messages = check(
        {"model.temperature": "0.5", "index.dependencies": "no", "context.budget": "1e3"},
        textual=True,
    )
    assert settings.model.temperature == 0.5
    assert settings.index.dependencies is False
    assert messages == ['test: "context.budget" should be a whole number, not "1e3"; using 6000.']


def test_layers_and_trust(tmp_path, home):
    root = tmp_path / "game"
    root.mkdir()
    (home / "c.toml").write_text('context = {budget = 1000}\nmodel = {url = "http://mine"}\n')
    (root / "ferrograph.toml").write_text(
        "trusted = true\n[context]\nbudget = 2000\n"
        '[model]\nurl = "http://evil"\n[cargo]\npath = "x"\n'
    )
    environ = {variable("model.max_tokens"): "99", "FERROGRAPH_MODLE_PATH": "x", "HOME": "/"}

    loaded = load(root, environ=environ)
    assert not loaded.trusted
    assert loaded.settings.context.budget == 2000
    assert loaded.settings.model.url == "http://mine"
    assert loaded.settings.cargo.path is None
    assert loaded.settings.model.max_tokens == 99
    text = "\n".join(loaded.messages)
    assert "can't vouch for itself" in text
    assert text.count("not trusted") == 2
    assert 'did you mean "FERROGRAPH_MODEL_PATH"' in text

    trust.trust(root)
    loaded = load(root, environ={})
    assert loaded.trusted
    assert (loaded.settings.model.url, loaded.settings.cargo.path) == ("http://evil", "x")
    assert loaded.settings.trusted is None

    distrusting = Layer("initializationOptions", {"trusted": False})
    loaded = load(root, environ={}, client=[distrusting])
    assert not loaded.trusted
    assert loaded.settings.model.url == "http://mine"


def test_a_settings_file_that_is_no_toml_is_named(tmp_path, home):
    (tmp_path / "ferrograph.toml").write_text("model = [\n")
    loaded = load(tmp_path, environ={})
    assert loaded.settings == Settings()
    assert "ferrograph.toml can't be read and was ignored" in loaded.messages[0]
    (tmp_path / "ferrograph.toml").write_bytes(b"a = '\xff'")
    assert len(load(tmp_path, environ={}).messages) == 1


def test_trust_covers_what_is_below_and_follows_links(tmp_path, home):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    trust.trust(tmp_path / "link")
    assert trust.is_trusted(tmp_path / "a" / "b")
    assert not trust.is_trusted(tmp_path)
    assert trust.distrust(tmp_path / "a")
    assert not trust.distrust(tmp_path / "a")
    (home / "trusted.json").write_text("{broken")
    assert not trust.is_trusted(tmp_path / "a")


@pytest.mark.parametrize(
    ("settings", "ours"),
    [
        ({"ferrograph": {"a": 1}, "rust-analyzer": {}}, {"a": 1}),
        ({"context": {"budget": 1}}, {"context": {"budget": 1}}),
        (None, None),
        ([], None),
        ({"ferrograph": None}, None),
    ],
)
def test_editors_nest_settings_or_not(settings, ours):
    assert client_section(settings) == ours


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
_KEYS = st.sampled_from([k.rpartition(".")[2] for k in SPECS]) | st.text()
_GROUPS = st.sampled_from(["cargo", "index", "embedding", "context", "model"]) | st.text()


@given(st.dictionaries(_GROUPS, st.dictionaries(_KEYS, _JSON) | _JSON))
def test_no_json_crashes_it_and_every_accepted_value_is_in_range(values):
    settings, _ = check(values)
    for key, spec in SPECS.items():
        value = settings
        for part in key.split("."):
            value = getattr(value, part)
        if value is None:
            assert spec.optional
        else:
            assert type(value) is spec.type
            assert not spec.choices or value in spec.choices
            assert spec.low is None or spec.low <= value <= spec.high


def test_the_documentation_lists_every_setting_as_it_is():
    assert reference() in DOC.read_text(encoding="utf-8")


def test_the_documented_example_is_valid():
    text = DOC.read_text(encoding="utf-8")
    example = text.split("```toml\n", 1)[1].split("```", 1)[0]
    assert check(tomllib.loads(example))[1] == []
