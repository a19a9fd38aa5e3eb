"""Which macros a file invokes that only a compiler can expand, and where to ask about them."""

from __future__ import annotations

from ferrograph.parser.invocations import Invocation, invocations
from hypothesis import given
from hypothesis import strategies as st

SOURCE = """\
use bevy::prelude::*;

/// Has health.
#[derive(Component, Debug, serde :: Serialize,)]
#[reflect(Component)]
#[repr(C)]
pub struct Größe(u32);

#[rustfmt::skip]
#[allow(dead_code)]
fn plain() {
    inner!(not an item);
}

impl Thing {
    #[tracing::instrument]
    // A comment between.
    pub fn traced(&self) {}

    methods!(a, b);
}

mod deep {
    unit!(Unit);
    bevy::asset! { x }
}

#[cfg(test)]
#[derive(Clone, Copy)]
enum E { A }

top!(level);
""".encode()


def shown(one: Invocation) -> tuple[str, str, str]:
    rest = SOURCE[one.at :].decode()
    name = one.path.rpartition("::")[2]
    assert rest.startswith(name)
    return one.kind, one.path, SOURCE[one.start : one.end].decode().splitlines()[0]


def test_every_kind_is_found_and_the_languages_own_are_not() -> None:
    assert [shown(one) for one in invocations(SOURCE)] == [
        ("derive", "Component", "/// Has health."),
        ("derive", "serde::Serialize", "/// Has health."),
        ("attribute", "reflect", "/// Has health."),
        ("attribute", "tracing::instrument", "#[tracing::instrument]"),
        ("call", "methods", "methods!(a, b)"),
        ("call", "unit", "unit!(Unit)"),
        ("call", "bevy::asset", "bevy::asset! { x }"),
        ("call", "top", "top!(level)"),
    ]


def test_the_digest_is_of_what_the_macro_sees() -> None:
    before = {one.path: one.digest for one in invocations(SOURCE)}
    moved = {one.path: one.digest for one in invocations(b"\n// more above\n\n" + SOURCE)}
    assert moved == before
    edited = {one.path: one.digest for one in invocations(SOURCE.replace(b"(u32)", b"(u64)"))}
    assert {path for path in before if edited[path] != before[path]} == {
        "Component",
        "serde::Serialize",
        "reflect",
    }
    assert len(set(before.values())) == len(before)


@given(st.binary(max_size=200), st.integers(0, len(SOURCE)), st.integers(0, len(SOURCE)))
def test_it_never_raises(noise: bytes, start: int, end: int) -> None:
    for one in invocations(SOURCE[: min(start, end)] + noise + SOURCE[max(start, end) :]):
        assert 0 <= one.start <= one.at <= one.end
